// This file holds what the superposed model is made of before any fitted parameter comes in: independent factors of unit
// variance on four time scales, and the shocks of a base interval. Calibration draws them once and simulates many parameters
// with them.

package process

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// Scales is the number of time scales of log-volatility. The first is that of bursts, the others are Gaussian.
const Scales = 4

// TimeScales are the correlation times of the factors in base intervals, for a base interval of a minute or of an hour. They
// are constants of the model: three minutes to 17 hours, or three hours to eight days.
func TimeScales(base time.Duration) [Scales]float64 {
	if base == time.Hour {
		return [Scales]float64{3, 12, 48, 200}
	}
	return [Scales]float64{3, 20, 150, 1000}
}

// Factors draws the factors of all pairs. With F a Gaussian factor, G a burst factor and tau its time scale in base
// intervals,
//
//	dF = -F/tau dt + sqrt(2/tau) dB                                      stationary law N(0, 1)
//	dG = -G/tau dt + dJ,  J compound Poisson: rate 1/tau, jumps Exp(1)   stationary law Exp(1)
//
// both exact from interval to interval (Barndorff-Nielsen & Shephard 2001). The bounce is such an F with tau = 1.
type Factors struct {
	seed   uint64
	pairs  int
	keep   [Scales]float64 // of a factor after one interval
	renew  [Scales]float64 // standard deviation of what a Gaussian factor gains in one
	linger float64         // keep of the bounce
	flick  float64         // renew of the bounce
	tau    float64         // of the burst factors
	fade   float64         // 1 / tau

	normals []float64 // of the interval at hand
	Tails   []float64 // Exp(1): what mixes the interval's volatility, common first, then one a pair
}

// Places of the factors in a state: the common ones, then those of each pair.
const (
	ownBounce  = Scales // after the pair's own factors
	ownSize    = Scales + 1
	perPair    = Scales - 1 + 3 // normals a pair: own factors, shock, bounce, volume
	normShock  = Scales - 1     // places among them
	normBounce = Scales
	normVolume = Scales + 1
)

// NewFactors builds the draws of so many pairs.
func NewFactors(pairs int, base time.Duration, seed uint64) *Factors {
	f := &Factors{
		seed: seed, pairs: pairs, linger: math.Exp(-1), flick: math.Sqrt(-math.Expm1(-2)),
		normals: make([]float64, Scales-1+perPair*pairs), Tails: make([]float64, 1+pairs),
	}
	for k, tau := range TimeScales(base) {
		f.keep[k], f.renew[k] = math.Exp(-1/tau), math.Sqrt(-math.Expm1(-2/tau))
	}
	f.tau = TimeScales(base)[0]
	f.fade = 1 / f.tau
	return f
}

// Size is the length of a state.
func (f *Factors) Size() int { return Scales + ownSize*f.pairs }

// Start fills a state with a draw from the stationary law.
func (f *Factors) Start(state State) {
	stream := draw.Keyed(f.seed, purposeStart, 0)
	stream.Normals(state)
	state[0] = stream.Exponential()
	for i := range f.pairs {
		state[Scales+i*ownSize] = stream.Exponential()
	}
}

// Step advances a state by the base interval n and draws its shocks.
func (f *Factors) Step(state State, n int64) {
	stream := draw.Keyed(f.seed, purposeFactors, uint64(n))
	state[0] *= f.keep[0]
	for i := range f.pairs {
		state[Scales+i*ownSize] *= f.keep[0]
	}
	f.burst(state, &stream) // first, because a processor cannot guess how often it loops
	stream.Normals(f.normals)
	stream.Exponentials(f.Tails)
	f.advance((*[Scales]float64)(state), (*[Scales - 1]float64)(f.normals))
	for i := range f.pairs {
		own := (*[ownSize]float64)(state[Scales+i*ownSize:])
		normals := (*[perPair]float64)(f.normals[Scales-1+i*perPair:])
		f.advance((*[Scales]float64)(own[:]), (*[Scales - 1]float64)(normals[:]))
		own[ownBounce] = f.linger*own[ownBounce] + f.flick*normals[normBounce]
	}
}

// advance takes the Gaussian factors of one set through an interval.
func (f *Factors) advance(factors *[Scales]float64, normals *[Scales - 1]float64) {
	for k := 1; k < Scales; k++ {
		factors[k] = f.keep[k]*factors[k] + f.renew[k]*normals[k-1]
	}
}

// Common is the common factors in a state: the burst factor, of mean 1, then the Gaussian ones.
func (f *Factors) Common(state State) []float64 { return state[:Scales:Scales] }

// Own is the own factors of a pair, as Common.
func (f *Factors) Own(state State, pair int) []float64 {
	return state[Scales+pair*ownSize:][:Scales:Scales]
}

// Bounce is the unit bounce of a pair when the interval ends.
func (f *Factors) Bounce(state State, pair int) float64 { return state[Scales+pair*ownSize+ownBounce] }

// Shock is the standard normal of a pair in the interval at hand, before correlation.
func (f *Factors) Shock(pair int) float64 { return f.normals[Scales-1+pair*perPair+normShock] }

func (f *Factors) volume(pair int) float64 { return f.normals[Scales-1+pair*perPair+normVolume] }

func (f *Factors) fork() *Factors {
	fork := *f
	fork.normals, fork.Tails = make([]float64, len(f.normals)), make([]float64, len(f.Tails))
	return &fork
}

// burst lets the burst factors jump. All their jumps together are one Poisson process, of which each factor has an equal
// share; what a jump leaves at the end of the interval depends on when it came.
func (f *Factors) burst(state State, stream *draw.Stream) {
	factors := uint64(1 + f.pairs)
	apart := f.tau / float64(factors) // mean time between two jumps
	for left := 1 - apart*stream.Exponential(); left > 0; left -= apart * stream.Exponential() {
		at := stream.Below(factors)
		if at > 0 {
			at = Scales + (at-1)*ownSize
		}
		state[at] += stream.Exponential() * Exp(-left*f.fade)
	}
}
