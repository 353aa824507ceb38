// Package instrument says what is traded: which pairs exist, in which steps they are quoted and where their prices
// come from. It is the `instruments` configuration document as a type that cannot hold nonsense.
package instrument

import (
	"fmt"
	"time"
)

// Source says how the price of an instrument comes about.
type Source string

// The sources of prices.
const (
	Modelled Source = "modelled" // the stochastic process of a profile, correlated with the other modelled instruments
	Pegged   Source = "pegged"   // a tight mean-reverting process around Peg.Mean
	Derived  Source = "derived"  // Numerator divided by Denominator
)

// Peg are the parameters of a pegged instrument: an Ornstein-Uhlenbeck process of the log price.
type Peg struct {
	Mean     float64       // price that the peg holds, quote units per base unit
	Bps      float64       // stationary standard deviation of the log price, in basis points
	HalfLife time.Duration // until half of a deviation is gone
}

// Instrument is one tradable pair.
type Instrument struct {
	Symbol string    // BASE/QUOTE, e.g. BTC/USD
	Base   string    // what is bought and sold
	Quote  string    // what it is priced in
	Tick   Increment // smallest step of a price, quote units per base unit
	Lot    Increment // smallest step of a quantity, base units
	Source Source

	Peg         Peg    // of a pegged instrument
	Numerator   string // symbol, of a derived instrument
	Denominator string // symbol, of a derived instrument
}

// Price rounds a price to the tick; a price never falls below one tick.
func (i Instrument) Price(price float64) float64 {
	return i.Tick.Value(max(1, i.Tick.Steps(price)))
}

// Symbols lists the symbols in the order given.
func Symbols(instruments []Instrument) []string {
	symbols := make([]string, len(instruments))
	for n, one := range instruments {
		symbols[n] = one.Symbol
	}
	return symbols
}

// Find is the position of a symbol, or an error that lists the known ones.
func Find(instruments []Instrument, symbol string) (int, error) {
	for n, one := range instruments {
		if one.Symbol == symbol {
			return n, nil
		}
	}
	return 0, fmt.Errorf("unknown symbol %q: known are %v", symbol, Symbols(instruments))
}
