package realism

// How far chance alone moves a fact: its spread over panels made of days drawn
// from the real ones with replacement. Whole days keep what happens within a day,
// all pairs together keep what they share (block bootstrap, Kuensch 1989).

import (
	"math"
	"math/rand/v2"
	"slices"
)

const bootstrapDraws = 60

// bootstrapErrors are the standard errors of the facts.
func bootstrapErrors(panel Panel, s scale, rng *rand.Rand) []float64 {
	chosen, ranked := make([]int, panel.Days()), rank(panel)
	var sums, squares []float64
	for range bootstrapDraws {
		for d := range chosen {
			chosen[d] = rng.IntN(len(chosen))
		}
		drawn := facts(panel.days(chosen), s, ranked.days(chosen))
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
		variance := (squares[i] - sums[i]*sums[i]/bootstrapDraws) / (bootstrapDraws - 1)
		errors[i] = math.Sqrt(max(0, variance))
	}
	return errors
}

// ranking has the magnitudes of each pair in ascending order, each with its day:
// the order within any choice of days follows without sorting again.
type ranking struct {
	count      int // of days
	magnitudes [][]float64
	day        [][]int32
}

func rank(panel Panel) ranking {
	barsPerDay := int(day / panel.Interval)
	result := ranking{count: panel.Days()}
	for _, r := range panel.Returns {
		order := make([]int32, len(r))
		for t := range order {
			order[t] = int32(t)
		}
		magnitude := absolute(r)
		slices.SortFunc(order, func(a, b int32) int {
			switch {
			case magnitude[a] < magnitude[b]:
				return -1
			case magnitude[a] > magnitude[b]:
				return 1
			}
			return 0
		})
		ascending := make([]float64, len(r))
		for i, t := range order {
			ascending[i] = magnitude[t]
			order[i] = t / int32(barsPerDay)
		}
		result.magnitudes, result.day = append(result.magnitudes, ascending), append(result.day, order)
	}
	return result
}

// days returns the magnitudes of the chosen days, ascending, by pair.
func (r ranking) days(chosen []int) [][]float64 {
	times := make([]int, r.count)
	for _, d := range chosen {
		times[d]++
	}
	result := make([][]float64, len(r.magnitudes))
	for i, magnitudes := range r.magnitudes {
		drawn := make([]float64, 0, len(magnitudes))
		for k, magnitude := range magnitudes {
			for range times[r.day[i][k]] {
				drawn = append(drawn, magnitude)
			}
		}
		result[i] = drawn
	}
	return result
}
