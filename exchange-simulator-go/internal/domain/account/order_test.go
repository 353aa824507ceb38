package account

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatIsHeldForEachKindOfOrder(t *testing.T) {
	for name, c := range map[string]struct {
		fees  Fees
		order Order
		held  int64
	}{
		"a limit buy: price x lots":                {flat(0, 20*bps, false), Order{Side: Buy, Price: 1000, Lots: 50}, 50_000},
		"a limit buy with the worst fee in quote":  {flat(30*bps, 20*bps, true), Order{Side: Buy, Price: 100_000, Lots: 50}, 50 * 100_300},
		"a fee that each fill could round up":      {flat(0, 1*bps, true), Order{Side: Buy, Price: 100, Lots: 50}, 50 * 101},
		"a limit sell: its lots":                   {flat(0, 20*bps, true), Order{Side: Sell, Price: 1000, Lots: 50}, 500_000},
		"a market sell: its lots":                  {flat(0, 20*bps, true), Order{Side: Sell, Lots: 50}, 500_000},
		"a stop buy: what it may spend":            {flat(0, 20*bps, true), Order{Side: Buy, Lots: 50, Budget: 777}, 777},
		"a market buy by quote: what it may spend": {flat(0, 20*bps, true), Order{Side: Buy, Budget: 777, Quote: 770}, 777},
		"a market sell by quote: what it may sell": {flat(0, 20*bps, true), Order{Side: Sell, Budget: 888}, 888},
	} {
		t.Run(name, func(t *testing.T) {
			l, alice, _ := desk(t, c.fees)
			c.order.ID, c.order.Account, c.order.Instrument = 1, alice, btcusd
			place(t, l, c.order)
			assert.Equal(t, c.held, l.Held(1))
			assert.Equal(t, c.held, l.Balance(alice, usd).Held+l.Balance(alice, btc).Held)
			assert.EqualValues(t, 1, l.OpenOrders(alice))
			l.Release(1)
			l.Release(1)
			assert.Zero(t, l.Balance(alice, usd).Held+l.Balance(alice, btc).Held)
			assert.Zero(t, l.OpenOrders(alice))
		})
	}
}

func TestOrdersThatCannotBeHeldForAreRefused(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 20*bps, true))
	place(t, l, Order{ID: 1, Account: alice, Instrument: btcusd, Side: Buy, Price: 1, Lots: 1})
	before := l.Balance(alice, usd)
	for want, o := range map[Reason]Order{
		InsufficientBalance: {ID: 2, Account: alice, Price: 10_000_000, Lots: 1_000_000},
		MaxQuoteRequired:    {ID: 2, Account: alice, Lots: 1},
		OrderIDReused:       {ID: 1, Account: alice, Price: 1, Lots: 1},
		InvalidAmount:       {ID: 2, Account: alice, Price: 1 << 40, Lots: 1 << 40},
		UnknownAccount:      {ID: 2, Account: 77, Price: 1, Lots: 1},
		UnknownSymbol:       {ID: 2, Account: alice, Instrument: 3, Price: 1, Lots: 1},
	} {
		assert.Equal(t, want, reason(l.Place(&o)))
		assert.Equal(t, before, l.Balance(alice, usd), want)
	}
	err := l.Place(&Order{ID: 2, Account: alice, Side: Sell, Lots: 10_000_001})
	assert.EqualError(t, err, "order: 100.00001 of BTC are needed, 100 are available")
	assert.Equal(t, InvalidAmount, reason(l.Place(&Order{ID: 2, Account: alice, Side: Sell})))
	assert.Equal(t, InvalidAmount, reason(l.Place(&Order{ID: 2, Account: alice, Lots: -1, Price: 1})))
	assert.Equal(t, OrderIDReused, reason(l.Place(&Order{Account: alice, Lots: 1, Price: 1})))
}

func TestAReplacementHoldsTheDifference(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	place(t, l, Order{ID: 1, Account: alice, Instrument: btcusd, Side: Buy, Price: 1000, Lots: 50})
	require.NoError(t, l.Adjust(1, 1200, 60))
	assert.EqualValues(t, 72_000, l.Balance(alice, usd).Held)
	require.NoError(t, l.Adjust(1, 0, 10))
	assert.EqualValues(t, 12_000, l.Balance(alice, usd).Held)
	assert.EqualValues(t, 10, l.Position(alice, btcusd).OpenBuys)
	assert.Equal(t, InsufficientBalance, reason(l.Adjust(1, 0, 1_000_000_000_000)))
	assert.Equal(t, InvalidAmount, reason(l.Adjust(1, 1<<50, 1<<50)))
	assert.Equal(t, InvalidAmount, reason(l.Adjust(1, 0, -1)))
	assert.Equal(t, UnknownOrder, reason(l.Adjust(2, 0, 1)))
	assert.EqualValues(t, 12_000, l.Balance(alice, usd).Held)
	require.NoError(t, l.Adjust(1, 0, 0))
	assert.Zero(t, l.Balance(alice, usd).Held)
}

func TestAPairHoldsItsLargerLegUntilOneTrades(t *testing.T) {
	l, alice, bob := desk(t, flat(0, 0, false))
	limit := Order{ID: 1, Account: alice, Instrument: btcusd, Side: Buy, Price: 1000, Lots: 50}
	stop := Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Lots: 50, Budget: 60_000}
	require.NoError(t, l.PlacePair(&limit, &stop))
	assert.EqualValues(t, 60_000, l.Balance(alice, usd).Held)
	assert.EqualValues(t, 50, l.Position(alice, btcusd).OpenBuys, "only one of them can trade")
	place(t, l, Order{ID: 3, Account: bob, Instrument: btcusd, Side: Sell, Price: 900, Lots: 20})
	settle(t, l, Trade{ID: 1, Instrument: btcusd, Price: 1000, Lots: 20, Taker: 3, Maker: 1})
	assert.EqualValues(t, 30_000, l.Balance(alice, usd).Held, "the rest of the leg that traded")
	l.Release(2)
	assert.EqualValues(t, 30_000, l.Balance(alice, usd).Held)

	other := Order{ID: 5, Account: bob, Instrument: btcusd, Side: Buy, Price: 1, Lots: 1}
	limit.ID = 4
	assert.Equal(t, InvalidTrade, reason(l.PlacePair(&limit, &other)))
	assert.Equal(t, InvalidTrade, reason(l.PlacePair(&limit, &limit)))
	limit.Lots = 1 << 40
	stop.ID = 6
	assert.Equal(t, InsufficientBalance, reason(l.PlacePair(&limit, &stop)))
	l.Release(1)
	require.NoError(t, l.PlacePair(&Order{ID: 7, Account: alice, Price: 10, Lots: 5}, &Order{ID: 8, Account: alice, Price: 20, Lots: 5}))
	l.Release(8)
	assert.EqualValues(t, 50, l.Balance(alice, usd).Held, "the leg that is left")
}

func TestAverageCostAndProfit(t *testing.T) {
	l, alice, bob := desk(t, flat(0, 0, false))
	one := &l.Listing().Instruments[btcusd]
	order := uint64(0)
	trade := func(buyer, seller int32, price, lots int64) {
		order += 2
		place(t, l, Order{ID: order, Account: seller, Side: Sell, Price: price, Lots: lots})
		place(t, l, Order{ID: order + 1, Account: buyer, Side: Buy, Price: price, Lots: lots})
		settle(t, l, Trade{ID: order, Price: price, Lots: lots, Taker: order, Maker: order + 1})
	}
	at := func(lots int64, average float64, realised, unrealised string) {
		t.Helper()
		p := l.Position(alice, btcusd)
		assert.Equal(t, lots, p.Lots)
		assert.InDelta(t, average, p.Average(one), 1e-9)
		assert.Equal(t, realised, p.Realised.Format(0))
		assert.Equal(t, unrealised, p.Unrealised(one, 150).Format(0))
	}
	at(0, 0, "0", "0")
	trade(alice, bob, 100, 10)
	trade(alice, bob, 200, 30)
	at(40, 175, "0", "-1000")
	trade(bob, alice, 215, 20) // closes half: 20 x 40
	at(20, 175, "800", "-500")
	trade(bob, alice, 165, 50) // closes 20 at 10 less, opens 30 the other way
	at(-30, 165, "600", "450")
	trade(alice, bob, 150, 30)
	at(0, 0, "1050", "0")
	bobs := l.Position(bob, btcusd)
	assert.Equal(t, "-1050", bobs.Realised.Format(0), "what one wins the other loses")
	trade(alice, alice, 100, 5)
	at(0, 0, "1050", "0")
}

func TestTheHotPathAllocatesNothing(t *testing.T) {
	l, alice, bob := desk(t, flat(-2*bps, 10*bps, true))
	entries := make([]Entry, 0, 16)
	id := uint64(0)
	round := func() {
		id += 4
		buy := Order{ID: id, Account: alice, Instrument: btcusd, Side: Buy, Price: 1_000_000, Lots: 200}
		sell := Order{ID: id + 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 900_000, Lots: 300}
		if l.Check(start, &buy) != nil || l.Place(&buy) != nil || l.Place(&sell) != nil || l.Adjust(buy.ID, 950_000, 250) != nil {
			t.Fatal("an order was refused")
		}
		lots := l.Affordable(start, sell.ID, 950_000, 100)
		_, posted, err := l.Settle(start, &Trade{ID: id, Instrument: btcusd, Price: 950_000, Lots: lots, Taker: sell.ID, Maker: buy.ID}, entries[:0])
		if err != nil || len(posted) == 0 {
			t.Fatal(err)
		}
		l.Release(buy.ID)
		l.Release(sell.ID)
	}
	round()
	assert.Zero(t, testing.AllocsPerRun(500, round))
}

func BenchmarkPlaceSettleRelease(b *testing.B) {
	l, alice, bob := desk(b, flat(10*bps, 10*bps, false))
	entries := make([]Entry, 0, 16)
	resting := uint64(1 << 32)
	for n := range uint64(10_000) {
		require.NoError(b, l.Place(&Order{ID: resting + n, Account: alice, Instrument: adausd, Side: Buy, Price: 1, Lots: 1}))
	}
	id := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		id += 2
		buy := Order{ID: id, Account: alice, Instrument: btcusd, Side: Buy, Price: 1000, Lots: 20}
		sell := Order{ID: id + 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 1000, Lots: 10}
		_, _ = l.Place(&buy), l.Place(&sell)
		_, _, err := l.Settle(start, &Trade{ID: id, Instrument: btcusd, Price: 1000, Lots: 10, Taker: sell.ID, Maker: buy.ID}, entries)
		l.Release(buy.ID)
		if err != nil {
			b.Fatal(err)
		}
		if id%(1<<20) == 0 { // the fees would use up what was deposited
			l.accounts[alice].balances, l.accounts[bob].balances = l.accounts[bob].balances, l.accounts[alice].balances
		}
	}
}
