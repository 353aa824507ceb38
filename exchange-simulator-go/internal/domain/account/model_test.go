package account

import (
	"bytes"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
)

// model is the ledger as one would write it without a thought of speed or overflow: totals, open orders and withdrawals;
// what is held is worked out from them anew each time.
type model struct {
	fees     Fees
	listing  *instrument.Listing
	totals   map[[2]int32]*big.Int // account, asset
	orders   map[uint64]*modelOrder
	held     map[string]*Movement
	bought   map[[2]int32]*big.Int // account, instrument: lots
	outside  map[int32]*big.Int    // asset: deposits - withdrawals
	transit  map[[2]int32]*big.Int // account, asset: deposits that are not booked
	postings map[[2]int32]*big.Int // what entries say of account, asset
}

type modelOrder struct {
	Order
	budget *big.Int // left; nil without one
	peer   uint64
}

func at[K comparable](sums map[K]*big.Int, key K) *big.Int {
	if sums[key] == nil {
		sums[key] = new(big.Int)
	}
	return sums[key]
}

func add[K comparable](sums map[K]*big.Int, key K, amount *big.Int) {
	at(sums, key).Add(at(sums, key), amount)
}

func whole(factors ...int64) *big.Int {
	product := big.NewInt(1)
	for _, factor := range factors {
		product.Mul(product, big.NewInt(factor))
	}
	return product
}

// fee rounds up whatever its sign is, which is in the venue's favour.
func (m *model) fee(amount *big.Int, rate int32) *big.Int {
	fee, rest := new(big.Int).DivMod(new(big.Int).Mul(amount, whole(int64(rate))), whole(RateOne), new(big.Int))
	if rest.Sign() != 0 {
		fee.Add(fee, whole(1))
	}
	return fee
}

func (m *model) need(o *modelOrder) *big.Int {
	one := &m.listing.Instruments[o.Instrument]
	switch {
	case o.budget != nil:
		return o.budget
	case o.Side == Sell:
		return whole(o.Lots, one.BaseUnitsPerLot)
	}
	lot := whole(o.Price, one.QuoteUnitsPerTickLot)
	if m.fees.InQuote {
		lot = new(big.Int).Add(lot, m.fee(lot, m.fees.highest()))
	}
	return lot.Mul(lot, whole(o.Lots))
}

func (m *model) pays(o *modelOrder) int32 {
	if o.Side == Buy {
		return m.listing.Instruments[o.Instrument].Quote
	}
	return m.listing.Instruments[o.Instrument].Base
}

// holds works out what is held of an account's asset.
func (m *model) holds(number, asset int32) *big.Int {
	sum := new(big.Int)
	for id, o := range m.orders {
		if o.Account != number || m.pays(o) != asset || o.peer != 0 && o.peer < id {
			continue
		}
		need := m.need(o)
		if o.peer != 0 && m.need(m.orders[o.peer]).Cmp(need) > 0 {
			need = m.need(m.orders[o.peer])
		}
		sum.Add(sum, need)
	}
	for _, one := range m.held {
		if one.Account == number && one.Asset == asset {
			sum.Add(sum, whole(one.Amount))
		}
	}
	return sum
}

func (m *model) available(number, asset int32) *big.Int {
	return new(big.Int).Sub(at(m.totals, [2]int32{number, asset}), m.holds(number, asset))
}

func (m *model) affords(number, asset int32, amount *big.Int) bool {
	return m.available(number, asset).Cmp(amount) >= 0
}

func (m *model) move(number, asset int32, amount *big.Int) {
	add(m.totals, [2]int32{number, asset}, amount)
}

func (m *model) end(id uint64) {
	if o := m.orders[id]; o != nil && o.peer != 0 {
		m.orders[o.peer].peer = 0
	}
	delete(m.orders, id)
}

// cost is what the buyer pays in quote.
func (m *model) cost(one *instrument.Instrument, price, lots int64, rate int32) *big.Int {
	notional := whole(price, lots, one.QuoteUnitsPerTickLot)
	if m.fees.InQuote {
		notional.Add(notional, m.fee(notional, rate))
	}
	return notional
}

// trade settles in the model; the taker buys when takerBuys.
func (m *model) trade(trade *Trade, takerBuys bool) {
	one := &m.listing.Instruments[trade.Instrument]
	tier := m.fees.Tiers[0]
	buy, sell, buyRate, sellRate := m.orders[trade.Taker], m.orders[trade.Maker], tier.Taker, tier.Maker
	if !takerBuys {
		buy, sell, buyRate, sellRate = sell, buy, sellRate, buyRate
	}
	base, notional := whole(trade.Lots, one.BaseUnitsPerLot), whole(trade.Price, trade.Lots, one.QuoteUnitsPerTickLot)
	buyFee, buyFeeAsset, sellFee := m.fee(base, buyRate), one.Base, m.fee(notional, sellRate)
	if m.fees.InQuote {
		buyFee, buyFeeAsset = m.fee(notional, buyRate), one.Quote
	}
	minus := func(value *big.Int) *big.Int { return new(big.Int).Neg(value) }
	m.move(buy.Account, one.Base, base)
	m.move(sell.Account, one.Base, minus(base))
	m.move(buy.Account, one.Quote, minus(notional))
	m.move(sell.Account, one.Quote, notional)
	m.move(buy.Account, buyFeeAsset, minus(buyFee))
	m.move(Venue, buyFeeAsset, buyFee)
	m.move(sell.Account, one.Quote, minus(sellFee))
	m.move(Venue, one.Quote, sellFee)
	add(m.bought, [2]int32{buy.Account, trade.Instrument}, whole(trade.Lots))
	add(m.bought, [2]int32{sell.Account, trade.Instrument}, whole(-trade.Lots))
	for _, o := range []*modelOrder{buy, sell} {
		if o.peer != 0 {
			m.end(o.peer)
		}
		if o.budget != nil && o.Side == Buy {
			o.budget = new(big.Int).Sub(o.budget, m.cost(one, trade.Price, trade.Lots, buyRate))
		} else if o.budget != nil {
			o.budget = new(big.Int).Sub(o.budget, base)
		}
		byQuote := o.Lots == 0
		if o.Lots = max(o.Lots-trade.Lots, 0); o.Lots == 0 && !byQuote {
			m.end(o.ID)
		}
	}
}

// agree checks the laws: what the ledger says is what the model says, nothing is negative, and value is conserved.
func (m *model) agree(t *rapid.T, l *Ledger) {
	for asset := range int32(len(m.listing.Assets)) {
		sum := new(big.Int)
		transit := new(big.Int)
		for number := range l.Accounts() {
			balance, key := l.Balance(number, asset), [2]int32{number, asset}
			what := fmt.Sprintf("%s of %s", m.listing.Assets[asset].Code, l.Account(number).Name)
			require.Equal(t, m.holds(number, asset).String(), fmt.Sprint(balance.Held), "held "+what)
			require.Equal(t, at(m.totals, key).String(), fmt.Sprint(balance.Total()), "total "+what)
			require.Equal(t, at(m.totals, key).String(), at(m.postings, key).String(), "statement of "+what)
			require.GreaterOrEqual(t, balance.Available, int64(0), what)
			require.Equal(t, at(m.transit, key).String(), fmt.Sprint(l.InTransitOf(number, asset)), "in transit "+what)
			transit.Add(transit, at(m.transit, key))
			sum.Add(sum, whole(balance.Total()))
		}
		require.Equal(t, transit.String(), fmt.Sprint(l.InTransit(asset)))
		require.Equal(t, at(m.outside, asset).String(), sum.String(), "value is conserved")
		require.Equal(t, sum.String(), fmt.Sprint(l.Circulating(asset)))
	}
	for number := range l.Accounts() {
		for n := range int32(len(m.listing.Instruments)) {
			open, buys, sells := int32(0), int64(0), int64(0)
			for id, o := range m.orders {
				if o.Account != number || o.Instrument != n {
					continue
				}
				open++
				lots := o.Lots
				if o.peer != 0 {
					lots = max(lots, m.orders[o.peer].Lots)
				}
				if o.peer != 0 && o.peer < id {
					lots = 0
				}
				if o.Side == Buy {
					buys += lots
				} else {
					sells += lots
				}
			}
			position := l.Position(number, n)
			require.Equal(t, [3]int64{int64(open), buys, sells}, [3]int64{int64(position.Orders), position.OpenBuys, position.OpenSells})
			require.Equal(t, at(m.bought, [2]int32{number, n}).String(), fmt.Sprint(position.Lots))
		}
	}
	snapshot := l.Encode(nil)
	restored, err := Decode(snapshot, m.listing, m.fees)
	require.NoError(t, err)
	require.True(t, bytes.Equal(snapshot, restored.Encode(nil)), "the same state gives the same bytes")
	assert.Equal(t, l.InTransit(usd), restored.InTransit(usd))
	for number := range l.Accounts() {
		assert.Equal(t, l.accounts[number], restored.accounts[number])
	}
}

// sortedOrders lists the open orders, so that draws do not depend on the order of a map.
func (m *model) sortedOrders() []uint64 { return slices.Sorted(maps.Keys(m.orders)) }

func TestTheLedgerIsTheNaiveOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fees := rapid.SampledFrom([]Fees{
			flat(10*bps, 20*bps, false), flat(10*bps, 20*bps, true), flat(-3*bps, 7*bps, true), flat(0, 0, false), flat(MaxRate, MaxRate, true),
		}).Draw(t, "fees")
		d := newDriver(t, fees)
		t.Repeat(map[string]func(*rapid.T){
			"": d.check, "place": d.place, "pair": d.pair, "adjust": d.adjust, "release": d.release, "trade": d.trade,
			"credit": d.credit, "withdraw": d.withdraw, "transfer": d.transfer,
		})
	})
}
