package realism

// What a person wants to see behind the scores: each pair by itself, every check,
// the curves that were compared, and what is left to explain once the level of
// volatility, which is a matter of the period, is set to the real one.

import (
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// Comparison is a report with what it is made of. Pairs, curves and checks are of
// the simulation as it is.
type Comparison struct {
	Report
	LevelSet  Scores // of the simulation with each pair's returns scaled to the real standard deviation
	Pairs     []PairComparison
	Checks    []Check // all, those that passed too
	Real      Measures
	Simulated Measures
	Axes      Axes
}

// PairComparison is what one pair adds to the scores.
type PairComparison struct {
	Symbol         string
	RealSigma      float64 // standard deviation of the returns of a bar
	SimulatedSigma float64
	Clustering     float64 // Pearson correlation of the autocorrelations of |r|, at least 0
	Hours          float64 // the same of the hour profiles
	Level          float64 // L of the volatility score
	Mood           float64 // D of the volatility score: 1 - Kolmogorov-Smirnov distance of ln realised volatility
	Distribution   float64
	Trend          float64
	Passed, Checks int // of the facts about this pair alone
}

// Axes are the places at which measures were taken.
type Axes struct {
	ClusteringLags []int     // bars
	Horizons       []int     // bars
	Window         int       // bars, of realised volatility
	TailShares     []float64 // each of the lower tail, then of the upper one
}

// Examine compares as Report does and keeps the details. Errors are those of Score.
func (r Reference) Examine(simulated Panel) (Comparison, error) {
	s, err := r.scale()
	if err != nil {
		return Comparison{}, err
	}
	report, err := r.Report(simulated)
	if err != nil {
		return Comparison{}, err
	}
	if simulated, err = simulated.pick(r.Symbols); err != nil {
		return Comparison{}, err
	}
	simulated = simulated.until(r.Days)
	sigma := simulated.sigma()
	result := Comparison{
		Report: report, LevelSet: r.compare(simulated.scaled(r.Sigma), s),
		Real: r.Measures, Simulated: measure(simulated, s, r.Sigma),
		Axes: Axes{ClusteringLags: s.clusteringLags, Horizons: s.horizons, Window: s.window, TailShares: tailShares},
	}
	result.Checks = r.checks(result.Simulated.Facts, s)
	for i, symbol := range r.Symbols {
		a, b := result.Simulated.Pairs[i], r.Measures.Pairs[i]
		pair := PairComparison{
			Symbol: symbol, RealSigma: r.Sigma[i], SimulatedSigma: sigma[i],
			Clustering: clusteringScore(a, b), Hours: hoursScore(a, b), Level: levelScore(a, b), Mood: moodScore(a, b),
			Distribution: tailScore(a, b), Trend: wayScore(a, b),
		}
		pair.count(result.Checks)
		result.Pairs = append(result.Pairs, pair)
	}
	return result, nil
}

func (p *PairComparison) count(checks []Check) {
	for _, check := range checks {
		if check.Pair == p.Symbol {
			p.Checks++
			if check.Passes() {
				p.Passed++
			}
		}
	}
}

// scaled is the panel with the standard deviations given.
func (p Panel) scaled(sigma []float64) Panel {
	result := Panel{Interval: p.Interval, Symbols: p.Symbols}
	for i, own := range p.sigma() {
		scaled := make([]float64, len(p.Returns[i]))
		for t, r := range p.Returns[i] {
			scaled[t] = r * sigma[i] / own
		}
		result.Returns = append(result.Returns, scaled)
	}
	return result
}

// First is the first days of the panel, or all if it has fewer.
func (p Panel) First(days int) Panel { return p.until(days) }

// MinimumDays is how many whole UTC days a verdict takes, in numbers and in words.
// Errors: an interval for which realism is not defined.
func MinimumDays(interval time.Duration) (days int, words string, err error) {
	s, err := scaleOf(interval)
	return s.minimumDays, s.minimumText, err
}

// Annualised is the volatility of a year of 365 days, as a share of the price, of
// bars with a standard deviation.
func Annualised(sigma float64, interval time.Duration) float64 {
	const year = 365 * day
	return sigma * math.Sqrt(float64(year)/float64(interval))
}

// Entry is a score by its name beside all that it is judged by.
type Entry struct {
	Score        string
	Above        float64 // threshold; 0 for the score without one
	Value        float64
	LevelSet     float64
	NullGBM      float64
	NullShuffled float64
	Ceiling      float64
}

// Passes says whether the value exceeds its threshold; a score without one passes.
func (e Entry) Passes() bool { return e.Above == 0 || e.Value > e.Above }

// String is the entry for people.
func (e Entry) String() string {
	return fmt.Sprintf("%s is %.3f, want above %.2f", e.Score, e.Value, e.Above)
}

// Entries lists the six scores in order.
func (c Comparison) Entries() []Entry {
	value, set, ceiling := c.Scores.values(), c.LevelSet.values(), c.Ceiling.values()
	gbm, mixed := c.NullGBM.values(), c.NullShuffled.values()
	var entries []Entry
	for i := range value {
		entry := Entry{Score: "discriminative", Value: value[i], LevelSet: set[i], NullGBM: gbm[i], NullShuffled: mixed[i], Ceiling: ceiling[i]}
		if i < len(Thresholds) {
			entry.Score, entry.Above = Thresholds[i].Score, Thresholds[i].Above
		}
		entries = append(entries, entry)
	}
	return entries
}

// Period is the midnights between which every series has bars, the days of their
// panel. Errors are those of FromSeries.
func Period(all []bar.Series) (from, to time.Time, err error) { return commonDays(all) }
