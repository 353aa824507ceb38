// This file makes the pairs agree as they did: simulated and rounded, the returns of two pairs correlate less than their
// shocks, because each pair's variance takes a path of its own. The difference is measured and given back.

package calibration

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

const (
	rehearsalsTogether = 6   // simulations of all pairs in each round
	roundsTogether     = 4   // corrections
	gain               = 0.8 // share of a difference that one correction takes
)

// agree corrects the shock correlations by the difference between real and simulated correlations of returns, and the
// mixing shares by that of absolute returns.
func agree(fitted *profile.Profile, returns [][]float64, from time.Time) error {
	real, realSizes := correlations(returns, same), correlations(returns, math.Abs)
	for round := range roundsTogether {
		found, foundSizes := identity(len(returns)), identity(len(returns))
		for n := range rehearsalsTogether {
			seed := firstSeed + uint64(round*rehearsalsTogether+n)
			simulated, err := rehearse(*fitted, from, len(returns[0]), seed)
			if err != nil {
				return err
			}
			addTo(found, correlations(simulated, same))
			addTo(foundSizes, correlations(simulated, math.Abs))
		}
		for i := range returns {
			lacking := 0.0
			for j := range returns {
				if j != i {
					off := real[i][j] - found[i][j]/rehearsalsTogether
					fitted.Correlation[i][j] = clamp(fitted.Correlation[i][j]+gain*off, -maxCorrelation, maxCorrelation)
					lacking += (realSizes[i][j] - foundSizes[i][j]/rehearsalsTogether) / float64(len(returns)-1)
				}
			}
			fitted.Pairs[i].Shock.Common = clamp(fitted.Pairs[i].Shock.Common+gain*lacking, 0, 1)
		}
		fitted.Correlation = nearest(fitted.Correlation)
	}
	return nil
}

// correlations of f of every two pairs' returns.
func correlations(returns [][]float64, f func(float64) float64) [][]float64 {
	all := identity(len(returns))
	for i := range returns {
		for j := range i {
			all[i][j] = pearson(returns[i], returns[j], f)
			all[j][i] = all[i][j]
		}
	}
	return all
}

func addTo(sums, values [][]float64) {
	for i := range sums {
		for j := range sums[i] {
			sums[i][j] += values[i][j]
		}
	}
}
