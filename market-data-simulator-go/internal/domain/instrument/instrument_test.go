package instrument

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const document = `{"instruments": [
	{"symbol": "BTC/USD", "base": "BTC", "quote": "USD", "tick_size": "0.01", "lot_size": "0.00001", "price_source": "modelled"},
	{"symbol": "USDT/USD", "base": "USDT", "quote": "USD", "tick_size": "0.00001", "lot_size": "0.01", "price_source": "pegged",
	 "peg": {"mean": "1", "standard_deviation_bps": 3, "half_life": "12h"}},
	{"symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "tick_size": "0.01", "lot_size": "0.00001", "price_source": "derived",
	 "numerator": "BTC/USD", "denominator": "USDT/USD"}]}`

func TestDocumentBecomesInstruments(t *testing.T) {
	listed, err := Parse([]byte(document))
	require.NoError(t, err)
	assert.Equal(t, []string{"BTC/USD", "USDT/USD", "BTC/USDT"}, Symbols(listed))
	assert.Equal(t, 0.01, listed[0].Tick.Float())
	assert.Equal(t, 5, listed[0].Lot.Decimals())
	assert.Equal(t, Peg{Mean: 1, Bps: 3, HalfLife: 12 * time.Hour}, listed[1].Peg)
	assert.Equal(t, "USDT/USD", listed[2].Denominator)
}

func TestWhatTheDocumentSaysAboutTradingIsNoMatterOfPrices(t *testing.T) {
	want, err := Parse([]byte(document))
	require.NoError(t, err)
	extended := strings.Replace(document, `{"instruments"`, `{"assets": [{"code": "BTC", "scale": 9}], "instruments"`, 1)
	extended = strings.Replace(extended, `"modelled"`, `"modelled", "trading": {"min_notional": "5"}`, 1)
	listed, err := Parse([]byte(extended))
	require.NoError(t, err)
	assert.Equal(t, want, listed)
}

func TestABadDocumentIsRefusedByFieldAndValue(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"BTC/USD", "base"`, `"BTCUSD", "base"`, `symbol is "BTCUSD": want base/quote, "BTC/USD"`},
		{`"tick_size": "0.01"`, `"tick_size": "1e-2"`, `tick_size: "1e-2" is no increment`},
		{`"lot_size": "0.01"`, `"lot_size": "0"`, `instruments[1] (USDT/USD): lot_size: "0" is no increment`},
		{`"modelled"`, `"guessed"`, `price_source is "guessed": want modelled, pegged or derived`},
		{`"mean": "1"`, `"mean": "-1"`, `peg.mean is "-1": want a positive decimal`},
		{`_bps": 3`, `_bps": 0`, `peg.standard_deviation_bps is 0`},
		{`"12h"`, `"12"`, `peg.half_life is "12"`},
		{`"denominator": "USDT/USD"`, `"denominator": "EUR/USD"`, `denominator is "EUR/USD": want the symbol of a modelled or pegged instrument`},
		{`"denominator": "USDT/USD"`, `"denominator": "BTC/USDT"`, `denominator is "BTC/USDT"`},
		{`"USDT/USD", "base": "USDT"`, `"BTC/USD", "base": "BTC"`, `symbol "BTC/USD" is there twice`},
		{`"modelled"`, `"modelled", "colour": "red"`, `unknown field "colour"`},
		{`"modelled"`, `"modelled", "numerator": "A/B"`, `numerator or denominator is set`},
		{`"modelled"`, `"pegged"`, `peg is missing`},
		{`"pegged"`, `"modelled"`, `peg is set`},
	} {
		_, err := Parse([]byte(strings.Replace(document, c.old, c.new, 1)))
		assert.ErrorContains(t, err, c.want)
	}
	_, err := Parse([]byte(`{"instruments": []}`))
	assert.ErrorContains(t, err, "instruments is empty")
}

func TestRoundingGivesTheDoubleNearestToTheExactDecimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"0.01", "0.00000001", "0.001", "5", "0.25", "0.05", "100"}).Draw(t, "increment")
		step, err := ParseIncrement(text)
		require.NoError(t, err)
		steps := rapid.Int64Range(0, 1<<40).Draw(t, "steps")
		exact, _ := new(big.Rat).SetString(text)
		exact.Mul(exact, new(big.Rat).SetInt64(steps))
		want, _ := exact.Float64()
		assert.Equal(t, want, step.Value(float64(steps)))
		assert.Equal(t, want, step.Round(want*(1+1e-15)))
		assert.Equal(t, float64(steps), step.Steps(want))
	})
}

func TestIncrementKeepsItsDecimalThroughText(t *testing.T) {
	for _, text := range []string{"0.01", "0.00000001", "5", "0.25", "1234.5"} {
		step, err := ParseIncrement(text)
		require.NoError(t, err)
		assert.Equal(t, text, step.String())
		encoded, err := json.Marshal(step)
		require.NoError(t, err)
		var decoded Increment
		require.NoError(t, json.Unmarshal(encoded, &decoded))
		assert.Equal(t, step, decoded)
	}
	for _, text := range []string{"", "-1", "+1", "0", "0.0", "1e-2", "0x1", "1_0", "a", "1.2.3", "0.0000000000000001", "99999999999999999999"} {
		_, err := ParseIncrement(text)
		assert.Error(t, err, text)
	}
	_, err := json.Marshal(Increment{})
	assert.Error(t, err)
}

func TestAPriceNeverFallsBelowOneTick(t *testing.T) {
	listed, err := Parse([]byte(document))
	require.NoError(t, err)
	assert.Equal(t, 0.01, listed[0].Price(0.0001))
	assert.Equal(t, 12.35, listed[0].Price(12.3456))
}

func TestAnUnknownSymbolIsAnsweredWithTheKnownOnes(t *testing.T) {
	listed, err := Parse([]byte(document))
	require.NoError(t, err)
	_, err = Find(listed, "XMR/USD")
	assert.EqualError(t, err, `unknown symbol "XMR/USD": known are [BTC/USD USDT/USD BTC/USDT]`)
	at, err := Find(listed, "USDT/USD")
	require.NoError(t, err)
	assert.Equal(t, 1, at)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(document))
	f.Add([]byte(`{"instruments": [{"symbol": "A/B", "base": "A", "quote": "B", "tick_size": "1", "lot_size": "1", "price_source": "modelled"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		listed, err := Parse(text)
		if err != nil {
			return
		}
		for _, one := range listed {
			price := one.Price(1)
			if !(price > 0) || one.Tick.Round(price) != price {
				t.Fatalf("%+v rounds 1 to %v", one, price)
			}
		}
	})
}
