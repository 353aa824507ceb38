package documents

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// configure joins the shipped documents, some of them changed.
func configure(t *testing.T, changed map[string]string) (*venue.Configure, error) {
	t.Helper()
	var instruments Instruments
	var fees Fees
	var market Market
	for name, into := range map[string]any{InstrumentsName: &instruments, FeesName: &fees, MarketName: &market} {
		content, replaced := changed[name]
		if !replaced {
			content = text(t, name)
		}
		require.NoError(t, decode(content, into))
	}
	return Configure(instruments, fees, market, 7)
}

func TestTheShippedDocumentsConfigureTheVenue(t *testing.T) {
	made, err := configure(t, nil)
	require.NoError(t, err)
	require.Len(t, made.Instruments, 7)
	assert.Len(t, made.Rules, 7)
	assert.Len(t, made.Liquidity, 7)
	assert.Equal(t, matching.Rules{StaticBand: 1000, PauseOnBand: true}, made.Rules[0])
	assert.EqualValues(t, 1500, made.Rules[2].StaticBand, "a pair without USD has wider bands")
	assert.EqualValues(t, 7, made.Seed)
	assert.EqualValues(t, time.Second, made.Opening)
	assert.EqualValues(t, 5*time.Second, made.Resumption)
	assert.EqualValues(t, 10*time.Second, made.Cooling)
}

func TestRulesStandBesideTheInstrumentsThatAreTraded(t *testing.T) {
	d := Instruments{Instruments: []Instrument{{Symbol: "X/Y"}, {Symbol: "A/B", Trading: &Trading{DynamicBand: 3}}}}
	assert.Equal(t, []matching.Rules{{DynamicBand: 3}}, d.Rules())
}

func TestWhatIsMissingOfTheAuctionsHasItsDefault(t *testing.T) {
	made, err := configure(t, map[string]string{MarketName: `{"profile": "calm", "auctions": {"opening": "0s", "cooling": "1m"}}`})
	require.NoError(t, err)
	assert.Zero(t, made.Opening)
	assert.EqualValues(t, DefaultResumption, made.Resumption)
	assert.EqualValues(t, time.Minute, made.Cooling)
}

func TestABadDocumentIsNamedWithFieldAndValue(t *testing.T) {
	for _, c := range []struct{ document, old, new, want string }{
		{InstrumentsName, `"tick_size": "0.01"`, `"tick_size": "0"`, `configuration document "instruments": instruments[0] (BTC/USD): tick_size: "0"`},
		{FeesName, `"volume_asset": "USD"`, `"volume_asset": "EUR"`, `configuration document "fees": volume_asset is "EUR"`},
		{MarketName, `"DOT/USD"`, `"DOT/EUR"`, `configuration document "market": liquidity.instruments has "DOT/EUR"`},
		{MarketName, `"depth": 120000`, `"depth": -1`, `configuration document "market": liquidity.instruments["BTC/USD"].depth is -1`},
		{MarketName, `"opening": "1s"`, `"opening": "soon"`, `configuration document "market": auctions.opening is "soon": want a duration from 0s to 24h0m0s`},
		{MarketName, `"resumption": "5s"`, `"resumption": "-5s"`, `auctions.resumption is "-5s"`},
		{MarketName, `"cooling": "10s"`, `"cooling": "25h"`, `auctions.cooling is "25h"`},
	} {
		_, err := configure(t, map[string]string{c.document: strings.Replace(text(t, c.document), c.old, c.new, 1)})
		assert.ErrorContains(t, err, c.want)
	}
}

func TestWhatWasListedKeepsItsPlaceAndItsSteps(t *testing.T) {
	before, err := configure(t, nil)
	require.NoError(t, err)
	for _, c := range []struct{ old, new, want string }{
		{`"min_notional": "5"`, `"min_notional": "6"`, ""},
		{`"scale": 7, "kind": "crypto"}`, `"scale": 7, "kind": "crypto"}, {"code": "EUR", "scale": 7, "kind": "fiat"}`, ""},
		{`{"code": "USD", "scale": 7, "kind": "fiat"}`, `{"code": "EUR", "scale": 7}, {"code": "USD", "scale": 7, "kind": "fiat"}`, `assets[0] was USD with scale 7`},
		{`"code": "ADA", "scale": 6`, `"code": "ADA", "scale": 8`, `assets[3] was ADA with scale 6`},
		{`"tick_size": "0.001"`, `"tick_size": "0.01"`, `number 5 of the instruments with trading was DOT/USD, tick_size 0.001, lot_size 0.01`},
	} {
		after, err := configure(t, map[string]string{InstrumentsName: strings.Replace(text(t, InstrumentsName), c.old, c.new, 1)})
		require.NoError(t, err)
		if c.want == "" {
			assert.NoError(t, Fits(before, after))
			continue
		}
		assert.ErrorContains(t, Fits(before, after), `configuration document "instruments": `)
		assert.ErrorContains(t, Fits(before, after), c.want)
		assert.Error(t, Fits(after, before))
	}
}
