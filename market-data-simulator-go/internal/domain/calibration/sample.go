// This file lays the bars of all pairs on one grid of base intervals, so that what the pairs do at the same time stays together and
// nothing is differenced across an outage.

package calibration

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// sample is the bars of all pairs side by side. Slot t begins t base intervals after from.
type sample struct {
	base  time.Duration // a minute or an hour
	from  time.Time
	slots int
	pairs []pairSample
}

// pairSample is one pair. What is missing is NaN: an absent bar and the return after it.
type pairSample struct {
	symbol  string
	closes  []float64 // of the bars that are there, in order of time
	returns []float64 // ln(close / close before), by slot
	volumes []float64 // base units, by slot
}

// minimum is the least number of bars that can be fitted, and the same for people.
var minimum = map[time.Duration]struct {
	bars int
	text string
}{time.Minute: {14 * 24 * 60, "14 days"}, time.Hour: {365 * 24, "one year"}}

// arrange checks the series and lays them out over the period that all of them cover.
func arrange(all []bar.Series) (sample, error) {
	if len(all) == 0 {
		return sample{}, fmt.Errorf("no series: want the bars of at least one pair")
	}
	var to time.Time
	s := sample{base: all[0].Interval}
	least, known := minimum[s.base]
	if !known {
		return s, fmt.Errorf("%s: bars of %s: a process is fitted on bars of 1m or 1h", all[0].Symbol, s.base)
	}
	for i, series := range all {
		if series.Interval != s.base {
			return s, fmt.Errorf("%s: bars of %s beside %s with bars of %s: want one interval", series.Symbol, series.Interval, all[0].Symbol, s.base)
		}
		if len(series.Bars) < least.bars {
			return s, fmt.Errorf("%s: %d bars: want at least %d (%s)", series.Symbol, len(series.Bars), least.bars, least.text)
		}
		first, last := series.Bars[0].Time, series.Bars[len(series.Bars)-1].Time
		if i == 0 || first.After(s.from) {
			s.from = first
		}
		if i == 0 || last.Before(to) {
			to = last
		}
	}
	s.slots = int(to.Sub(s.from)/s.base) + 1
	if s.slots < least.bars {
		return s, fmt.Errorf("the pairs have %d bars in common: want at least %d (%s)", max(0, s.slots), least.bars, least.text)
	}
	for _, series := range all {
		s.pairs = append(s.pairs, s.layOut(series))
	}
	return s, nil
}

func (s *sample) layOut(series bar.Series) pairSample {
	p := pairSample{symbol: series.Symbol, returns: missing(s.slots), volumes: missing(s.slots)}
	before := math.NaN()
	due := s.from
	for _, one := range series.Bars {
		slot := int(one.Time.Sub(s.from) / s.base)
		if one.Time.Before(s.from) || slot >= s.slots {
			continue
		}
		if one.Time.Equal(due) {
			p.returns[slot] = math.Log(one.Close / before) // NaN in the first slot
		}
		p.volumes[slot] = one.Volume
		p.closes = append(p.closes, one.Close)
		before, due = one.Close, one.Time.Add(s.base)
	}
	return p
}

func missing(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = math.NaN()
	}
	return values
}

// hour is the UTC hour of a slot.
func (s *sample) hour(slot int) int { return s.ofDay(slot) * profile.Hours / s.perDay() }

// ofDay is which base interval of the UTC day a slot is.
func (s *sample) ofDay(slot int) int {
	passed := s.from.UTC().Sub(s.from.UTC().Truncate(24 * time.Hour))
	return (int(passed/s.base) + slot) % s.perDay()
}

func (s *sample) perDay() int { return int(24 * time.Hour / s.base) }

func (s *sample) minutes() bool { return s.base == time.Minute }

// baseStep is the base interval as a profile names it.
func (s *sample) baseStep() string {
	if s.minutes() {
		return "1m"
	}
	return "1h"
}

// bars is the number of bars of the pair that has fewest.
func (s *sample) bars() int {
	least := s.slots
	for i := range s.pairs {
		least = min(least, len(s.pairs[i].closes))
	}
	return least
}

// outages lists the stretches in which no pair has a bar.
func (s *sample) outages() []profile.Outage {
	found := []profile.Outage{}
	for slot := 0; slot < s.slots; slot++ {
		if !s.silent(slot) {
			continue
		}
		start := slot
		for slot < s.slots && s.silent(slot) {
			slot++
		}
		found = append(found, profile.Outage{From: s.from.Add(time.Duration(start) * s.base), Minutes: int(time.Duration(slot-start) * s.base / time.Minute)})
	}
	return found
}

func (s *sample) silent(slot int) bool {
	return !slices.ContainsFunc(s.pairs, func(p pairSample) bool { return !math.IsNaN(p.volumes[slot]) })
}

// median of the closes.
func (p *pairSample) median() float64 {
	ascending := slices.Sorted(slices.Values(p.closes))
	return ascending[len(ascending)/2]
}
