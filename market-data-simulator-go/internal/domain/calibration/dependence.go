// This file measures how much of the heavy tails of GARCH innovations is common to the pairs. It is read off the real
// innovations by comparing them with simulated ones.

package calibration

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

const (
	cut            = 4.0    // |innovations| are cut here before they are correlated: what lies above is a few bars
	experimentSize = 40_000 // simulated innovations for each comparison
	halvings       = 12     // of the interval for the correlation of drivers
	maxCorrelation = 0.98   // of shocks
	purposeTrial   = 201
)

// shareTails sets the mixing share of each pair, given the innovations.
func shareTails(innovations [][]float64, pairs []profile.Pair) {
	drivers := identity(len(pairs))
	for i := range pairs {
		for j := range i {
			trial := newExperiment(pairs[i].Shock.Nu, pairs[j].Shock.Nu)
			drivers[i][j] = trial.match(pearson(innovations[i], innovations[j], same), pearson(innovations[i], innovations[j], size))
			drivers[j][i] = drivers[i][j]
		}
	}
	for i, share := range shares(drivers) {
		pairs[i].Shock.Common = share
	}
}

// experiment simulates the innovations of two pairs for any correlation of shocks and of mixing drivers, always from the
// same normals.
type experiment struct {
	tables  [2]*process.Mixing
	normals [experimentSize][4]float64
	results [2][]float64
}

func newExperiment(nu, other float64) *experiment {
	e := &experiment{tables: [2]*process.Mixing{process.NewMixing(nu), process.NewMixing(other)}}
	stream := draw.Keyed(0, purposeTrial, 0)
	for n := range e.normals {
		for k := range e.normals[n] {
			e.normals[n][k] = stream.Normal()
		}
	}
	e.results[0], e.results[1] = make([]float64, experimentSize), make([]float64, experimentSize)
	return e
}

// match finds the correlation of drivers which gives the innovations the correlations that were seen: of the values and of
// the sizes.
func (e *experiment) match(values, sizes float64) (driver float64) {
	low, high := 0.0, 1.0
	for range halvings {
		driver = (low + high) / 2
		if e.run(e.shock(values, driver), driver); pearson(e.results[0], e.results[1], size) < sizes {
			low = driver
		} else {
			high = driver
		}
	}
	return driver
}

// shock is the correlation of the shocks which gives the innovations theirs: mixing apart dilutes it by the mean of the
// product of both volatilities.
func (e *experiment) shock(values, driver float64) float64 {
	sum, own := 0.0, math.Sqrt(1-driver*driver)
	for _, z := range e.normals {
		sum += e.tables[0].At(z[2]) * e.tables[1].At(driver*z[2]+own*z[3])
	}
	return clamp(values*experimentSize/sum, -maxCorrelation, maxCorrelation)
}

func (e *experiment) run(rho, driver float64) {
	rest, own := math.Sqrt(1-rho*rho), math.Sqrt(1-driver*driver)
	for n, z := range e.normals {
		e.results[0][n] = z[0] * e.tables[0].At(z[2])
		e.results[1][n] = (rho*z[0] + rest*z[1]) * e.tables[1].At(driver*z[2]+own*z[3])
	}
}

// shares are numbers in [0, 1] whose products' square roots come closest to the drivers' correlations: one factor, found by
// alternating least squares.
func shares(drivers [][]float64) []float64 {
	n := len(drivers)
	loads := make([]float64, n)
	for i := range loads {
		loads[i] = math.Sqrt(0.5)
	}
	for range 200 {
		for i := range loads {
			up, down := 0.0, 1e-9
			for j := range loads {
				if j != i {
					up += drivers[i][j] * loads[j]
					down += loads[j] * loads[j]
				}
			}
			loads[i] = clamp(up/down, 0, 1)
		}
	}
	for i := range loads {
		loads[i] *= loads[i]
	}
	return loads
}
