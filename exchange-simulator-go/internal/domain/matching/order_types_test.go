package matching_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

func last(events []m.Event) m.Event { return events[len(events)-1] }

// kinds returns what happened to whom.
func kinds(events []m.Event) (found []struct {
	Kind  m.Kind
	Order uint64
},
) {
	for _, event := range events {
		found = append(found, struct {
			Kind  m.Kind
			Order uint64
		}{event.Kind, event.Order})
	}
	return found
}

func byQuoteOf(amount int64) func(*m.Order) {
	return func(o *m.Order) { o.Type, o.Price, o.Lots, o.Quote = m.Market, 0, 0, amount }
}

func TestAMarketOrderExpiresWhatTheBookCannotFill(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 3)
	events := d.buy(0, 5, as(m.Market))
	assert.Equal(t, [][4]int64{{2, 1, 100, 3}}, trades(events))
	assert.Equal(t, []any{m.Expired, m.NoLiquidity, int64(2)}, []any{last(events).Kind, last(events).Reason, last(events).Remaining})
}

func TestAMarketOrderByQuoteSpendsItsAmountAndNoMore(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 3)
	d.sell(110, 3)
	events := d.buy(0, 0, byQuoteOf(525))
	assert.Equal(t, [][4]int64{{3, 1, 100, 3}, {3, 2, 110, 2}}, trades(events))
	assert.Equal(t, []any{m.QuoteSpent, int64(5)}, []any{last(events).Reason, last(events).Remaining})
	assert.Equal(t, m.Traded, last(d.buy(0, 0, byQuoteOf(110))).Kind, "spent to the last tick")
}

func TestAnIcebergShowsAPartAndRefillsBehindTheOthers(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 10, func(o *m.Order) { o.Display = 4 })
	d.sell(100, 4)
	depth := d.Book().Depth(book.Asks, 100)
	assert.Equal(t, []int64{8, 6}, []int64{depth.Lots, depth.Reserve})
	assert.Equal(t, [][4]int64{{3, 1, 100, 4}, {3, 2, 100, 1}}, trades(d.buy(100, 5)))
	assert.Equal(t, [][4]int64{{4, 2, 100, 3}, {4, 1, 100, 4}, {4, 1, 100, 2}}, trades(d.buy(100, 9, in(m.FOK))))
}

func TestAPostOnlyOrderNeverTakes(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.sell(100, 1)
	post := func(o *m.Order) { o.PostOnly = true }
	assert.Equal(t, m.WouldTake, d.buy(100, 1, post)[0].Reason)
	assert.Equal(t, m.Accepted, last(d.buy(99, 1, post)).Kind)
	assert.Equal(t, m.WouldTake, d.Replace(&m.Replacement{ID: d.id, Price: 100}, nil)[0].Reason)
	assert.Equal(t, int64(99), d.Book().Best(book.Bids).Price)
}

func TestADayOrderEndsAtMidnightUTCAndAGTDOrderAtItsTime(t *testing.T) {
	d := newDesk(t, m.Rules{})
	now := time.Date(2026, 3, 1, 23, 59, 59, 0, time.UTC)
	o := m.Order{ID: 1, Side: book.Buy, Price: 10, Lots: 1, Force: m.Day}
	d.Place(now.UnixNano(), &o, nil)
	o.ID, o.Force, o.Expiry = 2, m.GTD, now.Add(time.Hour).UnixNano()
	d.Place(now.UnixNano(), &o, nil)
	o.ID, o.Expiry = 3, now.UnixNano()
	assert.Equal(t, m.ExpiryPassed, d.Place(now.UnixNano(), &o, nil)[0].Reason)

	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	assert.Empty(t, d.Expire(midnight.UnixNano()-1, nil))
	next, some := d.NextExpiry()
	assert.Equal(t, []any{midnight.UnixNano(), true}, []any{next, some})
	events := d.Expire(midnight.UnixNano(), nil)
	require.Len(t, events, 1)
	assert.Equal(t, []any{uint64(1), m.Expired, m.TimePassed}, []any{events[0].Order, events[0].Kind, events[0].Reason})
	assert.Len(t, d.Expire(o.Expiry+int64(time.Hour), nil), 1)
	_, some = d.NextExpiry()
	assert.False(t, some)
}

func TestATrailingStopFollowsThePriceAndNeverGoesBack(t *testing.T) {
	d := newDesk(t, m.Rules{})
	print := func(price int64) []m.Event {
		d.buy(price, 1)
		return d.sell(price, 1, in(m.IOC))
	}
	print(100)
	d.sell(0, 1, as(m.TrailingStop), func(o *m.Order) { o.Trail = 5 })
	trailing := d.id
	print(110)
	print(106)
	d.buy(90, 1)
	events := print(105) // 110 - 5
	assert.Contains(t, kinds(events), struct {
		Kind  m.Kind
		Order uint64
	}{m.Triggered, trailing})
	assert.Equal(t, int64(90), d.Last())
}

func TestOneOfAPairCancelsTheOther(t *testing.T) {
	d := newDesk(t, m.Rules{})
	profit := m.Order{ID: 11, Account: 7, Owner: 7, Side: book.Sell, Price: 110, Lots: 5}
	stop := m.Order{ID: 12, Account: 7, Owner: 7, Side: book.Sell, Type: m.Stop, Trigger: 90, Lots: 5}
	d.PlaceOCO(0, &profit, &stop, nil)
	events := d.buy(110, 2)
	assert.Equal(t, [][4]int64{{1, 11, 110, 2}}, trades(events))
	assert.Equal(t, []any{uint64(12), m.Cancelled, m.Linked}, []any{last(events).Order, last(events).Kind, last(events).Reason})

	profit.ID, stop.ID = 21, 22
	d.PlaceOCO(0, &profit, &stop, nil)
	events = d.Cancel(22, nil)
	assert.Equal(t, []any{uint64(21), m.Linked}, []any{last(events).Order, last(events).Reason})
}

func TestABracketComesToLifeWhenItsEntryHasFilled(t *testing.T) {
	d := newDesk(t, m.Rules{})
	bracket := func(id uint64) []m.Event {
		entry := m.Order{ID: id, Account: 7, Owner: 7, Price: 100, Lots: 4}
		return d.PlaceBracket(0, &entry, []m.Order{
			{ID: id + 1, Account: 7, Owner: 7, Side: book.Sell, Price: 110, Lots: 4},
			{ID: id + 2, Account: 7, Owner: 7, Side: book.Sell, Type: m.Stop, Trigger: 90, Lots: 4},
		}, nil)
	}
	bracket(10)
	d.sell(100, 3)
	assert.Nil(t, d.Book().Best(book.Asks), "a partial fill does not activate")
	d.sell(100, 1)
	assert.Equal(t, int64(110), d.Book().Best(book.Asks).Price)
	d.buy(90, 9)
	d.sell(90, 1)
	assert.Nil(t, d.Book().Best(book.Asks), "the stop sold, the profit is cancelled")
	assert.Equal(t, int64(4), d.Book().Best(book.Bids).Lots)

	d.Cancel(d.id-1, nil)
	bracket(20)
	events := d.Cancel(20, nil)
	assert.Len(t, events, 3, "and the pending with it")
}

func TestTriggersBeyondTheBoundContinueByCommand(t *testing.T) {
	d := newDesk(t, m.Rules{MaxTriggers: 2})
	d.buy(100, 9)
	for range 5 {
		d.sell(0, 1, stopAt(100))
	}
	assert.Len(t, trades(d.sell(100, 1)), 3)
	assert.Equal(t, 3, d.Pending())
	assert.Len(t, trades(d.Continue(nil)), 2)
	assert.Len(t, trades(d.Continue(nil)), 1)
	assert.Zero(t, d.Pending())
}

func TestAStopByBestPriceNeedsNoTrade(t *testing.T) {
	d := newDesk(t, m.Rules{})
	d.buy(100, 1)
	d.buy(95, 1)
	d.sell(0, 1, stopAt(97), func(o *m.Order) { o.TriggerBy = m.BestPrice })
	assert.Equal(t, [][4]int64{{3, 2, 95, 1}}, trades(d.Cancel(1, nil)))
}

func TestABracketIsActivatedWithWhatCanBeHeldFor(t *testing.T) {
	for lots, want := range map[int64][]m.Event{
		9: {{Kind: m.Activated, Order: 11, Price: 110, Remaining: 4}, {Kind: m.Activated, Order: 12, Remaining: 6}},
		6: {{Kind: m.Activated, Order: 11, Price: 110, Remaining: 4}, {Kind: m.Activated, Order: 12, Remaining: 6}},
		3: {{Kind: m.Activated, Order: 11, Price: 110, Remaining: 3}, {Kind: m.Activated, Order: 12, Remaining: 3}},
		0: {
			{Kind: m.Expired, Reason: m.NoFunds, Order: 11, Price: 110, Remaining: 4},
			{Kind: m.Cancelled, Reason: m.Linked, Order: 12, Remaining: 6},
		},
	} {
		funds := &limitedFunds{lots: lots + 2} // the entry takes 2
		e := m.New(m.Rules{}, funds)
		e.Uncross(e.Call(nil))
		e.Place(0, &m.Order{ID: 1, Owner: 1, Side: book.Sell, Price: 100, Lots: 2}, nil)
		entry := m.Order{ID: 10, Account: 7, Owner: 7, Price: 100, Lots: 2}
		events := e.PlaceBracket(0, &entry, []m.Order{
			{ID: 11, Account: 7, Owner: 7, Side: book.Sell, Price: 110, Lots: 4},
			{ID: 12, Account: 7, Owner: 7, Side: book.Sell, Type: m.Stop, Trigger: 90, Lots: 6},
		}, nil)
		for index := range want {
			want[index].Account, want[index].Side = 7, book.Sell
		}
		want[1].Type = m.Stop
		events = slices.DeleteFunc(events, func(e m.Event) bool { return e.Kind == m.Rested })
		assert.Equalf(t, want, events[len(events)-2:], "held for %d lots", lots)
	}
}

func TestAPendingOrderOfABracketHasLots(t *testing.T) {
	d := newDesk(t, m.Rules{})
	entry := m.Order{ID: 1, Price: 100, Lots: 2}
	byQuote := m.Order{ID: 2, Side: book.Sell, Type: m.Market, Quote: 200}
	refused := last(d.PlaceBracket(0, &entry, []m.Order{byQuote}, nil))
	assert.Equal(t, []any{m.Rejected, m.InvalidOrder, uint64(2)}, []any{refused.Kind, refused.Reason, refused.Order})
}

func TestTheTriggerIsToldWhileAnOrderWaitsForIt(t *testing.T) {
	d := newDesk(t, m.Rules{})
	wants := func(id uint64, ticks int64, waits bool) {
		t.Helper()
		gotTicks, gotWaits := d.Trigger(id)
		assert.Equal(t, []any{ticks, waits}, []any{gotTicks, gotWaits})
	}
	d.buy(100, 9)
	d.sell(0, 1, stopAt(90))
	d.sell(0, 1, as(m.TrailingStop), func(o *m.Order) { o.Trail = 5 })
	wants(1, 0, false)
	wants(2, 90, true)
	wants(3, 0, true) // nothing to trail yet
	wants(9, 0, false)
	d.sell(100, 1)
	wants(3, 95, true)
	assert.Equal(t, []bool{true, false}, []bool{d.inTheMarket(1), d.inTheMarket(2)})
	d.Cancel(1, nil)
	d.buy(85, 1)
	d.sell(85, 1)
	wants(2, 0, false) // triggered, and gone
}

// inTheMarket tells whether an order rests where it can be traded with.
func (d *desk) inTheMarket(id uint64) bool {
	return d.Book().At(d.Book().Find(id)).Shelf() <= book.Asks
}

func TestEveryReasonHasANameOfItsOwn(t *testing.T) {
	seen := map[string]m.Reason{}
	for reason := m.InvalidOrder; reason <= m.ByOperator; reason++ {
		assert.Regexp(t, "^[A-Z]+(_[A-Z]+)*$", reason.String())
		assert.NotContains(t, seen, reason.String())
		seen[reason.String()] = reason
	}
	assert.Equal(t, m.NotImmediate, seen["IOC_REMAINDER"])
	assert.Empty(t, m.NoReason.String())
}
