package realism

// A panel is the input of everything here: the returns of all pairs side by
// side, so that whatever they do together stays visible.

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

const (
	day           = hoursPerDay * time.Hour
	largestReturn = 100 // a price times e^100 is no price; keeps sums of squares finite
)

// Panel has the log returns of several pairs over the same whole UTC days: a
// full row of bars for each day, from midnight on.
type Panel struct {
	Interval time.Duration
	Symbols  []string
	Returns  [][]float64 // by pair, then by bar; ln(close / close before)
}

// FromSeries aligns the pairs on the whole UTC days that all of them cover. A
// bar that is absent (an outage of the exchange) is flat: return 0, and the next
// bar carries the whole move. Series have rising times on the grid of their
// interval. Errors: no series, a pair twice, intervals that differ, no common
// whole day, a pair that never moves.
func FromSeries(all []bar.Series) (Panel, error) {
	if len(all) == 0 {
		return Panel{}, fmt.Errorf("realism needs at least one pair")
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b bar.Series) int { return strings.Compare(a.Symbol, b.Symbol) })
	panel := Panel{Interval: all[0].Interval}
	if err := checkInterval(panel.Interval); err != nil {
		return Panel{}, err
	}
	start, end, err := commonDays(all)
	if err != nil {
		return Panel{}, err
	}
	for _, series := range all {
		panel.Symbols = append(panel.Symbols, series.Symbol)
		panel.Returns = append(panel.Returns, returns(series, start, end))
	}
	return panel, panel.check()
}

// commonDays returns the midnights between which every pair has bars.
func commonDays(all []bar.Series) (start, end time.Time, err error) {
	for i, series := range all {
		if series.Interval != all[0].Interval {
			return start, end, fmt.Errorf("%s has bars of %v, %s of %v: want one interval",
				series.Symbol, series.Interval, all[0].Symbol, all[0].Interval)
		}
		if len(series.Bars) == 0 {
			return start, end, fmt.Errorf("%s has no bars", series.Symbol)
		}
		first := series.Bars[0].Time.Add(day - 1).Truncate(day)
		last := series.Bars[len(series.Bars)-1].Time.Add(series.Interval).Truncate(day)
		if i == 0 || first.After(start) {
			start = first
		}
		if i == 0 || last.Before(end) {
			end = last
		}
	}
	if !start.Before(end) {
		return start, end, fmt.Errorf("the pairs have no whole UTC day in common")
	}
	return start, end, nil
}

// returns of the bars in [start, end). The very first bar of a series has no
// close before it and is measured from its open.
func returns(series bar.Series, start, end time.Time) []float64 {
	result := make([]float64, int(end.Sub(start)/series.Interval))
	last := series.Bars[0].Open
	for _, b := range series.Bars {
		if !b.Time.Before(end) {
			break
		}
		if !b.Time.Before(start) {
			result[int(b.Time.Sub(start)/series.Interval)] = math.Log(b.Close / last)
		}
		last = b.Close
	}
	return result
}

// Days returns how many whole days the panel covers.
func (p Panel) Days() int {
	if len(p.Returns) == 0 || p.Interval <= 0 {
		return 0
	}
	return len(p.Returns[0]) / int(day/p.Interval)
}

// check finds what would make a score meaningless.
func (p Panel) check() error {
	if err := checkInterval(p.Interval); err != nil {
		return err
	}
	if len(p.Symbols) == 0 || len(p.Symbols) != len(p.Returns) {
		return fmt.Errorf("panel names %d pairs and has returns of %d", len(p.Symbols), len(p.Returns))
	}
	for i, symbol := range p.Symbols {
		if slices.Contains(p.Symbols[:i], symbol) {
			return fmt.Errorf("%s is in the panel twice", symbol)
		}
		if err := p.checkPair(i); err != nil {
			return fmt.Errorf("%s: %w", symbol, err)
		}
	}
	return nil
}

func checkInterval(interval time.Duration) error {
	if interval <= 0 || day%interval != 0 {
		return fmt.Errorf("bars of %v do not divide a day", interval)
	}
	return nil
}

func (p Panel) checkPair(i int) error {
	r := p.Returns[i]
	if len(r) != len(p.Returns[0]) || len(r) == 0 || len(r)%int(day/p.Interval) != 0 {
		return fmt.Errorf("%d returns, want whole days of %v and as many as the other pairs", len(r), p.Interval)
	}
	constant := true
	for t, x := range r {
		if !(math.Abs(x) <= largestReturn) {
			return fmt.Errorf("return %d is %v, want a log return between -%d and %[3]d", t, x, largestReturn)
		}
		constant = constant && x == r[0]
	}
	if constant {
		return fmt.Errorf("the price is constant (every return is %g)", r[0])
	}
	return nil
}

// enough says why there is too little for a verdict, or nil.
func (p Panel) enough(s scale) error {
	if p.Days() < s.minimumDays {
		return fmt.Errorf("%d whole UTC days are too few for a verdict: want at least %s", p.Days(), s.minimumText)
	}
	return nil
}

// pick returns the panel with exactly these pairs in this order.
func (p Panel) pick(symbols []string) (Panel, error) {
	picked := Panel{Interval: p.Interval, Symbols: symbols}
	for _, symbol := range symbols {
		i := slices.Index(p.Symbols, symbol)
		if i < 0 {
			return Panel{}, fmt.Errorf("pair %s is missing: want %s, have %s",
				symbol, strings.Join(symbols, " "), strings.Join(p.Symbols, " "))
		}
		picked.Returns = append(picked.Returns, p.Returns[i])
	}
	return picked, nil
}

// days returns the panel made of these days, in this order; a day may come more
// than once.
func (p Panel) days(chosen []int) Panel {
	length := int(day / p.Interval)
	result := Panel{Interval: p.Interval, Symbols: p.Symbols}
	for _, r := range p.Returns {
		joined := make([]float64, 0, len(chosen)*length)
		for _, d := range chosen {
			joined = append(joined, r[d*length:(d+1)*length]...)
		}
		result.Returns = append(result.Returns, joined)
	}
	return result
}

// until returns the first n days of the panel, or all if it has fewer.
func (p Panel) until(n int) Panel {
	result := Panel{Interval: p.Interval, Symbols: p.Symbols}
	bars := min(n, p.Days()) * int(day/p.Interval)
	for _, r := range p.Returns {
		result.Returns = append(result.Returns, r[:bars])
	}
	return result
}
