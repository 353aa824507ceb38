package realism

// How far chance alone moves a fact: its spread over panels made of days drawn
// from the real ones with replacement. Whole days keep what happens within a day,
// all pairs together keep what they share (block bootstrap, Kuensch 1989).

import "math/rand/v2"

const bootstrapDraws = 60

// bootstrapErrors are the standard errors of the facts.
func bootstrapErrors(panel Panel, s scale, rng *rand.Rand) []float64 {
	chosen, meter := make([]int, panel.Days()), newMeter(len(panel.Returns), len(panel.Returns[0]), s)
	var sums, squares []float64
	for range bootstrapDraws {
		for d := range chosen {
			chosen[d] = rng.IntN(len(chosen))
		}
		drawn := meter.all(panel.days(chosen))
		if sums == nil {
			sums, squares = make([]float64, len(drawn)), make([]float64, len(drawn))
		}
		for i, fact := range drawn {
			sums[i] += fact
			squares[i] += fact * fact
		}
	}
	errors := make([]float64, len(sums))
	for i := range errors {
		errors[i] = spreadOf(sums[i], squares[i])
	}
	return errors
}
