package realism

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func autoregression(n int, coefficient float64) []float64 {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, n)
	for t := range x {
		x[t] = rng.NormFloat64()
		if t > 0 {
			x[t] += coefficient * x[t-1]
		}
	}
	return x
}

func TestAutocorrelationOfAnAutoregressionIsThePowerOfItsCoefficient(t *testing.T) {
	const coefficient = 0.8

	found := centre(autoregression(200_000, coefficient)).autocorrelations([]int{0, 1, 2, 5, 10})

	for i, lag := range []float64{0, 1, 2, 5, 10} {
		assert.InDelta(t, math.Pow(coefficient, lag), found[i], 0.02)
	}
}

func TestDeviationOverAHorizonGrowsWithItsRootWhenReturnsAreIndependent(t *testing.T) {
	found := deviations(autoregression(240_000, 0), []int{1, 4, 16, 64})

	for i, want := range []float64{1, 2, 4, 8} {
		assert.InEpsilon(t, want, found[i], 0.03)
	}
}

func TestQuantileInterpolatesBetweenOrderStatistics(t *testing.T) {
	ascending := []float64{10, 20, 30, 40}

	assert.InDelta(t, 10, quantile(ascending, 0), 1e-12)
	assert.InDelta(t, 25, quantile(ascending, 0.5), 1e-12)
	assert.InDelta(t, 13, quantile(ascending, 0.1), 1e-12)
	assert.InDelta(t, 40, quantile(ascending, 1), 1e-12)
}

func TestHillExponentOfAParetoSampleIsItsExponent(t *testing.T) {
	rng, exponent := rand.New(rand.NewPCG(3, 4)), 3.0
	x := make([]float64, 200_000)
	for i := range x {
		x[i] = math.Pow(1-rng.Float64(), -1/exponent)
	}

	assert.InEpsilon(t, exponent, hill(sorted(x)), 0.03)
}

func TestCorrelationIsZeroWhereOneSideStandsStill(t *testing.T) {
	assert.Zero(t, pearson([]float64{1, 1, 1}, []float64{1, 2, 3}))
	assert.InDelta(t, -1, pearson([]float64{3, 2, 1}, []float64{1, 2, 3}), 1e-12)
}

func TestKolmogorovSmirnovDistance(t *testing.T) {
	for name, c := range map[string]struct {
		a, b Vector
		want float64
	}{
		"same":           {Vector{1, 2, 3}, Vector{1, 2, 3}, 0},
		"apart":          {Vector{1, 2}, Vector{3, 4, 5}, 1},
		"half overlap":   {Vector{1, 2, 3, 4}, Vector{3, 4, 5, 6}, 0.5},
		"ties":           {Vector{1, 1, 1, 2}, Vector{1, 2, 2, 2}, 0.5},
		"unequal length": {Vector{1, 2, 3, 4}, Vector{2}, 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, c.want, kolmogorovSmirnov(c.a, c.b), 1e-12)
			assert.InDelta(t, c.want, kolmogorovSmirnov(c.b, c.a), 1e-12)
		})
	}
}

func TestHourProfileHasMeanOneAndFindsTheBusyHour(t *testing.T) {
	magnitude := make([]float64, 2*hoursPerDay*60)
	for i := range magnitude {
		magnitude[i] = 1
		if i/60%hoursPerDay == 23 {
			magnitude[i] = 25
		}
	}

	profile := hourProfile(magnitude, 60)
	smooth := smoothed(profile)

	assert.InDelta(t, 12.5, profile[23], 1e-12)
	assert.InDelta(t, 1, mean(smooth), 1e-12)
	assert.InDelta(t, 4.5, smooth[0], 1e-12)
	assert.InDelta(t, 4.5, smooth[22], 1e-12)
	assert.InDelta(t, 0.5, smooth[12], 1e-12)
}

func TestTailsAreTheKnownQuantilesOfBothSides(t *testing.T) {
	ascending := make([]float64, 10_001)
	for i := range ascending {
		ascending[i] = float64(i)/10_000*3 - 1 // evenly from -1 to 2
	}

	found := tails(ascending)

	assert.InDelta(t, 1-0.0015, found[0], 1e-5)
	assert.InDelta(t, 2-0.0015, found[1], 1e-5)
	assert.InDelta(t, 0.4, found[len(found)-2], 1e-5)
	assert.InDelta(t, 1.4, found[len(found)-1], 1e-5)
}

func TestTrendOfAWindowFollowsTheWay(t *testing.T) {
	trend := trendOf([]float64{1, -3, 4, -1}, 2)

	assert.InDeltaSlice(t, []float64{0.5, 1.5, 2, 1.0 / 9}, trend[:], 1e-12)
}

func TestTrendOfAPriceThatStoodStillIsZero(t *testing.T) {
	assert.Zero(t, trendOf([]float64{0, 0}, 1))
}

func TestSimilarityOfRowsTwiceAsLargeIsAQuarter(t *testing.T) {
	assert.InDelta(t, 0.25, similarity([]float64{2, 4}, []float64{1, 2}), 1e-12)
}

func TestConfidenceIsTheGeometricMeanOverFamiliesWithAFloor(t *testing.T) {
	pass, fail := func(f Family) Check { return Check{Family: f} }, func(f Family) Check { return Check{Family: f, Simulated: 1} }

	score, failed := confidenceScore([]Check{pass(Marginal), pass(Temporal), fail(Temporal), fail(Seasonal)})

	assert.InDelta(t, math.Cbrt(1*0.5*0.05), score, 1e-12)
	assert.Len(t, failed, 2)
}

func TestClassifierTellsWhatDiffersAndGuessesWhatDoesNot(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	noise := func(shift float64) Vector {
		var result Vector
		for range 2000 {
			result = append(result, float32(rng.NormFloat64()+shift), float32(rng.NormFloat64()))
		}
		return result
	}
	real := noise(0)

	assert.InDelta(t, 0, discriminativeScore(noise(20), real, 2), 0.01)
	assert.InDelta(t, 2*0.3085, discriminativeScore(noise(1), real, 2), 0.06, "two unit normals one apart are told apart with error Phi(-1/2)")
	assert.InDelta(t, 1, discriminativeScore(noise(0), real, 2), 0.07)
	assert.InDelta(t, 1, discriminativeScore(real, real, 2), 0)
}

func TestNullsKeepWhatTheyAreMeantToKeep(t *testing.T) {
	n, own := 24*400, rand.New(rand.NewPCG(11, 12))
	a, b := autoregression(n, 0.5), make([]float64, n)
	for i := range b {
		b[i] = 3*a[i] + own.NormFloat64()
	}
	real := Panel{Interval: scales[1].interval, Symbols: []string{"A", "B"}, Returns: [][]float64{a, b}}
	rng := rand.New(rand.NewPCG(7, 8))

	gaussian, mixed := brownian(real, rng), shuffled(real, rng)

	for i, sigma := range real.sigma() {
		assert.InEpsilon(t, sigma, gaussian.sigma()[i], 0.03)
		assert.Equal(t, sorted(real.Returns[i]), sorted(mixed.Returns[i]))
	}
	want := correlations(centreAll(real.Returns))
	assert.InDeltaSlice(t, want, correlations(centreAll(gaussian.Returns)), 0.02)
	assert.InDeltaSlice(t, want, correlations(centreAll(mixed.Returns)), 1e-9)
	assert.InDelta(t, 0, centre(mixed.Returns[0]).correlation(centre(mixed.Returns[0]), 1), 0.05)
}

func TestBrownianMotionOfPairsThatMoveAsOneExists(t *testing.T) {
	a := autoregression(24*400, 0)
	real := Panel{Interval: scales[1].interval, Symbols: []string{"A", "B"}, Returns: [][]float64{a, a}}

	found := brownian(real, rand.New(rand.NewPCG(9, 9)))

	require.NoError(t, found.check())
	assert.InDelta(t, 1, pearson(found.Returns[0], found.Returns[1]), 1e-3)
}
