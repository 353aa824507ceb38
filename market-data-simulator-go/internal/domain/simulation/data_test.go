package simulation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
)

// aligned keeps the bars at times that all pairs have.
func aligned(all []bar.Series) []bar.Series {
	counts := map[time.Time]int{}
	for _, series := range all {
		for _, one := range series.Bars {
			counts[one.Time]++
		}
	}
	kept := make([]bar.Series, len(all))
	for i, series := range all {
		kept[i] = bar.Series{Symbol: series.Symbol, Interval: series.Interval}
		for _, one := range series.Bars {
			if counts[one.Time] == len(all) {
				kept[i].Bars = append(kept[i].Bars, one)
			}
		}
	}
	return kept
}

// Whole days in random order are what reality would be without memory from day to day: the best that a simulation can hope for, while
// the same bars one by one have no memory at all.
func TestDayBlocksOfRealBarsScoreLikeRealityAndSingleBarsLikeTheNull(t *testing.T) {
	given := aligned(realbars.Load(t, time.Minute, "2021-09"))
	world, order := shipped(t), hours(simulation.DayBlockBootstrap{Bars: given}, 28*24)
	order.Symbols = nil
	days := verdictOf(t, world, order)
	require.Empty(t, days.Reason)
	t.Logf("day blocks: %v", days.Report.Scores)
	assert.Greater(t, days.Report.Scores.Correlation, 0.8)
	assert.Greater(t, days.Report.Scores.Trend, 0.7)
	assert.Greater(t, days.Report.Scores.Confidence, 0.7, "of one draw; seeds differ")
	assert.Greater(t, days.Report.Scores.Discriminative, 0.85)
	order.Method = simulation.StationaryBootstrap{Bars: given, MeanBlock: 1}
	single := verdictOf(t, world, order)
	t.Logf("single bars: %v", single.Report.Scores)
	assert.InDelta(t, single.Report.NullShuffled.Correlation, single.Report.Scores.Correlation, 0.1)
	assert.Less(t, single.Report.Scores.Confidence, 0.6)
}
