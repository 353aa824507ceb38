package marketfeed

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// BenchmarkFollow is what an event of a busy venue costs the goroutine that follows it: decoded, applied and, with readers, what 64 events
// have changed shown to them.
func BenchmarkFollow(b *testing.B) {
	for name, readers := range map[string]int{"unwatched": 0, "watched": 1} {
		b.Run(name, func(b *testing.B) { benchmarkFollow(b, readers) })
	}
}

func benchmarkFollow(b *testing.B, readers int) {
	const together = 64
	w := newWorld(b, 1)
	for w.machine.Stats().Events < 200*together {
		w.do(w.crowd.Command(w.last))
	}
	var events []journal.Event
	for _, one := range w.past() {
		events = append(events, journal.Event{Sequence: one.sequence, Payload: venue.AppendEvent(nil, &one.Event)})
	}
	for _, one := range w.feed.boards {
		one.levels.readers, one.orders.readers = readers, readers
	}
	next := 0
	b.ReportAllocs()
	for b.Loop() {
		if next == len(events) {
			next = 0
			w.feed.show()
			for _, one := range w.feed.boards { // as they were before the first event
				one.replace(depth.New(), 0, time.Time{})
			}
		}
		if err := w.feed.apply(&events[next]); err != nil {
			b.Fatal(err)
		}
		if next++; next%together == 0 {
			w.feed.show()
		}
	}
	w.feed.show()
	require.NoError(b, w.machine.Close(context.Background()))
}
