// Package documents reads the configuration documents of the exchange into what its domain works with. A document is
// checked when it is decoded, so that an error names the document, the field and the value.
package documents

import (
	"fmt"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Instruments is the `instruments` configuration document as the exchange reads it. Numbers are decimal strings.
type Instruments struct {
	Assets      []Asset      `json:"assets"`
	Instruments []Instrument `json:"instruments"`
}

// Asset is one asset of the document.
type Asset struct {
	Code  string `json:"code"`
	Scale int    `json:"scale"` // digits after the point of an amount
	Kind  any    `json:"kind"`  // by which rules it settles; no matter of trading
}

// Instrument is one instrument of the document. What says how its price comes about is read by others.
type Instrument struct {
	Symbol   string   `json:"symbol"`    // BASE/QUOTE
	Base     string   `json:"base"`      // asset
	Quote    string   `json:"quote"`     // asset
	TickSize string   `json:"tick_size"` // smallest price step, quote units per base unit
	LotSize  string   `json:"lot_size"`  // smallest quantity step, base units
	Trading  *Trading `json:"trading"`   // nil when it is not traded here

	PriceSource any `json:"price_source"`
	Peg         any `json:"peg"`
	Numerator   any `json:"numerator"`
	Denominator any `json:"denominator"`
}

// Trading is the bounds of orders in an instrument.
type Trading struct {
	MinQuantity   string `json:"min_quantity"`          // of an order, base units
	MaxQuantity   string `json:"max_quantity"`          // of an order, base units
	MinNotional   string `json:"min_notional"`          // of an order, quote units
	MaxOpenOrders int32  `json:"max_open_orders"`       // of one account
	PriceUp       string `json:"price_multiplier_up"`   // limit price <= this x reference
	PriceDown     string `json:"price_multiplier_down"` // limit price >= this x reference

	StaticBand  int64 `json:"static_band_bps"`  // a trade lies so near to the reference; 0 is any distance
	DynamicBand int64 `json:"dynamic_band_bps"` // a trade lies so near to the one before its taker came; 0 is any distance
	PauseOnBand bool  `json:"pause_on_band"`    // a trade that would leave a band halts the instrument
}

// MaxBand is the widest price band, in basis points: ten times the price.
const MaxBand = 100_000

// Validate says what is wrong with the document.
func (d *Instruments) Validate() error {
	_, err := d.Listing()
	return err
}

// Listing turns the document into what the venue lists: all assets, and the instruments that are traded.
func (d *Instruments) Listing() (*instrument.Listing, error) {
	assets := make([]instrument.Asset, len(d.Assets))
	codes := map[string]int32{}
	for n, one := range d.Assets {
		if one.Code == "" || strings.Contains(one.Code, "/") {
			return nil, fmt.Errorf("assets[%d].code is %q: want the code of an asset, such as BTC", n, one.Code)
		}
		if one.Scale < 0 || one.Scale > decimal.MaxScale {
			return nil, fmt.Errorf("assets[%d].scale (%s) is %d: want 0 to %d", n, one.Code, one.Scale, decimal.MaxScale)
		}
		assets[n], codes[one.Code] = instrument.Asset{Code: one.Code, Scale: one.Scale}, int32(n)
	}
	var instruments []instrument.Instrument
	for n, one := range d.Instruments {
		if one.Trading == nil {
			continue
		}
		traded, err := one.decode(assets, codes)
		if err != nil {
			return nil, fmt.Errorf("instruments[%d] (%s): %w", n, one.Symbol, err)
		}
		instruments = append(instruments, traded)
	}
	if len(instruments) == 0 {
		return nil, fmt.Errorf("instruments has none with trading: want at least one")
	}
	return instrument.NewListing(assets, instruments)
}

// Rules returns the price bands of the instruments that are traded, in the order of Listing.
func (d *Instruments) Rules() (rules []matching.Rules) {
	for _, one := range d.Instruments {
		if bands := one.Trading; bands != nil {
			rules = append(rules, matching.Rules{StaticBand: bands.StaticBand, DynamicBand: bands.DynamicBand, PauseOnBand: bands.PauseOnBand})
		}
	}
	return rules
}

func (e *Instrument) decode(assets []instrument.Asset, codes map[string]int32) (one instrument.Instrument, err error) {
	if e.Symbol != e.Base+"/"+e.Quote || e.Base == e.Quote {
		return one, fmt.Errorf("symbol is %q: want base/quote, %q", e.Symbol, e.Base+"/"+e.Quote)
	}
	one.Symbol = e.Symbol
	var known bool
	if one.Base, known = codes[e.Base]; !known {
		return one, fmt.Errorf("base is %q: want the code of one of the assets", e.Base)
	}
	if one.Quote, known = codes[e.Quote]; !known {
		return one, fmt.Errorf("quote is %q: want the code of one of the assets", e.Quote)
	}
	if one.Tick, err = number("tick_size", e.TickSize); err != nil {
		return one, err
	}
	if one.Lot, err = number("lot_size", e.LotSize); err != nil {
		return one, err
	}
	if one, err = instrument.New(assets, one); err != nil {
		return one, err
	}
	if err = e.Trading.decode(&one, &assets[one.Quote]); err != nil {
		return one, fmt.Errorf("trading.%w", err)
	}
	return one, nil
}

func (t *Trading) decode(one *instrument.Instrument, quote *instrument.Asset) (err error) {
	if one.MinLots, err = one.ParseQuantity(t.MinQuantity); err != nil {
		return fmt.Errorf("min_quantity: %w", err)
	}
	if one.MaxLots, err = one.ParseQuantity(t.MaxQuantity); err != nil {
		return fmt.Errorf("max_quantity: %w", err)
	}
	if one.MinLots < 1 || one.MaxLots < one.MinLots {
		return fmt.Errorf("min_quantity is %q and max_quantity %q: want at least one lot, and the second not below the first",
			t.MinQuantity, t.MaxQuantity)
	}
	if _, fits := one.BaseUnits(one.MaxLots); !fits {
		return fmt.Errorf("max_quantity is %q: want less, or a smaller scale of the asset, so that it can be counted in its units", t.MaxQuantity)
	}
	if one.MinNotional, err = quote.Parse(t.MinNotional); err != nil || one.MinNotional < 0 {
		return fmt.Errorf("min_notional is %q: want a decimal with at most %d digits after the point, not below 0", t.MinNotional, quote.Scale)
	}
	if one.MaxOpenOrders = t.MaxOpenOrders; one.MaxOpenOrders < 1 {
		return fmt.Errorf("max_open_orders is %d: want at least 1", t.MaxOpenOrders)
	}
	if one.PriceUp, err = number("price_multiplier_up", t.PriceUp); err != nil {
		return err
	}
	if one.PriceDown, err = number("price_multiplier_down", t.PriceDown); err != nil {
		return err
	}
	if one.PriceUp.Below(1, 0) || !one.PriceDown.Below(1, 0) {
		return fmt.Errorf("price_multiplier_up is %q and price_multiplier_down %q: want 1 or more, and less than 1", t.PriceUp, t.PriceDown)
	}
	return t.checkBands()
}

func (t *Trading) checkBands() error {
	for field, band := range map[string]int64{"static_band_bps": t.StaticBand, "dynamic_band_bps": t.DynamicBand} {
		if band < 0 || band > MaxBand {
			return fmt.Errorf("%s is %d: want 0 (none) to %d basis points", field, band, MaxBand)
		}
	}
	if t.PauseOnBand && t.StaticBand+t.DynamicBand == 0 {
		return fmt.Errorf("pause_on_band is true: want static_band_bps or dynamic_band_bps above 0, else nothing ever pauses")
	}
	return nil
}

// number reads a decimal above 0.
func number(field, text string) (decimal.Number, error) {
	value, err := decimal.ParseNumber(text)
	if err == nil && value.Units <= 0 {
		err = fmt.Errorf("%q: want more than 0", text)
	}
	if err != nil {
		return value, fmt.Errorf("%s: %w", field, err)
	}
	return value, nil
}
