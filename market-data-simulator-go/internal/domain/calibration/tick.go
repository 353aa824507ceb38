// This file finds the price step of a pair, and tells when the data and the instruments document do not fit.

package calibration

import (
	"fmt"
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
)

const (
	onGrid     = 1e-6 // distance from a multiple of the tick, in ticks, up to which a price lies on the grid
	mostlyOn   = 0.99 // share of prices on the grid that makes it the grid
	mostPlaces = 10   // decimals that are tried for a pair that no document knows
)

// tick is the step that simulated prices of the pair are rounded to: that of the instruments document, with a note when the
// data's prices are finer; for a pair that the document does not have, the coarsest power of ten that the data is on.
func (o Options) tick(p *pairSample) (instrument.Increment, []string, error) {
	for _, one := range o.Instruments {
		if one.Symbol == p.symbol {
			if share := p.on(one.Tick); share < mostlyOn {
				return one.Tick, []string{fmt.Sprintf("%s: %.0f %% of the closes are no multiples of the tick %s", p.symbol, 100*(1-share), one.Tick)}, nil
			}
			return one.Tick, nil, nil
		}
	}
	for places := range mostPlaces {
		text := "1"
		if places > 0 {
			text = fmt.Sprintf("%.*f", places, math.Pow10(-places))
		}
		tick, err := instrument.ParseIncrement(text)
		if err != nil {
			return tick, nil, err
		}
		if p.on(tick) >= mostlyOn {
			return tick, []string{fmt.Sprintf("%s is no instrument of the document: tick %s, from the data", p.symbol, tick)}, nil
		}
	}
	return instrument.Increment{}, nil, fmt.Errorf("%s: prices lie on no grid of at most %d decimals: add the pair to the instruments document", p.symbol, mostPlaces-1)
}

// on is the share of closes that are multiples of a tick.
func (p *pairSample) on(tick instrument.Increment) float64 {
	hits := 0
	for _, price := range p.closes {
		if nearest := tick.Round(price); nearest > 0 && math.Abs(price-nearest) <= onGrid*tick.Float()+1e-12*price {
			hits++
		}
	}
	return float64(hits) / float64(len(p.closes))
}
