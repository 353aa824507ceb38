// This file holds what the search aims at: the facts of the real returns, each in units of what chance allows it to differ.

package calibration

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

const (
	// tolerance in standard errors: a residual of 1 is where a check of the confidence score begins to fail.
	tolerance = 1.96 * math.Sqrt2
	// calmWeight is that of a calm fact beside the others, whose weights have mean 1.
	calmWeight = 0.4
	// leastError keeps residuals finite where the bootstrap finds no spread at all.
	leastError = 1e-6
)

// target is the real facts: the own facts of each pair, pair by pair, the facts about two pairs, and one calm fact a pair.
type target struct {
	pairs   int
	bars    int
	own     int // facts of a pair
	facts   []float64
	allowed []float64 // distance that counts as 1
	weights []float64
}

// newTarget takes the facts from the reference and measures the calm ones.
func newTarget(panel realism.Panel, reference realism.Reference, meter *realism.Meter) (*target, error) {
	calm, errors, err := realism.CalmFacts(panel, referenceSeed)
	if err != nil {
		return nil, err
	}
	t := &target{pairs: len(panel.Returns), bars: len(panel.Returns[0]), own: meter.Own()}
	t.facts = append(append(t.facts, reference.Measures.Facts...), calm...)
	for _, sd := range append(append([]float64(nil), reference.FactErrors...), errors...) {
		t.allowed = append(t.allowed, tolerance*max(sd, leastError))
	}
	sizes := map[realism.Family]float64{}
	for fact := range meter.Facts() {
		sizes[meter.Family(fact)]++
	}
	sum := 0.0
	for fact := range meter.Facts() {
		t.weights = append(t.weights, 1/math.Sqrt(sizes[meter.Family(fact)]))
		sum += t.weights[fact]
	}
	for fact := range t.weights {
		t.weights[fact] *= float64(meter.Facts()) / sum
	}
	for range calm {
		t.weights = append(t.weights, calmWeight)
	}
	return t, nil
}

// cross is the place of the first fact about two pairs, calm that of the first calm one.
func (t *target) cross() int { return t.own * t.pairs }
func (t *target) calm() int  { return len(t.facts) - t.pairs }

// residual of a fact: 1 is what chance allows.
func (t *target) residual(fact int, simulated float64) float64 {
	return (simulated - t.facts[fact]) / t.allowed[fact]
}
