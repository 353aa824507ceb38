// This file refines a likelihood fit by simulated moments (Duffie & Singleton 1993): the likelihood weighs each minute, but
// what the prices are judged by is their behaviour over hours, after rounding to the tick. The simulations use the same
// draws throughout, so that the distance is a smooth function of the parameters.

package calibration

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

const (
	rehearsals = 8    // simulations of the sample's length for each parameter vector
	rounds     = 8    // Gauss-Newton steps at most
	nudge      = 0.02 // difference for the slopes, in logs and logits
	longest    = 1.0  // step of one parameter at most, in the same units
	firstSeed  = 0x5eed
)

// refinement compares one pair with its simulations.
type refinement struct {
	pair   profile.Pair
	tick   instrument.Instrument
	from   time.Time
	slots  int
	target []float64
}

// refine changes the pair's shock parameters so that the mean of the simulated moments comes closest to the sample's.
func refine(pair *profile.Pair, returns []float64, from time.Time) error {
	work := refinement{pair: *pair, tick: instrument.Instrument{Tick: pair.Tick}, from: from, slots: len(returns), target: moments(returns)}
	point := append([]float64{math.Log(pair.Shock.Sigma)}, shockPoint(pair.Shock)...)
	misfit, err := work.misfit(point)
	if err != nil {
		return err
	}
	damping := 0.01
	for range rounds {
		slopes, err := work.slopes(point, misfit)
		if err != nil {
			return err
		}
		improved := false
		for try := 0; try < 3 && !improved; try++ {
			step := leastSquares(slopes, misfit, damping)
			next := make([]float64, len(point))
			for i := range point {
				next[i] = point[i] + clamp(step[i], -longest, longest)
			}
			found, err := work.misfit(next)
			if err != nil {
				return err
			}
			if improved = meanSquare(found) < meanSquare(misfit); improved {
				point, misfit, damping = next, found, damping/4
			} else {
				damping *= 10
			}
		}
		if !improved {
			break
		}
	}
	pair.Shock = work.shock(point)
	return nil
}

func (r *refinement) shock(point []float64) profile.Shock {
	shock := shockAt(point[1:], math.Exp(point[0]))
	shock.Common = r.pair.Shock.Common
	return shock
}

// misfit is the mean simulated moments less those of the sample.
func (r *refinement) misfit(point []float64) ([]float64, error) {
	candidate := r.pair
	candidate.Shock = r.shock(point)
	sums := make([]float64, len(r.target))
	for n := range rehearsals {
		returns, err := rehearse(profile.Profile{Pairs: []profile.Pair{candidate}, Correlation: identity(1)}, r.from, r.slots, firstSeed+uint64(n))
		if err != nil {
			return nil, fmt.Errorf("simulate %s: %w", r.pair.Symbol, err)
		}
		for i, moment := range moments(returns[0]) {
			sums[i] += moment
		}
	}
	for i := range sums {
		sums[i] = sums[i]/rehearsals - r.target[i]
	}
	return sums, nil
}

// slopes is the Jacobian of the misfit by forward differences, one row a parameter.
func (r *refinement) slopes(point, misfit []float64) ([][]float64, error) {
	slopes := make([][]float64, len(point))
	for i := range point {
		moved := append([]float64(nil), point...)
		moved[i] += nudge
		found, err := r.misfit(moved)
		if err != nil {
			return nil, err
		}
		for k := range found {
			slopes[i] = append(slopes[i], (found[k]-misfit[k])/nudge)
		}
	}
	return slopes, nil
}

// leastSquares is the step that would cancel the misfit if it were linear, damped (Levenberg 1944).
func leastSquares(slopes [][]float64, misfit []float64, damping float64) []float64 {
	n := len(slopes)
	normal, right := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	for i := range n {
		for k := range misfit {
			right.SetVec(i, right.AtVec(i)-slopes[i][k]*misfit[k])
		}
		for j := i; j < n; j++ {
			sum := 0.0
			for k := range misfit {
				sum += slopes[i][k] * slopes[j][k]
			}
			if i == j {
				sum += damping * (sum + 1)
			}
			normal.SetSym(i, j, sum)
		}
	}
	var step mat.VecDense
	if step.SolveVec(normal, right) != nil {
		return make([]float64, n)
	}
	return step.RawVector().Data
}

// rehearse simulates the pairs and returns the log returns of their rounded closes.
func rehearse(trial profile.Profile, from time.Time, slots int, seed uint64) ([][]float64, error) {
	shocks, err := process.NewGARCH(trial, seed, from)
	if err != nil {
		return nil, err
	}
	state, moves := shocks.Start(), make([]process.Move, len(trial.Pairs))
	returns, before := make([][]float64, len(trial.Pairs)), make([]float64, len(trial.Pairs))
	for i, pair := range trial.Pairs {
		returns[i] = make([]float64, slots)
		before[i] = math.Log(instrument.Instrument{Tick: pair.Tick}.Price(pair.Level))
	}
	for slot := range slots {
		shocks.Step(state, int64(slot), moves)
		for i, pair := range trial.Pairs {
			now := math.Log(instrument.Instrument{Tick: pair.Tick}.Price(pair.Level * math.Exp(moves[i].Close)))
			returns[i][slot], before[i] = now-before[i], now
		}
	}
	return returns, nil
}
