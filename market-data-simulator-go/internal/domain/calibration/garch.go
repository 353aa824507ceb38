// This file fits GARCH(1,1) with Student-t innovations to one pair by maximum likelihood (Bollerslev 1987). Three numbers are
// searched for; the mean variance is the sample's (variance targeting, Francq, Horvath & Zakoian 2011).

package calibration

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/optimize"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// Bounds of the search. Nearly integrated fits are held a little below 1, where a mean variance still exists.
const (
	maxAlpha       = 0.5
	maxPersistence = 0.999
	minNu          = 2.5
	maxNu          = 60
)

// fitShock fits returns from which the hour profile is divided out; NaN is missing.
func fitShock(returns []float64) (profile.Shock, error) {
	sigma := deviation(returns)
	if !(sigma > 0) {
		return profile.Shock{}, fmt.Errorf("the price never moves")
	}
	problem := optimize.Problem{Func: func(x []float64) float64 { return -likelihood(returns, shockAt(x, sigma)) }}
	start := shockPoint(profile.Shock{Alpha: 0.08, Beta: 0.9, Nu: 5})
	found, err := optimize.Minimize(problem, start, &optimize.Settings{
		Converger: &optimize.FunctionConverge{Absolute: 1e-6 * float64(len(returns)), Iterations: 30},
	}, &optimize.NelderMead{})
	if err != nil {
		return profile.Shock{}, fmt.Errorf("maximise the likelihood: %w", err)
	}
	return shockAt(found.X, sigma), nil
}

// likelihood is the log-likelihood of the returns, constants included.
func likelihood(returns []float64, shock profile.Shock) float64 {
	sum, variance := 0.0, 1.0
	half := (shock.Nu + 1) / 2
	count := 0.0
	for _, r := range returns {
		if math.IsNaN(r) {
			continue
		}
		e2 := r * r / (shock.Sigma * shock.Sigma * variance)
		sum -= half*math.Log1p(e2/(shock.Nu-2)) + math.Log(variance)/2
		count++
		variance = nextVariance(shock, variance, e2)
	}
	above, _ := math.Lgamma(half)
	below, _ := math.Lgamma(shock.Nu / 2)
	return sum + count*(above-below-math.Log(math.Pi*(shock.Nu-2))/2-math.Log(shock.Sigma))
}

// nextVariance is the recursion that the process simulates.
func nextVariance(shock profile.Shock, variance, e2 float64) float64 {
	return 1 - shock.Alpha - shock.Beta + (shock.Alpha*e2+shock.Beta)*variance
}

// filter computes the standardised innovations and the conditional variance (relative to its mean) of each slot; NaN where a
// return is missing.
func filter(returns []float64, shock profile.Shock) (innovations, variances []float64) {
	innovations, variances = missing(len(returns)), missing(len(returns))
	variance := 1.0
	for slot, r := range returns {
		if math.IsNaN(r) {
			continue
		}
		variances[slot] = variance
		innovations[slot] = r / (shock.Sigma * math.Sqrt(variance))
		variance = nextVariance(shock, variance, innovations[slot]*innovations[slot])
	}
	return innovations, variances
}

// shockPoint maps the parameters to the whole plane, where the search cannot leave their bounds; shockAt maps back.
func shockPoint(s profile.Shock) []float64 {
	return []float64{logit(s.Alpha / maxAlpha), logit((s.Alpha + s.Beta) / maxPersistence), logit((s.Nu - minNu) / (maxNu - minNu))}
}

func shockAt(x []float64, sigma float64) profile.Shock {
	persistence := maxPersistence * logistic(x[1])
	alpha := min(maxAlpha*logistic(x[0]), persistence)
	return profile.Shock{Sigma: sigma, Alpha: alpha, Beta: persistence - alpha, Nu: minNu + (maxNu-minNu)*logistic(x[2])}
}

func logit(share float64) float64 { return math.Log(share / (1 - share)) }

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// mean of what is not NaN.
func mean(values []float64) float64 {
	sum, count := 0.0, 0.0
	for _, value := range values {
		if !math.IsNaN(value) {
			sum += value
			count++
		}
	}
	return sum / count
}

// deviation is the standard deviation of what is not NaN.
func deviation(values []float64) float64 {
	centre, sum, count := mean(values), 0.0, 0.0
	for _, value := range values {
		if !math.IsNaN(value) {
			sum += (value - centre) * (value - centre)
			count++
		}
	}
	return math.Sqrt(sum / count)
}
