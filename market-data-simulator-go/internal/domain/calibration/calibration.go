// Package calibration fits a profile to real bars of all pairs together. One procedure serves every set; nothing in it is
// tuned to one. It draws no random number that is not keyed, so the same bars give the same profile, byte for byte.
package calibration

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// Options say what the bars do not.
type Options struct {
	Name        string                  // of the profile
	Regime      string                  // of the market in the period
	Tool        string                  // program and version, for the provenance
	Instruments []instrument.Instrument // whose ticks the simulated prices will be rounded to
	Progress    func(stage string)      // is told each stage before it begins; it may be nil

	seeds int // of the rehearsals; 0 means as many as it takes
}

// referenceSeed keys the bootstrap and the nulls of the reference statistics.
const referenceSeed = 1

// Fit fits the pairs of the series, which are bars of one minute or of one hour, over the period that all of them cover: hour
// profiles and volume counted from the bars, GARCH with Student-t innovations by likelihood, and the superposed model, which
// is the profile's process, by simulated moments. Notes name what a user should know about the data. When the context ends, so
// does the fit, within a fraction of a second and with the context's error.
func Fit(ctx context.Context, all []bar.Series, options Options) (fitted profile.Profile, notes []string, err error) {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b bar.Series) int { return strings.Compare(a.Symbol, b.Symbol) })
	s, err := arrange(all)
	if err != nil {
		return fitted, nil, err
	}
	panel, err := realism.FromSeries(all)
	if err != nil {
		return fitted, nil, err
	}
	reference, err := realism.BuildInStages(panel, referenceSeed, func(stage string) error {
		return options.tell(ctx, "measuring the real bars, "+stage)
	})
	if err != nil {
		return fitted, nil, err
	}
	fitted = profile.Profile{
		Name: options.Name, Process: profile.Superposed, Reference: reference, Provenance: s.provenance(options),
	}
	if notes, err = s.fitPairs(ctx, &fitted, options); err != nil {
		return fitted, nil, err
	}
	return fitted, notes, s.fitFactors(ctx, &fitted, panel, options)
}

// fitPairs fits what each pair has for itself.
func (s *sample) fitPairs(ctx context.Context, fitted *profile.Profile, options Options) (notes []string, err error) {
	innovations := make([][]float64, len(s.pairs))
	for i := range s.pairs {
		p := &s.pairs[i]
		if err := options.tell(ctx, "fitting "+p.symbol); err != nil {
			return nil, err
		}
		tick, note, err := options.tick(p)
		if err != nil {
			return nil, err
		}
		notes = append(notes, note...)
		pair, found, err := s.fitPair(p, tick)
		if err != nil {
			return nil, fmt.Errorf("fit %s: %w", p.symbol, err)
		}
		fitted.Pairs, innovations[i] = append(fitted.Pairs, pair), found
	}
	shareTails(innovations, fitted.Pairs)
	return notes, nil
}

// fitFactors fits the superposed model to all pairs together.
func (s *sample) fitFactors(ctx context.Context, fitted *profile.Profile, panel realism.Panel, options Options) error {
	if err := options.tell(ctx, "drawing what the rehearsals have in common"); err != nil {
		return err
	}
	meter, err := realism.NewMeter(len(panel.Returns), len(panel.Returns[0]), s.base)
	if err != nil {
		return err
	}
	aim, err := newTarget(panel, fitted.Reference, meter)
	if err != nil {
		return err
	}
	var cast []role
	for _, pair := range fitted.Pairs {
		cast = append(cast, newRole(pair, s.base))
	}
	r := newRehearsal(ctx.Err, aim, meter, cast, s.base, options.stages())
	found, err := r.search(guess(s, panel.Returns), func(stage string) error { return options.tell(ctx, stage) })
	if err != nil {
		return err
	}
	fitted.CommonMixing, fitted.Correlation = found.values[found.mixing()], found.matrix()
	for i := range fitted.Pairs {
		fitted.Pairs[i].Factors = found.factors(i)
	}
	return nil
}

func (o Options) stages() int {
	if o.seeds > 0 {
		return o.seeds
	}
	return stages
}

// tell begins a stage, unless the context has ended.
func (o Options) tell(ctx context.Context, stage string) error {
	if o.Progress != nil && ctx.Err() == nil {
		o.Progress(stage)
	}
	return ctx.Err()
}

func (s *sample) provenance(options Options) profile.Provenance {
	return profile.Provenance{
		Regime: options.Regime, Tool: options.Tool, From: s.from.UTC(), BaseStep: s.baseStep(),
		To: s.from.Add(time.Duration(s.slots-1) * s.base).UTC(), Bars: s.bars(), Outages: s.outages(),
	}
}

// fitPair counts and fits one pair but for its factors.
func (s *sample) fitPair(p *pairSample, tick instrument.Increment) (pair profile.Pair, innovations []float64, err error) {
	pair = profile.Pair{Symbol: p.symbol, Level: p.median(), Tick: tick}
	pair.Hours = s.hourProfile(func(slot int) float64 { return math.Abs(p.returns[slot]) })
	curve := process.Curve(pair.Hours, s.base)
	even := missing(s.slots)
	for slot := range even {
		even[slot] = p.returns[slot] / curve[s.ofDay(slot)]
	}
	if pair.Shock, err = fitShock(even); err != nil {
		return pair, nil, err
	}
	innovations, variances := filter(even, pair.Shock)
	pair.Volume, err = s.fitVolume(p, innovations, variances)
	return pair, innovations, err
}
