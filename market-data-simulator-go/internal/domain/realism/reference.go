package realism

// A reference is what is kept of the real bars: enough for all six scores, and
// no price.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Reference holds the statistics of a real panel, how much chance moves them, and
// the scores of nulls and ceiling. Its JSON gives the same scores back.
type Reference struct {
	IntervalSeconds int       `json:"interval_s"`
	Days            int       `json:"days"`
	Symbols         []string  `json:"symbols"`
	Sigma           []float64 `json:"sigma"` // standard deviation of each pair's returns
	Measures        Measures  `json:"measures"`
	FactErrors      []float64 `json:"fact_errors"` // standard errors of the facts
	NullGBM         Scores    `json:"null_gbm"`
	NullShuffled    Scores    `json:"null_shuffled"`
	Ceiling         Scores    `json:"ceiling"`
}

// comparatorDraws is how many draws of each null and of the halves are averaged.
const comparatorDraws = 6

// Streams of random numbers, apart from each other whatever the seed.
const (
	streamErrors uint64 = iota + 1
	streamCeiling
	streamBrownian
	streamShuffled
)

// Build measures the real panel and then nulls and ceiling against it. The seed
// decides the bootstrap and the nulls; the order of the pairs does not matter.
// Errors: an interval without constants, a pair that never moves, too few days.
func Build(real Panel, seed uint64) (Reference, error) {
	return BuildInStages(real, seed, func(string) error { return nil })
}

// BuildInStages is Build for those who wait: it tells each stage before it begins,
// about twenty of like length. An error of tell's ends it.
func BuildInStages(real Panel, seed uint64, tell func(stage string) error) (Reference, error) {
	if err := real.check(); err != nil {
		return Reference{}, err
	}
	s, err := scaleOf(real.Interval)
	if err != nil {
		return Reference{}, err
	}
	if err := real.enough(s); err != nil {
		return Reference{}, err
	}
	real, err = real.pick(slices.Sorted(slices.Values(real.Symbols)))
	if err != nil {
		return Reference{}, err
	}
	if err := tell("sampling error: 60 draws of days"); err != nil {
		return Reference{}, err
	}
	reference := newReference(real, s, stream(seed, streamErrors))
	gbm, mixed, half := stream(seed, streamBrownian), stream(seed, streamShuffled), stream(seed, streamCeiling)
	for _, comparator := range []struct {
		name string
		mean *Scores
		draw func() Scores
	}{
		{"null: Brownian motion", &reference.NullGBM, func() Scores { return reference.compare(brownian(real, gbm), s) }},
		{"null: shuffled bars", &reference.NullShuffled, func() Scores { return reference.compare(shuffled(real, mixed), s) }},
		{"ceiling: half against half", &reference.Ceiling, func() Scores { return halfAgainstHalf(real, s, half) }},
	} {
		if *comparator.mean, err = averageOfDraws(comparator.name, tell, comparator.draw); err != nil {
			return Reference{}, err
		}
	}
	return reference, nil
}

func stream(seed, which uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, which)) }

func newReference(real Panel, s scale, rng *rand.Rand) Reference {
	sigma := real.sigma()
	return Reference{
		IntervalSeconds: int(real.Interval / time.Second), Days: real.Days(), Symbols: real.Symbols, Sigma: sigma,
		Measures: measure(real, s, sigma), FactErrors: bootstrapErrors(real, s, rng),
	}
}

func averageOfDraws(name string, tell func(stage string) error, draw func() Scores) (Scores, error) {
	var all []Scores
	for n := range comparatorDraws {
		if err := tell(fmt.Sprintf("%s, %d of %d", name, n+1, comparatorDraws)); err != nil {
			return Scores{}, err
		}
		all = append(all, draw())
	}
	return meanScores(all), nil
}

func halfAgainstHalf(real Panel, s scale, rng *rand.Rand) Scores {
	one, other := halves(real, rng)
	return newReference(one, s, rng).compare(other, s)
}

// Score compares simulated returns with the real ones. Days beyond those of the
// reference are left out, so that both have the same length; pairs that the
// reference does not know are ignored. Errors: bars of another length, a pair
// that is missing or never moves, too few days for a verdict.
func (r Reference) Score(simulated Panel) (Scores, error) {
	s, err := r.scale()
	if err != nil {
		return Scores{}, err
	}
	if simulated.Interval != s.interval {
		return Scores{}, fmt.Errorf("simulated bars are of %v, the real ones of %v", simulated.Interval, s.interval)
	}
	simulated, err = simulated.pick(r.Symbols)
	if err != nil {
		return Scores{}, err
	}
	if err := simulated.check(); err != nil {
		return Scores{}, fmt.Errorf("simulated: %w", err)
	}
	simulated = simulated.until(r.Days)
	if err := simulated.enough(s); err != nil {
		return Scores{}, err
	}
	return r.compare(simulated, s), nil
}

// scale finds the constants and checks that the reference is whole, because it
// may come from a file.
func (r Reference) scale() (scale, error) {
	s, err := scaleOf(time.Duration(r.IntervalSeconds) * time.Second)
	if err != nil {
		return scale{}, fmt.Errorf("reference: %w", err)
	}
	facts, width := len(factNames(r.Symbols, s)), len(r.Symbols)*featuresPerPair
	whole := len(r.Symbols) > 0 && len(r.Sigma) == len(r.Symbols) && len(r.Measures.Pairs) == len(r.Symbols) &&
		len(r.Measures.Facts) == facts && len(r.FactErrors) == facts &&
		len(r.Measures.Correlation) == len(r.Symbols)*(len(r.Symbols)-1)/2 &&
		len(r.Measures.Windows) == r.Days*s.barsPerDay()/s.window*width
	for i := 0; whole && i < len(r.Symbols); i++ {
		whole = r.Sigma[i] > 0 && r.Measures.Pairs[i].fits(s)
	}
	if !whole {
		return scale{}, fmt.Errorf("reference: measures are incomplete: calibrate the profile again")
	}
	return s, nil
}

// fits says whether the measures have the lengths that the scale asks for.
func (m PairMeasures) fits(s scale) bool {
	return len(m.Clustering) == len(s.clusteringLags) && len(m.Hours) == hoursPerDay &&
		len(m.Deviations) == len(s.horizons) && len(m.Volatility) > 0 && len(m.Tails) == 2*len(tailShares) &&
		len(m.Trend) == len(s.trendWindows)*trendKinds*trendQuantiles
}

// Report is Score beside the nulls and the ceiling.
func (r Reference) Report(simulated Panel) (Report, error) {
	scores, err := r.Score(simulated)
	return Report{Scores: scores, NullGBM: r.NullGBM, NullShuffled: r.NullShuffled, Ceiling: r.Ceiling}, err
}

// compare scores a panel that fits the reference.
func (r Reference) compare(panel Panel, s scale) Scores {
	simulated := measure(panel, s, r.Sigma)
	confidence, failed := confidenceScore(r.checks(simulated.Facts, s))
	return Scores{
		Correlation:    correlationScore(simulated, r.Measures),
		Volatility:     volatilityScore(simulated, r.Measures),
		Distribution:   distributionScore(simulated, r.Measures),
		Trend:          trendScore(simulated, r.Measures),
		Confidence:     confidence,
		Discriminative: discriminativeScore(simulated.Windows, r.Measures.Windows, len(r.Symbols)*featuresPerPair),
		Failed:         failed,
	}
}

func (r Reference) checks(simulated []float64, s scale) []Check {
	var result []Check
	for i, name := range factNames(r.Symbols, s) {
		result = append(result, Check{
			Family: name.family, Pair: name.pair, Fact: name.what,
			Simulated: simulated[i], Real: r.Measures.Facts[i], Allowed: tolerance * r.FactErrors[i],
		})
	}
	return result
}
