package venue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

func TestAHaltEndsWithACallAuctionThatTradesAtOnePrice(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.must(&venue.Halt{Instrument: btcusd, Reason: "a drill"})
	assert.Equal(t, []any{matching.Halted, "a drill"}, []any{d.State(btcusd).Phase, d.State(btcusd).Reason})
	d.must(&venue.Resume{Instrument: btcusd})
	assert.Equal(t, "MARKET_IN_AUCTION", refusal(d.place("alice", order(buy, 0, 1, market)).Err))
	first := d.must(d.placing("alice", order(buy, 4_100_000, 100)))
	second := d.must(d.placing("bob", order(sell, 4_000_000, 60)))
	assert.Zero(t, second.Order.Filled)
	d.now += 5 * 1_000_000_000
	d.events = nil
	d.must(&venue.Advance{})
	assert.Equal(t, []venue.EventKind{venue.AuctionUncrossed, venue.Traded, venue.PhaseChanged}, d.kinds())
	r, _ := d.Order(venue.Target{Account: "alice", Order: first.Order.ID})
	assert.EqualValues(t, 60, r.Filled)
	assert.Equal(t, matching.Continuous, d.State(btcusd).Phase)
	assert.Equal(t, "NOT_HALTED", refusal(d.do(&venue.Resume{Instrument: btcusd}).Err))
}

func TestAPriceBandHaltsAndTheHaltEndsByItself(t *testing.T) {
	c := documents()
	c.Rules[btcusd] = matching.Rules{StaticBand: 1000, PauseOnBand: true}
	d := open(t, c)
	seed(d)
	d.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: 4_000_000}}})
	d.must(d.placing("bob", order(sell, 4_390_000, 10)))
	d.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: 3_900_000}}})
	answer := d.must(d.placing("alice", order(buy, 0, 1, market)))
	assert.Equal(t, "PRICE_OUT_OF_BAND", answer.Order.Reason)
	assert.Equal(t, []any{matching.Halted, "PRICE_BAND"}, []any{d.State(btcusd).Phase, d.State(btcusd).Reason})
	d.now += 10 * second
	d.must(&venue.Advance{})
	assert.Equal(t, matching.Calling, d.State(btcusd).Phase)
	d.now += 5 * second
	d.must(&venue.Advance{})
	assert.Equal(t, matching.Continuous, d.State(btcusd).Phase)
}

func TestTheVenuesOwnParticipantsMakeAMarketAroundTheReference(t *testing.T) {
	c := documents()
	c.Liquidity[btcusd].Depth = 100_000
	c.Liquidity[btcusd].Makers, c.Liquidity[btcusd].Takers, c.Liquidity[btcusd].TakesPerSecond = 3, 2, 20
	d := open(t, c)
	seed(d)
	for range 200 {
		d.now += second / 10
		d.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: 4_000_000}}})
	}
	engine := d.Engine(btcusd)
	bid, ask := engine.Book().Best(book.Bids), engine.Book().Best(book.Asks)
	require.True(t, bid != nil && ask != nil)
	assert.Less(t, ask.Price-bid.Price, int64(40_000))
	assert.Positive(t, d.Trades(), "takers trade")
	answer := d.must(d.placing("alice", order(buy, 0, 500, market)))
	assert.Equal(t, venue.Filled, answer.Order.Status)
	assert.NotZero(t, answer.Fills[0].Mid)
	assert.Equal(t, "VENUE_ACCOUNT", refusal(d.place("venue/btc-usd-m1", order(buy, 1, 1)).Err))
	d.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Stale: true}}})
	assert.Nil(t, engine.Book().Best(book.Bids), "they step back when the price is stale")
	assert.True(t, d.State(btcusd).Stale)
}

func TestFaultsEndByTheirTimeAndAreCleared(t *testing.T) {
	d := open(t, documents())
	seed(d)
	fault := venue.Fault{ID: "m", Kind: venue.Maintenance, Instrument: venue.All, From: d.now + 5*second, Until: d.now + 10*second}
	d.must(&venue.InjectFault{Fault: fault})
	d.must(&venue.InjectFault{Fault: fault})
	fault.Until++
	assert.Equal(t, "FAULT_ID_REUSED", refusal(d.do(&venue.InjectFault{Fault: fault}).Err))
	placed := d.must(d.placing("alice", order(buy, 4_000_000, 1)))
	d.now += 6 * second
	assert.Equal(t, "VENUE_MAINTENANCE", refusal(d.place("alice", order(buy, 4_000_000, 1)).Err))
	assert.Equal(t, "VENUE_MAINTENANCE", refusal(d.do(&venue.Cancel{Target: venue.Target{Account: "alice", Order: placed.Order.ID}}).Err))
	_, wall := d.Due()
	assert.Equal(t, fault.Until-1, wall)
	d.now += 5 * second
	d.events = nil
	d.must(&venue.Cancel{Target: venue.Target{Account: "alice", Order: placed.Order.ID}})
	assert.Equal(t, venue.FaultEnded, d.kinds()[0])
	assert.Equal(t, "UNKNOWN_FAULT", refusal(d.do(&venue.ClearFaults{IDs: []string{"m"}}).Err))
}

func TestWhatWasListedMustStay(t *testing.T) {
	d := open(t, documents())
	seed(d)
	c := documents()
	c.Instruments, c.Rules, c.Liquidity = c.Instruments[:1], c.Rules[:1], c.Liquidity[:1]
	assert.Equal(t, "CONFIGURATION", refusal(d.do(c).Err))
	c = documents()
	c.Fees.Tiers[0].Taker = 0
	c.Instruments[0].MaxLots = 7
	d.must(c)
	assert.Equal(t, "MAX_QUANTITY", refusal(d.place("alice", order(buy, 4_000_000, 8)).Err))
	d.must(d.placing("alice", order(buy, 4_000_000, 7)))
	d.must(d.placing("bob", order(sell, 4_000_000, 7)))
	assert.Equal(t, "100280+0", d.balance("bob", usd), "no fee for takers any more")
}
