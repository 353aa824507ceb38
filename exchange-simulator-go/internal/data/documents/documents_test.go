package documents

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
)

func text(t testing.TB, name string) string {
	t.Helper()
	document, err := shipped.Documents.ReadFile(name + ".json")
	require.NoError(t, err)
	return string(document)
}

// decode is strict, as the daemons are.
func decode(document string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

func listing(document string) (*instrument.Listing, error) {
	var d Instruments
	if err := decode(document, &d); err != nil {
		return nil, err
	}
	return d.Listing()
}

func fees(document string, listed *instrument.Listing) (account.Fees, error) {
	var d Fees
	if err := decode(document, &d); err != nil {
		return account.Fees{}, err
	}
	return d.Decode(listed)
}

func TestTheShippedInstrumentsAreListed(t *testing.T) {
	listed, err := listing(text(t, "instruments"))
	require.NoError(t, err)
	require.Len(t, listed.Instruments, 7)
	at, known := listed.Instrument("BTC/USD")
	require.True(t, known)
	bitcoin := listed.Instruments[at]
	assert.EqualValues(t, 10_000, bitcoin.BaseUnitsPerLot)
	assert.EqualValues(t, 1, bitcoin.QuoteUnitsPerTickLot)
	assert.EqualValues(t, 900_000_000, bitcoin.MaxLots)
	assert.EqualValues(t, 50_000_000, bitcoin.MinNotional)
	assert.Equal(t, "0.2", bitcoin.PriceDown.String())
	for n := range listed.Instruments {
		one := &listed.Instruments[n]
		_, fits := one.Notional(1<<27, min(one.MaxLots, 1<<27))
		assert.True(t, fits, one.Symbol)
	}
}

func TestTheShippedFeesAreRead(t *testing.T) {
	listed, err := listing(text(t, "instruments"))
	require.NoError(t, err)
	rates, err := fees(text(t, "fees"), listed)
	require.NoError(t, err)
	assert.False(t, rates.InQuote)
	assert.Equal(t, "USD", listed.Assets[rates.VolumeAsset].Code)
	require.Len(t, rates.Tiers, 7)
	assert.Equal(t, account.Tier{Maker: 100_000, Taker: 100_000}, rates.Tiers[0])
	assert.Equal(t, account.Tier{Volume: 10_000_000_000_000, Maker: 80_000, Taker: 95_000}, rates.Tiers[2])
}

func TestABadInstrumentIsRefusedByFieldAndValue(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"code": "USD"`, `"code": ""`, `assets[0].code is "": want the code of an asset`},
		{`"code": "USD"`, `"code": "BTC"`, `instruments[0] (BTC/USD): quote is "USD": want the code of one of the assets`},
		{`"code": "USDT"`, `"code": "ETH"`, `base is "USDT"`},
		{`"scale": 7`, `"scale": 19`, `assets[0].scale (USD) is 19: want 0 to 18`},
		{`"scale": 7`, `"scale": 6`, `instruments[0] (BTC/USD): tick_size is 0.01 and lot_size 0.00001, their product: 0.0000001 is not whole in units of USD, which has scale 6: want scale 7 or more`},
		{`"symbol": "BTC/USD"`, `"symbol": "BTCUSD"`, `symbol is "BTCUSD": want base/quote, "BTC/USD"`},
		{`"tick_size": "0.01"`, `"tick_size": "1e-2"`, `tick_size: "1e-2" is no decimal`},
		{`"lot_size": "0.00001"`, `"lot_size": "0"`, `lot_size: "0": want more than 0`},
		{`"min_quantity": "0.00001"`, `"min_quantity": "0.000001"`, `trading.min_quantity: "0.000001" has 6 digits after the point: at most 5`},
		{`"min_quantity": "0.00001"`, `"min_quantity": "9001"`, `trading.min_quantity is "9001" and max_quantity "9000"`},
		{`"max_quantity": "9000"`, `"max_quantity": "90000000000"`, `trading.max_quantity is "90000000000": want less`},
		{`"min_notional": "5"`, `"min_notional": "-5"`, `trading.min_notional is "-5"`},
		{`"max_open_orders": 200`, `"max_open_orders": 0`, `trading.max_open_orders is 0: want at least 1`},
		{`"price_multiplier_up": "5"`, `"price_multiplier_up": "0.9"`, `trading.price_multiplier_up is "0.9"`},
		{`"price_multiplier_down": "0.2"`, `"price_multiplier_down": "x"`, `trading.price_multiplier_down: "x" is no decimal`},
		{`"price_multiplier_down": "0.2"`, `"price_multiplier_down": "0.2", "colour": 1`, `unknown field "colour"`},
		{`"static_band_bps": 1000`, `"static_band_bps": -1`, `instruments[0] (BTC/USD): trading.static_band_bps is -1: want 0 (none) to 100000 basis points`},
		{`"static_band_bps": 1000`, `"dynamic_band_bps": 100001`, `trading.dynamic_band_bps is 100001`},
		{`"static_band_bps": 1000`, `"static_band_bps": 0`, `trading.pause_on_band is true: want static_band_bps or dynamic_band_bps above 0`},
	} {
		changed := strings.Replace(text(t, "instruments"), c.old, c.new, 1)
		_, err := listing(changed)
		assert.ErrorContains(t, err, c.want)
		var d Instruments
		if decode(changed, &d) == nil {
			assert.ErrorContains(t, d.Validate(), c.want)
		}
	}
	_, err := listing(strings.ReplaceAll(text(t, "instruments"), `"trading": {`, `"peg": {`))
	assert.ErrorContains(t, err, "instruments has none with trading")
}

func TestBadFeesAreRefusedByFieldAndValue(t *testing.T) {
	listed, err := listing(text(t, "instruments"))
	require.NoError(t, err)
	for _, c := range []struct{ old, new, want string }{
		{`"received"`, `"base"`, `taken_in is "base": want received or quote`},
		{`"volume_asset": "USD"`, `"volume_asset": "EUR"`, `volume_asset is "EUR"`},
		{`"volume": "250000"`, `"volume": "0.00000001"`, `tiers[1].volume: "0.00000001" has 8 digits after the point: at most 7`},
		{`"volume": "250000"`, `"volume": "0"`, `tiers[1].volume is not above that of the tier before`},
		{`"maker_bps": "9"`, `"maker_bps": "9.00001"`, `tiers[1].maker_bps: "9.00001" has 5 digits after the point: at most 4`},
		{`"maker_bps": "9"`, `"maker_bps": "-1"`, `tiers[1].maker_bps is negative`},
		{`"taker_bps": "9.5"`, `"taker_bps": "1000.1"`, `tiers[2].taker_bps: "1000.1": want -1000 to 1000 basis points`},
		{`"taker_bps": "9.5"`, `"taker_bps": "-1"`, `tiers[2]: want rates up to 1000 basis points, and none below 0`},
		{`"taken_in"`, `"colour": 1, "taken_in"`, `unknown field "colour"`},
	} {
		_, err := fees(strings.Replace(text(t, "fees"), c.old, c.new, 1), listed)
		assert.ErrorContains(t, err, c.want)
	}
	rebate := strings.NewReplacer(`"received"`, `"quote"`, `"maker_bps": "9"`, `"maker_bps": "-2.75"`).Replace(text(t, "fees"))
	_, err = fees(rebate, listed)
	assert.NoError(t, err)
	_, err = fees(strings.Replace(rebate, "-2.75", "-2.7501", 1), listed)
	assert.ErrorContains(t, err, "tiers[1].maker_bps: want no rebate above the lowest taker_bps")
}

func FuzzInstruments(f *testing.F) {
	f.Add(text(f, "instruments"))
	f.Fuzz(func(t *testing.T, document string) {
		listed, err := listing(document)
		if err != nil {
			return
		}
		for n := range listed.Instruments {
			one := &listed.Instruments[n]
			if one.BaseUnitsPerLot <= 0 || one.QuoteUnitsPerTickLot <= 0 || one.MinLots <= 0 || one.MaxLots < one.MinLots {
				t.Fatalf("%+v", one)
			}
		}
	})
}

func FuzzFees(f *testing.F) {
	f.Add(text(f, "fees"))
	listed, err := listing(text(f, "instruments"))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, document string) {
		rates, err := fees(document, listed)
		if err != nil {
			return
		}
		if err := rates.Check(); err != nil {
			t.Fatal(err)
		}
		account.New(listed, rates).Rates(0, account.Venue)
	})
}
