package scorecard

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// market is a year of hours of three pairs with some unrest that lasts and is shared.
func market(seed uint64) realism.Panel {
	rng, mood := rand.New(rand.NewPCG(seed, 1)), 0.0
	panel := realism.Panel{Interval: time.Hour, Symbols: []string{"ADA/BTC", "BTC/USD", "ETH/USD"}, Returns: make([][]float64, 3)}
	for range 365 * 24 {
		mood = 0.98*mood + 0.2*rng.NormFloat64()
		common := rng.NormFloat64()
		for i := range panel.Returns {
			panel.Returns[i] = append(panel.Returns[i], 0.004*math.Exp(0.5*mood)*(0.7*common+rng.NormFloat64()*float64(i+1)/2))
		}
	}
	return panel
}

var compared = sync.OnceValues(func() (realism.Comparison, error) {
	reference, err := realism.Build(market(1), 1)
	if err != nil {
		return realism.Comparison{}, err
	}
	return reference.Examine(market(2))
})

// judged is a card of the made-up market.
func judged(t *testing.T) (*Card, realism.Comparison) {
	t.Helper()
	found, err := compared()
	require.NoError(t, err)
	midnight := time.Date(2023, 4, 2, 0, 0, 0, 0, time.UTC)
	card := &Card{
		Interval: "1h", Days: 365, InSample: "unknown", Notes: []string{"a note"},
		Real:      Side{Folder: "real & <script>", Label: "x", Pairs: market(1).Symbols, From: midnight, Days: 365},
		Simulated: Side{Folder: "made", Pairs: market(1).Symbols, From: midnight, Days: 365},
	}
	card.Judge(found, time.Hour)
	return card, found
}

func TestTheVerdictIsThatOfTheThresholds(t *testing.T) {
	card, found := judged(t)
	short := 0
	for _, score := range card.Scores {
		if score.Value <= score.Threshold {
			assert.Contains(t, card.Reason, score.Name)
			short++
		}
	}
	assert.Equal(t, short > 0, card.Verdict == Different)
	assert.Len(t, found.Scores.Shortfalls(), short)

	found.Scores.Trend = 0.1
	again := &Card{}
	again.Judge(found, time.Hour)
	assert.Equal(t, Different, again.Verdict)
	assert.Contains(t, again.Reason, "trend is 0.100, want above 0.70")
}

func TestTextHasEveryScorePairAndNote(t *testing.T) {
	card, _ := judged(t)
	var text bytes.Buffer
	require.NoError(t, card.WriteText(&text))
	for _, want := range []string{"correlation ", "discriminative ", "ceiling", "null: GBM", "ETH/USD", "verdict: ", "facts lie within sampling error", "note: a note", "In sample, if"} {
		assert.Contains(t, text.String(), want)
	}
	none := &Card{Verdict: None, Reason: "too short", Interval: "1h"}
	text.Reset()
	require.NoError(t, none.WriteText(&text))
	assert.Contains(t, text.String(), "no verdict: too short")
	assert.NotContains(t, text.String(), "ceiling")
}

// Scripts read these names. Adding one is no breach; losing one is.
func TestJSONKeepsItsNames(t *testing.T) {
	card, _ := judged(t)
	text, err := json.Marshal(card)
	require.NoError(t, err)
	var found map[string]any
	require.NoError(t, json.Unmarshal(text, &found))
	for _, name := range []string{"verdict", "reason", "interval", "days", "in_sample", "real", "simulated", "scores", "pairs", "failed_facts", "facts", "notes"} {
		assert.Contains(t, found, name)
	}
	first := found["scores"].([]any)[0].(map[string]any)
	for _, name := range []string{"name", "value", "level_recalibrated", "threshold", "passes", "null_gbm", "null_shuffled", "ceiling"} {
		assert.Contains(t, first, name)
	}
	assert.Equal(t, "correlation", first["name"])
}

func writePage(t *testing.T) string {
	t.Helper()
	card, found := judged(t)
	var text bytes.Buffer
	require.NoError(t, card.WritePage(&text, found, market(1), market(2)))
	return text.String()
}

func TestThePageNeedsNothingButItself(t *testing.T) {
	page := writePage(t)
	for _, outside := range []string{"<script", "http:", "https:", "url(", "@import", "src=", "<link", "NaN", "Inf"} {
		assert.NotContains(t, page, outside)
	}
	assert.Contains(t, page, "real &amp; &lt;script&gt;", "names of folders are text")
	assert.Contains(t, page, "prefers-color-scheme: dark")
	assert.Equal(t, page, writePage(t), "the same bars give the same page")
}

func TestEveryDrawingIsWellFormedAndDescribed(t *testing.T) {
	drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(writePage(t), -1)
	const scores, curves, matrices, paths = 6, 4 * 3, 3, 2 * 3
	described := 0
	for _, drawing := range drawings {
		if strings.Contains(drawing, `role="img" aria-label="`) {
			described++
		}
		decoder := xml.NewDecoder(strings.NewReader(drawing))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, drawing)
		}
	}
	assert.Equal(t, scores+curves+matrices+paths, described)
}

func TestTicksAreRoundLieOnTheAxisAndAreNeitherFewNorMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Float64Range(-1e4, 1e4).Draw(t, "low")
		a := axis{low: low, high: low + math.Pow(10, rapid.Float64Range(-3, 5).Draw(t, "log10 of the width")), from: 300, to: 20}
		marks := a.ticks(5, "")
		assert.GreaterOrEqual(t, len(marks), 2)
		assert.LessOrEqual(t, len(marks), 6)
		labels := map[string]bool{}
		for _, mark := range marks {
			labels[mark.Label] = true
		}
		assert.Len(t, labels, len(marks), "no two are labelled alike")
	})
}

func TestAxesKeepValuesInside(t *testing.T) {
	for _, a := range []axis{{low: 1, high: 100, from: 0, to: 200, log: true}, {low: -1, high: 3, from: 0, to: 200}} {
		assert.InDelta(t, 0, a.at(a.low), 1e-9)
		assert.InDelta(t, 200, a.at(a.high), 1e-9)
		assert.InDelta(t, 200, a.at(1e9), 1e-9)
	}
	assert.InDelta(t, 100, axis{low: 1, high: 100, from: 0, to: 200, log: true}.at(10), 1e-9)
}

func TestAThinnedPathKeepsItsExtremesAndItsEnd(t *testing.T) {
	returns := market(3).Returns[0]
	level, lowest, highest := 0.0, 0.0, 0.0
	for _, r := range returns {
		level += r
		lowest, highest = min(lowest, level), max(highest, level)
	}
	x, change := path(returns, time.Hour)
	assert.LessOrEqual(t, len(x), 2*pointsOfPath)
	assert.InDelta(t, 100*math.Expm1(highest), slices.Max(append(change, 0)), 1e-9)
	assert.InDelta(t, 100*math.Expm1(lowest), slices.Min(append(change, 0)), 1e-9)
}

func TestADensityAddsUpToOne(t *testing.T) {
	edges, sum := binEdges(), 0.0
	for i, value := range density(market(4).Returns[1], 0.01, edges) {
		sum += value * (edges[i+1] - edges[i])
	}
	assert.InDelta(t, 1, sum, 1e-9)
}

func TestEntriesOfAMatrixAreFound(t *testing.T) {
	next := 0
	for i := range 5 {
		for j := i + 1; j < 5; j++ {
			assert.Equal(t, next, position(i, j, 5))
			next++
		}
	}
}
