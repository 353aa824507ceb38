// This file is what an operator may choose of the venue's own participants.

package liquidity

import (
	"fmt"
	"math"
)

// The bounds of the counts.
const (
	MaxMakers = 8  // makers of an instrument
	MaxLevels = 10 // price levels of a maker on each side
	MaxTakers = 8  // takers of an instrument
)

// Parameters are what an operator may choose for an instrument. For a maker to go to the limit of its inventory either way it
// needs Inventory x Depth of the quote asset, and as much of the base asset; all takers together can need what all makers
// do. Who has less trades less.
type Parameters struct {
	Makers         int     // market makers, 0 to MaxMakers; 0 is none
	Levels         int     // price levels of each maker on each side, 1 to MaxLevels
	SpreadBps      float64 // least distance of best bid and ask, basis points of the price; never less than a tick
	Depth          float64 // mean size at the touch of each side, all makers together, quote units
	Inventory      float64 // most that one maker takes on, as a multiple of Depth
	Volatility     float64 // a year, e.g. 0.6: what is assumed until returns of the reference have been seen
	Takers         int     // noise takers, 0 to MaxTakers; 0 is none
	TakesPerSecond float64 // mean over a long time in ordinary volatility
}

// Default returns sane parameters for a depth in quote units.
func Default(depth float64) Parameters {
	return Parameters{
		Makers: 3, Levels: 4, Depth: depth, Inventory: 25, Volatility: 0.6, Takers: 3, TakesPerSecond: 1,
	}
}

// Validate says which parameter is out of its bounds.
func (p *Parameters) Validate() error {
	for _, one := range []struct {
		name             string
		value, low, high float64
	}{
		{"makers", float64(p.Makers), 0, MaxMakers},
		{"levels", float64(p.Levels), 1, MaxLevels},
		{"spread_bps", p.SpreadBps, 0, 1000},
		{"depth", p.Depth, math.SmallestNonzeroFloat64, 1e15},
		{"inventory", p.Inventory, 1, 1e6},
		{"volatility", p.Volatility, 1e-4, 100},
		{"takers", float64(p.Takers), 0, MaxTakers},
		{"takes_per_second", p.TakesPerSecond, 0, 100},
	} {
		if !(one.value >= one.low && one.value <= one.high) {
			return fmt.Errorf("%s is %v: want %v to %v", one.name, one.value, one.low, one.high)
		}
	}
	return nil
}
