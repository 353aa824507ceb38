package path

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

func BenchmarkBarsOfAnHour(b *testing.B) {
	p := newPath(b, 1)
	at := Epoch
	for b.Loop() {
		if err := p.Bars(at, at.Add(time.Hour), time.Minute, func([]bar.Bar) bool { return true }); err != nil {
			b.Fatal(err)
		}
		at = at.Add(time.Hour)
	}
}

func BenchmarkTick(b *testing.B) {
	p := newPath(b, 1)
	quotes := make([]Quote, len(p.Symbols()))
	sequence := p.Sequence(Epoch.Add(48 * time.Hour))
	for b.Loop() {
		if err := p.At(sequence, quotes); err != nil {
			b.Fatal(err)
		}
		sequence++
	}
}

func BenchmarkRandomInstant(b *testing.B) {
	p := newPath(b, 1)
	quotes := make([]Quote, len(p.Symbols()))
	now := p.Sequence(time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC))
	start := time.Now()
	if err := p.At(now, quotes); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "s-to-now")
	at := rand.New(rand.NewPCG(1, 1))
	for b.Loop() {
		if err := p.At(at.Uint64N(now), quotes); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkInstantUnderScenarios is a jump into a day all of whose minutes lie under a scenario, from the last state that was saved.
func BenchmarkInstantUnderScenarios(b *testing.B) {
	p := newPath(b, 1)
	p.Follow(scenario.Log{inject(b, "day", Epoch.Add(time.Hour), scenario.Draft{Kind: scenario.VolatilitySpike, Duration: 24 * time.Hour})})
	quotes := make([]Quote, len(p.Symbols()))
	late := p.Sequence(Epoch.Add(26 * time.Hour))
	if err := p.At(late, quotes); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := p.Fork().At(late, quotes); err != nil {
			b.Fatal(err)
		}
	}
}
