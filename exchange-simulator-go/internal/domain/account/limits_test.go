package account

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

func TestOrdersAreCheckedAgainstTheInstrumentAndTheAccount(t *testing.T) {
	quantity := func(text string) decimal.Number {
		number, err := decimal.ParseNumber(text)
		require.NoError(t, err)
		return number
	}
	good := Order{ID: 100, Instrument: btcusd, Side: Buy, Price: 6_000_000, Lots: 1000} // 0.01 BTC at 60,000: 600
	with := func(change func(*Order)) Order { o := good; change(&o); return o }
	for name, c := range map[string]struct {
		limits Limits
		order  Order
		want   Reason
	}{
		"a good order":                     {Limits{}, good, NoReason},
		"no lots of an order by quote":     {Limits{}, with(func(o *Order) { o.Price, o.Lots, o.Quote = 0, 0, 600*dollar }), NoReason},
		"more lots than there may be":      {Limits{}, with(func(o *Order) { o.Lots = 1<<40 + 1 }), MaxQuantity},
		"fewer lots than there may be":     {Limits{}, with(func(o *Order) { o.Lots = -1 }), MinQuantity},
		"notional":                         {Limits{}, with(func(o *Order) { o.Lots = 8 }), MinNotional},
		"notional at the reference":        {Limits{}, with(func(o *Order) { o.Price, o.Lots = 0, 8 }), MinNotional},
		"notional by quote":                {Limits{}, with(func(o *Order) { o.Price, o.Lots, o.Quote = 0, 0, 5*dollar-1 }), MinNotional},
		"five times the reference":         {Limits{}, with(func(o *Order) { o.Price = 30_000_000 }), NoReason},
		"more than that":                   {Limits{}, with(func(o *Order) { o.Price = 30_000_001 }), PriceOutOfBand},
		"a fifth of the reference":         {Limits{}, with(func(o *Order) { o.Price = 1_200_000 }), NoReason},
		"less than that":                   {Limits{}, with(func(o *Order) { o.Price = 1_199_999 }), PriceOutOfBand},
		"blocked":                          {Limits{Blocked: true}, good, AccountBlocked},
		"its quantity":                     {Limits{MaxQuantity: quantity("0.01")}, good, NoReason},
		"too large a quantity":             {Limits{MaxQuantity: quantity("0.009999999")}, good, MaxOrderQuantity},
		"too large a quantity, by quote":   {Limits{MaxQuantity: quantity("0.009")}, with(func(o *Order) { o.Lots, o.Quote = 0, 600*dollar }), MaxOrderQuantity},
		"its notional":                     {Limits{MaxNotional: quantity("600")}, good, NoReason},
		"too large a notional":             {Limits{MaxNotional: quantity("599.99")}, good, MaxOrderNotional},
		"its collar":                       {Limits{CollarBps: 100}, with(func(o *Order) { o.Price = 6_060_000 }), NoReason},
		"outside its collar":               {Limits{CollarBps: 100}, with(func(o *Order) { o.Price = 6_060_001 }), PriceCollar},
		"below its collar":                 {Limits{CollarBps: 100}, with(func(o *Order) { o.Price = 5_939_999 }), PriceCollar},
		"its position":                     {Limits{MaxPosition: quantity("0.012")}, good, NoReason},
		"too large a position":             {Limits{MaxPosition: quantity("0.01199")}, good, MaxPosition},
		"its position the other way":       {Limits{MaxPosition: quantity("0.01")}, with(func(o *Order) { o.Side = Sell }), NoReason},
		"a replacement keeps its own":      {Limits{MaxPosition: quantity("0.01")}, with(func(o *Order) { o.ID = 1 }), NoReason},
		"an unknown instrument":            {Limits{}, with(func(o *Order) { o.Instrument = 3 }), UnknownSymbol},
		"an order without any valid price": {Limits{}, with(func(o *Order) { o.Instrument, o.Price = adabtc, 0 }), NoReason},
	} {
		t.Run(name, func(t *testing.T) {
			l, alice, _ := desk(t, flat(0, 0, false))
			l.SetReference(btcusd, 6_000_000)
			place(t, l, Order{ID: 1, Account: alice, Instrument: btcusd, Side: Buy, Price: 6_000_000, Lots: 200})
			require.NoError(t, l.SetLimits(alice, c.limits))
			assert.Equal(t, c.limits, l.Limits(alice))
			c.order.Account = alice
			assert.Equal(t, c.want, reason(l.Check(start, &c.order)))
		})
	}
}

func TestAnAccountHasAtMostAsManyOpenOrdersAsTheInstrumentAllows(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	for id := range uint64(3) {
		o := Order{ID: id + 1, Account: alice, Price: 1_000_000, Lots: 100}
		require.NoError(t, l.Check(start, &o))
		place(t, l, o)
	}
	err := l.Check(start, &Order{ID: 4, Account: alice, Price: 1_000_000, Lots: 100})
	assert.EqualError(t, err, "open orders is 3: want fewer than 3: cancel one first")
	assert.NoError(t, l.Check(start, &Order{ID: 3, Account: alice, Price: 1_000_001, Lots: 100}), "a replacement is no more")
	l.Release(2)
	assert.NoError(t, l.Check(start, &Order{ID: 4, Account: alice, Price: 1_000_000, Lots: 100}))
}

func TestTheOrderRateIsATokenBucket(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	require.NoError(t, l.SetLimits(alice, Limits{PerSecond: 4}))
	try := func(now int64) Reason {
		return reason(l.Check(now, &Order{ID: 1, Account: alice, Price: 1_000_000, Lots: 100}))
	}
	for range 4 {
		assert.Equal(t, NoReason, try(start), "a burst")
	}
	err := l.Check(start, &Order{ID: 1, Account: alice, Price: 1_000_000, Lots: 100})
	var refusal *Error
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, OrderRateExceeded, refusal.Reason)
	assert.Equal(t, second/4, refusal.RetryAfter)
	assert.Equal(t, OrderRateExceeded, try(start+second/4-1))
	assert.Equal(t, NoReason, try(start+second/4))
	assert.Equal(t, OrderRateExceeded, try(start+second/4))
	for range 4 {
		assert.Equal(t, NoReason, try(start+100*second), "no more than a burst is saved")
	}
	assert.Equal(t, OrderRateExceeded, try(start+100*second))
}

func TestLimitsAreNotNegative(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	assert.Equal(t, InvalidLimit, reason(l.SetLimits(alice, Limits{MaxPosition: decimal.Number{Units: -1}})))
	assert.Equal(t, UnknownAccount, reason(l.SetLimits(99, Limits{})))
}
