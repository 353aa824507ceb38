package feed

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

const tick = 20 * time.Millisecond

func TestAResumedStreamReplaysWhatItsIntervalWouldHaveDelivered(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		time.Sleep(10 * time.Second)
		steady := listen(t, hub, Request{Instruments: []int{0, 1}, Interval: 5 * tick}, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		before := steady.hangUp(t)
		last := before[len(before)-1].GetUpdate().GetSequence()
		time.Sleep(7 * time.Second) // away
		resumed := listen(t, hub, Request{Instruments: []int{0, 1}, Interval: 5 * tick, AfterSequence: last}, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		got := resumed.hangUp(t)
		assert.Equal(t, last, got[0].GetPreviousSequence())
		require.Len(t, got, 2*8*10, "two symbols, eight seconds, ten a second")
		for i, one := range got {
			require.Equal(t, last+uint64(i/2+1)*5, one.GetUpdate().GetSequence())
			require.Equal(t, uint64(4), one.GetConflatedTicks())
		}
		assert.InDelta(t, 1, testutil.ToFloat64(hub.metrics.resumed), 0)
		assert.Zero(t, testutil.ToFloat64(hub.metrics.conflated), "nobody was slow")
	})
}

func TestASequenceOutsideTheWindowIsRefusedNamingTheWindow(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		for _, after := range []uint64{1, hourTicks - 3001, hourTicks + 51, 1 << 63} {
			err := hub.Stream(t.Context(), Request{Instruments: []int{0}, Interval: tick, AfterSequence: after}, nil)
			refused := requireReason(t, err, errs.OutOfRange, "SEQUENCE_NOT_RETAINED")
			assert.Equal(t, "177000", refused.Metadata["earliest"])
			assert.Equal(t, "180000", refused.Metadata["latest"])
			assert.Contains(t, err.Error(), "177000 to 180000")
		}
	})
}

func TestASequenceThatAReplicaWithAFasterClockPublishedIsWaitedFor(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		ahead := listen(t, hub, Request{Instruments: []int{0}, Interval: tick, AfterSequence: hourTicks + 2}, nil)
		time.Sleep(4 * tick)
		synctest.Wait()
		got := ahead.hangUp(t)
		assert.Equal(t, []uint64{hourTicks + 3, hourTicks + 4}, sequences(got))
		assert.Equal(t, hourTicks+2, got[0].GetPreviousSequence())
	})
}

func TestASlowReaderIsSentTheLatestAndToldWhatItMissed(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		slow := listen(t, hub, Request{Instruments: []int{0}, Interval: 2 * tick}, func() { time.Sleep(130 * time.Millisecond) })
		time.Sleep(900 * time.Millisecond)
		synctest.Wait()
		slow.cancel(nil)
		require.Error(t, <-slow.result)
		assertGapless(t, slow.got)
		assert.Equal(t, []uint64{hourTicks, hourTicks + 6, hourTicks + 12, hourTicks + 18}, sequences(slow.got)[:4],
			"the newest multiple of the interval each time it comes back")
		assert.GreaterOrEqual(t, testutil.ToFloat64(hub.metrics.conflated), 6.0)
	})
}

func TestReadersThatNeverReadDelayNobody(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		release := make(chan struct{})
		var stuck, prompt []*listener
		for range 10 {
			stuck = append(stuck, listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, func() { <-release }))
		}
		for range 90 {
			prompt = append(prompt, listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, nil))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		for _, reader := range prompt {
			got := reader.hangUp(t)
			require.Len(t, got, 101)
			for i, one := range got {
				require.Equal(t, hourTicks+uint64(i), one.GetUpdate().GetSequence())
				require.Equal(t, time.Duration(i)*tick, one.at, "not a moment late")
			}
		}
		for _, reader := range stuck {
			reader.cancel(nil)
		}
		close(release)
		for _, reader := range stuck {
			require.Error(t, <-reader.result)
			require.Len(t, reader.got, 1)
		}
	})
}

func TestShutdownEndsAHundredStreamsAtOnceNamingWhereToResume(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		var readers []*listener
		for range 100 {
			readers = append(readers, listen(t, hub, Request{Instruments: []int{0}, Interval: time.Second}, nil))
		}
		time.Sleep(1500 * time.Millisecond)
		start := time.Now()
		for _, reader := range readers {
			reader.cancel(errs.New(errs.Unavailable, "DRAINING", "the server drains"))
		}
		for _, reader := range readers {
			err := <-reader.result
			ended := requireReason(t, err, errs.Unavailable, "SHUTTING_DOWN")
			assert.Equal(t, "shutting down; resume elsewhere with after_sequence 180050", err.Error())
			assert.Equal(t, "180050", ended.Metadata["after_sequence"])
		}
		assert.Zero(t, time.Since(start))
		assert.InDelta(t, 100, testutil.ToFloat64(hub.metrics.closed.WithLabelValues("shutdown")), 0)
		assert.Zero(t, testutil.ToFloat64(hub.metrics.active))
		assert.Empty(t, hub.beats.byEvery, "nobody waits for an interval any more")
	})
}

func TestABrokenConnectionEndsItsStream(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		err := hub.Stream(t.Context(), Request{Instruments: []int{0}, Interval: tick}, func(*Frame) error { return errBrokenPipe })
		require.ErrorIs(t, err, errBrokenPipe)
		assert.InDelta(t, 1, testutil.ToFloat64(hub.metrics.closed.WithLabelValues("broken")), 0)
	})
}

func TestReadersAboveTheLimitAreToldWhenToTryAgain(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		hub.limits = newLimits(Options{Subscribers: 2})
		first := listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, nil)
		second := listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, nil)
		synctest.Wait()
		err := hub.Stream(t.Context(), Request{Instruments: []int{0}, Interval: tick}, nil)
		refused := requireReason(t, err, errs.ResourceExhausted, "TOO_MANY_SUBSCRIBERS")
		assert.Equal(t, RetryFullAfter, refused.RetryAfter)
		first.hangUp(t)
		third := listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, nil)
		synctest.Wait()
		assert.NotEmpty(t, third.hangUp(t), "a place is free again")
		second.hangUp(t)
	})
}

func TestBeforeTheFirstTickThereIsNoPriceAndNoHealth(t *testing.T) {
	hub := newHub(t, realTime(), rule{})
	_, err := hub.Latest(0)
	requireReason(t, err, errs.Unavailable, "NO_PRICE_YET")
	requireReason(t, hub.Stream(t.Context(), Request{Instruments: []int{0}, Interval: tick}, nil), errs.Unavailable, "NO_PRICE_YET")
	require.ErrorContains(t, hub.Health(t.Context()), "no price published yet")
}

func TestHealthIsLostWhenTheNewestTickIsOlderThanFiveSeconds(t *testing.T) {
	inBubble(t, realTime, rule{stall: func(sequence uint64) {
		if sequence == hourTicks+50 {
			time.Sleep(6 * time.Second)
		}
	}}, func(t *testing.T, hub *Hub) {
		require.NoError(t, hub.Health(context.Background()))
		time.Sleep(5900 * time.Millisecond)
		require.NoError(t, hub.Health(context.Background()))
		time.Sleep(200 * time.Millisecond)
		require.ErrorContains(t, hub.Health(context.Background()), "the newest tick, sequence 180049, was published 5s ago")
		time.Sleep(time.Second)
		synctest.Wait()
		require.NoError(t, hub.Health(context.Background()), "it comes back by itself")
	})
}
