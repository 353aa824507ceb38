package documents_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

func readMarket(t *testing.T, text []byte) documents.Market {
	t.Helper()
	var market documents.Market
	require.NoError(t, json.Unmarshal(text, &market))
	return market
}

func TestEachShippedInstrumentHasMakersAndTakers(t *testing.T) {
	text, err := shipped.Documents.ReadFile("market.json")
	require.NoError(t, err)
	market := readMarket(t, text)
	require.NoError(t, market.Validate())
	symbols := []string{"BTC/USD", "ETH/USD", "ADA/BTC", "SOL/USD", "DOT/USD", "USDT/USD", "BTC/USDT"}
	all, err := market.Liquidity.Decode(symbols)
	require.NoError(t, err)
	for n, parameters := range all {
		assert.Positive(t, parameters.Makers, symbols[n])
		assert.Positive(t, parameters.Takers, symbols[n])
	}
}

func TestWhatIsNotNamedOrSwitchedOffHasNobody(t *testing.T) {
	const instruments = `"instruments": {"BTC/USD": {"depth": 5, "levels": 2}, "ETH/USD": {"depth": 5, "enabled": false}}`
	market := readMarket(t, []byte(`{"profile": "calm", "liquidity": {"enabled": true, `+instruments+`}}`))
	require.NoError(t, market.Validate())
	all, err := market.Liquidity.Decode([]string{"SOL/USD", "ETH/USD", "BTC/USD"})
	require.NoError(t, err)
	want := liquidity.Default(5)
	want.Levels = 2
	assert.Equal(t, want, all[2])
	for _, nobody := range all[:2] {
		assert.Zero(t, nobody.Makers+nobody.Takers)
		assert.NoError(t, nobody.Validate())
	}
	market.Liquidity.Enabled = false
	all, err = market.Liquidity.Decode([]string{"ETH/USD", "BTC/USD"})
	require.NoError(t, err)
	assert.Zero(t, all[1].Makers+all[1].Takers)
}

func TestWhatDoesNotHoldIsNamedWithItsValue(t *testing.T) {
	market := readMarket(t, []byte(`{"liquidity": {"instruments": {"BTC/USD": {"depth": 5, "makers": 9}}}}`))
	require.EqualError(t, market.Validate(), `liquidity.instruments["BTC/USD"].makers is 9: want 0 to 8`)
	market = readMarket(t, []byte(`{"liquidity": {"instruments": {"BTC/USD": {}}}}`))
	require.ErrorContains(t, market.Validate(), `liquidity.instruments["BTC/USD"].depth is 0`)
	_, err := market.Liquidity.Decode([]string{"ETH/USD"})
	require.ErrorContains(t, err, `"BTC/USD"`)
}
