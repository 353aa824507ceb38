// This file rehearses: it simulates the returns of a pair for one set of parameters after another, always with the same draws
// (common random numbers), so that what differs between two rehearsals is what the parameters do. What does not depend on
// them is drawn once.

package calibration

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// stage holds the draws of one seed: those of process.Superposed.
type stage struct {
	base   time.Duration
	pairs  int
	common []float64   // unit factors, process.Scales a base interval
	own    [][]float64 // the same for each pair
	bounce [][]float64 // of each pair where an interval begins; one more at the end
	shocks []float64   // independent, one a pair in each interval
	tail   []float64   // common
	tails  [][]float64 // of each pair
}

// newStage draws so many base intervals.
func newStage(pairs, intervals int, base time.Duration, seed uint64) *stage {
	s := &stage{base: base, pairs: pairs}
	s.common, s.shocks, s.tail = make([]float64, 0, process.Scales*intervals), make([]float64, 0, pairs*intervals), make([]float64, 0, intervals)
	factors := process.NewFactors(pairs, base, seed)
	state := make(process.State, factors.Size())
	factors.Start(state)
	for i := range pairs {
		s.own = append(s.own, make([]float64, 0, process.Scales*intervals))
		s.tails = append(s.tails, make([]float64, 0, intervals))
		s.bounce = append(s.bounce, append(make([]float64, 0, intervals+1), factors.Bounce(state, i)))
	}
	for n := range intervals {
		factors.Step(state, int64(n))
		s.common = append(s.common, factors.Common(state)...)
		s.tail = append(s.tail, factors.Tails[0])
		for i := range pairs {
			s.own[i] = append(s.own[i], factors.Own(state, i)...)
			s.bounce[i] = append(s.bounce[i], factors.Bounce(state, i))
			s.tails[i] = append(s.tails[i], factors.Tails[1+i])
			s.shocks = append(s.shocks, factors.Shock(i))
		}
	}
	return s
}

// role is what one pair plays.
type role struct {
	weights process.Weights
	fitted  profile.Factors
	hours   []float64 // log of the hour curve, by interval of the day
	row     []float64 // of the lower Cholesky factor of the shock correlation
	start   float64   // price
	tick    instrument.Increment
}

// play fills returns with those of pair i, rounded to its tick, for a series that begins at midnight. With flip -1 the two
// slowest scales are mirrored.
func (s *stage) play(i int, as role, flip float64, returns []float64) {
	w, level, bounce := as.weights, as.levels(), as.fitted.Bounce*process.Exp(as.fitted.Level)
	for k := process.Scales - 2; k < process.Scales; k++ {
		w.Common[k], w.Own[k] = flip*w.Common[k], flip*w.Own[k]
	}
	tau := process.TimeScales(s.base)[0]
	keep, renew, pull := math.Exp(-1/tau), math.Sqrt(-math.Expm1(-2/tau)), process.Pull(s.base)
	own, bounces, tails := s.own[i], s.bounce[i], s.tails[i]
	leverage, shock, efficient, at := 0.0, 0.0, -bounce*bounces[0], 0
	before := as.quoted(0)
	for t := range returns {
		c, o := s.common[t*process.Scales:][:process.Scales], own[t*process.Scales:][:process.Scales]
		leverage = keep*leverage + renew*shock
		shock = 0
		for j, z := range s.shocks[t*s.pairs:][:len(as.row)] {
			shock += as.row[j] * z
		}
		h := w.Common[0]*c[0] + w.Common[1]*c[1] + w.Common[2]*c[2] + w.Common[3]*c[3] +
			(w.Own[0]*o[0] + w.Own[1]*o[1] + w.Own[2]*o[2] + w.Own[3]*o[3]) +
			(w.Leverage*leverage + w.Mixing[0]*s.tail[t] + w.Mixing[1]*tails[t])
		move := process.Exp(level[at]+min(h, process.MaxLogVolatility)) * shock
		efficient += move - pull*efficient
		now := as.quoted(efficient + as.fitted.Overshoot*move + bounce*bounces[t+1])
		returns[t], before = now-before, now
		if at++; at == len(level) {
			at = 0
		}
	}
}

// levels is the log-volatility of each interval of the day with all factors at 0.
func (r role) levels() []float64 {
	levels := make([]float64, len(r.hours))
	for n, log := range r.hours {
		levels[n] = r.weights.Level + r.fitted.HourExponent*log
	}
	return levels
}

// quoted is the log of the rounded price over the start, given that of the price. The two are so close that a few terms of a
// series take the place of a logarithm.
func (r role) quoted(log float64) float64 {
	price := r.start * process.Exp(log)
	off := r.tick.Value(max(1, r.tick.Steps(price)))/price - 1
	if math.Abs(off) > 1e-3 {
		return log + math.Log1p(off)
	}
	return log + off*(1-off*(1.0/2-off*(1.0/3-off*(1.0/4-off*(1.0/5)))))
}
