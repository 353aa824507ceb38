// This file decides when makers follow the reference. A book that moved with each of its small steps would be rebuilt ten
// times a second; in a real one the touch stands for a while and then leaps.

package liquidity

import "math"

const (
	// drift is how far the reference leaves the anchor before makers follow, in standard deviations of a second. A Brownian
	// path stays within 1.25 of them for a second in about half of all seconds: in a tick sample of 346 busy seconds of
	// August 2024 the mid price stood for a second in 60 % (BTC/USD) and 50 % (ETH/USD) of them.
	drift = 1.25
	// restless is the ratio by which volatility changes before makers look at it anew.
	restless = 1.3
	// calm is the volatility up to which the spread is the least one, as a multiple of the ordinary one; what lies above
	// widens the half spread by widening standard deviations of a second.
	calm     = 2
	widening = 1
)

// anchor is what the makers believe: the reference and its volatility as they were when they last looked.
type anchor struct {
	price float64 // ticks; 0 before the first reference
	sigma float64 // volatility, a second
	widen float64 // what volatility adds to the half spread, ticks
}

// follow looks at the market anew when it has gone far enough.
func (a *anchor) follow(reference float64, v *volatility) {
	sigma := v.sigma()
	stands := math.Abs(reference-a.price) <= a.tolerance() && sigma <= a.sigma*restless && sigma*restless >= a.sigma
	if a.price > 0 && stands {
		return
	}
	excess := max(sigma-calm*v.ordinary(), 0)
	a.price, a.sigma, a.widen = reference, sigma, widening*excess*reference
}

// tolerance is how far the reference may be away, ticks.
func (a *anchor) tolerance() float64 { return max(drift*a.sigma*a.price, 0.5) }
