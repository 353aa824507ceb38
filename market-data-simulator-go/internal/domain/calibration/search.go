// This file searches for the point whose simulations share the most facts with the real market: simulated method of moments
// (Duffie & Singleton 1993; Gallant & Tauchen 1996) by damped Gauss-Newton steps (Levenberg 1944) on the residuals of all runs
// together, so that bias and the spread between seeds both count.

package calibration

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

const (
	rounds       = 9
	longest      = 8.0 // units that one step moves a parameter at most
	firstDamping = 0.3
	floor        = 0.02 // added to the diagonal, for parameters that hardly matter
	afterFailure = 30.0
	failures     = 2 // rounds without a better point that end the search, or bring it to its last rounds
	lastRounds   = 2
	centrings    = 2
)

// dampings that are tried, as factors of the last one that served.
var dampings = []float64{1.0 / 6, 1, 6, 40}

// bend is the residual from which on a miss counts less and less, by round: first all are brought near, then those that can
// pass are made to.
var bend = [rounds]float64{2.5, 1.75, 1, 1, 1, 1, 1, 1, 1}

// counting is the robust loss of a round.
type counting struct {
	bend    float64
	bounded bool // in the last rounds: a miss counts 1 at most, however far
}

func countingOf(round int) counting {
	return counting{bend: bend[round], bounded: round >= rounds-lastRounds}
}

// loss of a residual.
func (c counting) loss(u float64) float64 {
	ratio := u * u / (c.bend * c.bend)
	if c.bounded {
		return u * u / (1 + ratio)
	}
	return c.bend * c.bend * math.Log1p(ratio)
}

// weight is the loss's slope over that of u^2.
func (c counting) weight(u float64) float64 {
	w := 1 / (1 + u*u/(c.bend*c.bend))
	if c.bounded {
		return w * w
	}
	return w
}

// search improves a point round by round.
func (r *rehearsal) search(at point, tell func(stage string) error) (point, error) {
	found := r.residuals(at)
	damping, failed := firstDamping, 0
	var fit *normal
	for round := 0; round < rounds; round++ {
		count := countingOf(round)
		before := r.loss(count, found)
		if err := tell(fmt.Sprintf("fitting the shape of volatility: round %d of %d, loss %.4f", round+1, rounds, before)); err != nil {
			return at, err
		}
		if fit == nil {
			fit = r.linear(at, found)
		}
		if r.stop() {
			break
		}
		better, residuals, factor := r.step(at, fit.equations(r.target, count), count, damping, before)
		if r.stop() {
			break
		}
		if residuals == nil {
			damping *= afterFailure
			if failed++; failed == failures {
				round, damping, failed = max(round, rounds-lastRounds-1), firstDamping, 0
			}
			continue
		}
		at, found, damping, failed, fit = better, residuals, damping*factor, 0, nil
	}
	if !r.stop() {
		at = r.centred(at)
	}
	return at, r.ended
}

// centred moves the level of each pair by the mean of what its standard deviations miss in all runs. A check passes some way
// off, so the search leaves levels a few per cent from the middle; scores that are not checks feel it.
func (r *rehearsal) centred(at point) point {
	at = at.clone()
	for range centrings {
		residuals := r.residuals(at)
		if r.stop() {
			return at
		}
		for i := range at.pairs {
			miss, count := 0.0, 0.0
			for _, run := range residuals {
				for _, level := range r.meter.Levels() {
					fact := i*r.target.own + level
					miss += run[fact] * r.target.allowed[fact]
					count++
				}
			}
			place := at.at(kindLevel, i)
			at.values[place] = clamp(at.values[place]-miss/count, profile.LevelLimit.Low, profile.LevelLimit.High)
		}
	}
	return at
}

// step tries the dampings; without a point that is better than before it answers with no residuals.
func (r *rehearsal) step(at point, equations *equations, count counting, damping, before float64) (best point, residuals [][]float64, factor float64) {
	for _, each := range dampings {
		next := at.moved(equations.solve(damping * each))
		found := r.residuals(next)
		if r.stop() {
			return best, nil, factor
		}
		if loss := r.loss(count, found); loss < before {
			best, residuals, factor, before = next, found, each, loss
		}
	}
	return best, residuals, factor
}

// loss is the mean over the runs.
func (r *rehearsal) loss(count counting, residuals [][]float64) float64 {
	sum := 0.0
	for _, run := range residuals {
		for fact, u := range run {
			sum += r.target.weights[fact] * count.loss(u)
		}
	}
	return sum / float64(len(residuals))
}

// normal is residuals and slopes of each run at one point.
type normal struct {
	residuals [][]float64
	slopes    [][][]float64
}

func (r *rehearsal) linear(at point, residuals [][]float64) *normal {
	found := &normal{residuals: residuals}
	for n := range r.runs {
		found.slopes = append(found.slopes, r.slopes(at, n))
	}
	return found
}

// equations are the normal equations of a round: matrix times step = right.
type equations struct {
	matrix *mat.SymDense
	right  *mat.VecDense
}

func (f *normal) equations(aim *target, count counting) *equations {
	size := len(f.slopes[0])
	e := &equations{mat.NewSymDense(size, nil), mat.NewVecDense(size, nil)}
	share := 1 / float64(len(f.slopes))
	for n, slopes := range f.slopes {
		for fact, u := range f.residuals[n] {
			weight := aim.weights[fact] * count.weight(u) * share
			for i := range size {
				if slopes[i][fact] == 0 {
					continue
				}
				pull := weight * slopes[i][fact]
				e.right.SetVec(i, e.right.AtVec(i)-pull*u)
				for j := i; j < size; j++ {
					e.matrix.SetSym(i, j, e.matrix.At(i, j)+pull*slopes[j][fact])
				}
			}
		}
	}
	return e
}

// solve answers with the damped step, in units; with no step where the equations have no solution.
func (e *equations) solve(damping float64) []float64 {
	size := e.right.Len()
	damped := mat.NewSymDense(size, nil)
	damped.CopySym(e.matrix)
	for i := range size {
		own := e.matrix.At(i, i)
		damped.SetSym(i, i, own+damping*(own+floor))
	}
	var factor mat.Cholesky
	var step mat.VecDense
	if !factor.Factorize(damped) || factor.SolveVecTo(&step, e.right) != nil {
		return make([]float64, size)
	}
	return step.RawVector().Data
}
