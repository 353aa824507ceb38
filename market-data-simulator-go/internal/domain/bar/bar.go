// Package bar has the one shape in which the module hands price history
// around: open, high, low, close and volume over an interval. It stands alone
// so that the codecs, the calibration and the simulated path need not know
// each other.
package bar

import "time"

// Bar is what a market did in one interval. Prices are quote units per base
// unit, volume is in base units.
type Bar struct {
	Time                   time.Time // open time, UTC
	Open, High, Low, Close float64
	Volume                 float64
}

// Series is the bars of one pair, in rising order of time. Bars lie on the grid
// of the interval (counted from midnight UTC); a bar that is absent is a gap.
type Series struct {
	Symbol   string // BASE/QUOTE
	Interval time.Duration
	Bars     []Bar
}
