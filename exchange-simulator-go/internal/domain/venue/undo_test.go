package venue_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

func TestARefusedReplacementGivesBackWhatWasHeldAlsoAfterFeesRose(t *testing.T) {
	c := documents()
	c.Fees = account.Fees{InQuote: true, Tiers: []account.Tier{{Maker: 10_0000, Taker: 20_0000}}}
	d := open(t, c)
	seed(d)
	placed := d.must(d.placing("alice", order(buy, 4_000_000, 2495)))
	before := d.balance("alice", usd)
	dearer := *c
	dearer.Fees = account.Fees{InQuote: true, Tiers: []account.Tier{{Maker: 10_0000, Taker: 500_0000}}}
	d.must(&dearer)
	d.must(&venue.Halt{Instrument: btcusd})
	target := venue.Target{Account: "alice", Order: placed.Order.ID}
	assert.Equal(t, "MARKET_HALTED", refusal(d.do(&venue.Replace{Target: target, Price: 3_000_000}).Err))
	assert.Equal(t, before, d.balance("alice", usd))
	d.must(&venue.Resume{Instrument: btcusd, WithoutAuction: true})
	d.must(d.placing("bob", order(sell, 4_000_000, 2495)))
	r, err := d.Order(target)
	require.NoError(t, err)
	assert.Equal(t, venue.Filled, r.Status)
}

func TestWhatIsHeldAfterADecrementIsWhatIsOpen(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.must(d.placing("alice", order(sell, 4_000_000, 100)))
	d.must(d.placing("bob", order(sell, 4_000_000, 800)))
	placed := d.must(d.placing("alice", order(buy, 4_000_000, 1000, func(o *venue.Order) { o.SelfTrade = matching.Decrement })))
	assert.EqualValues(t, 100, placed.Order.Remaining)
	assert.Equal(t, d.units(usd, "4000"), d.Ledger().Held(placed.Order.ID))
}

func TestALegThatWaitsIsReplacedUnderTheRulesOfOrders(t *testing.T) {
	d := open(t, documents())
	seed(d)
	d.must(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: btcusd, Price: 4_000_000}}})
	c := d.placing("alice", order(buy, 3_900_000, 100))
	profit := order(sell, 4_500_000, 0)
	c.TakeProfit = &profit
	leg := d.must(c).Linked[0].ID
	assert.Equal(t, "PRICE_OUT_OF_BAND", refusal(d.do(&venue.Replace{Target: venue.Target{Account: "alice", Order: leg}, Price: 90_000_000}).Err))
	d.must(&venue.Replace{Target: venue.Target{Account: "alice", Order: leg}, Price: 4_600_000})
}

func TestAPairCountsOnceForTheRateAndTwiceForWhatIsOpen(t *testing.T) {
	c := documents()
	c.Instruments[btcusd].MaxOpenOrders = 2
	d := open(t, c)
	seed(d)
	d.must(&venue.SetLimits{Account: "alice", Limits: account.Limits{PerSecond: 1}})
	pair := func() *venue.Place {
		p := d.placing("alice", order(sell, 4_500_000, 1))
		other := order(sell, 0, 1, stopAt(3_500_000))
		p.Other = &other
		return p
	}
	d.must(pair())
	assert.Equal(t, "ORDER_RATE_EXCEEDED", refusal(d.do(pair()).Err))
	d.now += 2 * second
	assert.Equal(t, "TOO_MANY_ORDERS", refusal(d.do(pair()).Err))
	d.must(&venue.CancelAll{Account: "alice", Instrument: btcusd})
	d.now += 2 * second
	d.must(d.placing("alice", order(sell, 4_500_000, 1)))
	d.now += 2 * second
	assert.Equal(t, "TOO_MANY_ORDERS", refusal(d.do(pair()).Err), "one more would be one too many")
}
