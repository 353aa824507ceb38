// This file estimates how much the reference moves.

package liquidity

import "math"

// The memory of the two estimates, seconds of business time: what widens quotes must see a crash within seconds, what is
// ordinary for the instrument is a matter of an hour.
const (
	fastMemory  = 20
	slowMemory  = 3600
	startMemory = 60 // seconds of observation that the assumed volatility counts for at the start
)

// secondsPerYear turns a volatility a year into one a second: markets here never close.
const secondsPerYear = 365 * 24 * 3600

// volatility is two exponentially weighted means of the squared return of the reference per second.
type volatility struct {
	reference float64 // last seen, ticks; 0 before the first
	pending   float64 // squared returns seen at the time of the last step that had one, not yet weighted
	fast      float64 // variance per second
	slow      float64 // variance per second
	age       float64 // seconds observed
}

func newVolatility(aYear float64) volatility {
	variance := aYear * aYear / secondsPerYear
	return volatility{fast: variance, slow: variance}
}

// observe takes in a reference some seconds after the last. A return in no time is kept for the next step.
func (v *volatility) observe(reference, passed float64) {
	if v.reference > 0 {
		move := math.Log(reference / v.reference)
		v.pending += move * move
	}
	v.reference = reference
	if passed <= 0 {
		return
	}
	variance := v.pending / passed
	v.pending, v.age = 0, v.age+passed
	v.fast += (variance - v.fast) * -math.Expm1(-passed/fastMemory)
	v.slow += (variance - v.slow) * -math.Expm1(-passed/min(slowMemory, startMemory+v.age))
}

// sigma is the volatility of the last seconds.
func (v *volatility) sigma() float64 { return math.Sqrt(v.fast) }

// ordinary is the volatility of the last hour.
func (v *volatility) ordinary() float64 { return math.Sqrt(v.slow) }
