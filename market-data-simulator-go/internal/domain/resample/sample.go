// Package resample makes new markets of given bars: by drawing blocks of them at random, or by playing them again. It works on
// the bars' own grid: what lies inside of a bar is the bar's. All pairs are drawn together, so that whatever they do at the
// same time stays as it was.
package resample

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const day = 24 * time.Hour

// Sample is given bars of several pairs at the same times. It does not change and may be shared.
type Sample struct {
	interval time.Duration
	symbols  []string
	bars     [][]bar.Bar // by pair
	bases    [][]float64 // what each bar starts from: the close before, of the first its own open
}

// New takes bars in. Every pair has bars at the same times, in rising order, on the grid of one interval that divides a day; times
// that all pairs lack are gaps. Errors name the pair, the bar and what is wrong with it.
func New(all []bar.Series) (*Sample, error) {
	if len(all) == 0 {
		return nil, errs.InvalidField("bars", "", "at least one pair's")
	}
	s := &Sample{interval: all[0].Interval}
	if s.interval < time.Second || day%s.interval != 0 {
		return nil, errs.InvalidField("bars.interval", s.interval.String(), "whole seconds that divide a day")
	}
	for _, series := range all {
		if err := s.add(series); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Sample) add(series bar.Series) error {
	if slices.Contains(s.symbols, series.Symbol) {
		return errs.InvalidField("bars.symbol", series.Symbol, "each pair once")
	}
	if series.Interval != s.interval {
		return errs.InvalidField("bars.interval", series.Interval.String(), fmt.Sprintf("%s, as %s has", s.interval, s.symbols[0]))
	}
	if err := Check(series); err != nil {
		return err
	}
	if len(s.bars) > 0 {
		if err := sameTimes(series, s.bars[0], s.symbols[0]); err != nil {
			return err
		}
	}
	bases := make([]float64, len(series.Bars))
	bases[0] = series.Bars[0].Open
	for n, one := range series.Bars[:len(bases)-1] {
		bases[n+1] = one.Close
	}
	s.symbols, s.bars, s.bases = append(s.symbols, series.Symbol), append(s.bars, series.Bars), append(s.bases, bases)
	return nil
}

func sameTimes(series bar.Series, others []bar.Bar, other string) error {
	if len(series.Bars) != len(others) {
		return errs.InvalidField("bars", len(series.Bars), fmt.Sprintf("%d bars of %s, as of %s", len(others), series.Symbol, other))
	}
	for n, one := range series.Bars {
		if !one.Time.Equal(others[n].Time) {
			return errs.InvalidField(fmt.Sprintf("bars[%d].time", n), one.Time.UTC().Format(time.RFC3339),
				fmt.Sprintf("%s in %s, as in %s", others[n].Time.UTC().Format(time.RFC3339), series.Symbol, other))
		}
	}
	return nil
}

// longestSpan is the most intervals between the first bar of a series and its last: whoever aligns bars makes room for the gaps.
const longestSpan = 2_000_000

// Check names the first bar of a series that is none: a price that is not positive, a range that does not hold open and close, a
// negative volume, a time off the grid or not after the one before, or far from the others.
func Check(series bar.Series) error {
	if len(series.Bars) == 0 {
		return errs.InvalidField("bars", series.Symbol, "at least one bar of each pair")
	}
	if span := series.Bars[len(series.Bars)-1].Time.Sub(series.Bars[0].Time); span/longestSpan > series.Interval {
		return errs.InvalidField("bars of "+series.Symbol, span.String(), fmt.Sprintf("at most %d intervals from the first bar to the last", longestSpan))
	}
	for n, one := range series.Bars {
		field := fmt.Sprintf("bars[%d] of %s", n, series.Symbol)
		switch {
		case !(one.Low > 0 && one.High < math.Inf(1) && one.Volume >= 0 && one.Volume < math.Inf(1)):
			return errs.InvalidField(field, fmt.Sprintf("%+v", one), "positive prices and no negative volume")
		case !(one.Low <= min(one.Open, one.Close) && max(one.Open, one.Close) <= one.High):
			return errs.InvalidField(field, fmt.Sprintf("%+v", one), "low <= open, close <= high")
		case !one.Time.Equal(one.Time.Truncate(series.Interval)):
			return errs.InvalidField(field, one.Time.UTC().Format(time.RFC3339Nano), "a time on the grid of "+series.Interval.String())
		case n > 0 && !one.Time.After(series.Bars[n-1].Time):
			return errs.InvalidField(field, one.Time.UTC().Format(time.RFC3339), "a time after that of the bar before")
		}
	}
	return nil
}

// Interval is that of the bars.
func (s *Sample) Interval() time.Duration { return s.interval }

// Symbols are the pairs, in the order in which they were given.
func (s *Sample) Symbols() []string { return s.symbols }

// Len is the number of bars of each pair.
func (s *Sample) Len() int { return len(s.bars[0]) }

// Level is the open of the first bar of a pair.
func (s *Sample) Level(pair int) float64 { return s.bases[pair][0] }

// Series are the bars as they were given.
func (s *Sample) Series() []bar.Series {
	all := make([]bar.Series, len(s.symbols))
	for i, symbol := range s.symbols {
		all[i] = bar.Series{Symbol: symbol, Interval: s.interval, Bars: s.bars[i]}
	}
	return all
}

// wholeDays are the positions of the midnights that begin a day without gaps.
func (s *Sample) wholeDays() (starts []int64) {
	perDay := int(day / s.interval)
	for n := 0; n+perDay <= s.Len(); n++ {
		first, last := s.bars[0][n].Time, s.bars[0][n+perDay-1].Time
		if first.Equal(first.Truncate(day)) && last.Sub(first) == day-s.interval {
			starts = append(starts, int64(n))
			n += perDay - 1
		}
	}
	return starts
}
