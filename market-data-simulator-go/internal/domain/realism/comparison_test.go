package realism_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

func TestAComparisonAddsUpToItsScores(t *testing.T) {
	found, err := reference(t).Examine(market(28, 8, "BTC/USD", "ETH/USD", "SOL/USD"))
	require.NoError(t, err)

	var volatility, distribution, trend float64
	for _, pair := range found.Pairs {
		volatility += pair.Level * pair.Mood / 3
		distribution += pair.Distribution / 3
		trend += pair.Trend / 3
		assert.Positive(t, pair.Clustering)
		assert.Positive(t, pair.Hours)
		assert.Equal(t, 14, pair.Checks, "five marginal facts, eight temporal ones, one of the hours")
	}
	assert.InDelta(t, found.Scores.Volatility, volatility, 1e-12)
	assert.InDelta(t, found.Scores.Distribution, distribution, 1e-12)
	assert.InDelta(t, found.Scores.Trend, trend, 1e-12)
	failed := slices.DeleteFunc(slices.Clone(found.Checks), realism.Check.Passes)
	assert.ElementsMatch(t, found.Scores.Failed, failed)
	names := []string{}
	for _, entry := range found.Entries() {
		names = append(names, entry.Score)
	}
	assert.Equal(t, []string{"correlation", "volatility", "distribution", "trend", "confidence", "discriminative"}, names)
}

func TestTheLevelIsSetToTheRealOne(t *testing.T) {
	wild := market(28, 7, "BTC/USD", "ETH/USD", "SOL/USD")
	for _, r := range wild.Returns {
		for i := range r {
			r[i] *= 3
		}
	}

	found, err := reference(t).Examine(wild)

	require.NoError(t, err)
	assert.InDelta(t, 1.0/9, found.Scores.Distribution, 0.01)
	assert.InDelta(t, 1, found.LevelSet.Distribution, 1e-9)
	assert.InDelta(t, 1, found.LevelSet.Volatility, 1e-9)
	assert.InDelta(t, 3, found.Pairs[0].SimulatedSigma/found.Pairs[0].RealSigma, 1e-9)
}

func TestWhoWaitsForAReferenceIsToldAndCanEndIt(t *testing.T) {
	panel, told := market(14, 3, "BTC/USD"), []string{}
	watched, err := realism.BuildInStages(panel, 1, func(stage string) error { told = append(told, stage); return nil })
	require.NoError(t, err)
	plain, err := realism.Build(panel, 1)
	require.NoError(t, err)
	assert.Equal(t, plain, watched)
	assert.Contains(t, told, "ceiling: half against half, 6 of 6")

	_, err = realism.BuildInStages(panel, 1, func(string) error { return assert.AnError })
	assert.ErrorIs(t, err, assert.AnError)
}

func TestVolatilityOfAYear(t *testing.T) {
	assert.InDelta(t, 0.01*math.Sqrt(365*24), realism.Annualised(0.01, time.Hour), 1e-12)
	days, words, err := realism.MinimumDays(time.Minute)
	require.NoError(t, err)
	assert.Equal(t, 14, days)
	assert.Equal(t, "14 days of 1-minute bars", words)
	_, _, err = realism.MinimumDays(time.Second)
	assert.Error(t, err)
}
