package account

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func place(t *testing.T, l *Ledger, o Order) {
	t.Helper()
	require.NoError(t, l.Place(&o))
}

func settle(t *testing.T, l *Ledger, trade Trade) (Settlement, []Entry) {
	t.Helper()
	s, entries, err := l.Settle(start, &trade, nil)
	require.NoError(t, err)
	return s, entries
}

func TestAFillMovesBothSidesAndFreesWhatThePriceSaved(t *testing.T) {
	l, alice, bob := desk(t, flat(10*bps, 20*bps, false))
	usdBefore, btcBefore := l.Balance(alice, usd).Available, l.Balance(bob, btc).Available
	place(t, l, Order{ID: 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 6_000_000, Lots: 100_000}) // 1 BTC at 60,000
	place(t, l, Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Price: 6_100_000, Lots: 50_000}) // half at 61,000
	assert.Equal(t, bitcoin, l.Balance(bob, btc).Held)
	assert.Equal(t, 30_500*dollar, l.Balance(alice, usd).Held)

	s, entries := settle(t, l, Trade{ID: 7, Instrument: btcusd, Price: 6_000_000, Lots: 50_000, Taker: 2, Maker: 1})
	assert.Equal(t, Settlement{
		Base: bitcoin / 2, Notional: 30_000 * dollar, Taker: Charge{1_000_000, btc}, Maker: Charge{30 * dollar, usd},
	}, s)
	assert.Equal(t, []Entry{
		{7, bitcoin / 2, alice, btc, TradeEntry},
		{7, -30_000 * dollar, alice, usd, TradeEntry},
		{7, -bitcoin / 2, bob, btc, TradeEntry},
		{7, 30_000 * dollar, bob, usd, TradeEntry},
		{7, -1_000_000, alice, btc, FeeEntry},
		{7, 1_000_000, Venue, btc, FeeEntry},
		{7, -30 * dollar, bob, usd, FeeEntry},
		{7, 30 * dollar, Venue, usd, FeeEntry},
	}, entries)
	assert.Equal(t, Balance{Available: usdBefore - 30_000*dollar}, l.Balance(alice, usd), "500 of the hold came back")
	assert.Equal(t, Balance{Available: btcBefore - bitcoin, Held: bitcoin / 2}, l.Balance(bob, btc))
	assert.Equal(t, Balance{Available: 30 * dollar}, l.Balance(Venue, usd))
	assert.Zero(t, l.Held(2), "the order without open lots is gone")
	assert.Equal(t, bitcoin/2, l.Held(1))
}

func TestFeesAndTheirRounding(t *testing.T) {
	for name, c := range map[string]struct {
		fees         Fees
		price, lots  int64
		taker, maker Charge // the taker buys
	}{
		"of what is received":             {flat(10*bps, 20*bps, false), 100, 1000, Charge{20_000, btc}, Charge{100, usd}},
		"rounded up":                      {flat(1, 1, false), 100, 1, Charge{1, btc}, Charge{1, usd}},
		"a hundredth of a basis point":    {flat(0, 100, false), 100_000, 1, Charge{1, btc}, Charge{0, usd}},
		"exact without rounding":          {flat(2500, 100, false), 40_000, 10_000, Charge{100, btc}, Charge{10_000, usd}},
		"nothing":                         {flat(0, 0, false), 100, 1000, Charge{0, btc}, Charge{0, usd}},
		"in quote":                        {flat(10*bps, 20*bps, true), 100, 1000, Charge{200, usd}, Charge{100, usd}},
		"in quote, rounded up":            {flat(1, 1, true), 100, 1, Charge{1, usd}, Charge{1, usd}},
		"a rebate":                        {flat(-5*bps, 20*bps, true), 100, 1000, Charge{200, usd}, Charge{-50, usd}},
		"a rebate, rounded down":          {flat(-5*bps, 20*bps, true), 100, 1019, Charge{204, usd}, Charge{-50, usd}},
		"a rebate too small to be paid":   {flat(-5*bps, 5*bps, true), 100, 1, Charge{1, usd}, Charge{0, usd}},
		"a rebate as high as the fee":     {flat(-5*bps, 5*bps, true), 100, 2000, Charge{100, usd}, Charge{-100, usd}},
		"the highest rate, on one unit":   {flat(MaxRate, MaxRate, true), 1, 1, Charge{1, usd}, Charge{1, usd}},
		"four digits of a basis point":    {flat(12345, 67891, true), 1000, 100_000, Charge{67_891, usd}, Charge{12_345, usd}},
		"beyond 64 bits before the ratio": {flat(0, MaxRate, true), 100_000_000, 10_000, Charge{100_000_000_000, usd}, Charge{0, usd}},
	} {
		t.Run(name, func(t *testing.T) {
			l, alice, bob := desk(t, c.fees)
			place(t, l, Order{ID: 1, Account: bob, Instrument: btcusd, Side: Sell, Price: c.price, Lots: c.lots})
			place(t, l, Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Price: c.price, Lots: c.lots})
			s, _ := settle(t, l, Trade{ID: 1, Instrument: btcusd, Price: c.price, Lots: c.lots, Taker: 2, Maker: 1})
			assert.Equal(t, c.taker, s.Taker)
			assert.Equal(t, c.maker, s.Maker)
			assert.GreaterOrEqual(t, l.Balance(Venue, usd).Available, int64(0))
		})
	}
}

func TestInAnAuctionBothPayAsTakers(t *testing.T) {
	l, alice, bob := desk(t, flat(-5*bps, 20*bps, true))
	place(t, l, Order{ID: 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 100, Lots: 1000})
	place(t, l, Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Price: 100, Lots: 1000})
	s, _ := settle(t, l, Trade{ID: 1, Instrument: btcusd, Price: 100, Lots: 1000, Taker: 2, Maker: 1, Auction: true})
	assert.Equal(t, Charge{200, usd}, s.Taker)
	assert.Equal(t, Charge{200, usd}, s.Maker)
}

func TestABuyNeverPaysMoreThanWasHeldWhenRatesRise(t *testing.T) {
	l, alice, bob := desk(t, flat(10*bps, 10*bps, true))
	place(t, l, Order{ID: 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 100, Lots: 1000})
	place(t, l, Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Price: 100, Lots: 1000})
	l.SetFees(flat(-20*bps, 30*bps, true))
	s, _ := settle(t, l, Trade{ID: 1, Instrument: btcusd, Price: 100, Lots: 1000, Taker: 2, Maker: 1})
	assert.Equal(t, Charge{100, usd}, s.Taker)
	assert.Equal(t, Charge{-100, usd}, s.Maker, "a rebate comes out of the fee of the other side")
}

func TestTiersFollowTheVolumeOfTheOwnerInThirtyDays(t *testing.T) {
	fees := Fees{VolumeAsset: usd, Tiers: []Tier{{Maker: 10, Taker: 20}, {Volume: 100 * dollar, Maker: 5, Taker: 15}, {Volume: 300 * dollar, Maker: -0, Taker: 10}}}
	l, alice, bob := desk(t, fees)
	bot, _ := l.Open(start, "alice/bot")
	_, err := l.Transfer("t", alice, bot, usd, thousand, nil)
	require.NoError(t, err)
	order := uint64(0)
	trade := func(now int64, buyer, instrument int32, price, lots int64) {
		order += 2
		place(t, l, Order{ID: order, Account: bob, Instrument: instrument, Side: Sell, Price: price, Lots: lots})
		place(t, l, Order{ID: order + 1, Account: buyer, Instrument: instrument, Side: Buy, Price: price, Lots: lots})
		_, _, err := l.Settle(now, &Trade{ID: order, Instrument: instrument, Price: price, Lots: lots, Taker: order + 1, Maker: order}, nil)
		require.NoError(t, err)
	}
	rates := func(now int64, number int32) [2]int32 {
		maker, taker := l.Rates(now, number)
		return [2]int32{maker, taker}
	}
	trade(start, bot, btcusd, 1_000_000, 999) // 99.90 USD
	assert.Equal(t, [2]int32{10, 20}, rates(start, alice))
	trade(start+day, alice, btcusd, 1_000_000, 1) // 0.10
	assert.Equal(t, 100*dollar, l.Volume(start+day, bot))
	assert.Equal(t, [2]int32{5, 15}, rates(start+day, alice), "the owner's accounts count together")

	trade(start+day, alice, adabtc, 1000, 2000) // 0.002 BTC, without a reference price
	assert.Equal(t, 100*dollar, l.Volume(start+day, alice))
	l.SetReference(btcusd, 10_000_000)           // 100,000
	trade(start+day, alice, adabtc, 1000, 2_000) // 0.002 BTC = 200 USD
	assert.Equal(t, 300*dollar, l.Volume(start+day, alice))
	assert.Equal(t, [2]int32{0, 10}, rates(start+day, bob))

	assert.Equal(t, 300*dollar, l.Volume(start+29*day+day-1, alice))
	assert.Equal(t, 300*dollar-99_90*dollar/100, l.Volume(start+30*day, alice), "the first day has left the window")
	assert.Zero(t, l.Volume(start+31*day, alice))
	assert.Equal(t, [2]int32{10, 20}, rates(start+1000*day, alice))
}

func TestFeesThatCannotBePaidAreRefused(t *testing.T) {
	for want, fees := range map[string]Fees{
		"tiers: want at least one":                              {},
		"tiers: want at least one, the first with volume 0":     {Tiers: []Tier{{Volume: 1}}},
		"tiers[1].volume is not above":                          {Tiers: []Tier{{}, {}}},
		"tiers[0]: want rates up to 1000":                       flat(0, -1, false),
		"tiers[0]: want rates up to 1000 basis points":          flat(MaxRate+1, 0, false),
		"tiers[0].maker_bps is negative":                        flat(-1, 1, false),
		"tiers[0].maker_bps: want no rebate above the lowest t": {InQuote: true, Tiers: []Tier{{Maker: -2, Taker: 2}, {Volume: 1, Taker: 1}}},
	} {
		assert.ErrorContains(t, fees.Check(), want)
	}
}

func TestATradeThatNoMatchingGivesChangesNothing(t *testing.T) {
	l, alice, bob := desk(t, flat(0, 0, true))
	place(t, l, Order{ID: 1, Account: bob, Instrument: btcusd, Side: Sell, Price: 100, Lots: 10})
	place(t, l, Order{ID: 2, Account: alice, Instrument: btcusd, Side: Buy, Price: 100, Lots: 10})
	place(t, l, Order{ID: 3, Account: alice, Instrument: btcusd, Side: Buy, Lots: 10, Budget: 500})
	before := l.Encode(nil)
	for name, c := range map[string]struct {
		trade Trade
		want  Reason
	}{
		"unknown order": {Trade{Instrument: btcusd, Price: 100, Lots: 10, Taker: 2, Maker: 9}, UnknownOrder},
		"same side":     {Trade{Instrument: btcusd, Price: 100, Lots: 10, Taker: 2, Maker: 3}, InvalidTrade},
		"instrument":    {Trade{Instrument: adabtc, Price: 100, Lots: 10, Taker: 2, Maker: 1}, InvalidTrade},
		"lots":          {Trade{Instrument: btcusd, Price: 100, Lots: 11, Taker: 2, Maker: 1}, InvalidTrade},
		"no lots":       {Trade{Instrument: btcusd, Price: 100, Taker: 2, Maker: 1}, InvalidTrade},
		"range":         {Trade{Instrument: btcusd, Price: 1 << 62, Lots: 10, Taker: 2, Maker: 1}, InvalidTrade},
		"price":         {Trade{Instrument: btcusd, Price: 101, Lots: 10, Taker: 2, Maker: 1}, InsufficientBalance},
		"budget":        {Trade{Instrument: btcusd, Price: 51, Lots: 10, Taker: 3, Maker: 1}, InsufficientBalance},
	} {
		_, entries, err := l.Settle(start, &c.trade, nil)
		assert.Equal(t, c.want, reason(err), name)
		assert.Empty(t, entries, name)
		assert.True(t, bytes.Equal(before, l.Encode(nil)), name)
	}
}
