// This file measures points: it simulates the real period several times and tells by how much the facts miss, and how they
// change with the parameters.

package calibration

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

const (
	stages    = 8 // seeds; each is played as drawn, and again with its slow scales mirrored
	firstSeed = 0x5eed
)

// run is one simulation of the real period. That with the slow scales mirrored is antithetic: it takes away most of the
// sampling error of the slow factors.
type run struct {
	*stage
	flip float64
}

// rehearsal plays points.
type rehearsal struct {
	target  *target
	meter   *realism.Meter
	runs    []run
	cast    []role      // of the pairs, without what depends on the point
	returns [][]float64 // of the pairs in the run at hand
	moved   []float64   // of one pair with one parameter moved
	scratch []float64   // facts

	cancelled func() error // why to end, or nil
	ended     error        // what it said first; from then on nothing is played and what is measured means nothing
}

func newRehearsal(cancelled func() error, aim *target, meter *realism.Meter, cast []role, base time.Duration, stages int) *rehearsal {
	r := &rehearsal{
		target: aim, meter: meter, cast: cast, scratch: make([]float64, len(aim.facts)), moved: make([]float64, aim.bars), cancelled: cancelled,
	}
	for n := range stages {
		if r.stop() {
			break
		}
		drawn := newStage(aim.pairs, aim.bars, base, firstSeed+uint64(n))
		r.runs = append(r.runs, run{drawn, 1}, run{drawn, -1})
	}
	for range aim.pairs {
		r.returns = append(r.returns, make([]float64, aim.bars))
	}
	return r
}

// stop tells whether to end. It is asked before every play of a pair, which takes milliseconds.
func (r *rehearsal) stop() bool {
	if r.ended == nil {
		r.ended = r.cancelled()
	}
	return r.ended != nil
}

// newRole is what can be read off the data for a pair: hours, start and tick.
func newRole(pair profile.Pair, base time.Duration) role {
	return role{hours: logs(process.Curve(pair.Hours, base)), start: pair.Level, tick: pair.Tick}
}

// roles of a point.
func (r *rehearsal) roles(p point) []role {
	rows, roles := lower(p.matrix()), make([]role, p.pairs)
	for i := range roles {
		roles[i] = r.cast[i]
		roles[i].fitted = p.factors(i)
		roles[i].weights = process.WeightsOf(roles[i].fitted, p.values[p.mixing()])
		roles[i].row = rows[i]
	}
	return roles
}

// residuals of all facts of all runs, run by run.
func (r *rehearsal) residuals(p point) [][]float64 {
	roles, all := r.roles(p), make([][]float64, len(r.runs))
	for n := range r.runs {
		all[n] = make([]float64, len(r.target.facts))
		r.play(n, roles, all[n])
	}
	return all
}

// play plays all pairs in a run and fills in the residuals.
func (r *rehearsal) play(n int, roles []role, residuals []float64) {
	for i := range roles {
		if r.stop() {
			return
		}
		r.runs[n].play(i, roles[i], r.runs[n].flip, r.returns[i])
		r.measure(i, r.returns[i], residuals)
	}
	r.measureCross(residuals)
}

// measure fills in the residuals of a pair's own facts.
func (r *rehearsal) measure(i int, returns, residuals []float64) {
	own := r.scratch[:r.target.own]
	r.meter.Pair(i, returns, own)
	for k, fact := range own {
		place := i*r.target.own + k
		residuals[place] = r.target.residual(place, fact)
	}
	place := r.target.calm() + i
	residuals[place] = r.target.residual(place, r.meter.Calm(returns))
}

func (r *rehearsal) measureCross(residuals []float64) {
	cross := r.scratch[:r.target.calm()-r.target.cross()]
	r.meter.Cross(cross)
	for k, fact := range cross {
		place := r.target.cross() + k
		residuals[place] = r.target.residual(place, fact)
	}
}

// lower is the lower Cholesky factor of a positive definite matrix, row i with i+1 entries.
func lower(matrix [][]float64) [][]float64 {
	symmetric := mat.NewSymDense(len(matrix), nil)
	for i, row := range matrix {
		for j := range i + 1 {
			symmetric.SetSym(i, j, row[j])
		}
	}
	var factor mat.Cholesky
	factor.Factorize(symmetric)
	var triangle mat.TriDense
	factor.LTo(&triangle)
	rows := make([][]float64, len(matrix))
	for i := range rows {
		for j := range i + 1 {
			rows[i] = append(rows[i], triangle.At(i, j))
		}
	}
	return rows
}

func logs(values []float64) []float64 {
	all := make([]float64, len(values))
	for i, value := range values {
		all[i] = math.Log(value)
	}
	return all
}
