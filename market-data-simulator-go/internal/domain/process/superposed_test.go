package process

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// quiet is a market without anything but a constant volatility; tests add what they look at.
func quiet(pairs int) profile.Profile {
	fitted := market(pairs)
	fitted.CommonMixing = 0
	for i := range fitted.Pairs {
		fitted.Pairs[i].Factors = profile.Factors{Level: math.Log(0.001), Common: 0.5}
	}
	return fitted
}

func superposed(t require.TestingT, fitted profile.Profile, seed uint64) *Superposed {
	s, err := NewSuperposed(fitted, seed, time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return s
}

// logSigmas are the log-volatilities of moves, over those of a thousandth.
func logSigmas(moves []Move) []float64 {
	logs := make([]float64, len(moves))
	for n, move := range moves {
		logs[n] = math.Log(move.Sigma / 0.001)
	}
	return logs
}

func gains(moves []Move) []float64 {
	all := make([]float64, len(moves))
	for n, move := range moves {
		all[n] = move.Close - move.Open
	}
	return all
}

func correlation(x, y []float64) float64 {
	mx, my := average(x, func(v float64) float64 { return v }), average(y, func(v float64) float64 { return v })
	var xy, xx, yy float64
	for n := range x {
		xy, xx, yy = xy+(x[n]-mx)*(y[n]-my), xx+square(x[n]-mx), yy+square(y[n]-my)
	}
	return xy / math.Sqrt(xx*yy)
}

func TestASuperposedWalkFromACheckpointIsTheWalkFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, at := rapid.Uint64().Draw(t, "seed"), rapid.Int64Range(0, 300).Draw(t, "checkpoint")
		fitted := market(3)
		fitted.Process = profile.Superposed
		fitted.Provenance.BaseStep = rapid.SampledFrom([]string{"1m", "1h"}).Draw(t, "base step")
		make1 := func() Process {
			one, err := New(fitted, seed, time.Unix(0, 0))
			require.NoError(t, err)
			return one
		}
		whole := walk(make1(), 3, at+150)
		one := make1()
		state, moves := one.Start(), make([]Move, 3)
		for minute := range at {
			one.Step(state, minute, moves)
		}
		resumed, saved := one.Fork(), append(State(nil), state...)
		for minute := at; minute < at+150; minute++ {
			resumed.Step(saved, minute, moves)
			for i := range moves {
				require.Equal(t, whole[i][minute], moves[i])
			}
		}
	})
}

func TestQuotedPricesStartAtTheirLevelAndHangTogether(t *testing.T) {
	for _, moves := range walk(superposed(t, market(2), 3), 2, 1000) {
		assert.Zero(t, moves[0].Open)
		for n := 1; n < len(moves); n++ {
			require.Equal(t, moves[n-1].Close, moves[n].Open)
		}
	}
}

func TestConstantVolatilityGivesNormalReturnsOfThatSize(t *testing.T) {
	moves := walk(superposed(t, quiet(2), 1), 2, 200_000)
	one, other := gains(moves[0]), gains(moves[1])
	assert.InEpsilon(t, 0.001, math.Sqrt(average(one, square)), 0.01)
	assert.InDelta(t, 3, average(one, func(x float64) float64 { return math.Pow(x/0.001, 4) }), 0.15, "kurtosis")
	assert.InDelta(t, 0.5, correlation(one, other), 0.01, "as the profile says")
}

func TestEachScaleAddsItsVarianceToLogVolatilityAndForgetsItInItsTime(t *testing.T) {
	for k, tau := range TimeScales(time.Minute) {
		fitted := quiet(1)
		fitted.Pairs[0].Factors.Scales[k] = 0.4
		logs := logSigmas(walk(superposed(t, fitted, 7), 1, 600_000)[0])
		allowed := 10 * 0.16 * math.Sqrt(2*tau/600_000)
		assert.InDelta(t, 0.16, autocovariance(logs, 0, 0), allowed, "scale %d", k)
		assert.InDelta(t, 0.16*math.Exp(-1), autocovariance(logs, 0, int(tau)), allowed, "scale %d", k)
	}
}

func TestCommonShareIsTheCorrelationOfLogVolatilities(t *testing.T) {
	for _, share := range []float64{0, 0.6, 1} {
		fitted := quiet(2)
		for i := range fitted.Pairs {
			fitted.Pairs[i].Factors.Common = share
			fitted.Pairs[i].Factors.Scales = [Scales]float64{0.3, 0.3, 0, 0}
		}
		moves := walk(superposed(t, fitted, 5), 2, 300_000)
		assert.InDelta(t, share, correlation(logSigmas(moves[0]), logSigmas(moves[1])), 0.03)
	}
}

func TestMixingGivesFreshHeavyTailsPartlyInCommon(t *testing.T) {
	fitted := quiet(2)
	fitted.CommonMixing = 0.3
	for i := range fitted.Pairs {
		fitted.Pairs[i].Factors.Mixing = 0.2
	}
	moves := walk(superposed(t, fitted, 6), 2, 200_000)
	one, other := logSigmas(moves[0]), logSigmas(moves[1])
	assert.InDelta(t, 0, average(one, func(x float64) float64 { return x }), 0.005, "centred")
	assert.InDelta(t, 0.04+0.09*0.5, autocovariance(one, 0, 0), 0.004, "Mixing^2 + CommonMixing^2 Common")
	assert.InDelta(t, 0, autocovariance(one, 0, 1), 0.003, "fresh each minute")
	assert.InDelta(t, 0.045/0.085, correlation(one, other), 0.02)
}

func TestNegativeLeverageMakesFallsUnsettle(t *testing.T) {
	fitted := quiet(1)
	fitted.Pairs[0].Factors.Scales[0], fitted.Pairs[0].Factors.Leverage = 0.4, -0.6
	moves := walk(superposed(t, fitted, 8), 1, 200_000)[0]
	logs, returns := logSigmas(moves), gains(moves)
	renew := math.Sqrt(-math.Expm1(-2 / TimeScales(time.Minute)[0]))
	assert.InDelta(t, 0.4, math.Sqrt(autocovariance(logs, 0, 0)), 0.02, "leverage takes variance, and adds none")
	// a return is a shock times its volatility; the next log-volatility takes in Scale Leverage renew times the shock
	assert.InDelta(t, -0.6*renew, correlation(returns[:len(returns)-1], logs[1:]), 0.05)
}

func TestOvershootAndBounceRevertInTheNextMinutes(t *testing.T) {
	fitted := quiet(1)
	fitted.Pairs[0].Factors.Overshoot, fitted.Pairs[0].Factors.Bounce = 0.1, 0.5
	returns := gains(walk(superposed(t, fitted, 9), 1, 400_000)[0])
	// Y = X + phi r + b u: a return is (1+phi) r - phi r' + b (u - u'), with e^-1 between the u of two minutes
	decay := math.Exp(-1)
	variance := square(1.1) + square(0.1) + 2*0.25*(1-decay)
	first := -0.1*1.1 + 0.25*(2*decay-1-decay*decay)
	assert.InEpsilon(t, variance, average(returns, square)/1e-6, 0.02)
	assert.InDelta(t, first/variance, autocovariance(returns, 0, 1)/autocovariance(returns, 0, 0), 0.008)
}

func TestHourExponentRaisesTheHourProfile(t *testing.T) {
	fitted := quiet(1)
	fitted.Pairs[0].Hours[14], fitted.Pairs[0].Factors.HourExponent = 3, 2
	for _, hour := range []int{0, 9} {
		s, err := NewSuperposed(fitted, 1, time.Date(2026, time.May, 3, hour, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		moves := walk(s, 1, minutesPerDay)[0]
		sigma := func(at int) float64 { return moves[(at*60+30-hour*60+minutesPerDay)%minutesPerDay].Sigma }
		assert.InEpsilon(t, 9, sigma(14)/sigma(2), 0.05, "epoch at hour %d", hour)
		assert.InEpsilon(t, 1, sigma(20)/sigma(2), 1e-9, "epoch at hour %d", hour)
	}
}

func TestVolumeFilterFindsTheVolatilityThatMakesThePrice(t *testing.T) {
	fitted := market(1)
	moves := walk(superposed(t, fitted, 10), 1, 100_000)[0]
	seen := make([]float64, len(moves))
	for n, move := range moves {
		seen[n] = math.Log(move.Tone.Variance) / 2
	}
	assert.Greater(t, correlation(seen, logSigmas(moves)), 0.4)
}

func TestExtremeParametersGiveFinitePrices(t *testing.T) {
	fitted := market(1)
	fitted.CommonMixing = profile.MixingLimit.High
	fitted.Pairs[0].Factors = profile.Factors{
		Level: -2, Scales: [Scales]float64{1, 1, 1, 1}, Mixing: profile.MixingLimit.High, Common: 1, Overshoot: 0.3,
		Leverage: -0.7, HourExponent: 2.5, Bounce: 1.5,
	}
	for _, move := range walk(superposed(t, fitted, 1), 1, 100_000)[0] {
		if math.IsNaN(move.Close) || math.IsInf(move.Close, 0) || move.Sigma > 0.136*math.Exp(MaxLogVolatility) {
			t.Fatalf("%+v", move)
		}
	}
}

func TestASuperposedStepDoesNotAllocate(t *testing.T) {
	s := superposed(t, market(5), 1)
	state, moves, minute := s.Start(), make([]Move, 5), int64(0)
	assert.Zero(t, testing.AllocsPerRun(100, func() { s.Step(state, minute, moves); minute++ }))
}
