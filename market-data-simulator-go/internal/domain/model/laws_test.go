package model

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

func TestBrownianReturnsAreIndependentNormals(t *testing.T) {
	market := square(0.8)
	market.Pairs[0].Drift = 50
	moves, _ := walk(newProcess(t, market, BrownianMotion{}, 11), many)
	returns, sigma := returnsOf(moves[0]), sigmaOf(0.8)
	assert.InDelta(t, 50.0/minutesPerYear-sigma*sigma/2, mean(returns), 5*sigma/math.Sqrt(many))
	assert.InEpsilon(t, sigma*sigma, variance(returns), 0.012)
	assert.InDelta(t, 0, moment(returns, 3), 0.02)
	assert.InDelta(t, 3, moment(returns, 4), 0.04)
	for _, lag := range []int{1, 2, 60} {
		assert.InDelta(t, 0, persistence(returns, lag), 0.008)
		assert.InDelta(t, 0, persistence(squared(returns), lag), 0.008)
	}
}

func TestJumpsComeAsOftenAndAsLargeAsTheyShould(t *testing.T) {
	parameters := JumpDiffusion{PerDay: 720, Mean: -0.01, Deviation: 0.025} // half a jump a minute
	moves, _ := walk(newProcess(t, square(1), parameters, 12), many)
	returns, daily := returnsOf(moves[0]), 1/math.Sqrt(daysPerYear)
	m, d, rate, variance1 := -0.01*daily, 0.025*daily, 0.5, daily*daily/minutesPerDay
	third := rate * (m*m*m + 3*m*d*d)
	fourth := rate * (m*m*m*m + 6*m*m*d*d + 3*d*d*d*d)
	assert.InEpsilon(t, variance1, variance(returns), 0.02)
	assert.InDelta(t, third/math.Pow(variance1, 1.5), moment(returns, 3), 0.05, "third cumulant of a compound Poisson")
	assert.InDelta(t, 3+fourth/(variance1*variance1), moment(returns, 4), 0.2, "fourth")
	rare := JumpDiffusion{PerDay: 10, Deviation: 0.3}
	moves, _ = walk(newProcess(t, square(1), rare, 12), many)
	jumps := 0.0
	for n := range moves[0] {
		if moves[0][n].Tone.Variance > 1 {
			jumps++
			assert.Greater(t, moves[1][n].Tone.Variance, 1.0, "news comes to the whole market")
		}
	}
	want := many * -math.Expm1(-10.0/minutesPerDay)
	assert.InDelta(t, want, jumps, 5*math.Sqrt(want))
}

func TestHestonVarianceHasTheStationaryMomentsOfItsGammaLaw(t *testing.T) {
	parameters := Heston{ReversionPerDay: 200, VolOfVariance: 15, Leverage: -0.7}
	moves, own := walk(newProcess(t, square(1), parameters, 13), many)
	v := column(own, 0)
	kappa, xi2 := 200.0/minutesPerDay, 225.0/minutesPerDay
	stationary := xi2 / (2 * kappa)
	assert.InDelta(t, 1, mean(v), 0.02)
	assert.InEpsilon(t, stationary, variance(v), 0.05)
	assert.InDelta(t, 2*math.Sqrt(stationary), moment(v, 3), 0.15, "skewness of a gamma law")
	for _, lag := range []int{1, 5, 15} {
		assert.InDelta(t, math.Exp(-kappa*float64(lag)), persistence(v, lag), 0.02)
	}
	pushes := make([]float64, len(v)-1)
	for n := range pushes {
		pushes[n] = v[n+1] - v[n]*math.Exp(-kappa)
	}
	assert.InDelta(t, -0.7, correlation(returnsOf(moves[0])[:len(pushes)], pushes), 0.05)
	assert.Greater(t, correlation(v, column(own, 1)), 0.5, "variances move together")
}

// The scheme's law of a minute is integrated over its quantiles and compared with the exact moments of the square-root process.
func TestTheHestonSchemeIsExactInMeanAndVarianceAndNeverNegative(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kappa := rapid.Float64Range(0.01, 500).Draw(t, "kappa") / minutesPerDay
		xi := rapid.Float64Range(0.01, 30).Draw(t, "xi") / math.Sqrt(minutesPerDay)
		before := rapid.Float64Range(0, 10).Draw(t, "variance")
		law := newScheme(kappa, xi).law(before)
		decay := math.Exp(-kappa)
		wantMean := 1 + (before-1)*decay
		wantVariance := before*xi*xi*decay/kappa*(1-decay) + xi*xi/(2*kappa)*(1-decay)*(1-decay)
		a := 0.02 / (wantMean + math.Sqrt(wantVariance))
		if !law.squared {
			a = min(a, law.rate/50) // near the rate the moment ends, and with it what a sum over normals can tell
		}
		var first, second, exponential, weight float64
		for z := -9.0; z <= 9; z += 0.001 {
			density := math.Exp(-z * z / 2)
			v := law.quantile(z)
			if v < 0 {
				t.Fatalf("variance %v", v)
			}
			weight += density
			first += density * v
			second += density * v * v
			exponential += density * math.Exp(a*v)
		}
		first, second = first/weight, second/weight
		assert.InEpsilon(t, wantMean, first, 2e-3)
		assert.InEpsilon(t, wantVariance, second-first*first, 1e-2)
		assert.InDelta(t, math.Log(exponential/weight), law.logMoment(a), 1e-4)
	})
}

func TestGARCHVarianceClustersAsTheRecursionImplies(t *testing.T) {
	const alpha, beta = 0.1, 0.8
	moves, own := walk(newProcess(t, square(1), GARCH{Alpha: alpha, Beta: beta, Nu: 1000}, 14), many)
	squares := squared(returnsOf(moves[0]))
	assert.InDelta(t, 1, mean(column(own, 0)), 0.02)
	first := alpha * (1 - alpha*beta - beta*beta) / (1 - 2*alpha*beta - beta*beta)
	for _, lag := range []int{1, 3, 10} {
		want := first * math.Pow(alpha+beta, float64(lag-1))
		assert.InDelta(t, want, persistence(squares, lag), 0.02, "autocorrelation of squares (Bollerslev 1986), lag %d", lag)
	}
	kurtosis := 3 * (1 - (alpha+beta)*(alpha+beta)) / (1 - (alpha+beta)*(alpha+beta) - 2*alpha*alpha)
	assert.InDelta(t, kurtosis, moment(returnsOf(moves[0]), 4), 0.15)
}

func TestGARCHShocksAreStudentAndAFallWeighsMore(t *testing.T) {
	moves, own := walk(newProcess(t, square(1), GARCH{Alpha: 0.02, Gamma: 0.1, Beta: 0.85, Nu: 6}, 15), many)
	var shocks []float64
	for _, move := range moves[0] {
		shocks = append(shocks, move.Tone.Shock)
	}
	assert.InDelta(t, 1, variance(shocks), 0.02)
	beyond := float64(len(where(shocks, func(n int) bool { return math.Abs(shocks[n]) > 3 }))) / many
	assert.InDelta(t, 0.01042, beyond, 0.0009, "P(|t| > 3 sqrt(6/4)) with 6 degrees of freedom")
	v := column(own, 0)
	assert.InDelta(t, 1, mean(v), 0.03)
	after := func(low, high float64) float64 {
		rise := 0.0
		count := 0.0
		for n := range len(v) - 1 {
			if shocks[n] > low && shocks[n] < high {
				rise += (v[n+1] - 0.85*v[n] - (1 - 0.02 - 0.85 - 0.05)) / (v[n] * shocks[n] * shocks[n])
				count++
			}
		}
		return rise / count
	}
	assert.InDelta(t, 0.12, after(-3, -2), 1e-6, "alpha + gamma")
	assert.InDelta(t, 0.02, after(2, 3), 1e-6, "alpha")
}

func TestRegimesLastAsLongAsTheyShouldAndScaleTheReturns(t *testing.T) {
	parameters := RegimeSwitching{Regimes: []Regime{
		{Volatility: 1, Hours: 1}, {Volatility: 3, Hours: 0.5}, {Volatility: 0.5, Hours: 0.5, Drift: 100},
	}}
	moves, own := walk(newProcess(t, square(1), parameters, 16), many)
	regimes, returns := column(own, 0), returnsOf(moves[0])
	scale := sigmaOf(1) * sigmaOf(1) / (0.5 + 0.25*9 + 0.25*0.25)
	for k, want := range []struct{ share, variance, minutes float64 }{{0.5, scale, 60}, {0.25, 9 * scale, 30}, {0.25, 0.25 * scale, 30}} {
		inside := where(returns, func(n int) bool { return regimes[n] == float64(k) })
		assert.InDelta(t, want.share, float64(len(inside))/many, 0.03)
		assert.InEpsilon(t, want.variance, variance(inside), 0.04)
		entries := where(regimes[1:], func(n int) bool { return regimes[n+1] == float64(k) && regimes[n] != float64(k) })
		assert.InEpsilon(t, want.minutes, float64(len(inside))/float64(len(entries)), 0.06, "mean duration")
	}
	drifting := where(returns, func(n int) bool { return regimes[n] == 2 })
	assert.InDelta(t, 100.0/minutesPerYear-scale/8, mean(drifting), 5*math.Sqrt(scale/4/float64(len(drifting))))
	assert.InEpsilon(t, sigmaOf(1), math.Sqrt(variance(returns)), 0.03)
}

func TestTheFirstRegimeIsDrawnFromTheStationaryLaw(t *testing.T) {
	shared, _ := New(square(1), RegimeSwitching{Regimes: []Regime{
		{Volatility: 1, Hours: 1}, {Volatility: 1, Hours: 2}, {Volatility: 1, Hours: 7},
	}}, midnight)
	var counts [3]float64
	for seed := range uint64(20_000) {
		counts[int(shared.Process(seed).Start()[2*stateSize])]++
	}
	for k, share := range []float64{0.1, 0.2, 0.7} {
		assert.InDelta(t, share, counts[k]/20_000, 0.015)
	}
}

func TestMeanReversionHasItsStationaryLawAndHalfLife(t *testing.T) {
	moves, _ := walk(newProcess(t, square(1), MeanReversion{HalfLifeHours: 0.5}, 17), many)
	var logs []float64
	for _, move := range moves[0] {
		logs = append(logs, move.Close)
	}
	kappa := math.Ln2 / 30
	assert.InDelta(t, 0, mean(logs), 0.0005)
	assert.InEpsilon(t, sigmaOf(1)*sigmaOf(1)/(2*kappa), variance(logs), 0.05)
	assert.InDelta(t, 0.5, persistence(logs, 30), 0.03)
	assert.InDelta(t, 3, moment(logs, 4), 0.3)
}

func TestMeanReversionHalvesADistanceInAHalfLifeAndItsLevelDrifts(t *testing.T) {
	market := square(minVolatility)
	market.Pairs[1].Drift = 100
	one := newProcess(t, market, MeanReversion{HalfLifeHours: 2}, 18).(*reverting)
	state, moves := one.Start(), make([]process.Move, 2)
	state[statePrice], one.own(state)[0] = 1, 1
	for minute := range int64(120) {
		one.Step(state, minute, moves)
	}
	assert.InDelta(t, 0.5, moves[0].Close, 1e-5)
	assert.InDelta(t, 120*100.0/minutesPerYear, moves[1].Close, 1e-5)
}

func TestTrendFollowingCorrelatesReturnsAsItsClosedFormSays(t *testing.T) {
	const strength, memory = 0.8, 10.0
	moves, _ := walk(newProcess(t, square(1), TrendFollowing{Strength: strength, MemoryHours: memory / 60}, 19), many)
	returns, v := returnsOf(moves[0]), sigmaOf(1)*sigmaOf(1)
	f := 1 - (1-strength)/memory
	ofAverage := v / (memory * memory * (1 - f*f))
	assert.InEpsilon(t, v+strength*strength*ofAverage, variance(returns), 0.02)
	for _, lag := range []int{1, 5, 20, 60} {
		want := strength * math.Pow(f, float64(lag-1)) * (strength*f*ofAverage + v/memory)
		assert.InDelta(t, want/v, product(returns, returns, lag)/v, 0.03, "lag %d", lag)
	}
	long := sums(returns, 2000)
	assert.InEpsilon(t, sigmaOf(1)*math.Sqrt(2000)/(1-strength), math.Sqrt(variance(long)), 0.15, "trends make long horizons wild")
}
