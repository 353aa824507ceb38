package realism_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

func score(t require.TestingT, reference realism.Reference, panel realism.Panel) realism.Scores {
	scores, err := reference.Score(panel)
	require.NoError(t, err)
	return scores
}

func TestIdenticalReturnsScoreOneEverywhere(t *testing.T) {
	scores := score(t, reference(t), real())

	assert.InDelta(t, 1, scores.Correlation, 1e-9)
	assert.InDelta(t, 1, scores.Volatility, 1e-9)
	assert.InDelta(t, 1, scores.Distribution, 1e-9)
	assert.InDelta(t, 1, scores.Trend, 1e-9)
	assert.InDelta(t, 1, scores.Confidence, 1e-9)
	assert.InDelta(t, 1, scores.Discriminative, 1e-9)
	assert.Empty(t, scores.Failed)
	assert.Empty(t, scores.Shortfalls())
}

func TestAnotherDrawOfTheSameMarketPassesWhereTheNullsFail(t *testing.T) {
	report, err := reference(t).Report(market(28, 8, "BTC/USD", "ETH/USD", "SOL/USD"))

	require.NoError(t, err)
	assert.Empty(t, report.Scores.Shortfalls())
	assert.Len(t, report.NullGBM.Shortfalls(), len(realism.Thresholds))
	assert.GreaterOrEqual(t, len(report.NullShuffled.Shortfalls()), 4, "shuffling keeps the distribution and nothing else")
	assert.Less(t, report.NullGBM.Discriminative, 0.3)
	assert.Greater(t, report.Ceiling.Discriminative, 0.7)
}

func TestReturnsInRandomOrderKeepTheDistributionAndLoseTheRest(t *testing.T) {
	mixed := real()
	mixed.Returns = slices.Clone(mixed.Returns)
	order := rand.New(rand.NewPCG(3, 3)).Perm(len(mixed.Returns[0]))
	for i, r := range mixed.Returns {
		mixed.Returns[i] = make([]float64, len(r))
		for t, from := range order {
			mixed.Returns[i][t] = r[from]
		}
	}

	scores := score(t, reference(t), mixed)

	assert.InDelta(t, 1, scores.Distribution, 1e-9)
	assert.Less(t, scores.Correlation, 0.8)
	assert.Less(t, scores.Confidence, 0.8)
	assert.Contains(t, failedFacts(scores), "autocorrelation of |r| at lag 1")
	assert.NotContains(t, failedFacts(scores), "ln sigma")
}

func failedFacts(scores realism.Scores) (facts []string) {
	for _, check := range scores.Failed {
		facts = append(facts, check.Fact)
	}
	return facts
}

func TestReferenceFromJSONGivesTheSameScores(t *testing.T) {
	text, err := json.Marshal(reference(t))
	require.NoError(t, err)
	assert.Less(t, len(text), 250_000)
	var again realism.Reference
	require.NoError(t, json.Unmarshal(text, &again))
	simulated := market(28, 9, "BTC/USD", "ETH/USD", "SOL/USD")

	assert.Equal(t, reference(t), again)
	assert.Equal(t, score(t, reference(t), simulated), score(t, again, simulated))
}

func TestOrderOfPairsDoesNotMatter(t *testing.T) {
	turned := realism.Panel{Interval: time.Minute, Symbols: slices.Clone(real().Symbols), Returns: slices.Clone(real().Returns)}
	slices.Reverse(turned.Symbols)
	slices.Reverse(turned.Returns)

	built, err := realism.Build(turned, 1)

	require.NoError(t, err)
	assert.Equal(t, reference(t), built)
	assert.Equal(t, score(t, built, real()), score(t, built, turned))
}

func TestScoreComparesTheSameLengthAndTheKnownPairsOnly(t *testing.T) {
	longer := market(30, 5, "BTC/USD", "ETH/USD", "SOL/USD")
	cut := realism.Panel{Interval: time.Minute, Symbols: longer.Symbols}
	for _, r := range longer.Returns {
		cut.Returns = append(cut.Returns, r[:28*minutesPerDay])
	}
	want := score(t, reference(t), cut)

	assert.Equal(t, want, score(t, reference(t), longer))

	more := realism.Panel{
		Interval: time.Minute, Symbols: append([]string{"XRP/USD"}, cut.Symbols...),
		Returns: append([][]float64{cut.Returns[1]}, cut.Returns...),
	}
	assert.Equal(t, want, score(t, reference(t), more))
}

func TestThereIsNoVerdictBelowTheMinimumLength(t *testing.T) {
	_, err := realism.Build(market(13, 1, "A/USD"), 1)
	require.EqualError(t, err, "13 whole UTC days are too few for a verdict: want at least 14 days of 1-minute bars")

	_, err = reference(t).Score(market(13, 1, "BTC/USD", "ETH/USD", "SOL/USD"))
	require.ErrorContains(t, err, "13 whole UTC days are too few for a verdict")

	_, err = realism.Build(hours(364, 1, "A/USD"), 1)
	require.EqualError(t, err, "364 whole UTC days are too few for a verdict: want at least one year of hourly bars")
}

func TestScoreIsRefusedWhenItWouldMeanNothing(t *testing.T) {
	good := real()
	still := realism.Panel{Interval: time.Minute, Symbols: good.Symbols, Returns: slices.Clone(good.Returns)}
	still.Returns[1] = make([]float64, len(good.Returns[0]))
	ragged := realism.Panel{Interval: time.Minute, Symbols: good.Symbols, Returns: slices.Clone(good.Returns)}
	ragged.Returns[2] = ragged.Returns[2][:minutesPerDay]
	for name, c := range map[string]struct {
		panel realism.Panel
		want  string
	}{
		"a pair is missing":    {realism.Panel{Interval: time.Minute, Symbols: good.Symbols[:2], Returns: good.Returns[:2]}, "pair SOL/USD is missing"},
		"a pair never moves":   {still, "ETH/USD: the price is constant"},
		"lengths differ":       {ragged, "SOL/USD: 1440 returns, want whole days"},
		"bars of other length": {realism.Panel{Interval: time.Hour, Symbols: good.Symbols, Returns: good.Returns}, "simulated bars are of 1h0m0s, the real ones of 1m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reference(t).Score(c.panel)

			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestBuildIsRefusedForAnIntervalWithoutConstants(t *testing.T) {
	panel := market(20, 1, "A/USD")
	panel.Interval = 5 * time.Minute

	_, err := realism.Build(panel, 1)

	require.EqualError(t, err, "realism is defined for bars of 1m and 1h, not of 5m0s")
}

func TestAnIncompleteReferenceIsRefused(t *testing.T) {
	broken := reference(t)
	broken.Measures.Windows = broken.Measures.Windows[1:]

	_, err := broken.Score(real())

	require.ErrorContains(t, err, "measures are incomplete")
	_, err = realism.Reference{}.Score(real())
	require.Error(t, err)
}

func TestASinglePairCanBeScored(t *testing.T) {
	alone := market(14, 3, "BTC/USD")
	built, err := realism.Build(alone, 1)
	require.NoError(t, err)

	assert.InDelta(t, 1, score(t, built, alone).Confidence, 1e-9)
}

func BenchmarkScore(b *testing.B) {
	symbols := []string{"A/USD", "B/USD", "C/USD", "D/USD", "E/USD"}
	built, err := realism.Build(market(28, 1, symbols...), 1)
	require.NoError(b, err)
	panel := market(28, 2, symbols...)
	for b.Loop() {
		_, _ = built.Score(panel)
	}
}
