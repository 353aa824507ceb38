package simulation_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
)

func TestBrownianMotionScoresNoMoreThanTheNullThatItIs(t *testing.T) {
	world := shipped(t)
	order := hours(simulation.Modelled{Parameters: model.BrownianMotion{}}, 14*24)
	order.FlatHours = true
	verdict := verdictOf(t, world, order)
	require.Empty(t, verdict.Reason)
	assert.Equal(t, 14, verdict.Days)
	assert.Equal(t, 60, verdict.Seconds)
	assert.Contains(t, verdict.Against, "profile")
	assert.InDelta(t, verdict.Report.NullGBM.Correlation, verdict.Report.Scores.Correlation, 0.12)
	assert.InDelta(t, verdict.Report.NullGBM.Distribution, verdict.Report.Scores.Distribution, 0.12)
	assert.Less(t, verdict.Report.Scores.Confidence, 0.5)
	assert.Positive(t, verdict.Report.Ceiling.Confidence)
	assert.NotEmpty(t, verdict.Report.Scores.Failed)
}

func TestTheFittedProcessScoresAboveTheNullsWhicheverBarsAreShown(t *testing.T) {
	world := shipped(t)
	order := hours(simulation.Fitted{}, 15*24)
	order.Symbols, order.Interval = []string{"BTC/USD"}, time.Hour
	verdict := verdictOf(t, world, order)
	require.Empty(t, verdict.Reason)
	assert.Equal(t, 15, verdict.Days)
	assert.Greater(t, verdict.Report.Scores.Correlation, verdict.Report.NullGBM.Correlation)
	assert.Greater(t, verdict.Report.Scores.Volatility, verdict.Report.NullGBM.Volatility)
}

func TestWhatIsTooShortHasNoVerdictButAReason(t *testing.T) {
	world := shipped(t)
	for method, want := range map[simulation.Method]string{
		simulation.Fitted{}: "too few for a verdict: want at least 14 days of 1-minute bars",
	} {
		assert.Contains(t, verdictOf(t, world, hours(method, 13*24)).Reason, want)
		assert.Contains(t, verdictOf(t, world, hours(method, 2)).Reason, "no whole UTC day")
	}
	runs := hours(simulation.MonteCarlo{Of: simulation.Fitted{}, Runs: 2}, 20*24)
	assert.Contains(t, verdictOf(t, world, runs).Reason, "simulate one run")
}

// hourly is a year of hourly bars of two correlated pairs, made up at little cost: GARCH returns of each hour.
func hourly(t *testing.T, seed uint64) []bar.Series {
	market := model.Market{Correlation: [][]float64{{1, 0.7}, {0.7, 1}}}
	for _, symbol := range []string{"BTC/USD", "ETH/USD"} {
		pair := model.Pair{Symbol: symbol, Level: 1000, Volatility: 3}
		for hour := range pair.Hours {
			pair.Hours[hour], pair.Volume.Hours[hour] = 1, 1
		}
		market.Pairs = append(market.Pairs, pair)
	}
	shape := model.DefaultGARCH()
	shape.CommonTails = 1
	one, err := model.New(market, shape, midnight)
	require.NoError(t, err)
	walk := one.Process(seed)
	state, moves := walk.Start(), make([]process.Move, 2)
	bars := map[string][]bar.Bar{}
	for hour := range int64(365 * 24) {
		walk.Step(state, hour, moves)
		for i, pair := range market.Pairs {
			open, last := 1000*math.Exp(moves[i].Open), 1000*math.Exp(moves[i].Close)
			bars[pair.Symbol] = append(bars[pair.Symbol], bar.Bar{
				Time: midnight.Add(time.Duration(hour) * time.Hour), Open: open, High: max(open, last), Low: min(open, last), Close: last,
			})
		}
	}
	return seriesOf(bars, time.Hour)
}

func TestABootstrapIsComparedWithTheBarsThatItDrewFrom(t *testing.T) {
	world := shipped(t)
	given := hourly(t, 1)
	order := hours(simulation.DayBlockBootstrap{Bars: given}, 0)
	order.End, order.Interval = order.Start.Add(365*24*time.Hour), time.Hour
	verdict := verdictOf(t, world, order)
	require.Empty(t, verdict.Reason)
	assert.Equal(t, 3600, verdict.Seconds)
	assert.Equal(t, "the bars that were given", verdict.Against)
	assert.Greater(t, verdict.Report.Scores.Distribution, 0.8)
	order.Method, order.End = simulation.Replay{Bars: given, Speed: 24}, order.Start.Add(15*24*time.Hour)
	assert.Contains(t, verdictOf(t, world, order).Reason, "another speed")
	short := hours(simulation.StationaryBootstrap{Bars: seriesOf(made(t, world, hours(brownian, 24)), time.Minute), MeanBlock: 60}, 14*24)
	assert.Contains(t, verdictOf(t, world, short).Reason, "the given bars: 1 whole UTC days are too few")
}

func TestBarsFromElsewhereAreScoredOrToldWhyNot(t *testing.T) {
	world := shipped(t)
	real, simulated := hourly(t, 1), hourly(t, 2)
	verdict, err := world.Validate(t.Context(), simulated, real)
	require.NoError(t, err)
	require.Empty(t, verdict.Reason)
	assert.Greater(t, verdict.Report.Scores.Confidence, 0.8, "two draws of one law")
	assert.Equal(t, "the real bars that were sent", verdict.Against)
	verdict, err = world.Validate(t.Context(), simulated, nil)
	require.NoError(t, err)
	assert.Contains(t, verdict.Reason, "simulated bars are of 1h0m0s, the real ones of 1m0s")
	verdict, err = world.Validate(t.Context(), simulated, simulated[:1])
	require.NoError(t, err)
	require.Empty(t, verdict.Reason, "pairs beyond those of the real bars are left out")
	verdict, err = world.Validate(t.Context(), nil, nil)
	require.NoError(t, err)
	assert.Contains(t, verdict.Reason, "the simulated bars: realism needs at least one pair")
	simulated[0].Bars[3].Low = -1
	_, err = world.Validate(t.Context(), simulated, real)
	require.ErrorContains(t, err, "bars[3] of BTC/USD")
}

func verdictOf(t *testing.T, world *simulation.World, spec simulation.Spec) simulation.Verdict {
	t.Helper()
	verdict, err := planned(t, world, spec).Verdict(t.Context())
	require.NoError(t, err)
	return verdict
}

func TestAVerdictEndsWithItsContext(t *testing.T) {
	world, given := shipped(t), hourly(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := planned(t, world, hours(simulation.Fitted{}, 15*24)).Verdict(ctx)
	require.ErrorIs(t, err, context.Canceled)
	order := hours(simulation.DayBlockBootstrap{Bars: given}, 0)
	order.End, order.Interval = order.Start.Add(365*24*time.Hour), time.Hour
	_, err = planned(t, world, order).Verdict(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = world.Validate(ctx, given, given)
	require.ErrorIs(t, err, context.Canceled)
}
