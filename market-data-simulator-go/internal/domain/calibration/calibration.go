// Package calibration fits a profile to real bars of all pairs together. One procedure serves every set; nothing in it is
// tuned to one. It draws no random number that is not keyed, so the same bars give the same profile, byte for byte.
package calibration

import (
	"fmt"
	"math"
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
	// Progress is told each stage before it begins; an error of its ends the fit. It may be nil.
	Progress func(stage string) error
}

// referenceSeed keys the bootstrap and the nulls of the reference statistics.
const referenceSeed = 1

// Fit fits the pairs of the series, which are bars of one minute, over the period that all of them cover: hour profiles and
// volume counted from the bars, GARCH with Student-t innovations by likelihood and then by simulated moments, dependence
// between the pairs from the innovations and then by simulation. Notes name what a user should know about the data.
func Fit(all []bar.Series, options Options) (fitted profile.Profile, notes []string, err error) {
	s, err := arrange(all)
	if err != nil {
		return fitted, nil, err
	}
	if err := options.tell("measuring the real bars: reference statistics, nulls and ceiling"); err != nil {
		return fitted, nil, err
	}
	panel, err := realism.FromSeries(all)
	if err != nil {
		return fitted, nil, err
	}
	reference, err := realism.Build(panel, referenceSeed)
	if err != nil {
		return fitted, nil, err
	}
	fitted = profile.Profile{Name: options.Name, Reference: reference, Provenance: s.provenance(options)}
	innovations := make([][]float64, len(s.pairs))
	returns := make([][]float64, len(s.pairs))
	for i := range s.pairs {
		p := &s.pairs[i]
		if err := options.tell("fitting " + p.symbol); err != nil {
			return fitted, nil, err
		}
		tick, note, err := options.tick(p)
		if err != nil {
			return fitted, nil, err
		}
		notes = append(notes, note...)
		returns[i] = s.flat(p)
		pair, found, err := s.fitPair(p, tick, returns[i])
		if err != nil {
			return fitted, nil, fmt.Errorf("fit %s: %w", p.symbol, err)
		}
		fitted.Pairs, innovations[i] = append(fitted.Pairs, pair), found
	}
	if err := options.tell("fitting what the pairs have in common"); err != nil {
		return fitted, nil, err
	}
	fitted.Correlation = dependence(innovations, fitted.Pairs)
	return fitted, notes, agree(&fitted, returns, s.from)
}

func (o Options) tell(stage string) error {
	if o.Progress == nil {
		return nil
	}
	return o.Progress(stage)
}

func (s *sample) provenance(options Options) profile.Provenance {
	return profile.Provenance{
		Regime: options.Regime, Tool: options.Tool, From: s.from.UTC(),
		To: s.from.Add(time.Duration(s.slots-1) * profile.Step).UTC(), Bars: s.bars(), Outages: s.outages(),
	}
}

// fitPair fits one pair. Flat are its returns with an outage as a flat stretch, as simulated ones are compared with.
func (s *sample) fitPair(p *pairSample, tick instrument.Increment, flat []float64) (pair profile.Pair, innovations []float64, err error) {
	pair = profile.Pair{Symbol: p.symbol, Level: p.median(), Tick: tick}
	pair.Hours = sharpened(s.hourProfile(func(slot int) float64 { return math.Abs(p.returns[slot]) }))
	day := process.HourCurve(pair.Hours)
	calm := missing(s.slots)
	for slot := range calm {
		calm[slot] = p.returns[slot] / day[s.minuteOfDay(slot)]
	}
	if pair.Shock, err = fitShock(calm); err != nil {
		return pair, nil, err
	}
	if err = refine(&pair, flat, s.from); err != nil {
		return pair, nil, err
	}
	innovations, variances := filter(calm, pair.Shock)
	pair.Volume, err = s.fitVolume(p, innovations, variances)
	return pair, innovations, err
}
