// This file brings a profile together with the instruments document, which may know fewer pairs or more.

package profile

import (
	"strings"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
)

// lotOfUnlisted is the quantity step of a pair that no document knows.
const lotOfUnlisted = "0.00000001"

// Instruments are those of the document that the profile has prices for, in its order, and then the pairs of the profile
// that the document does not know.
func (p Profile) Instruments(document []instrument.Instrument) ([]instrument.Instrument, error) {
	lot, err := instrument.ParseIncrement(lotOfUnlisted)
	if err != nil {
		return nil, err
	}
	priced := map[string]bool{}
	var unlisted []instrument.Instrument
	for _, pair := range p.Pairs {
		priced[pair.Symbol] = true
		if _, err := instrument.Find(document, pair.Symbol); err != nil {
			base, quote, _ := strings.Cut(pair.Symbol, "/")
			unlisted = append(unlisted, instrument.Instrument{
				Symbol: pair.Symbol, Base: base, Quote: quote, Tick: pair.Tick, Lot: lot, Source: instrument.Modelled,
			})
		}
	}
	for _, one := range document {
		if one.Source == instrument.Pegged {
			priced[one.Symbol] = true
		}
	}
	var listed []instrument.Instrument
	for _, one := range document {
		if priced[one.Symbol] || one.Source == instrument.Derived && priced[one.Numerator] && priced[one.Denominator] {
			listed = append(listed, one)
		}
	}
	return append(listed, unlisted...), nil
}
