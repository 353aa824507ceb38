package realism

// What a comparison answers.

import "fmt"

// Scores are the six of one simulation, each from 0 to 1, more is better.
type Scores struct {
	Correlation    float64 `json:"correlation"`    // shapes of clustering, hours, co-movement
	Volatility     float64 `json:"volatility"`     // level at five horizons, spread of calm and wild
	Distribution   float64 `json:"distribution"`   // tails of returns
	Trend          float64 `json:"trend"`          // moves, drawdowns, run-ups, straightness
	Confidence     float64 `json:"confidence"`     // share of facts within sampling error
	Discriminative float64 `json:"discriminative"` // 1: a classifier can only guess

	Failed []Check `json:"failed,omitempty"` // the confidence checks that failed
}

// Threshold is what a score must exceed for a simulation to be called similar
// to the real market.
type Threshold struct {
	Score string
	Above float64
}

// Thresholds are those of the five scores that have one; the discriminative
// score is reported without.
var Thresholds = []Threshold{
	{"correlation", 0.8}, {"volatility", 0.75}, {"distribution", 0.75}, {"trend", 0.7}, {"confidence", 0.8},
}

// Shortfalls lists the scores that do not exceed their thresholds, for people.
func (s Scores) Shortfalls() []string {
	var result []string
	values := s.values()
	for i, threshold := range Thresholds {
		if !(values[i] > threshold.Above) {
			result = append(result, fmt.Sprintf("%s is %.2f, want above %.2f", threshold.Score, values[i], threshold.Above))
		}
	}
	return result
}

// values are the scores in the order of the struct.
func (s Scores) values() [6]float64 {
	return [6]float64{s.Correlation, s.Volatility, s.Distribution, s.Trend, s.Confidence, s.Discriminative}
}

// meanScores averages several simulations and drops their details.
func meanScores(all []Scores) Scores {
	var sums [6]float64
	for _, scores := range all {
		for i, value := range scores.values() {
			sums[i] += value / float64(len(all))
		}
	}
	return Scores{
		Correlation: sums[0], Volatility: sums[1], Distribution: sums[2],
		Trend: sums[3], Confidence: sums[4], Discriminative: sums[5],
	}
}

// Report is a simulation's scores with what makes them mean something: what two
// worthless simulators reach against the same real bars, and what half of the
// real days reaches against the other half (half a sample, so a little low).
type Report struct {
	Scores       Scores `json:"scores"`
	NullGBM      Scores `json:"null_gbm"`
	NullShuffled Scores `json:"null_shuffled"`
	Ceiling      Scores `json:"ceiling"`
}
