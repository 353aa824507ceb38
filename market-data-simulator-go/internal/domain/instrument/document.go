// This file is the shape of the `instruments` configuration document and what must hold in it.

package instrument

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Document is the `instruments` configuration document: sizes are decimal strings, so that they stay exact.
type Document struct {
	Instruments []Entry `json:"instruments"`
	Assets      any     `json:"assets,omitempty"` // what venues keep accounts in; no matter of prices
}

// Entry is one instrument of the document.
type Entry struct {
	Symbol      string    `json:"symbol"`       // BASE/QUOTE
	Base        string    `json:"base"`         // asset
	Quote       string    `json:"quote"`        // asset
	TickSize    string    `json:"tick_size"`    // smallest price step, quote units per base unit
	LotSize     string    `json:"lot_size"`     // smallest quantity step, base units
	PriceSource Source    `json:"price_source"` // modelled, pegged or derived
	Peg         *PegEntry `json:"peg,omitempty"`
	Numerator   string    `json:"numerator,omitempty"`   // symbol, of a derived instrument
	Denominator string    `json:"denominator,omitempty"` // symbol, of a derived instrument
	Trading     any       `json:"trading,omitempty"`     // the bounds of orders; no matter of prices
}

// PegEntry is the peg of a pegged instrument.
type PegEntry struct {
	Mean     string  `json:"mean"`                   // decimal, quote units per base unit
	Bps      float64 `json:"standard_deviation_bps"` // of the stationary law, 1/10,000 of the mean
	HalfLife string  `json:"half_life"`              // duration, e.g. 12h
}

// Parse reads the document from JSON and decodes it. Unknown fields are errors.
func Parse(text []byte) ([]Instrument, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var document Document
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	return document.Decode()
}

// Decode checks the document and turns it into instruments. An error names the instrument, the field, its value and what
// was expected.
func (d Document) Decode() ([]Instrument, error) {
	if len(d.Instruments) == 0 {
		return nil, fmt.Errorf("instruments is empty: want at least one instrument")
	}
	instruments := make([]Instrument, len(d.Instruments))
	sources := map[string]Source{}
	for n, entry := range d.Instruments {
		one, err := entry.decode()
		if err != nil {
			return nil, fmt.Errorf("instruments[%d] (%s): %w", n, entry.Symbol, err)
		}
		if _, twice := sources[one.Symbol]; twice {
			return nil, fmt.Errorf("instruments[%d]: symbol %q is there twice", n, one.Symbol)
		}
		instruments[n], sources[one.Symbol] = one, one.Source
	}
	for n, one := range instruments {
		if err := checkParts(one, sources); err != nil {
			return nil, fmt.Errorf("instruments[%d] (%s): %w", n, one.Symbol, err)
		}
	}
	return instruments, nil
}

func (e Entry) decode() (one Instrument, err error) {
	one = Instrument{
		Symbol: e.Symbol, Base: e.Base, Quote: e.Quote, Source: e.PriceSource,
		Numerator: e.Numerator, Denominator: e.Denominator,
	}
	if e.Base == "" || e.Quote == "" || e.Symbol != e.Base+"/"+e.Quote {
		return one, fmt.Errorf("symbol is %q: want base/quote, %q", e.Symbol, e.Base+"/"+e.Quote)
	}
	if one.Tick, err = ParseIncrement(e.TickSize); err != nil {
		return one, fmt.Errorf("tick_size: %w", err)
	}
	if one.Lot, err = ParseIncrement(e.LotSize); err != nil {
		return one, fmt.Errorf("lot_size: %w", err)
	}
	switch e.PriceSource {
	case Modelled, Derived:
		if e.Peg != nil {
			return one, fmt.Errorf("peg is set: want it only with price_source %q", Pegged)
		}
	case Pegged:
		one.Peg, err = e.Peg.decode()
	default:
		return one, fmt.Errorf("price_source is %q: want %s, %s or %s", e.PriceSource, Modelled, Pegged, Derived)
	}
	if e.PriceSource != Derived && e.Numerator+e.Denominator != "" {
		return one, fmt.Errorf("numerator or denominator is set: want them only with price_source %q", Derived)
	}
	return one, err
}

func (p *PegEntry) decode() (Peg, error) {
	if p == nil {
		return Peg{}, fmt.Errorf("peg is missing: want it with price_source %q", Pegged)
	}
	mean, err := strconv.ParseFloat(p.Mean, 64)
	if err != nil || !(mean > 0 && mean < 1e12) {
		return Peg{}, fmt.Errorf("peg.mean is %q: want a positive decimal", p.Mean)
	}
	if !(p.Bps > 0 && p.Bps <= 1000) {
		return Peg{}, fmt.Errorf("peg.standard_deviation_bps is %v: want more than 0, at most 1000", p.Bps)
	}
	halfLife, err := time.ParseDuration(p.HalfLife)
	if err != nil || halfLife < time.Minute {
		return Peg{}, fmt.Errorf("peg.half_life is %q: want a duration of at least 1m, such as 12h", p.HalfLife)
	}
	return Peg{Mean: mean, Bps: p.Bps, HalfLife: halfLife}, nil
}

// checkParts tells whether the parts of a derived instrument exist and have prices of their own.
func checkParts(one Instrument, sources map[string]Source) error {
	if one.Source != Derived {
		return nil
	}
	for field, symbol := range map[string]string{"numerator": one.Numerator, "denominator": one.Denominator} {
		if source, known := sources[symbol]; !known || source == Derived {
			return fmt.Errorf("%s is %q: want the symbol of a modelled or pegged instrument", field, symbol)
		}
	}
	return nil
}
