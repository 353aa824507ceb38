package venue_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/workload"
)

const (
	traders    = 100     // accounts that the steps of a workload come from in turn
	dayOfSteps = 100_000 // steps in the time for which ended orders are remembered
)

// clientIDs are ids of 16 bytes.
var clientIDs = func() string {
	var ids strings.Builder
	for n := range 500_000 {
		fmt.Fprintf(&ids, "order-%010d", n)
	}
	return ids.String()
}()

// BenchmarkFullPath is the mix through everything between the bytes of a command and the bytes of its events: accounts, holds,
// fees, self-trade prevention, filters, records of orders, books. The engine alone is what it is measured against.
func BenchmarkFullPath(b *testing.B) {
	w := workload.Draw(10_000, 500_000, 50, newTrading(b))
	b.Run("venue", func(b *testing.B) { measure(b, w, func() func(*workload.Step) { return newTrading(b).Apply }) })
	b.Run("engine", func(b *testing.B) { measure(b, w, func() func(*workload.Step) { return onEngine() }) })
}

// measure runs the steps over and over, each time from the resting orders on.
func measure(b *testing.B, w workload.Workload, fresh func() func(*workload.Step)) {
	b.ReportAllocs()
	for done := 0; done < b.N; {
		b.StopTimer()
		apply := fresh()
		for n := range w.Resting {
			apply(&w.Resting[n])
		}
		runtime.GC()
		b.StartTimer()
		for n := range w.Steps[:min(len(w.Steps), b.N-done)] {
			apply(&w.Steps[n])
		}
		done += len(w.Steps)
	}
}

// trading is a venue that a workload trades at, with bytes in and out.
type trading struct {
	*desk
	names  [traders]string
	ids    string // of the clients one after the other, made before the clock runs
	place  venue.Place
	cancel venue.Cancel
	bytes  []byte
	emit   func(*venue.Event)
}

func newTrading(b *testing.B) *trading {
	c := documents()
	c.Instruments[btcusd].MaxOpenOrders = 1_000
	t := &trading{desk: open(b, c), ids: clientIDs}
	for n := range t.names {
		t.names[n] = fmt.Sprintf("trader-%02d", n)
		t.fund(t.names[n], "1000000000", "1000000")
	}
	t.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: workload.Middle}}})
	t.emit = func(e *venue.Event) { t.bytes = venue.AppendEvent(t.bytes, e) }
	return t
}

// Apply implements workload.Follower.
func (t *trading) Apply(s *workload.Step) {
	t.now += venue.Retention / dayOfSteps
	t.bytes = t.bytes[:0]
	var answer venue.Answer
	if s.Kind == workload.Cancel {
		t.cancel.Target = venue.Target{Account: t.names[s.ID%traders], Order: s.ID}
		answer = t.carryOut(&t.cancel)
	} else {
		t.place = venue.Place{Account: t.names[s.ID%traders], ClientID: t.ids[16*s.ID : 16*s.ID+16], Instrument: btcusd, Order: venue.Order{
			Side: s.Side, Price: s.Price, Lots: s.Lots, SelfTrade: matching.ExpireTaker,
		}}
		if s.Kind == workload.Take {
			t.place.Order.Force = matching.IOC
		}
		answer = t.carryOut(&t.place)
	}
	if answer.Err != nil || answer.Order.ID != s.ID {
		require.NoError(t, answer.Err)
		require.Equal(t, s.ID, answer.Order.ID)
	}
}

func (t *trading) carryOut(c venue.Command) venue.Answer {
	t.bytes = venue.AppendCommand(t.bytes, c)
	return t.Venue.Apply(t.now, t.now, c, t.emit)
}

// Rests implements workload.Follower.
func (t *trading) Rests(id uint64) bool {
	record, err := t.Order(venue.Target{Account: t.names[id%traders], Order: id})
	require.NoError(t, err)
	return !record.Status.Ended()
}

// onEngine returns what runs steps on an engine alone.
func onEngine() func(*workload.Step) {
	e := matching.New(matching.Rules{}, nil)
	events := e.Uncross(e.Call(nil))
	return func(s *workload.Step) {
		if s.Kind == workload.Cancel {
			events = e.Cancel(s.ID, events[:0])
			return
		}
		owner := int32(s.ID % traders)
		o := matching.Order{
			ID: s.ID, Account: owner, Owner: owner, Side: s.Side, Price: s.Price, Lots: s.Lots, SelfTrade: matching.ExpireTaker,
		}
		if s.Kind == workload.Take {
			o.Force = matching.IOC
		}
		events = e.Place(0, &o, events[:0])
	}
}
