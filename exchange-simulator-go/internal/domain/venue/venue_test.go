package venue_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func asErrs(err error, said **errs.Error) bool { return errors.As(err, said) }

func TestNothingIsTakenBeforeTheDocumentsAre(t *testing.T) {
	v := venue.New()
	answer := v.Apply(1, 1, &venue.Open{Account: "alice"}, func(*venue.Event) { t.Error("nothing happened") })
	assert.Equal(t, "NOT_CONFIGURED", refusal(answer.Err))
}

func TestAnOrderThatMeetsAnotherTradesAtItsPriceAndBothPayFees(t *testing.T) {
	d := open(t, documents())
	seed(d)
	resting := d.place("alice", order(sell, 4_300_000, 1000))
	require.NoError(t, resting.Err)
	assert.Equal(t, venue.Working, resting.Order.Status)
	assert.Equal(t, "9+1", d.balance("alice", btc))
	taken := d.place("bob", order(buy, 4_310_000, 400))
	require.NoError(t, taken.Err)
	assert.Equal(t, venue.Filled, taken.Order.Status)
	require.Len(t, taken.Fills, 1)
	fill := taken.Fills[0]
	assert.Equal(t, []any{int64(4_300_000), int64(400), true, false, btc}, []any{fill.Price, fill.Lots, fill.Buys, fill.Maker, fill.FeeAsset})
	assert.Equal(t, "10.3992+0", d.balance("bob", btc), "0.4 less 20 basis points")
	assert.Equal(t, "82800+0", d.balance("bob", usd), "at the price that rested, nothing held")
	assert.Equal(t, "117182.8+0", d.balance("alice", usd), "17200 less 10 basis points")
	assert.Equal(t, "9+0.6", d.balance("alice", btc))
	assert.Equal(t, "17.2+0", d.balance("venue", usd))
	assert.Equal(t, []venue.EventKind{venue.OrderAccepted, venue.OrderAccepted, venue.Traded}, d.kinds())
}

func TestAMarketOrderTakesWhatItsAccountCanPay(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.place("alice", order(sell, 4_000_000, 5000))
	answer := d.place("bob", order(buy, 0, 4000, market))
	require.NoError(t, answer.Err)
	assert.Equal(t, []any{venue.Expired, "INSUFFICIENT_BALANCE", int64(2500)}, []any{answer.Order.Status, answer.Order.Reason, answer.Order.Filled})
	assert.Equal(t, "0+0", d.balance("bob", usd))
	assert.Equal(t, "INSUFFICIENT_BALANCE", refusal(d.place("bob", order(buy, 0, 1, market)).Err))
	byQuote := func(o *venue.Order) { market(o); o.Lots, o.Quote = 0, d.units(usd, "10001") }
	answer = d.place("alice", order(sell, 0, 0, byQuote))
	require.NoError(t, answer.Err)
	assert.Equal(t, "NO_LIQUIDITY", answer.Order.Reason)
}

func TestAMarketOrderByQuoteSpendsItAndNoMore(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.place("alice", order(sell, 4_000_000, 1000))
	d.place("alice", order(sell, 4_100_000, 1000))
	answer := d.place("bob", order(buy, 0, 0, market, func(o *venue.Order) { o.Lots, o.Quote = 0, d.units(usd, "50000") }))
	require.NoError(t, answer.Err)
	assert.Equal(t, []any{venue.Filled, "", int64(1243)}, []any{answer.Order.Status, answer.Order.Reason, answer.Order.Filled})
	assert.Equal(t, "50037+0", d.balance("bob", usd), "40000 and 243 lots at 41")
	assert.Equal(t, "INSUFFICIENT_BALANCE", refusal(d.place("bob", order(buy, 0, 0, market, func(o *venue.Order) { o.Lots, o.Quote = 0, d.units(usd, "50038") })).Err))
}

func TestTheSameRequestGetsItsAnswerAndAnotherOneUnderItsIdIsRefused(t *testing.T) {
	d := open(t, documents())
	seed(d)
	c := d.placing("alice", order(buy, 4_000_000, 100))
	first := d.must(c)
	events := len(d.events)
	again := *c
	again.Session = 9
	repeated := d.must(&again)
	assert.True(t, repeated.Repeated)
	assert.Equal(t, first.Order.ID, repeated.Order.ID)
	assert.Len(t, d.events, events, "nothing happened")
	again.Order.Lots++
	assert.Equal(t, "CLIENT_ORDER_ID_REUSED", refusal(d.do(&again).Err))
	other := *c
	other.Account = "bob"
	assert.False(t, d.must(&other).Repeated, "ids are those of an account")

	change := &venue.Replace{Target: venue.Target{Account: "alice", ClientID: c.ClientID}, RequestID: "r1", Price: 3_900_000}
	d.must(change)
	assert.True(t, d.must(change).Repeated)
	change.Price--
	assert.Equal(t, "CLIENT_ORDER_ID_REUSED", refusal(d.do(change).Err))
}

func TestWhatARuleRefusesLeavesNothingButItsEvent(t *testing.T) {
	for want, change := range map[string]func(*desk, *venue.Place){
		"INSUFFICIENT_BALANCE": func(_ *desk, p *venue.Place) { p.Order.Lots = 10_000 },
		"WOULD_TAKE":           func(_ *desk, p *venue.Place) { p.Order.PostOnly, p.Order.Price = true, 5_000_000 },
		"MAX_QUANTITY":         func(_ *desk, p *venue.Place) { p.Order.Lots = 2_000_000 },
		"MARKET_HALTED":        func(d *desk, _ *venue.Place) { d.must(&venue.Halt{Instrument: venue.All, Reason: "a drill"}) },
		"ACCOUNT_BLOCKED": func(d *desk, _ *venue.Place) {
			d.must(&venue.SetLimits{Account: "alice", Limits: account.Limits{Blocked: true}})
		},
		"DRILL": func(d *desk, _ *venue.Place) {
			d.must(&venue.InjectFault{Fault: venue.Fault{ID: "f", Kind: venue.RejectOrders, Instrument: venue.All, Share: 1, Reason: "DRILL", Until: d.now + 60*second}})
		},
		"MAX_QUOTE_REQUIRED": func(_ *desk, p *venue.Place) { stopAt(6_000_000)(&p.Order) },
		"WOULD_TRIGGER":      func(_ *desk, p *venue.Place) { stopAt(4_000_000)(&p.Order); p.Order.MaxQuote = 1 << 30 },
	} {
		t.Run(want, func(t *testing.T) {
			d := open(t, documents())
			seed(d)
			d.place("bob", order(sell, 5_000_000, 10))
			d.place("alice", order(buy, 5_000_000, 1))
			c := d.placing("alice", order(buy, 4_000_000, 100))
			change(d, c)
			before, open := d.balance("alice", usd), d.OpenOrders()
			d.events = nil
			assert.Equal(t, want, refusal(d.do(c).Err))
			assert.Equal(t, []any{before, open}, []any{d.balance("alice", usd), d.OpenOrders()})
			require.Len(t, d.events, 1)
			assert.Equal(t, []any{venue.OrderRejected, want}, []any{d.events[0].Kind, d.events[0].Reason})
			_, err := d.Order(venue.Target{Account: "alice", ClientID: c.ClientID})
			assert.Equal(t, "UNKNOWN_ORDER", refusal(err), "its id is free again")
		})
	}
}

func TestABracketsLegsAreHeldForWhenTheOrderBeforeThemFills(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.fund("carol", "50000", "0.00001")
	c := d.placing("carol", order(buy, 4_000_000, 1000))
	profit, loss := order(sell, 4_500_000, 0), order(sell, 0, 0, stopAt(3_500_000))
	c.TakeProfit, c.StopLoss = &profit, &loss
	placed := d.must(c)
	require.Len(t, placed.Linked, 2)
	assert.Equal(t, []venue.Status{venue.Working, venue.Pending, venue.Pending},
		[]venue.Status{placed.Order.Status, placed.Linked[0].Status, placed.Linked[1].Status})
	assert.Equal(t, "0.00001+0", d.balance("carol", btc))
	d.must(d.placing("bob", order(sell, 4_000_000, 1000)))
	legs := d.Linked(&placed.Order, nil)
	assert.Equal(t, venue.Working, legs[0].Status)
	assert.Equal(t, []any{venue.Pending, int64(3_500_000)}, []any{legs[1].Status, legs[1].Trigger})
	assert.EqualValues(t, 999, legs[0].Remaining, "the fee was taken from what was bought")
	assert.Equal(t, "0.00001+0.999", d.balance("carol", btc), "one leg is held for, since one cancels the other")
	d.must(d.placing("alice", order(buy, 4_500_000, 999)))
	legs = d.Linked(&placed.Order, nil)
	assert.Equal(t, []any{venue.Filled, venue.Cancelled, "LINKED_ORDER"}, []any{legs[0].Status, legs[1].Status, legs[1].Reason})
	assert.Equal(t, "0.00001+0", d.balance("carol", btc))
}

func TestABracketCanBeResizedWhileItWaits(t *testing.T) {
	d := open(t, documents())
	seed(d)
	c := d.placing("alice", order(buy, 4_000_000, 100))
	loss := order(sell, 0, 0, stopAt(3_500_000))
	c.StopLoss = &loss
	placed := d.must(c)
	d.must(&venue.Replace{Target: venue.Target{Account: "alice", Order: placed.Order.ID}, RequestID: "r", Lots: 250})
	assert.Equal(t, "QUANTITY_FIXED", refusal(d.do(&venue.Replace{Target: venue.Target{Account: "alice", Order: placed.Linked[0].ID}, Lots: 3}).Err))
	d.must(d.placing("bob", order(sell, 4_000_000, 250)))
	legs := d.Linked(&placed.Order, nil)
	assert.EqualValues(t, 250, legs[0].Remaining)
	assert.Equal(t, "9.99975+0.25", d.balance("alice", btc), "held for once it is active")
}

func TestAPairHoldsItsLargerLegAndTheFirstToTradeCancelsTheOther(t *testing.T) {
	d := open(t, documents())
	seed(d)
	c := d.placing("alice", order(sell, 0, 500, stopAt(3_500_000)))
	other := order(sell, 4_500_000, 500)
	c.Other = &other
	placed := d.must(c)
	assert.Equal(t, matching.Stop, placed.Order.Order.Type, "the answer is about the order that came first")
	assert.Equal(t, c.ClientID, placed.Order.ClientID)
	assert.Equal(t, "9.5+0.5", d.balance("alice", btc))
	d.must(d.placing("bob", order(buy, 4_500_000, 200)))
	r, err := d.Order(venue.Target{Account: "alice", ClientID: c.ClientID})
	require.NoError(t, err)
	assert.Equal(t, []any{venue.Cancelled, "LINKED_ORDER"}, []any{r.Status, r.Reason})
	assert.Equal(t, "9.5+0.3", d.balance("alice", btc))
}

func TestATrailingStopShowsWhereItsTriggerIs(t *testing.T) {
	d := open(t, documents())
	seed(d)
	trade := func(price int64) {
		d.must(d.placing("alice", order(sell, price, 1)))
		d.must(d.placing("bob", order(buy, price, 1)))
	}
	trade(4_000_000)
	placed := d.must(d.placing("alice", order(sell, 0, 10, func(o *venue.Order) { o.Type, o.Price, o.Trail = matching.TrailingStop, 0, 50_000 })))
	assert.EqualValues(t, 3_950_000, placed.Order.Trigger)
	trade(4_100_000)
	r, err := d.Order(venue.Target{Account: "alice", Order: placed.Order.ID})
	require.NoError(t, err)
	assert.EqualValues(t, 4_050_000, r.Trigger)
}

func TestReplacingHoldsWhatTheOrderThenCosts(t *testing.T) {
	d := open(t, documents())
	seed(d)
	placed := d.must(d.placing("alice", order(buy, 4_000_000, 1000)))
	target := venue.Target{Account: "alice", Order: placed.Order.ID}
	d.must(&venue.Replace{Target: target, Price: 5_000_000})
	assert.Equal(t, "50000+50000", d.balance("alice", usd))
	assert.Equal(t, "INSUFFICIENT_BALANCE", refusal(d.do(&venue.Replace{Target: target, Lots: 2001}).Err))
	assert.Equal(t, "50000+50000", d.balance("alice", usd))
	d.must(d.placing("bob", order(sell, 4_900_000, 400)))
	assert.Equal(t, "QUANTITY_FILLED", refusal(d.do(&venue.Replace{Target: target, Lots: 400}).Err))
	replaced := d.must(&venue.Replace{Target: target, Lots: 500})
	assert.Equal(t, []int64{100, 400, 500}, []int64{replaced.Order.Remaining, replaced.Order.Filled, replaced.Order.Order.Lots})
	d.must(d.placing("bob", order(sell, 5_100_000, 70)))
	crossing := d.must(&venue.Replace{Target: target, Price: 5_200_000})
	require.Len(t, crossing.Fills, 1, "a replacement that crosses trades")
	assert.Equal(t, []int64{5_100_000, 70}, []int64{crossing.Fills[0].Price, crossing.Fills[0].Lots})
	d.must(&venue.Cancel{Target: target})
	assert.Equal(t, "ORDER_ENDED", refusal(d.do(&venue.Replace{Target: target, Lots: 900}).Err))
	assert.Equal(t, "ORDER_ENDED", refusal(d.do(&venue.Cancel{Target: target}).Err))
}

func TestTheKillSwitchAndADisconnectTakeOrdersOut(t *testing.T) {
	d := open(t, documents())
	seed(d)
	inSession := func(session uint64) uint64 {
		c := d.placing("alice", order(buy, 4_000_000, 1))
		c.Session = session
		return d.must(c).Order.ID
	}
	first, second, third := inSession(1), inSession(2), inSession(0)
	assert.EqualValues(t, 1, d.must(&venue.Disconnect{Session: 1}).Count)
	status := func(id uint64) string {
		r, err := d.Order(venue.Target{Account: "alice", Order: id})
		require.NoError(t, err)
		return r.Status.String() + " " + r.Reason
	}
	assert.Equal(t, []string{"cancelled DISCONNECTED", "open ", "open "}, []string{status(first), status(second), status(third)})
	assert.EqualValues(t, 1, d.must(&venue.Disconnect{}).Count, "a start ends every session")
	answer := d.must(&venue.SetLimits{Account: "alice", Limits: account.Limits{Blocked: true}})
	assert.EqualValues(t, 1, answer.Count)
	assert.Equal(t, "cancelled ACCOUNT_BLOCKED", status(third))
	assert.Equal(t, "100000+0", d.balance("alice", usd))
}

func TestOrdersAreListedNewestFirstAndForgottenAfterADay(t *testing.T) {
	d := open(t, documents())
	seed(d)
	var ids []uint64
	for range 5 {
		ids = append(ids, d.must(d.placing("alice", order(buy, 4_000_000, 1))).Order.ID)
	}
	d.must(&venue.Cancel{Target: venue.Target{Account: "alice", Order: ids[1]}})
	list := func(before uint64, most int) (listed []uint64) {
		records, err := d.Orders("alice", before, func(*venue.Record) bool { return true }, most, nil)
		require.NoError(t, err)
		for _, r := range records {
			listed = append(listed, r.ID)
		}
		return listed
	}
	assert.Equal(t, []uint64{ids[4], ids[3]}, list(0, 2))
	assert.Equal(t, []uint64{ids[2], ids[1], ids[0]}, list(ids[3], 9))
	d.now += venue.Retention
	d.must(d.placing("alice", order(buy, 4_000_000, 1)))
	assert.Equal(t, []uint64{ids[2], ids[0]}, list(ids[3], 9))
	_, err := d.Order(venue.Target{Account: "alice", Order: ids[1]})
	assert.Equal(t, "UNKNOWN_ORDER", refusal(err))
}

func TestOrdersEndWhenTheirTimeHasComeWithoutATimer(t *testing.T) {
	d := open(t, documents())
	seed(d)
	placed := d.must(d.placing("alice", order(buy, 4_000_000, 1, func(o *venue.Order) { o.Force, o.Expiry = matching.GTD, d.now+10*second })))
	due, _ := d.Due()
	assert.Equal(t, placed.Order.Order.Expiry, due)
	d.now += 10 * second
	answer := d.must(d.placing("bob", order(sell, 4_000_000, 1)))
	assert.Zero(t, answer.Order.Filled, "it had ended before the other came")
}
