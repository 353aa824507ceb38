package model

import (
	"math/rand/v2"
	"testing"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

// BenchmarkStep compares the step of two pairs of each model with as many normal draws of the standard library, in the same run.
func BenchmarkStep(b *testing.B) {
	for name, parameters := range everyModel() {
		b.Run(name, func(b *testing.B) {
			one := newProcess(b, square(1), parameters, 1)
			state, moves, minute := one.Start(), make([]process.Move, 2), int64(0)
			for b.Loop() {
				one.Step(state, minute, moves)
				minute++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2), "ns/pair-step")
		})
	}
	b.Run("yardstick", func(b *testing.B) {
		draws, sum := rand.New(rand.NewPCG(1, 1)), 0.0
		for b.Loop() {
			sum += draws.NormFloat64() + draws.NormFloat64()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*2), "ns/draw")
		_ = sum
	})
}
