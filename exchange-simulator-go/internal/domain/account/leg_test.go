package account

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

func TestFundableIsExactlyWhatPlaceTakes(t *testing.T) {
	for name, order := range map[string]Order{
		"buy":       {Side: Buy, Price: 100_000, Lots: 1 << 40},
		"sell":      {Side: Sell, Price: 100_000, Lots: 1 << 40},
		"small buy": {Side: Buy, Price: 100_000, Lots: 3},
	} {
		t.Run(name, func(t *testing.T) {
			l, alice, _ := desk(t, flat(30*bps, 20*bps, true))
			order.ID, order.Account, order.Instrument = 1, alice, btcusd
			lots := l.Fundable(&order)
			assert.Positive(t, lots)
			if lots < order.Lots {
				more := order
				more.Lots = lots + 1
				assert.Equal(t, InsufficientBalance, reason(l.Place(&more)))
			}
			order.Lots = lots
			assert.NoError(t, l.Place(&order))
		})
	}
	l, alice, _ := desk(t, flat(0, 0, false))
	available := l.Balance(alice, usd).Available
	budgeted := Order{ID: 1, Account: alice, Instrument: btcusd, Side: Buy, Lots: 7, Budget: available}
	assert.EqualValues(t, 7, l.Fundable(&budgeted))
	budgeted.Budget++
	assert.Zero(t, l.Fundable(&budgeted))
	assert.Zero(t, l.Fundable(&Order{Account: 99}))
}

func TestALegIsCheckedWithoutWhatIsOpenNow(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	limits := Limits{MaxPosition: decimal.Number{Units: 1}, MaxQuantity: decimal.Number{Units: 10}}
	assert.NoError(t, l.SetLimits(alice, limits))
	leg := Order{ID: 1, Account: alice, Instrument: btcusd, Side: Sell, Price: 1000, Lots: 200_000}
	assert.Equal(t, MaxPosition, reason(l.Check(start, &leg)))
	assert.NoError(t, l.CheckLeg(&leg))
	leg.Lots = 2_000_000
	assert.Equal(t, MaxOrderQuantity, reason(l.CheckLeg(&leg)))
}
