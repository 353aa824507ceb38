package realism

// The comparators of every score: two simulators that are known to be worthless
// (the nulls) and reality against itself (the ceiling).

import (
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// brownian is correlated geometric Brownian motion with the standard deviations
// and correlations of the real returns: the first null.
func brownian(real Panel, rng *rand.Rand) Panel {
	lower := covarianceRoot(real)
	result := Panel{Interval: real.Interval, Symbols: real.Symbols, Returns: make([][]float64, len(real.Returns))}
	for i := range result.Returns {
		result.Returns[i] = make([]float64, len(real.Returns[i]))
	}
	normal := make([]float64, len(real.Returns))
	for t := range real.Returns[0] {
		for i := range normal {
			normal[i] = rng.NormFloat64()
			for j := range i + 1 {
				result.Returns[i][t] += lower.At(i, j) * normal[j]
			}
		}
	}
	return result
}

// covarianceRoot is the lower Cholesky factor of the covariance of returns. Where
// pairs are linearly dependent the diagonal is raised until the factor exists.
func covarianceRoot(panel Panel) *mat.TriDense {
	size := len(panel.Returns)
	sigma, correlation := panel.sigma(), correlations(centreAll(panel.Returns))
	covariance := mat.NewSymDense(size, nil)
	for i, next := 0, 0; i < size; i++ {
		covariance.SetSym(i, i, sigma[i]*sigma[i])
		for j := i + 1; j < size; j++ {
			covariance.SetSym(i, j, correlation[next]*sigma[i]*sigma[j])
			next++
		}
	}
	var factor mat.Cholesky
	for raise := 1e-12; !factor.Factorize(covariance); raise *= 10 {
		for i := range size {
			covariance.SetSym(i, i, sigma[i]*sigma[i]*(1+raise))
		}
	}
	var lower mat.TriDense
	factor.LTo(&lower)
	return &lower
}

// shuffled is the real bars in random order, all pairs in the same: the second
// null. Distribution and correlations stay, time is lost.
func shuffled(real Panel, rng *rand.Rand) Panel {
	order := rng.Perm(len(real.Returns[0]))
	result := Panel{Interval: real.Interval, Symbols: real.Symbols}
	for _, r := range real.Returns {
		mixed := make([]float64, len(r))
		for t, from := range order {
			mixed[t] = r[from]
		}
		result.Returns = append(result.Returns, mixed)
	}
	return result
}

// halves deals the days into two halves at random, each in the order of time. An
// odd day is left out.
func halves(real Panel, rng *rand.Rand) (one, other Panel) {
	order, half := rng.Perm(real.Days()), real.Days()/2
	slices.Sort(order[:half])
	slices.Sort(order[half : 2*half])
	return real.days(order[:half]), real.days(order[half : 2*half])
}
