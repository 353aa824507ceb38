package feed

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// naive is the feed as one would write it down: a full log, and for each reader what it was sent.
type naive struct {
	newest uint64 // sequence
	window uint64
	ticks  uint64 // base ticks a step
}

// expect returns the sequences that a reader must be sent when it looks now, in order.
func (n naive) expect(reader *modelled) (due []uint64) {
	interval := reader.every * n.ticks
	if reader.fresh {
		return []uint64{n.newest}
	}
	last := reader.last
	for sequence := uint64(0); sequence <= reader.replayTo; sequence += interval {
		if retained := sequence+n.window >= n.newest; sequence > last && retained {
			due = append(due, sequence)
			last = sequence
		} else if sequence > last {
			break // lost: from here on only the newest counts
		}
	}
	if live := n.newest - n.newest%interval; live > last {
		due = append(due, live)
	}
	return due
}

// modelled is a reader of the hub beside what the model knows of it.
type modelled struct {
	real     *reader
	every    uint64 // steps
	last     uint64 // sequence
	previous uint64 // as sent
	replayTo uint64 // sequence
	fresh    bool
}

func (m *modelled) read(t *rapid.T, hub *Hub, model naive) {
	for _, sequence := range model.expect(m) {
		entry, err := m.real.next(context.Background())
		require.NoError(t, err)
		require.NotNil(t, entry, "sequence %d is due", sequence)
		var got []*marketdatav1.StreamPricesResponse
		require.NoError(t, m.real.send(entry, func(frame *Frame) error {
			var response marketdatav1.StreamPricesResponse
			got = append(got, &response)
			return proto.Unmarshal(frame.Bytes(), &response)
		}))
		require.Len(t, got, len(m.real.instruments))
		for i, one := range got {
			instrument := m.real.instruments[i]
			require.Equal(t, sequence, one.GetUpdate().GetSequence())
			require.InDelta(t, rulePrice(instrument, sequence), one.GetUpdate().GetPrice(), 1e-9)
			require.Equal(t, m.previous, one.GetPreviousSequence())
			if m.previous != 0 {
				require.Equal(t, sequence-m.previous-1, one.GetConflatedTicks())
			} else {
				require.Zero(t, one.GetConflatedTicks())
			}
		}
		m.last, m.previous, m.fresh = sequence, sequence, false
	}
	entry, err := m.real.next(context.Background())
	require.NoError(t, err)
	require.Nil(t, entry, "nothing more is due")
}

func TestWhateverTheScheduleReadersGetWhatTheFullLogSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		scale := rapid.SampledFrom([]float64{1, 3, 40}).Draw(rt, "scale")
		hub := newHub(t, simclock.Mapping{Scale: scale}, rule{})
		hub.ring = newRing(rapid.Uint64Range(1, 40).Draw(rt, "window"))
		ticks := hub.schedule.ticks
		model := naive{window: hub.ring.window() * ticks, ticks: ticks}
		var readers []*modelled
		step := rapid.Uint64Range(1, 100).Draw(rt, "start")
		publish := func(to uint64) {
			from := hub.following()
			require.NoError(rt, hub.publish(from, to, time.Time{}))
			model.newest = to * ticks
		}
		publish(step)
		rt.Repeat(map[string]func(*rapid.T){
			"tick":  func(*rapid.T) { step++; publish(step) },
			"pause": func(rt *rapid.T) { step += rapid.Uint64Range(2, 100).Draw(rt, "steps"); publish(step) },
			"open": func(rt *rapid.T) {
				every := rapid.Uint64Range(1, hub.ring.window()).Draw(rt, "every")
				readers = append(readers, openModelled(rt, hub, every, 0, model))
			},
			"resume": func(rt *rapid.T) {
				every := rapid.Uint64Range(1, hub.ring.window()).Draw(rt, "every")
				back := rapid.Uint64Range(0, min(model.window, model.newest-1)).Draw(rt, "back")
				readers = append(readers, openModelled(rt, hub, every, model.newest-back, model))
			},
			"read": func(rt *rapid.T) {
				if len(readers) > 0 {
					rapid.SampledFrom(readers).Draw(rt, "reader").read(rt, hub, model)
				}
			},
		})
	})
}

func openModelled(t *rapid.T, hub *Hub, every, after uint64, model naive) *modelled {
	instruments := rapid.SampledFrom([][]int{{0}, {1}, {1, 0}}).Draw(t, "instruments")
	interval := time.Duration(every) * tick // at whole scales, a step is a tick of wall time
	opened, err := hub.open(Request{Instruments: instruments, Interval: interval, AfterSequence: after})
	require.NoError(t, err)
	return &modelled{
		real: opened, every: every, last: after, previous: after, replayTo: replayEnd(after, model), fresh: after == 0,
	}
}

func replayEnd(after uint64, model naive) uint64 {
	if after == 0 {
		return 0
	}
	return model.newest
}
