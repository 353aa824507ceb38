package matching_test

import (
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// laws are what holds whatever the commands are, told from the events alone.
type laws struct {
	t    *rapid.T
	open map[uint64]int64 // lots that are still open, by order; ticks x lots of Market orders by quote
}

func (l *laws) hold(e *m.Engine, events []m.Event) {
	for i := range events {
		l.take(&events[i])
	}
	bid, ask := e.Book().Best(book.Bids), e.Book().Best(book.Asks)
	if e.Phase() == m.Continuous && bid != nil && ask != nil {
		require.Less(l.t, bid.Price, ask.Price, "crossed")
	}
	require.Len(l.t, l.open, e.Book().Len(), "what was accepted and has not ended is in the book")
	for id, open := range l.open {
		h := e.Book().Find(id)
		require.NotEqual(l.t, book.None, h, "order %d", id)
		if o := e.Book().At(h); o.Type != uint8(m.Market) {
			require.Equal(l.t, open, o.Open(), "order %d: lots placed less lots filled", id)
		}
	}
}

// take follows the open lots of the orders of one event.
func (l *laws) take(event *m.Event) {
	switch event.Kind {
	case m.Accepted:
		require.NotContains(l.t, l.open, event.Order)
		l.open[event.Order] = event.Remaining
	case m.Traded, m.Decremented:
		require.Positive(l.t, event.Lots)
		l.lose(event.Maker, event.Lots, event.MakerRemaining, event.Kind)
		lost := event.Lots
		if event.Type == m.Market && l.open[event.Order] != event.Remaining+lost {
			lost *= event.Price // by quote
		}
		l.lose(event.Order, lost, event.Remaining, event.Kind)
	case m.Cancelled, m.Expired:
		require.Equal(l.t, l.open[event.Order], event.Remaining)
		delete(l.open, event.Order)
	case m.Activated:
		require.LessOrEqual(l.t, event.Remaining, l.open[event.Order])
		l.open[event.Order] = event.Remaining
	case m.Replaced:
		l.open[event.Order] = event.Remaining
	default:
	}
}

// lose takes lots from an order, which is gone when a trade leaves none.
func (l *laws) lose(id uint64, lots, remaining int64, kind m.Kind) {
	require.Contains(l.t, l.open, id)
	require.Equal(l.t, l.open[id]-lots, remaining, "order %d", id)
	l.open[id] = remaining
	if remaining == 0 && kind == m.Traded {
		delete(l.open, id)
	}
}
