// This file is the noise takers: when they come, which side they take, and how much.
//
// The figures were fitted to the market orders of a tick sample: 346 busy seconds of BTC/USD of August 2024 with 3,241
// of them (fills of one side in the same millisecond are one), and the same seconds of ETH/USD with 1,929. They are ratios and
// rates, no prices.

package liquidity

import "math"

const (
	// branching is the share of orders that others set off, decay the rate a second at which an order is forgotten. Both
	// follow from the variance of counts over their mean, which of a Hawkes process with exponential kernel is
	// 1/(1-n)^2 + (1 - 1/(1-n)^2) (1 - exp(-k T)) / (k T), k = decay (1-n), over T seconds: 13.4 over 1 s and 25.5 over
	// 10 s (ETH/USD 8.0 and 12.3, which gives 0.71 and 8.4). A fit by likelihood sees bursts within milliseconds instead.
	branching = 0.8
	decay     = 8.5

	// The sign of an order is that of a direction with probability follow, and a direction is drawn anew with probability
	// change an order. The autocorrelation of signs is then (2 follow - 1)^2 (1 - change)^lag: 0.36 at lag 1 and 0.175 at
	// lag 10 (ETH/USD 0.50 and 0.11).
	follow = 0.81
	change = 0.077

	// Sizes are lognormal, cut off at the top: the median is a share of the mean size at the touch (0.0017 in BTC/USD, 0.0049 in
	// ETH/USD), takeSpread the standard deviation of the logarithm (2.49 and 2.51).
	takeMedian  = 0.0025
	takeSpread  = 2.5
	takeLargest = 2

	// Volatility over the ordinary one multiplies the rate of orders that nobody set off, within these bounds.
	leastActivity = 0.5
	mostActivity  = 4

	// collar is how far beyond the reference a take may trade, as a share of it, beside what volatility adds to the spread.
	collar = 0.005
)

// flow is the state of the takers.
type flow struct {
	excitation float64 // arrivals a second that past ones add
	direction  float64 // 1 is buying, -1 selling, 0 not drawn yet
}

// pass lets time go by without arrivals.
func (f *flow) pass(seconds float64) { f.excitation *= math.Exp(-decay * seconds) }

// next draws the seconds until the next arrival at a baseline of so many a second, +Inf when none comes. It is the exact
// simulation of Dassios & Zhao (2013), Exact simulation of Hawkes process with exponentially decaying intensity, algorithm
// 3.1: the sooner of an arrival that was set off and of one that was not.
func (f *flow) next(s *Source, baseline float64) float64 {
	wait := s.random.ExpFloat64() / baseline
	if f.excitation <= 0 {
		return wait
	}
	left := 1 - decay*s.random.ExpFloat64()/f.excitation
	if left > 0 {
		wait = min(wait, -math.Log(left)/decay)
	}
	return wait
}

// take lets the takers trade through the seconds since the last step, at most MaxTakes times.
func (s *Source) take(view *View, passed float64, intentions []Intention) []Intention {
	takers := min(s.parameters.Takers, len(view.Takers))
	if takers == 0 || s.parameters.TakesPerSecond == 0 {
		s.flow.pass(passed)
		return intentions
	}
	activity := min(max(s.volatility.sigma()/s.volatility.ordinary(), leastActivity), mostActivity)
	if !(s.volatility.ordinary() > 0) {
		activity = leastActivity
	}
	baseline := s.parameters.TakesPerSecond * (1 - branching) * activity
	var free [MaxTakers][2]int64
	for n := range takers {
		free[n] = [2]int64{view.Takers[n].CanBuy, view.Takers[n].CanSell}
	}
	for range MaxTakes {
		wait := s.flow.next(s, baseline)
		if wait > passed {
			break
		}
		s.flow.pass(wait)
		passed -= wait
		s.flow.excitation += branching * decay
		side, size, first := s.sign(view), s.takeSize(), s.random.IntN(takers)
		if [2]int64{view.BestAsk, view.BestBid}[side] == 0 {
			continue // it came, and found nobody to trade with
		}
		worst := s.worst(side)
		for n := range takers { // who has too little leaves it to the next
			taker := (first + n) % takers
			if lots := s.lots(size, worst, free[taker][side]); lots > 0 {
				free[taker][side] -= lots
				intentions = append(intentions, Intention{Kind: Take, Side: side, Participant: taker, Price: worst, Lots: lots})
				break
			}
		}
	}
	s.flow.pass(passed)
	return intentions
}

// takeSize draws the size of a take, lots.
func (s *Source) takeSize() float64 {
	return s.depth() * min(takeMedian*math.Exp(takeSpread*s.random.NormFloat64()), takeLargest)
}

// sign draws the side of a taker. A new direction more often buys when the book is below the reference and sells when it
// is above: that is what brings the makers' inventory back after they have shifted their prices.
func (s *Source) sign(view *View) Side {
	f := &s.flow
	if f.direction == 0 || s.random.Float64() < change {
		cheap := 0.0
		if view.BestBid > 0 && view.BestAsk > 0 {
			middle := float64(view.BestBid)/2 + float64(view.BestAsk)/2
			cheap = math.Tanh((view.Reference - middle) / s.anchor.tolerance())
		}
		f.direction = 1
		if s.random.Float64() >= (1+cheap)/2 {
			f.direction = -1
		}
	}
	buys := f.direction > 0
	if s.random.Float64() >= follow {
		buys = !buys
	}
	if buys {
		return Buy
	}
	return Sell
}

// worst is the limit price of a take, ticks.
func (s *Source) worst(side Side) int64 {
	away := collar*s.anchor.price + 1 + s.anchor.widen
	return ticks(s.anchor.price + side.sign()*away)
}
