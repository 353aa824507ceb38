// This file is the process that ships: superposed log-volatility factors, common to all pairs and own, on four time scales,
// with bursts, leverage and heavy tails; the quoted price overshoots and bounces around the efficient one. All symbols are
// those of profile.Factors. Volatility is constant on a base interval, so its closes are exact. What happens inside an
// interval is left to who bridges it: between the quoted prices at its ends, with the interval's own volatility. So within a
// minute the bounce moves from one end to the other on a line, instead of reverting on its way.

package process

import (
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// MaxLogVolatility bounds log-volatility above its level and hour: 150 times the median. It is far beyond what a century
// brings to a profile within its limits that is like a market, and keeps prices finite for one that is not.
const MaxLogVolatility = 5.0

// Superposed is the process of a profile with its factors, stepping base intervals.
type Superposed struct {
	*Factors
	clock  clock
	pairs  []superposedPair
	factor [][]float64 // lower Cholesky factor of the shock correlation
	shocks []float64   // of the interval at hand
}

// superposedPair holds one pair's parameters in the form in which Step uses them.
type superposedPair struct {
	level    []float64       // log-volatility with all factors at 0, by interval of the day
	common   [Scales]float64 // weights of the factors in log-volatility
	own      [Scales]float64
	leverage float64
	mixing   [2]float64 // of the common and the own tail
	overshot float64
	bounce   float64 // log price
	filter   volumeFilter
}

// After the factors a state has these numbers for each pair.
const (
	pairLeverage  = iota // unit factor of past shocks
	pairShock            // standardised shock of the last interval
	pairEfficient        // efficient log price over the start level
	pairQuoted           // quoted log price over the start level
	pairVariance         // of the volume's filter
	pairVolume           // residual of log volume
	pairSize
)

// NewSuperposed builds the process of a profile. Interval 0 begins at the epoch, which gives the hour of the day.
func NewSuperposed(fitted profile.Profile, seed uint64, epoch time.Time) (*Superposed, error) {
	factor, err := lowerFactor(fitted.Correlation)
	if err != nil {
		return nil, fmt.Errorf("profile %q: correlation: %w", fitted.Name, err)
	}
	s := &Superposed{
		Factors: NewFactors(len(fitted.Pairs), fitted.BaseStep(), seed), clock: newClock(fitted.BaseStep(), epoch),
		factor: factor, shocks: make([]float64, len(fitted.Pairs)),
	}
	for _, pair := range fitted.Pairs {
		s.pairs = append(s.pairs, s.pair(pair, fitted.CommonMixing))
	}
	return s, nil
}

func (s *Superposed) pair(fitted profile.Pair, commonMixing float64) superposedPair {
	weights := WeightsOf(fitted.Factors, commonMixing)
	pair := superposedPair{
		level: s.clock.logs(fitted.Hours), common: weights.Common, own: weights.Own, leverage: weights.Leverage,
		mixing: weights.Mixing, overshot: fitted.Factors.Overshoot,
		bounce: fitted.Factors.Bounce * math.Exp(fitted.Factors.Level), filter: newVolumeFilter(fitted, s.clock),
	}
	for n := range pair.level {
		pair.level[n] = weights.Level + fitted.Factors.HourExponent*pair.level[n]
	}
	return pair
}

// Weights are the loadings of log-volatility on what Factors draws.
type Weights struct {
	Level       float64 // with every factor and tail at 0 and the hour at its mean
	Common, Own [Scales]float64
	Leverage    float64
	Mixing      [2]float64 // of the common and the own tail
}

// WeightsOf works out the loadings. Burst factors and tails have mean 1 and are centred by the level.
func WeightsOf(fitted profile.Factors, commonMixing float64) Weights {
	w := Weights{Leverage: fitted.Scales[0] * fitted.Leverage, Mixing: [2]float64{commonMixing * math.Sqrt(fitted.Common), fitted.Mixing}}
	for k, sd := range fitted.Scales {
		if k == 0 {
			sd *= math.Sqrt(1 - fitted.Leverage*fitted.Leverage)
		}
		w.Common[k], w.Own[k] = sd*math.Sqrt(fitted.Common), sd*math.Sqrt(1-fitted.Common)
	}
	w.Level = fitted.Level - w.Common[0] - w.Own[0] - w.Mixing[0] - w.Mixing[1]
	return w
}

// Start has every factor in its stationary law and every quoted price at its start level.
func (s *Superposed) Start() State {
	state := make(State, s.Size()+pairSize*len(s.pairs))
	factors, pairs := state[:s.Size()], state[s.Size():]
	s.Factors.Start(factors)
	for i := range s.pairs {
		own := pairs[i*pairSize:][:pairSize]
		own[pairEfficient] = -s.pairs[i].bounce * s.Bounce(factors, i)
		own[pairVariance] = 1
	}
	return state
}

// Step implements Process.
func (s *Superposed) Step(state State, n int64, moves []Move) {
	factors, pairs := state[:s.Size():s.Size()], state[s.Size():]
	s.Factors.Step(factors, n)
	for i := range s.shocks {
		s.shocks[i] = s.Shock(i)
	}
	s.Correlate(s.shocks)
	common, at := (*[Scales]float64)(factors), s.clock.at(n)
	keep, renew := s.keep[0], s.renew[0]
	moves = moves[:len(s.pairs)]
	for i := range s.pairs {
		pair, own := &s.pairs[i], (*[pairSize]float64)(pairs[i*pairSize:])
		unit := (*[ownSize]float64)(factors[Scales+i*ownSize:])
		own[pairLeverage] = keep*own[pairLeverage] + renew*own[pairShock]
		shock := s.shocks[i]
		own[pairShock] = shock
		h := pair.logVolatility(common, unit) + pair.leverage*own[pairLeverage] + pair.mixing[0]*s.Tails[0] + pair.mixing[1]*s.Tails[1+i]
		sigma := Exp(pair.level[at] + min(h, MaxLogVolatility))
		move := sigma * shock
		open := own[pairQuoted]
		own[pairEfficient] += move - s.clock.pull*own[pairEfficient]
		own[pairQuoted] = own[pairEfficient] + pair.overshot*move + pair.bounce*unit[ownBounce]
		moves[i] = Move{
			Open: open, Close: own[pairQuoted], Sigma: sigma, Tone: pair.filter.step(own, at, own[pairQuoted]-open, s.volume(i)),
		}
	}
}

// logVolatility is what the factors, common and own, make of it.
func (p *superposedPair) logVolatility(common *[Scales]float64, own *[ownSize]float64) float64 {
	return (p.common[0]*common[0] + p.common[1]*common[1] + p.common[2]*common[2] + p.common[3]*common[3]) +
		(p.own[0]*own[0] + p.own[1]*own[1] + p.own[2]*own[2] + p.own[3]*own[3])
}

// Volume implements Process.
func (s *Superposed) Volume(pair int, n int64, tone Tone) float64 {
	return s.pairs[pair].filter.volume(s.clock.at(n), tone)
}

// Correlate implements Process.
func (s *Superposed) Correlate(shocks []float64) { correlate(s.factor, shocks) }

// Fork implements Process.
func (s *Superposed) Fork() Process {
	fork := *s
	fork.Factors, fork.shocks = s.fork(), make([]float64, len(s.shocks))
	return &fork
}
