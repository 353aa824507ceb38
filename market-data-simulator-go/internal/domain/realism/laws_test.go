package realism_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

func yearOfHours(t *testing.T) realism.Reference {
	t.Helper()
	built, err := realism.Build(hours(365, 2, "A/USD", "B/USD", "C/USD"), 1)
	require.NoError(t, err)
	return built
}

func TestScoresLieBetweenZeroAndOneWhateverTheReturns(t *testing.T) {
	reference := yearOfHours(t)
	rapid.Check(t, func(t *rapid.T) {
		panel := hours(rapid.IntRange(365, 380).Draw(t, "days"), rapid.Uint64().Draw(t, "seed"), "A/USD", "B/USD", "C/USD")
		size := math.Pow(10, rapid.Float64Range(-12, 2).Draw(t, "size"))
		still := rapid.Float64Range(0, 0.99).Draw(t, "share of bars without a move")
		coin := rand.New(rand.NewPCG(1, 1))
		for _, r := range panel.Returns {
			for i := range r {
				r[i] *= size
				if coin.Float64() < still {
					r[i] = 0
				}
			}
		}

		scores := score(t, reference, panel)

		for name, value := range map[string]float64{
			"correlation": scores.Correlation, "volatility": scores.Volatility, "distribution": scores.Distribution,
			"trend": scores.Trend, "confidence": scores.Confidence, "discriminative": scores.Discriminative,
		} {
			assert.GreaterOrEqual(t, value, 0.0, name)
			assert.LessOrEqual(t, value, 1.0+1e-9, name)
		}
	})
}

func TestCorrelationScoreDoesNotSeeTheLevelOfVolatility(t *testing.T) {
	reference := yearOfHours(t)
	rapid.Check(t, func(t *rapid.T) {
		panel := hours(365, rapid.Uint64().Draw(t, "seed"), "A/USD", "B/USD", "C/USD")
		before := score(t, reference, panel)
		for _, r := range panel.Returns {
			factor := rapid.Float64Range(0.01, 100).Draw(t, "factor")
			for i := range r {
				r[i] *= factor
			}
		}

		after := score(t, reference, panel)

		assert.InDelta(t, before.Correlation, after.Correlation, 1e-6)
	})
}

func TestDistributionScoreFallsAsTheLevelMovesAway(t *testing.T) {
	reference := yearOfHours(t)
	rapid.Check(t, func(t *rapid.T) {
		near := rapid.Float64Range(1, 5).Draw(t, "factor")
		scaled := func(factor float64) realism.Scores {
			panel := hours(365, 2, "A/USD", "B/USD", "C/USD")
			for _, r := range panel.Returns {
				for i := range r {
					r[i] *= factor
				}
			}
			return score(t, reference, panel)
		}

		found := scaled(near)

		assert.InDelta(t, 1/(near*near), found.Distribution, 0.01, "exp(-2 ln factor), but for the floor under returns")
		assert.Greater(t, found.Volatility, scaled(near*1.5).Volatility)
	})
}
