package realism

// Score 3, return-distribution similarity: are the tails as heavy as the real
// ones, on both sides?

import "math"

var tailShares = []float64{0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.2}

// tails are the absolute values of the quantiles of both tails.
func tails(ascending []float64) []float64 {
	var result []float64
	for _, share := range tailShares {
		result = append(result,
			math.Abs(quantile(ascending, share))+tiny,
			math.Abs(quantile(ascending, 1-share))+tiny)
	}
	return result
}

// distributionScore is the similarity of the tails, mean over pairs.
func distributionScore(simulated, real Measures) float64 {
	return averaged(simulated.Pairs, real.Pairs, tailScore)
}

func tailScore(simulated, real PairMeasures) float64 { return similarity(simulated.Tails, real.Tails) }
