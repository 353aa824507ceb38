// This file ties each instrument to what its price comes from: a row of the minute grid, or two other instruments.

package path

import (
	"errors"
	"fmt"
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

// listing is an instrument with its source of prices.
type listing struct {
	instrument.Instrument
	level       float64 // price at log price 0; of rows only
	row         int     // of the minute grid; of a derived instrument its numerator's
	derived     bool
	numerator   int // position in the list; of a derived instrument only
	denominator int
}

// priceOf turns a log price of the listing's row into a quoted price.
func (l *listing) priceOf(log float64) float64 { return l.Price(l.level * math.Exp(log)) }

// ratio is the quoted price of a derived instrument, given those of its parts at the same tick.
func (l *listing) ratio(numerator, denominator float64) float64 {
	return l.Price(numerator / denominator)
}

// list resolves the instruments and adds a source to the grid for each peg.
func list(pairs []Pair, instruments []instrument.Instrument, minutes *grid, seed uint64) ([]listing, error) {
	listings := make([]listing, len(instruments))
	for i, one := range instruments {
		listings[i].Instrument = one
		var err error
		switch one.Source {
		case instrument.Modelled:
			err = listings[i].modelled(pairs)
		case instrument.Pegged:
			listings[i].level = one.Peg.Mean
			listings[i].row = minutes.add(process.NewPeg(one.Peg, seed, uint64(minutes.rows)), 1)
		case instrument.Derived:
			err = listings[i].derive(instruments)
		default:
			err = fmt.Errorf("price source %q is unknown", one.Source)
		}
		if err != nil {
			return nil, fmt.Errorf("instrument %s: %w", one.Symbol, err)
		}
	}
	for i := range listings {
		if listings[i].derived {
			listings[i].row = listings[listings[i].numerator].row
		}
	}
	return listings, nil
}

func (l *listing) modelled(pairs []Pair) error {
	for row, pair := range pairs {
		if pair.Symbol == l.Symbol {
			l.row, l.level = row, pair.Level
			return nil
		}
	}
	return errors.New("the process has no such pair: calibrate a profile that has, or change price_source")
}

func (l *listing) derive(instruments []instrument.Instrument) (err error) {
	l.derived = true
	if l.numerator, err = instrument.Find(instruments, l.Numerator); err != nil {
		return fmt.Errorf("numerator: %w", err)
	}
	if l.denominator, err = instrument.Find(instruments, l.Denominator); err != nil {
		return fmt.Errorf("denominator: %w", err)
	}
	return nil
}
