// Package scorecard shows how similar simulated bars are to real ones: as text for a terminal, as JSON for scripts, as a page
// for people who want to see the curves.
package scorecard

import (
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// The verdicts.
const (
	Similar   = "similar"   // every score exceeds its threshold
	Different = "different" // one at least does not
	None      = "none"      // there is too little to judge by
)

// Card is the answer of a validation. Its JSON is stable: fields may be added, none is renamed or taken away.
type Card struct {
	Verdict     string   `json:"verdict"`
	Reason      string   `json:"reason"` // why there is no verdict, or which scores fall short; empty when all exceed
	Interval    string   `json:"interval"`
	Days        int      `json:"days"`      // whole UTC days that were compared
	InSample    string   `json:"in_sample"` // yes, no, or unknown
	Real        Side     `json:"real"`
	Simulated   Side     `json:"simulated"`
	Scores      []Score  `json:"scores"`
	Pairs       []Pair   `json:"pairs"`
	FailedFacts []Fact   `json:"failed_facts"`
	Facts       int      `json:"facts"` // that were checked
	Notes       []string `json:"notes"`
}

// Side is the bars of one of the two.
type Side struct {
	Folder  string    `json:"folder"`
	Label   string    `json:"label"`
	Pairs   []string  `json:"pairs"`
	From    time.Time `json:"from"` // the compared days begin here, UTC midnight
	To      time.Time `json:"to"`   // and end here
	Days    int       `json:"days"` // whole days that all pairs cover, compared or not
	Missing int       `json:"missing_bars"`
}

// Score is one score beside what makes it mean something.
type Score struct {
	Name         string  `json:"name"`
	Value        float64 `json:"value"`
	LevelSet     float64 `json:"level_recalibrated"` // with each pair's returns scaled to the real standard deviation
	Threshold    float64 `json:"threshold"`          // 0 for the score that has none
	Passes       bool    `json:"passes"`
	NullGBM      float64 `json:"null_gbm"`
	NullShuffled float64 `json:"null_shuffled"`
	Ceiling      float64 `json:"ceiling"`
}

// Pair is what one pair adds to the scores.
type Pair struct {
	Symbol              string  `json:"symbol"`
	RealVolatility      float64 `json:"real_volatility"` // annualised, as a share of the price
	SimulatedVolatility float64 `json:"simulated_volatility"`
	Clustering          float64 `json:"clustering"`
	Hours               float64 `json:"hours"`
	Levels              float64 `json:"levels"`
	Moods               float64 `json:"moods"`
	Distribution        float64 `json:"distribution"`
	Trend               float64 `json:"trend"`
	FactsPassed         int     `json:"facts_passed"`
	Facts               int     `json:"facts"`
}

// Fact is a check of the confidence score that failed.
type Fact struct {
	Family    string  `json:"family"`
	Pair      string  `json:"pair"`
	Fact      string  `json:"fact"`
	Simulated float64 `json:"simulated"`
	Real      float64 `json:"real"`
	Allowed   float64 `json:"allowed"`
}

// Judge fills in scores, pairs, facts and the verdict.
func (c *Card) Judge(found realism.Comparison, interval time.Duration) {
	c.Verdict = Similar
	for _, entry := range found.Entries() {
		c.Scores = append(c.Scores, Score{
			Name: entry.Score, Value: entry.Value, LevelSet: entry.LevelSet, Threshold: entry.Above, Passes: entry.Passes(),
			NullGBM: entry.NullGBM, NullShuffled: entry.NullShuffled, Ceiling: entry.Ceiling,
		})
		if !entry.Passes() {
			c.Verdict = Different
			if c.Reason != "" {
				c.Reason += "; "
			}
			c.Reason += entry.String()
		}
	}
	for _, pair := range found.Pairs {
		c.Pairs = append(c.Pairs, Pair{
			Symbol: pair.Symbol, RealVolatility: realism.Annualised(pair.RealSigma, interval),
			SimulatedVolatility: realism.Annualised(pair.SimulatedSigma, interval), Clustering: pair.Clustering, Hours: pair.Hours,
			Levels: pair.Level, Moods: pair.Mood, Distribution: pair.Distribution, Trend: pair.Trend,
			FactsPassed: pair.Passed, Facts: pair.Checks,
		})
	}
	c.Facts = len(found.Checks)
	for _, check := range found.Scores.Failed {
		c.FailedFacts = append(c.FailedFacts, Fact{
			Family: string(check.Family), Pair: check.Pair, Fact: check.Fact,
			Simulated: check.Simulated, Real: check.Real, Allowed: check.Allowed,
		})
	}
}

// Sampling says what the scores can claim, in words.
func (c *Card) Sampling() string {
	switch c.InSample {
	case "yes":
		return "In sample: the profile was calibrated on real bars of this very period."
	case "no":
		return "Out of sample: the profile was calibrated on another period, so the level of volatility is not expected to fit; see the scores with the level set."
	}
	return "In sample, if the simulated bars come from a profile that was calibrated on these real bars; --profile tells."
}
