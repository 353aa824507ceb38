package realism_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// realBars is a shared set as a panel; the test is skipped where there is none.
func realBars(t *testing.T, interval time.Duration, label string) realism.Panel {
	t.Helper()
	panel, err := realism.FromSeries(realbars.Load(t, interval, label))
	require.NoError(t, err)
	return panel
}

// The figures were measured with another program after the same definitions.
// Draws differ, so nulls agree to a few hundredths; the ceiling depends on how the
// days fall into halves and agrees to a tenth.
func TestNullsAndCeilingOfRealBarsAreTheKnownOnes(t *testing.T) {
	for name, c := range map[string]struct {
		interval               time.Duration
		label                  string
		gbm, shuffled, ceiling [6]float64
	}{
		"lively minutes": {
			time.Minute, "2021-09",
			[6]float64{.37, .47, .54, .67, .23, .13},
			[6]float64{.37, .63, 1, .67, .42, .21},
			[6]float64{.83, .76, .80, .70, .90, .84},
		},
		"calm minutes": {
			time.Minute, "2023-04",
			[6]float64{.41, .42, .47, .58, .23, .04},
			[6]float64{.36, .61, 1, .59, .38, .18},
			[6]float64{.87, .80, .81, .69, .97, .87},
		},
		"three years of hours": {
			time.Hour, "",
			[6]float64{.39, .48, .43, .59, .21, .12},
			[6]float64{.43, .70, 1, .64, .37, .33},
			[6]float64{.95, .89, .87, .80, .91, .97},
		},
	} {
		t.Run(name, func(t *testing.T) {
			panel := realBars(t, c.interval, c.label)

			found, err := realism.Build(panel, 1)

			require.NoError(t, err)
			assertScores(t, "null GBM", c.gbm, found.NullGBM, 0.08)
			assertScores(t, "null shuffled", c.shuffled, found.NullShuffled, 0.08)
			assertScores(t, "ceiling", c.ceiling, found.Ceiling, 0.2)
			assert.Len(t, found.NullGBM.Shortfalls(), len(realism.Thresholds))
			assert.Len(t, found.NullShuffled.Shortfalls(), len(realism.Thresholds)-1)
			text, err := json.Marshal(found)
			require.NoError(t, err)
			assert.Less(t, len(text), 250_000)
		})
	}
}

func assertScores(t *testing.T, comparator string, want [6]float64, found realism.Scores, delta float64) {
	t.Helper()
	values := []float64{found.Correlation, found.Volatility, found.Distribution, found.Trend, found.Confidence, found.Discriminative}
	t.Logf("%s: %.2f, known %.2f", comparator, values, want)
	assert.InDeltaSlice(t, want[:], values, delta, comparator)
}
