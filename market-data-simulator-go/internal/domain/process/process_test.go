package process

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// market is a profile of equal pairs, every two of them correlated by a half.
func market(pairs int) profile.Profile {
	fitted := profile.Profile{Name: "test", CommonMixing: 0.1}
	for i := range pairs {
		pair := profile.Pair{
			Symbol: fmt.Sprintf("A%d/USD", i), Level: 100,
			Factors: profile.Factors{
				Level: math.Log(0.001), Scales: [Scales]float64{0.25, 0.2, 0.4, 0.1}, Mixing: 0.1, Common: 0.8,
				Overshoot: 0.02, Leverage: 0.2, HourExponent: 1, Bounce: 0.3,
			},
			Shock:  profile.Shock{Sigma: 0.001, Alpha: 0.05, Beta: 0.9, Nu: 6, Common: 0.6},
			Volume: profile.Volume{Level: 3, Volatility: 1, Shock: 0.5, Persistence: 0.4, Residual: 0.5},
		}
		row := make([]float64, pairs)
		for hour := range pair.Hours {
			pair.Hours[hour], pair.Volume.Hours[hour] = 1, 1
		}
		for j := range row {
			row[j] = 0.5
		}
		row[i] = 1
		fitted.Pairs, fitted.Correlation = append(fitted.Pairs, pair), append(fitted.Correlation, row)
	}
	return fitted
}

func garch(t require.TestingT, fitted profile.Profile, seed uint64) *GARCH {
	g, err := NewGARCH(fitted, seed, time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return g
}

// walk returns the moves of the minutes 0 .. n-1, by pair.
func walk(one Process, pairs int, n int64) [][]Move {
	all, moves, state := make([][]Move, pairs), make([]Move, pairs), one.Start()
	for minute := range n {
		one.Step(state, minute, moves)
		for i, move := range moves {
			all[i] = append(all[i], move)
		}
	}
	return all
}

// innovations are the standardised shocks of moves.
func innovations(moves []Move) []float64 {
	shocks := make([]float64, len(moves))
	for i, move := range moves {
		shocks[i] = move.Tone.Shock
	}
	return shocks
}

func average(values []float64, f func(float64) float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += f(value)
	}
	return sum / float64(len(values))
}

func square(x float64) float64 { return x * x }

func TestAWalkFromACheckpointIsTheWalkFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		at := rapid.Int64Range(0, 500).Draw(t, "checkpoint")
		whole := walk(garch(t, market(3), seed), 3, at+50)
		g := garch(t, market(3), seed)
		state, moves := g.Start(), make([]Move, 3)
		for minute := range at {
			g.Step(state, minute, moves)
		}
		resumed, saved := g.Fork(), append(State(nil), state...)
		for minute := at; minute < at+50; minute++ {
			resumed.Step(saved, minute, moves)
			for i := range moves {
				require.Equal(t, whole[i][minute], moves[i])
			}
		}
	})
}

func TestMovesHangTogetherWithoutGaps(t *testing.T) {
	for _, moves := range walk(garch(t, market(2), 3), 2, 1000) {
		for n := 1; n < len(moves); n++ {
			require.Equal(t, moves[n-1].Close, moves[n].Open)
		}
	}
}

func TestInnovationsHaveUnitVarianceAndStudentTails(t *testing.T) {
	shocks := innovations(walk(garch(t, market(1), 5), 1, 400_000)[0])
	assert.InDelta(t, 0, average(shocks, func(x float64) float64 { return x }), 0.008, "five standard errors")
	assert.InDelta(t, 1, average(shocks, square), 0.02, "five standard errors with a kurtosis of 6")
	beyond := average(shocks, func(x float64) float64 {
		if math.Abs(x) > 3 {
			return 1
		}
		return 0
	})
	assert.InDelta(t, 0.01042, beyond, 0.0009, "P(|t| > 3 sqrt(6/4)) with 6 degrees of freedom")
}

func TestConditionalVarianceHasMeanOneAndFollowsLargeShocks(t *testing.T) {
	moves := walk(garch(t, market(1), 6), 1, 400_000)[0]
	mean, after, count := 0.0, 0.0, 0.0
	for n := 1; n < len(moves); n++ {
		mean += moves[n].Tone.Variance / float64(len(moves)-1)
		if math.Abs(moves[n-1].Tone.Shock) > 3 {
			after += moves[n].Tone.Variance
			count++
		}
	}
	assert.InDelta(t, 1, mean, 0.05)
	assert.Greater(t, after/count, 1.4*mean)
}

func TestShocksOfPairsAreCorrelatedAsTheProfileSays(t *testing.T) {
	fitted := market(2)
	for i := range fitted.Pairs {
		fitted.Pairs[i].Shock.Common = 1 // then the mixing is the same and does not dilute the correlation
	}
	moves := walk(garch(t, fitted, 7), 2, 200_000)
	one, other := innovations(moves[0]), innovations(moves[1])
	product := 0.0
	for n := range one {
		product += one[n] * other[n] / float64(len(one))
	}
	assert.InDelta(t, 0.5, product, 0.02)
}

func TestCommonMixingMakesWildMinutesCommon(t *testing.T) {
	both := func(share float64) float64 {
		fitted := market(2)
		for i := range fitted.Pairs {
			fitted.Pairs[i].Shock.Common = share
			fitted.Correlation[i][1-i] = 0
		}
		moves := walk(garch(t, fitted, 8), 2, 100_000)
		count := 0.0
		for n := range moves[0] {
			if math.Abs(moves[0][n].Tone.Shock) > 3 && math.Abs(moves[1][n].Tone.Shock) > 3 {
				count++
			}
		}
		return count
	}
	assert.Greater(t, both(1), 3*both(0)+10)
}

func TestVolatilityFollowsTheHourOfTheDayWhateverTheEpoch(t *testing.T) {
	fitted := market(1)
	fitted.Pairs[0].Hours[14] = 3
	fitted.Pairs[0].Shock.Alpha, fitted.Pairs[0].Shock.Nu = 0, 1000 // nothing else moves it much
	for _, hour := range []int{0, 9} {
		g, err := NewGARCH(fitted, 1, time.Date(2026, time.May, 3, hour, 0, 0, 0, time.UTC))
		require.NoError(t, err)
		moves := walk(g, 1, minutesPerDay)[0]
		sigma := func(at int) float64 { return moves[(at*60+30-hour*60+minutesPerDay)%minutesPerDay].Sigma }
		assert.InEpsilon(t, 3, sigma(14)/sigma(2), 0.3, "epoch at hour %d", hour)
		assert.InEpsilon(t, 1, sigma(20)/sigma(2), 0.3, "epoch at hour %d", hour)
	}
}

func TestHourCurveMeetsTheFactorsAtTheCentresOfTheHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var hours [profile.Hours]float64
		for hour := range hours {
			hours[hour] = rapid.Float64Range(0.2, 5).Draw(t, "factor")
		}
		curve := HourCurve(hours)
		for hour, factor := range hours {
			assert.InDelta(t, factor, math.Sqrt(curve[hour*60+29]*curve[hour*60+30]), 0.03*factor)
		}
	})
}

func TestPriceIsPulledToItsStartLevelByHalfInAHalfLife(t *testing.T) {
	fitted := market(1)
	fitted.Pairs[0].Shock.Sigma = 1e-12
	g := garch(t, fitted, 1)
	state, moves := g.Start(), make([]Move, 1)
	state[statePrice] = 1
	for minute := range int64(HalfLife / time.Minute) {
		g.Step(state, minute, moves)
	}
	assert.InDelta(t, 0.5, state[statePrice], 1e-6)
}

func TestVolumeRisesWithVolatilityAndShock(t *testing.T) {
	g := garch(t, market(1), 1)
	calm := g.Volume(0, 0, Tone{Variance: 1, Shock: 0})
	assert.InEpsilon(t, math.Exp(3), calm, 1e-12)
	assert.InEpsilon(t, 2*calm, g.Volume(0, 0, Tone{Variance: 4, Shock: 0}), 1e-12, "volatility doubled, elasticity 1")
	assert.InEpsilon(t, 2*calm, g.Volume(0, 0, Tone{Variance: 1, Shock: -3}), 1e-12, "1+|shock| times four, elasticity 1/2")
}

func TestVolumeResidualKeepsItsSpreadAndPersistence(t *testing.T) {
	moves := walk(garch(t, market(1), 9), 1, 200_000)[0]
	variance, product := 0.0, 0.0
	for n := 1; n < len(moves); n++ {
		variance += square(moves[n].Tone.Residual) / float64(len(moves))
		product += moves[n].Tone.Residual * moves[n-1].Tone.Residual / float64(len(moves))
	}
	assert.InDelta(t, 0.25, variance, 0.01)
	assert.InDelta(t, 0.4, product/variance, 0.02)
}

func TestPegHoldsItsMeanWithTheStatedSpreadAndHalfLife(t *testing.T) {
	peg := NewPeg(instrument.Peg{Mean: 1, Bps: 3, HalfLife: 30 * time.Minute}, 4, 0)
	moves := walk(peg, 1, 400_000)[0]
	variance, product := 0.0, 0.0
	const lag = 30
	for n := lag; n < len(moves); n++ {
		variance += square(moves[n].Close) / float64(len(moves))
		product += moves[n].Close * moves[n-lag].Close / float64(len(moves))
	}
	assert.InEpsilon(t, 3e-4, math.Sqrt(variance), 0.05)
	assert.InDelta(t, 0.5, product/variance, 0.06)
}

func TestACorrelationWithoutFactorIsRefusedAndNamed(t *testing.T) {
	fitted := market(2)
	fitted.Correlation[0][1], fitted.Correlation[1][0] = 2, 2
	_, err := NewGARCH(fitted, 1, time.Unix(0, 0))
	require.ErrorContains(t, err, "not positive definite")
}

func TestStepDoesNotAllocate(t *testing.T) {
	g := garch(t, market(5), 1)
	state, moves, minute := g.Start(), make([]Move, 5), int64(0)
	assert.Zero(t, testing.AllocsPerRun(100, func() { g.Step(state, minute, moves); minute++ }))
}
