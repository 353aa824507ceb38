package profiles

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// BenchmarkScores reports the six scores in sample, mean and standard deviation over ten seeds of 28 days, and beside them
// the nulls and the ceiling of the profile's reference.
func BenchmarkScores(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			fitted, err := Load(name)
			require.NoError(b, err)
			var found spread
			for b.Loop() {
				found = score(b, fitted, fitted.Reference, 10)
			}
			for column, scores := range map[string]realism.Scores{
				"mean": found.mean, "sd": found.sd, "gbm": fitted.Reference.NullGBM,
				"shuffled": fitted.Reference.NullShuffled, "ceiling": fitted.Reference.Ceiling,
			} {
				for i, value := range values(scores) {
					b.ReportMetric(value, scoreNames[i]+"/"+column)
				}
			}
		})
	}
}

var scoreNames = [6]string{"correlation", "volatility", "distribution", "trend", "confidence", "discriminative"}

// now is an instant late in the first year.
var now = time.Date(2026, time.November, 23, 18, 0, 0, 0, time.UTC)

// BenchmarkStart is the walk from the epoch to a first quote eleven months later; goal 1 s.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		prices := shippedPath(b, "lively", 1)
		if err := prices.At(prices.Sequence(now), make([]path.Quote, len(prices.Symbols()))); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRandomInstant is a quote at any instant of the past; goal 50 ms.
func BenchmarkRandomInstant(b *testing.B) {
	prices, draws := shippedPath(b, "lively", 1), rand.New(rand.NewPCG(1, 1))
	quotes, last := make([]path.Quote, len(prices.Symbols())), prices.Sequence(now)
	if err := prices.At(last, quotes); err != nil {
		b.Fatal(err)
	}
	slowest := time.Duration(0)
	for b.Loop() {
		start := time.Now()
		if err := prices.At(draws.Uint64N(last), quotes); err != nil {
			b.Fatal(err)
		}
		slowest = max(slowest, time.Since(start))
	}
	b.ReportMetric(slowest.Seconds()*1e3, "slowest-ms")
}

// BenchmarkTick is the next base tick of all seven instruments.
func BenchmarkTick(b *testing.B) {
	prices := shippedPath(b, "lively", 1)
	quotes, sequence := make([]path.Quote, len(prices.Symbols())), prices.Sequence(path.Epoch.Add(48*time.Hour))
	for b.Loop() {
		if err := prices.At(sequence, quotes); err != nil {
			b.Fatal(err)
		}
		sequence++
	}
}
