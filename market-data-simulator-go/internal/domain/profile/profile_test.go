package profile

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
)

func listed(t *testing.T) []instrument.Instrument {
	t.Helper()
	all, err := instrument.Parse([]byte(`{"instruments": [
		{"symbol": "A/USD", "base": "A", "quote": "USD", "tick_size": "0.01", "lot_size": "1", "price_source": "modelled"},
		{"symbol": "B/USD", "base": "B", "quote": "USD", "tick_size": "0.01", "lot_size": "1", "price_source": "modelled"},
		{"symbol": "B/T", "base": "B", "quote": "T", "tick_size": "0.01", "lot_size": "1", "price_source": "derived", "numerator": "B/USD", "denominator": "T/USD"},
		{"symbol": "A/T", "base": "A", "quote": "T", "tick_size": "0.01", "lot_size": "1", "price_source": "derived", "numerator": "A/USD", "denominator": "T/USD"},
		{"symbol": "T/USD", "base": "T", "quote": "USD", "tick_size": "0.01", "lot_size": "1", "price_source": "pegged",
		 "peg": {"mean": "1", "standard_deviation_bps": 3, "half_life": "12h"}}]}`))
	require.NoError(t, err)
	return all
}

func TestInstrumentsAreThoseThatTheProfileCanPriceThenItsOwnPairs(t *testing.T) {
	tick, err := instrument.ParseIncrement("0.5")
	require.NoError(t, err)
	fitted := Profile{Pairs: []Pair{{Symbol: "A/USD"}, {Symbol: "X/Y", Tick: tick}}}
	found, err := fitted.Instruments(listed(t))
	require.NoError(t, err)
	assert.Equal(t, []string{"A/USD", "A/T", "T/USD", "X/Y"}, instrument.Symbols(found))
	assert.Equal(t, instrument.Modelled, found[3].Source)
	assert.Equal(t, "0.5", found[3].Tick.String())
	assert.Equal(t, "Y", found[3].Quote)
}
