package profiles

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
)

// BenchmarkScores reports the six scores, mean and standard deviation over ten seeds of 28 days.
func BenchmarkScores(b *testing.B) {
	for _, name := range Names() {
		b.Run(name, func(b *testing.B) {
			var found spread
			for b.Loop() {
				found = score(b, name, 10)
			}
			labels := []string{"correlation", "volatility", "distribution", "trend", "confidence", "discriminative"}
			means, deviations := values(found.mean), values(found.sd)
			for i, label := range labels {
				b.ReportMetric(means[i], label)
				b.ReportMetric(deviations[i], label+"-sd")
			}
		})
	}
}

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
