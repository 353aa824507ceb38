package realism

// Every score against a value that was found without it: markets are constructed so that the score follows from a formula,
// which stands in the test. Nothing here calls what it tests for what it wants.

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// agreement is how close a score must come to its formula.
const agreement = 0.01

// constructed is a panel of hours; each pair is a function of the bar.
func constructed(days int, pairs ...func(t int) float64) Panel {
	panel := Panel{Interval: time.Hour}
	for i, pair := range pairs {
		panel.Symbols = append(panel.Symbols, fmt.Sprint(i))
		r := make([]float64, days*hoursPerDay)
		for t := range r {
			r[t] = pair(t)
		}
		panel.Returns = append(panel.Returns, r)
	}
	return panel
}

// scored compares two panels of hours as a reference of the real one does.
func scored(real, simulated Panel) Scores {
	return newReference(real, scales[1], stream(1, streamErrors)).compare(simulated, scales[1])
}

// times is the panel with every return multiplied.
func times(panel Panel, factor float64) Panel {
	sigma := panel.sigma()
	for i := range sigma {
		sigma[i] *= factor
	}
	return panel.scaled(sigma)
}

func normals(seed uint64) func(int) float64 {
	rng := rand.New(rand.NewPCG(seed, 99))
	return func(int) float64 { return 0.01 * rng.NormFloat64() }
}

// signs are three rows of signs with the correlations given: each is that of a common sign with a certain probability.
func signs(seed uint64, correlations [3]float64) func(t int) [3]float64 {
	// loadings a b c with ab, ac, bc as given
	a := math.Sqrt(correlations[0] * correlations[1] / correlations[2])
	loadings := [3]float64{a, correlations[0] / a, correlations[1] / a}
	return func(t int) (row [3]float64) {
		rng := rand.New(rand.NewPCG(seed, uint64(t)))
		common := math.Copysign(1, rng.Float64()-0.5)
		for i, loading := range loadings {
			row[i] = math.Copysign(1, rng.Float64()-0.5)
			if rng.Float64() < loading {
				row[i] = common
			}
		}
		return row
	}
}

// Magnitudes follow a wave of a day: their autocorrelation is a cosine whatever the phase, the profiles of hours correlate by
// the cosine of the difference of phases, and so do they after a mean over three hours. Signs carry the correlations.
func TestCorrelationScoreOfWavesWithKnownPhasesAndSigns(t *testing.T) {
	real, simulated := [3]float64{0.3, 0.5, 0.4}, [3]float64{0.5, 0.3, 0.7}
	wave := func(seed uint64, phase float64, correlations [3]float64) Panel {
		sign := signs(seed, correlations)
		pair := func(i int) func(int) float64 {
			return func(t int) float64 {
				return sign(t)[i] * 0.01 * (1 + 0.5*math.Cos(2*math.Pi*float64(t)/hoursPerDay+phase))
			}
		}
		return constructed(8000, pair(0), pair(1), pair(2))
	}
	a, b := wave(1, 0, real), wave(2, math.Pi/3, simulated)

	found := correlationScore(measure(b, scales[1], a.sigma()), measure(a, scales[1], a.sigma()))

	matrices := max(0, stat.Correlation(real[:], simulated[:], nil))
	assert.InDelta(t, (1+math.Cos(math.Pi/3)+matrices)/3, found, agreement)
}

// The magnitudes of an autoregression around a high level have its autocorrelation: a power of the lag.
func TestClusteringOfAutoregressiveMagnitudesIsThatOfTheirPowers(t *testing.T) {
	magnitudes := func(seed uint64, coefficient float64) Panel {
		rng, x := rand.New(rand.NewPCG(seed, 5)), 0.0
		return constructed(20_000, func(int) float64 {
			x = coefficient*x + math.Sqrt(1-coefficient*coefficient)*rng.NormFloat64()
			return math.Copysign(1e-3*(10+x), rng.Float64()-0.5)
		})
	}
	const real, simulated = 0.98, 0.7
	var powers [2][]float64
	for _, lag := range []float64{1, 2, 3, 4, 6, 8, 12, 18, 24, 36, 48, 72, 96, 120} {
		powers[0], powers[1] = append(powers[0], math.Pow(real, lag)), append(powers[1], math.Pow(simulated, lag))
	}
	a, b := magnitudes(1, real), magnitudes(2, simulated)

	found := clusteringScore(measure(b, scales[1], a.sigma()).Pairs[0], measure(a, scales[1], a.sigma()).Pairs[0])

	assert.InDelta(t, stat.Correlation(powers[0], powers[1], nil), found, agreement)
}

// Each day has one magnitude; ln of it is spread evenly over [0, 1). Multiplied by e^0.3 all deviations are apart by that
// factor and the evenly spread logarithms by a Kolmogorov-Smirnov distance of 0.3.
func TestVolatilityScoreOfEvenlySpreadDaysMovedByAKnownDistance(t *testing.T) {
	const days, shift = 1000, 0.3
	rng := rand.New(rand.NewPCG(3, 3))
	order := rng.Perm(days)
	real := constructed(days, func(t int) float64 {
		return math.Copysign(0.01*math.Exp(float64(order[t/hoursPerDay])/days), rng.Float64()-0.5)
	})

	assert.InDelta(t, math.Exp(-shift)*(1-shift), scored(real, times(real, math.Exp(shift))).Volatility, agreement)
}

// The variance of a sum of h steps of an autoregression is h (1 + 2 sum (1 - k/h) rho^k) of that of one.
func TestLevelOfAnAutoregressionFollowsItsVarianceRatios(t *testing.T) {
	const rho = 0.4
	rng, x := rand.New(rand.NewPCG(4, 4)), 0.0
	trending := constructed(20_000, func(int) float64 {
		x = rho*x + math.Sqrt(1-rho*rho)*rng.NormFloat64()
		return 0.01 * x
	})
	plain := constructed(20_000, normals(5))
	want := 0.0
	for _, h := range []float64{1, 4, 12, 24, 72} {
		ratio := 1.0
		for k := 1.0; k < h; k++ {
			ratio += 2 * (1 - k/h) * math.Pow(rho, k)
		}
		want += 1 / math.Sqrt(ratio) / 5
	}

	assert.InDelta(t, want, levelScore(measure(trending, scales[1], []float64{1}).Pairs[0], measure(plain, scales[1], []float64{1}).Pairs[0]), agreement)
}

// inOrderOf has the quantiles of a law, in random order: a sample without sampling error.
func inOrderOf(days int, seed uint64, quantile func(float64) float64) Panel {
	order := rand.New(rand.NewPCG(seed, 6)).Perm(days * hoursPerDay)
	return constructed(days, func(t int) float64 { return quantile((float64(order[t]) + 0.5) / float64(len(order))) })
}

func TestDistributionScoreOfLawsWithKnownQuantiles(t *testing.T) {
	normal := distuv.Normal{Sigma: 0.01}
	real := inOrderOf(2000, 1, normal.Quantile)
	for name, law := range map[string]interface{ Quantile(float64) float64 }{
		"a normal half as wide again":       distuv.Normal{Sigma: 0.015},
		"Laplace":                           distuv.Laplace{Scale: 0.01 / math.Sqrt2},
		"Student with 4 degrees of freedom": distuv.StudentsT{Sigma: 0.01 / math.Sqrt2, Nu: 4},
		"a normal moved to the right":       distuv.Normal{Mu: 0.002, Sigma: 0.01},
	} {
		distance, count := 0.0, 0.0
		for _, percent := range []float64{0.05, 0.1, 0.5, 1, 5, 10, 20} {
			for _, p := range []float64{percent / 100, 1 - percent/100} {
				distance += math.Abs(math.Log((math.Abs(law.Quantile(p)) + 1e-6) / (math.Abs(normal.Quantile(p)) + 1e-6)))
				count++
			}
		}
		assert.InDelta(t, math.Exp(-2*distance/count), scored(real, inOrderOf(2000, 2, law.Quantile)).Distribution, agreement, name)
	}
}

// Moves, drawdowns and run-ups double with returns and cost a quarter each; straightness stays.
func TestTrendScoreOfDoubledReturns(t *testing.T) {
	real := constructed(1000, normals(7))

	assert.InDelta(t, (3*math.Pow(2, -2)+1)/4, scored(real, times(real, 2)).Trend, agreement)
}

// Prices that go straight for three weeks at a time, 21 times up for 19 times down: the net move is the pace, run-up and
// drawdown are it or nothing, and the way is straight. Paces are spread evenly in the real market, as squares in the simulated
// one.
func TestTrendScoreOfStraightWays(t *testing.T) {
	const stretch, stretches, up, of = 3 * 168, 2000, 21, 40
	order := rand.New(rand.NewPCG(8, 8)).Perm(stretches)
	market := func(power float64) Panel {
		return constructed(stretch*stretches/hoursPerDay, func(t int) float64 {
			n := order[t/stretch]
			return math.Copysign(1e-3*math.Pow((float64(n)+0.5)/stretches, power), up-0.5-float64(n%of))
		})
	}
	real := market(1)

	found := trendScore(measure(market(2), scales[1], real.sigma()), measure(real, scales[1], real.sigma()))

	const share = float64(up) / of
	sigma, want := math.Sqrt(1.0/3), 0.0 // in units of the fastest pace
	for _, window := range []float64{24, 72, 168} {
		size := func(pace float64) float64 { return pace*math.Sqrt(window)/sigma + 1e-4 }
		// alike is the similarity of quantiles of paces, of which a share goes the way that is looked at
		alike := func(share float64) float64 {
			distance := 0.0
			for k := 1.0; k <= 19; k++ {
				if p := (k/20 - (1 - share)) / share; p > 0 {
					distance += math.Abs(math.Log(size(p*p) / size(p)))
				}
			}
			return math.Exp(-2 * distance / 19)
		}
		want += (alike(1) + alike(share) + alike(1-share) + 1) / 4 / 3
	}
	assert.InDelta(t, want, found, agreement)
}

// Doubled returns change one of five marginal facts (ln sigma), two of eight temporal ones (the same over two horizons) and no
// other: the rest does not know the level.
func TestConfidenceOfDoubledReturnsCountsTheFactsThatKnowTheLevel(t *testing.T) {
	real := constructed(1000, normals(9), normals(10), normals(11))

	scores := scored(real, times(real, 2))

	assert.InDelta(t, math.Pow(4.0/5*6/8, 1.0/4), scores.Confidence, agreement)
	assert.Len(t, scores.Failed, 3*3)
}

// The standard error of ln sigma of n normals is 1/sqrt(2n), that of a correlation near 0 is 1/sqrt(n).
func TestBootstrapErrorsOfIndependentNormalsAreTheKnownOnes(t *testing.T) {
	const days = 1500
	found := bootstrapErrors(constructed(days, normals(12), normals(13)), scales[1], stream(1, streamErrors))

	const n, ofSixtyDraws = days * hoursPerDay, 0.3 // three standard errors of a deviation estimated from 60 draws
	assert.InEpsilon(t, 1/math.Sqrt(2*n), found[0], ofSixtyDraws)
	assert.InEpsilon(t, 1/math.Sqrt(n), found[5], ofSixtyDraws, "autocorrelation of r at lag 1")
	assert.InEpsilon(t, 1/math.Sqrt(n), found[len(found)-2], ofSixtyDraws, "correlation of r")
}

// Windows are one pattern, each at a level of its own; ln of the level is normal, and in the simulated market one unit higher.
// Then no classifier errs less often than Phi(-1/2), and the logistic one reaches it.
func TestDiscriminativeScoreOfNormalLevelsOneApart(t *testing.T) {
	const spread, windows = 0.3, 4000
	pattern := normals(14)
	var shape [hoursPerDay]float64
	for i := range shape {
		shape[i] = pattern(i)
	}
	for _, apart := range []float64{0, 1, 2} {
		market := func(seed uint64, shift float64) Panel {
			order := rand.New(rand.NewPCG(seed, 7)).Perm(windows / 2)
			return constructed(windows, func(t int) float64 {
				window := t / hoursPerDay
				level := distuv.UnitNormal.Quantile((float64(order[window/2]) + 0.5) / (windows / 2)) // the same levels on even and on odd windows
				return shape[t%hoursPerDay] * math.Exp(spread*(level+shift))
			})
		}
		found := scored(market(1, 0), market(2, apart)).Discriminative
		assert.InDelta(t, 2*distuv.UnitNormal.CDF(-apart/2), found, agreement, "%v apart", apart)
	}
}
