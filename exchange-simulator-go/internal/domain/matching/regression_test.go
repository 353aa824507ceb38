// Faults that engines in the wild have had, one test each.
package matching_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// desk is an engine in continuous trading, with commands as short as the tests want them.
type desk struct {
	t *testing.T
	*m.Engine
	id uint64
}

func newDesk(t *testing.T, rules m.Rules) *desk {
	t.Helper()
	d := &desk{t: t, Engine: m.New(rules, nil)}
	d.Call(nil)
	d.Uncross(nil)
	return d
}

// order places an order with the next id, changed as wanted; every order has an owner of its own.
func (d *desk) order(side book.Side, price, lots int64, change ...func(*m.Order)) []m.Event {
	d.id++
	o := m.Order{ID: d.id, Account: int32(d.id), Owner: int32(d.id), Side: side, Price: price, Lots: lots}
	for _, c := range change {
		c(&o)
	}
	return d.Place(0, &o, nil)
}

func (d *desk) buy(price, lots int64, change ...func(*m.Order)) []m.Event {
	return d.order(book.Buy, price, lots, change...)
}

func (d *desk) sell(price, lots int64, change ...func(*m.Order)) []m.Event {
	return d.order(book.Sell, price, lots, change...)
}

func as(kind m.Type) func(*m.Order)   { return func(o *m.Order) { o.Type = kind } }
func in(force m.Force) func(*m.Order) { return func(o *m.Order) { o.Force = force } }

func stopAt(trigger int64) func(*m.Order) {
	return func(o *m.Order) { o.Type, o.Trigger, o.Price = m.Stop, trigger, 0 }
}

// trades returns who traded with whom at which price.
func trades(events []m.Event) (found [][4]int64) {
	for _, event := range events {
		if event.Kind == m.Traded {
			found = append(found, [4]int64{int64(event.Order), int64(event.Maker), event.Price, event.Lots})
		}
	}
	return found
}

func TestATradePrintsTheRestingPriceNotTheTakersNorTheMiddle(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	assert.Equal(t, [][4]int64{{2, 1, 100, 5}}, trades(d.buy(110, 5)))
	d.buy(90, 5)
	assert.Equal(t, [][4]int64{{4, 3, 90, 5}}, trades(d.sell(80, 5)))
}

func TestTheLimitIsCheckedOnEveryLevelNotOnlyTheBest(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	d.sell(101, 5)
	d.sell(102, 5)
	assert.Equal(t, [][4]int64{{4, 1, 100, 5}, {4, 2, 101, 5}}, trades(d.buy(101, 20)))
	assert.Equal(t, int64(10), d.Book().Best(book.Bids).Lots)
	assert.Equal(t, int64(102), d.Book().Best(book.Asks).Price)
}

func TestAReplacementOfAFilledOrderIsRefused(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	d.buy(100, 5)
	events := d.Replace(&m.Replacement{ID: 1, Price: 101, Lots: 5}, nil)
	require.Len(t, events, 1)
	assert.Equal(t, []any{m.Rejected, m.UnknownOrder}, []any{events[0].Kind, events[0].Reason})
}

func TestAReplacementThatCrossesTrades(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(105, 5)
	d.buy(100, 8)
	events := d.Replace(&m.Replacement{ID: 2, Price: 106}, nil)
	assert.Equal(t, [][4]int64{{2, 1, 105, 5}}, trades(events))
	assert.Equal(t, int64(3), d.Book().Depth(book.Bids, 106).Lots)
	assert.Nil(t, d.Book().Best(book.Asks))
}

func TestAPartialFillKeepsItsPriority(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	d.sell(100, 5)
	d.buy(100, 2)
	assert.Equal(t, [][4]int64{{4, 1, 100, 3}, {4, 2, 100, 1}}, trades(d.buy(100, 4)))
}

func TestLessKeepsPriorityMoreLosesIt(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	d.sell(100, 5)
	d.Replace(&m.Replacement{ID: 1, Lots: 3}, nil)
	assert.Equal(t, [][4]int64{{3, 1, 100, 1}}, trades(d.buy(100, 1)))
	d.Replace(&m.Replacement{ID: 1, Lots: 4}, nil)
	assert.Equal(t, [][4]int64{{4, 2, 100, 5}, {4, 1, 100, 1}}, trades(d.buy(100, 6)))
}

// An engine that keeps a pointer to the order it re-matched cancels whoever has its place now.
func TestAHandleIsNotStaleAfterAReMatch(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.buy(100, 5)
	d.sell(110, 5)
	d.Replace(&m.Replacement{ID: 1, Price: 110, Lots: 9}, nil) // trades 5 and rests anew
	d.buy(99, 7)                                               // takes the place that order 2 left
	events := d.Cancel(1, nil)
	require.Len(t, events, 1)
	assert.Equal(t, []any{uint64(1), int64(4)}, []any{events[0].Order, events[0].Remaining})
	assert.Equal(t, m.UnknownOrder, d.Cancel(1, nil)[0].Reason)
	assert.Equal(t, int64(7), d.Book().Best(book.Bids).Lots)
}

func TestAReplacementKeepsDepthRight(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.buy(100, 5)
	d.buy(100, 7)
	d.Replace(&m.Replacement{ID: 1, Lots: 2}, nil)
	assert.Equal(t, int64(9), d.Book().Depth(book.Bids, 100).Lots)
	d.Replace(&m.Replacement{ID: 1, Price: 99, Lots: 6}, nil)
	assert.Equal(t, int64(7), d.Book().Depth(book.Bids, 100).Lots)
	assert.Equal(t, int64(6), d.Book().Depth(book.Bids, 99).Lots)
	d.Replace(&m.Replacement{ID: 2, Lots: 8}, nil)
	assert.Equal(t, int64(8), d.Book().Depth(book.Bids, 100).Lots)
	assert.Equal(t, int32(1), d.Book().Depth(book.Bids, 100).Orders)
}

func TestAllOrNoneCountsOnlyLotsWithinItsPrice(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 5)
	d.sell(103, 5)
	events := d.buy(102, 8, in(m.FOK))
	assert.Empty(t, trades(events))
	assert.Equal(t, m.NotInFull, events[len(events)-1].Reason)
	assert.Equal(t, [][4]int64{{4, 1, 100, 5}, {4, 2, 103, 3}}, trades(d.buy(103, 8, in(m.FOK))))
}

func TestAStopCascadeRunsWithinTheCommandThatStartedIt(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.buy(100, 1)
	d.buy(99, 1)
	d.buy(98, 1)
	d.sell(0, 1, stopAt(99)) // 4
	d.sell(0, 1, stopAt(100))
	assert.Equal(t, [][4]int64{{6, 1, 100, 1}, {5, 2, 99, 1}, {4, 3, 98, 1}}, trades(d.sell(100, 1)))
	assert.Zero(t, d.Pending())
}

// 0.1 + 0.2 is not 0.3, and 1.10 is not 1.1 as text; ticks are whole.
func TestOrdersOfOnePriceMeetHoweverThePriceWasReached(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.buy(10, 1)
	d.Replace(&m.Replacement{ID: 1, Price: 10 + 20}, nil)
	d.buy(30, 1)
	assert.Equal(t, int32(2), d.Book().Depth(book.Bids, 30).Orders)
	assert.Equal(t, m.Cancelled, d.Cancel(1, nil)[0].Kind)
	assert.Equal(t, m.Cancelled, d.Cancel(2, nil)[0].Kind)
}

func TestAMarketThatRunsFarStaysInItsBook(t *testing.T) {
	d := newDesk(t, m.Rules{})
	for price := int64(1); price <= m.MaxPrice; price *= 2 {
		d.sell(price, 1)
		assert.Equal(t, price, trades(d.buy(price, 2))[0][2])
		assert.Equal(t, price, d.Book().Best(book.Bids).Price)
		d.Cancel(d.id, nil)
	}
	assert.Zero(t, d.Book().Len())
	assert.Equal(t, m.InvalidOrder, d.buy(math.MaxInt64, 1)[0].Reason)
}
