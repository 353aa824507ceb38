package process

import (
	"math/rand/v2"
	"testing"
	"time"
)

// BenchmarkStep compares the step of five pairs with as many normal draws of the standard library as the step makes, in the
// same run: goal at most 10 times as long, and 10M pair-steps a second. The step's exponentials and uniforms, 11 and 2 in the
// mean, are not in the yardstick.
func BenchmarkStep(b *testing.B) {
	const pairs = 5
	b.Run("process", func(b *testing.B) {
		s, err := NewSuperposed(market(pairs), 1, time.Unix(0, 0))
		if err != nil {
			b.Fatal(err)
		}
		benchmarkSteps(b, s, pairs)
	})
	b.Run("garch", func(b *testing.B) {
		g, err := NewGARCH(market(pairs), 1, time.Unix(0, 0))
		if err != nil {
			b.Fatal(err)
		}
		benchmarkSteps(b, g, pairs)
	})
	b.Run("yardstick", func(b *testing.B) {
		draws, normals := rand.New(rand.NewPCG(1, 1)), len(NewFactors(pairs, time.Minute, 1).normals)
		sum := 0.0
		for b.Loop() {
			for range normals {
				sum += draws.NormFloat64()
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*normals), "ns/draw")
		_ = sum
	})
}

func benchmarkSteps(b *testing.B, one Process, pairs int) {
	state, moves, minute := one.Start(), make([]Move, pairs), int64(0)
	for b.Loop() {
		one.Step(state, minute, moves)
		minute++
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*pairs), "ns/pair-step")
}
