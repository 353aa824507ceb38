package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const many = 400_000

func TestAWalkFromACheckpointIsTheWalkFromTheStart(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		rapid.Check(t, func(t *rapid.T) {
			seed := rapid.Uint64().Draw(t, "seed")
			at := rapid.Int64Range(0, 200).Draw(t, "checkpoint")
			whole, _ := walk(newProcess(t, square(1), parameters, seed), at+20)
			one := newProcess(t, square(1), parameters, seed)
			state, moves := one.Start(), make([]process.Move, 2)
			for minute := range at {
				one.Step(state, minute, moves)
			}
			resumed, saved := one.Fork(), slices.Clone(state)
			for minute := at; minute < at+20; minute++ {
				resumed.Step(saved, minute, moves)
				require.Equal(t, []process.Move{whole[0][minute], whole[1][minute]}, moves)
			}
		})
	})
}

func TestTheSeedDecidesAndNothingElse(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		shared, err := New(square(1), parameters, midnight)
		require.NoError(t, err)
		first, _ := walk(shared.Process(1), 100)
		other, _ := walk(shared.Process(2), 100)
		again, _ := walk(shared.Process(1), 100)
		assert.Equal(t, first, again)
		for n := range first[0] {
			assert.NotEqual(t, first[0][n].Close, other[0][n].Close)
		}
	})
}

func TestMovesHangTogetherWithoutGapsAndWithPositiveSpread(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		moves, _ := walk(newProcess(t, square(1), parameters, 3), 2000)
		for n := 1; n < len(moves[0]); n++ {
			require.Equal(t, moves[0][n-1].Close, moves[0][n].Open)
			require.Positive(t, moves[0][n].Sigma)
		}
	})
}

func TestReturnsHaveTheVolatilityOfThePair(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		if _, trends := parameters.(TrendFollowing); trends {
			parameters = TrendFollowing{Strength: 0.1, MemoryHours: 4}
		}
		moves, _ := walk(newProcess(t, square(0.7), parameters, 4), many)
		assert.InEpsilon(t, sigmaOf(0.7), math.Sqrt(variance(returnsOf(moves[0]))), 0.08)
	})
}

func TestReturnsOfPairsAreCorrelatedAsTheMarketSays(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		if tails, heavy := parameters.(GARCH); heavy {
			tails.CommonTails, tails.Alpha = 1, 0 // then every pair has the same mixing and variance, and none dilutes the correlation
			parameters = tails
		}
		if _, own := parameters.(Heston); own {
			parameters = Heston{ReversionPerDay: 4, VolOfVariance: 0.3} // nor do variances of their own
		}
		moves, _ := walk(newProcess(t, square(1), parameters, 5), many)
		assert.InDelta(t, 0.6, correlation(returnsOf(moves[0]), returnsOf(moves[1])), 0.03)
	})
}

// The expected growth of a minute is checked at a volatility at which half of the variance, which a wrong correction would leave, is
// nine standard errors.
func TestWithoutDriftThePriceIsAMartingaleAndWithOneItGrows(t *testing.T) {
	for name, parameters := range map[string]Parameters{
		"brownian motion": BrownianMotion{}, "jump diffusion": JumpDiffusion{PerDay: 1000, Mean: -0.01, Deviation: 0.02},
		"heston": Heston{ReversionPerDay: 400, VolOfVariance: 25, Leverage: -0.8}, "regime switching": DefaultRegimeSwitching(),
	} {
		t.Run(name, func(t *testing.T) {
			for _, drift := range []float64{0, 0.01} {
				market := square(100)
				market.Pairs[0].Drift = 0
				one, err := New(market, parameters, midnight)
				require.NoError(t, err)
				one.frame.rows[0].drift = drift // far more than a pair may have, so that it shows
				moves, _ := walk(one.Process(6), many)
				growth := returnsOf(moves[0])
				for n := range growth {
					growth[n] = math.Expm1(growth[n])
				}
				assert.InDelta(t, math.Expm1(drift), mean(growth), 5*math.Sqrt(variance(growth)/many))
			}
		})
	}
}

func TestVolatilityFollowsTheHoursAndKeepsTheVarianceOfTheDay(t *testing.T) {
	market := square(1)
	for hour := range market.Pairs[0].Hours {
		market.Pairs[0].Hours[hour] = 1 + float64(hour)/6
	}
	moves, _ := walk(newProcess(t, market, BrownianMotion{}, 7), minutesPerDay)
	sum := 0.0
	for _, move := range moves[0] {
		sum += move.Sigma * move.Sigma
	}
	assert.InEpsilon(t, 1.0/daysPerYear, sum, 1e-9)
	assert.InEpsilon(t, (1+20.0/6)/(1+2.0/6), moves[0][20*60+30].Sigma/moves[0][2*60+30].Sigma, 0.01)
	flat, _ := walk(newProcess(t, market.Flat(), BrownianMotion{}, 7), minutesPerDay)
	assert.Equal(t, flat[0][0].Sigma, flat[0][1000].Sigma)
}

func TestVolumeRisesWithVolatilityAndShock(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		one := newProcess(t, square(1), parameters, 1)
		calm := one.Volume(0, 0, process.Tone{Variance: 1})
		assert.InEpsilon(t, math.Exp(3), calm, 1e-12)
		assert.InEpsilon(t, 2*calm, one.Volume(0, 0, process.Tone{Variance: 4}), 1e-12, "volatility doubled, elasticity 1")
		assert.InEpsilon(t, 2*calm, one.Volume(0, 0, process.Tone{Variance: 1, Shock: -3}), 1e-12)
		assert.Positive(t, one.Volume(0, 0, process.Tone{}), "although the variance is 0")
	})
}

func TestStepDoesNotAllocate(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) {
		one := newProcess(t, square(1), parameters, 1)
		state, moves, minute := one.Start(), make([]process.Move, 2), int64(0)
		assert.Zero(t, testing.AllocsPerRun(100, func() { one.Step(state, minute, moves); minute++ }))
	})
}

func TestAMarketTakesItsScaleFromTheProfile(t *testing.T) {
	fitted := profile.Profile{
		Pairs:       []profile.Pair{{Symbol: "A/USD", Level: 7, Shock: profile.Shock{Sigma: 0.001}}, {Symbol: "B/USD", Level: 8, Shock: profile.Shock{Sigma: 0.001}}},
		Correlation: [][]float64{{1, 0.5}, {0.5, 1}},
		Reference:   realism.Reference{IntervalSeconds: 60, Symbols: []string{"B/USD"}, Sigma: []float64{0.002}},
	}
	market := Of(fitted)
	assert.Equal(t, fitted.Correlation, market.Correlation)
	assert.InEpsilon(t, 0.725, market.Pairs[0].Volatility, 0.001, "0.1 % a minute, of the fitted process")
	assert.InEpsilon(t, 1.45, market.Pairs[1].Volatility, 0.001, "0.2 % a minute, of the bars themselves")
	assert.Equal(t, 7.0, market.Pairs[0].Level)
	fitted.Reference.IntervalSeconds = 3600
	assert.InEpsilon(t, 1.45/math.Sqrt(60), Of(fitted).Pairs[1].Volatility, 0.001, "0.2 % an hour")
}

func TestWhatIsOutOfRangeIsRefusedNamingFieldValueAndRange(t *testing.T) {
	for _, c := range []struct {
		parameters Parameters
		field      string
	}{
		{JumpDiffusion{PerDay: -1}, "jump_diffusion.jumps_per_day"},
		{JumpDiffusion{Mean: math.NaN()}, "jump_diffusion.jump_mean"},
		{JumpDiffusion{Deviation: 11}, "jump_diffusion.jump_deviation"},
		{JumpDiffusion{PerDay: 10, Deviation: 1}, "jump_diffusion"},
		{Heston{VolOfVariance: 1}, "heston.reversion_per_day"},
		{Heston{ReversionPerDay: 1}, "heston.vol_of_variance"},
		{Heston{ReversionPerDay: 1, VolOfVariance: 1, Leverage: -1}, "heston.leverage"},
		{GARCH{Alpha: -0.1}, "garch.alpha"},
		{GARCH{Beta: 1.1}, "garch.beta"},
		{GARCH{Alpha: 0.1, Gamma: -0.2}, "garch.gamma"},
		{GARCH{Nu: 2}, "garch.nu"},
		{GARCH{Nu: 5, CommonTails: 2}, "garch.common_tails"},
		{GARCH{Alpha: 0.5, Beta: 0.5, Nu: 5}, "garch"},
		{RegimeSwitching{Regimes: make([]Regime, 1)}, "regime_switching.regimes"},
		{RegimeSwitching{Regimes: make([]Regime, 17)}, "regime_switching.regimes"},
		{RegimeSwitching{Regimes: []Regime{{Volatility: 1, Hours: 1}, {}}}, "regime_switching.regimes[1].volatility"},
		{RegimeSwitching{Regimes: []Regime{{Volatility: 1, Hours: 1, Drift: 101}, {}}}, "regime_switching.regimes[0].drift"},
		{RegimeSwitching{Regimes: []Regime{{Volatility: 1}, {}}}, "regime_switching.regimes[0].mean_hours"},
		{MeanReversion{}, "mean_reversion.half_life_hours"},
		{TrendFollowing{Strength: 1, MemoryHours: 1}, "trend_following.strength"},
		{TrendFollowing{}, "trend_following.memory_hours"},
	} {
		_, err := New(square(1), c.parameters, midnight)
		var refused *errs.Error
		require.ErrorAs(t, err, &refused, c.field)
		assert.Equal(t, c.field, refused.Metadata["field"])
		assert.Contains(t, refused.Message, " to ", "the range")
	}
	for field, change := range map[string]func(*Pair){
		"volatility":  func(p *Pair) { p.Volatility = 101 },
		"start_price": func(p *Pair) { p.Level = 0 },
		"drift":       func(p *Pair) { p.Drift = math.Inf(1) },
	} {
		market := square(1)
		change(&market.Pairs[1])
		_, err := New(market, BrownianMotion{}, midnight)
		require.ErrorContains(t, err, field+" is ")
	}
}

func TestACorrelationThatNoLawHasIsRefused(t *testing.T) {
	market := square(1)
	market.Correlation[0][1], market.Correlation[1][0] = 2, 2
	_, err := New(market, BrownianMotion{}, midnight)
	require.ErrorContains(t, err, "positive definite")
	market.Correlation = market.Correlation[:1]
	_, err = New(market, BrownianMotion{}, midnight)
	require.ErrorContains(t, err, "1 rows for 2 pairs")
}

func TestDefaultsAreValid(t *testing.T) {
	forEveryModel(t, func(t *testing.T, parameters Parameters) { assert.NoError(t, parameters.Validate()) })
}

func TestEveryModelIsKnownByItsNameWithItsDefaults(t *testing.T) {
	for _, name := range Names() {
		parameters, err := Named(name)
		require.NoError(t, err)
		assert.Contains(t, everyModel(), strings.ReplaceAll(name, "-", " "))
		assert.Equal(t, everyModel()[strings.ReplaceAll(name, "-", " ")], parameters)
	}
	_, err := Named("crystal-ball")
	require.ErrorContains(t, err, "want one of brownian-motion, mean-reversion")
}
