package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
)

// shippedInstruments are those of the shipped document.
func shippedInstruments(t testing.TB) []instrument.Instrument {
	text, err := documents.Documents.ReadFile("instruments.json")
	require.NoError(t, err)
	listed, err := instrument.Parse(text)
	require.NoError(t, err)
	return listed
}

func shippedPath(t testing.TB, name string, seed uint64) *path.Path {
	fitted, err := Load(name)
	require.NoError(t, err)
	prices, err := path.New(fitted, shippedInstruments(t), seed, path.Epoch)
	require.NoError(t, err)
	return prices
}

// The digest is over rounded prices: differences in the last bit, as between processors that fuse a multiplication with an
// addition and others, do not reach it.
func TestPricesOfTheShippedProfilesStayTheSame(t *testing.T) {
	for name, want := range map[string]string{"lively": "42e2a0323e8fdbec", "calm": "2eb17a2cad8ce9e9"} {
		prices := shippedPath(t, name, 1)
		quotes, digest := make([]path.Quote, len(prices.Symbols())), sha256.New()
		for n := range uint64(1500) {
			require.NoError(t, prices.At(n/100*20_000_000+n*7, quotes)) // 15 stretches over nearly half a year
			for i, quote := range quotes {
				fmt.Fprintln(digest, i, quote.Price, quote.Bid, quote.Ask, quote.Day.High, quote.Day.Low)
			}
		}
		assert.Equal(t, want, hex.EncodeToString(digest.Sum(nil)[:8]), "prices of %s changed: every recording of them is void", name)
	}
}
