package asset_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

func TestAnAssetIsFoundByItsCodeAndReadsItsAmounts(t *testing.T) {
	listing, err := asset.NewListing([]asset.Asset{{Code: "USD", Scale: 2, Kind: asset.Fiat}, {Code: "BTC", Scale: 8}})
	require.NoError(t, err)
	index, known := listing.Index("USD")
	require.True(t, known)
	dollar := listing.At(index)
	assert.Equal(t, "fiat", dollar.Kind.String())
	units, err := dollar.Parse("12.5")
	require.NoError(t, err)
	assert.EqualValues(t, 1250, units)
	assert.Equal(t, "12.5", dollar.Format(units))
	assert.Equal(t, "12.5", dollar.FormatWide(decimal.WideOf(units)))
	_, err = dollar.Parse("0.001")
	require.Error(t, err, "more digits than the scale")
	_, known = listing.Index("EUR")
	assert.False(t, known)
	assert.True(t, listing.Has(1))
	assert.False(t, listing.Has(2))
	assert.False(t, listing.Has(-1))
}

func TestAListingThatCannotBeIsRefused(t *testing.T) {
	for want, assets := range map[string][]asset.Asset{
		"asset 0 has no code":              {{}},
		`asset "USD" is there twice`:       {{Code: "USD"}, {Code: "USD"}},
		`asset "USD" has scale 19: want 0`: {{Code: "USD", Scale: 19}},
		`asset "USD" has kind 7`:           {{Code: "USD", Kind: 7}},
	} {
		_, err := asset.NewListing(assets)
		assert.ErrorContains(t, err, want)
	}
}

func TestKindsAreReadByName(t *testing.T) {
	for _, kind := range []asset.Kind{asset.Crypto, asset.Fiat} {
		again, err := asset.ParseKind(kind.String())
		require.NoError(t, err)
		assert.Equal(t, kind, again)
	}
	_, err := asset.ParseKind("shell")
	assert.EqualError(t, err, `kind of asset is "shell": want crypto or fiat`)
}
