package instrument

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

func number(t *testing.T, text string) decimal.Number {
	t.Helper()
	value, err := decimal.ParseNumber(text)
	require.NoError(t, err)
	return value
}

func TestUnitsFollowFromTheSteps(t *testing.T) {
	assets := []Asset{{"USD", 7}, {"BTC", 9}, {"ADA", 6}}
	bitcoin, err := New(assets, Instrument{Symbol: "BTC/USD", Base: 1, Quote: 0, Tick: number(t, "0.01"), Lot: number(t, "0.00001")})
	require.NoError(t, err)
	assert.EqualValues(t, 10_000, bitcoin.BaseUnitsPerLot)
	assert.EqualValues(t, 1, bitcoin.QuoteUnitsPerTickLot)
	cardano, err := New(assets, Instrument{Symbol: "ADA/BTC", Base: 2, Quote: 1, Tick: number(t, "0.00000001"), Lot: number(t, "0.1")})
	require.NoError(t, err)
	assert.EqualValues(t, 100_000, cardano.BaseUnitsPerLot)
	assert.EqualValues(t, 1, cardano.QuoteUnitsPerTickLot)

	ticks, err := bitcoin.ParsePrice("60000.01")
	require.NoError(t, err)
	lots, err := bitcoin.ParseQuantity("0.5")
	require.NoError(t, err)
	notional, fits := bitcoin.Notional(ticks, lots)
	assert.True(t, fits)
	assert.Equal(t, "30000.005", assets[0].Format(notional))
	units, fits := bitcoin.BaseUnits(lots)
	assert.True(t, fits)
	assert.Equal(t, "0.5", assets[1].Format(units))
	_, fits = bitcoin.Notional(math.MaxInt64, 2)
	assert.False(t, fits)
}

func TestStepsThatAreNotWholeInUnitsAreRefusedWithWhatWouldDo(t *testing.T) {
	assets := []Asset{{"USD", 4}, {"BTC", 8}}
	for _, c := range []struct{ tick, lot, want string }{
		{"0.01", "0.00001", "tick_size is 0.01 and lot_size 0.00001, their product: 0.0000001 is not whole in units of USD, which has scale 4: want scale 7 or more"},
		{"0.01", "0.000000001", "lot_size is 0.000000001: 0.000000001 is not whole in units of BTC, which has scale 8: want scale 9 or more"},
		{"0", "1", "want more than 0"},
		{"1", "0", "lot_size is 0: 0: want more than 0"},
		{"0.00000000001", "0.00000001", "at most 18 are possible"},
		{"10000000000", "10000000000", "is out of range"},
	} {
		_, err := New(assets, Instrument{Base: 1, Quote: 0, Tick: number(t, c.tick), Lot: number(t, c.lot)})
		assert.ErrorContains(t, err, c.want)
	}
	_, err := New(assets, Instrument{Base: 1, Quote: 0, Tick: number(t, "0.05"), Lot: number(t, "0.02")})
	assert.NoError(t, err, "the product of steps may have fewer digits than both together")
}

func TestPricesBetweenTicksAreRefused(t *testing.T) {
	assets := []Asset{{"USD", 4}, {"BTC", 8}}
	one, err := New(assets, Instrument{Base: 1, Quote: 0, Tick: number(t, "0.25"), Lot: number(t, "5")})
	require.NoError(t, err)
	_, err = one.ParsePrice("10.10")
	assert.EqualError(t, err, `"10.10" is no multiple of the tick size, 0.25`)
	_, err = one.ParsePrice("10.125")
	assert.ErrorContains(t, err, "at most 2 are allowed")
	_, err = one.ParseQuantity("7")
	assert.EqualError(t, err, `"7" is no multiple of the lot size, 5`)
	rapid.Check(t, func(t *rapid.T) {
		ticks := rapid.Int64Range(0, math.MaxInt64/25).Draw(t, "ticks")
		again, err := one.ParsePrice(one.FormatPrice(ticks))
		require.NoError(t, err)
		assert.Equal(t, ticks, again)
	})
}

func TestAListingFindsByName(t *testing.T) {
	listing, err := NewListing([]Asset{{"USD", 2}, {"BTC", 8}}, []Instrument{{Symbol: "BTC/USD", Base: 1}})
	require.NoError(t, err)
	asset, known := listing.Asset("BTC")
	assert.True(t, known)
	assert.EqualValues(t, 1, asset)
	_, known = listing.Instrument("USD/BTC")
	assert.False(t, known)
	_, err = NewListing([]Asset{{"USD", 2}, {"USD", 8}}, nil)
	assert.EqualError(t, err, `asset "USD" is there twice`)
	_, err = NewListing(nil, []Instrument{{Symbol: "A/B"}, {Symbol: "A/B"}})
	assert.EqualError(t, err, `symbol "A/B" is there twice`)
}
