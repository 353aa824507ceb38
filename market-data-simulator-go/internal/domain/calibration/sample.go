// This file lays the bars of all pairs on one grid of minutes, so that what the pairs do at the same time stays together and
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

// sample is the bars of all pairs side by side. Slot t begins at from + t minutes.
type sample struct {
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

// minimumBars is the least number of bars a pair that can be fitted: two weeks.
const minimumBars = 14 * 24 * 60

// arrange checks the series and lays them out over the period that all of them cover.
func arrange(all []bar.Series) (sample, error) {
	if len(all) == 0 {
		return sample{}, fmt.Errorf("no series: want the bars of at least one pair")
	}
	var to time.Time
	s := sample{}
	for i, series := range all {
		if series.Interval != profile.Step {
			return s, fmt.Errorf("%s: bars of %s: the process is fitted on bars of %s", series.Symbol, series.Interval, profile.Step)
		}
		if len(series.Bars) < minimumBars {
			return s, fmt.Errorf("%s: %d bars: want at least %d (14 days)", series.Symbol, len(series.Bars), minimumBars)
		}
		first, last := series.Bars[0].Time, series.Bars[len(series.Bars)-1].Time
		if i == 0 || first.After(s.from) {
			s.from = first
		}
		if i == 0 || last.Before(to) {
			to = last
		}
	}
	s.slots = int(to.Sub(s.from)/profile.Step) + 1
	if s.slots < minimumBars {
		return s, fmt.Errorf("the pairs have %d minutes in common: want at least %d (14 days)", max(0, s.slots), minimumBars)
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
		slot := int(one.Time.Sub(s.from) / profile.Step)
		if one.Time.Before(s.from) || slot >= s.slots {
			continue
		}
		if one.Time.Equal(due) {
			p.returns[slot] = math.Log(one.Close / before) // NaN in the first slot
		}
		p.volumes[slot] = one.Volume
		p.closes = append(p.closes, one.Close)
		before, due = one.Close, one.Time.Add(profile.Step)
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

// flat is the returns of a pair with every absent bar as a flat one: the bar after it carries the whole move.
func (s *sample) flat(p *pairSample) []float64 {
	returns := make([]float64, s.slots)
	next, before := 0, p.closes[0]
	for slot := range returns {
		if !math.IsNaN(p.volumes[slot]) {
			returns[slot] = math.Log(p.closes[next] / before)
			before = p.closes[next]
			next++
		}
	}
	return returns
}

// hour is the UTC hour of a slot.
func (s *sample) hour(slot int) int { return s.minuteOfDay(slot) / 60 }

func (s *sample) minuteOfDay(slot int) int {
	return (s.from.Hour()*60 + s.from.Minute() + slot) % (24 * 60)
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
		found = append(found, profile.Outage{From: s.from.Add(time.Duration(start) * profile.Step), Minutes: slot - start})
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
