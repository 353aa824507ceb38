// Package simulation makes markets to order: which process, which pairs, how long, from which seed. It checks an order before
// any work is done, tells how large it is, and scores what comes out.
//
//	spec -> World.Plan -> Plan.Bars or Plan.Quantiles -> Plan.Verdict
package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Spec is an order for a simulation.
type Spec struct {
	Method      Method
	Symbols     []string      // which pairs to show, each once; none means all. They do not change the prices of each other
	Start       time.Time     // open time of the first bar, on the grid of the interval and on a whole minute
	End         time.Time     // no bar closes later
	Interval    time.Duration // of the bars
	Seed        uint64
	Adjustments []Adjustment // of pairs, each at most once
	FlatHours   bool         // the same volatility at all hours; of modelled prices only
}

// Adjustment changes what the profile says of one pair. A field that is nil leaves it.
type Adjustment struct {
	Symbol     string
	Level      *float64 // price at the start, quote units per base unit
	Volatility *float64 // a year's, 1 is 100 %; of modelled prices only
	Drift      *float64 // log of the expected growth of a year; of modelled prices only
}

// Method is how prices come about: Fitted, Modelled, MonteCarlo, StationaryBootstrap, DayBlockBootstrap or Replay.
type Method interface{ isMethod() }

// Fitted is the process that was fitted to the profile's market.
type Fitted struct{}

// Modelled is a textbook process on the scale of the profile.
type Modelled struct{ Parameters model.Parameters }

// MonteCarlo is many runs of one process: run k is the simulation of seed + k. It answers with quantiles of prices, not with bars.
type MonteCarlo struct {
	Of        Method    // Fitted or Modelled
	Runs      int       // 2 to MaxRuns
	Quantiles []float64 // rising, inside (0, 1), at most MaxQuantiles
}

// StationaryBootstrap draws blocks of given bars, MeanBlock of them on average.
type StationaryBootstrap struct {
	Bars      []bar.Series
	MeanBlock float64
}

// DayBlockBootstrap draws whole days of given bars; it starts at midnight UTC.
type DayBlockBootstrap struct{ Bars []bar.Series }

// Replay plays given bars again, Speed times as fast.
type Replay struct {
	Bars  []bar.Series
	Speed float64
}

func (Fitted) isMethod()              {}
func (Modelled) isMethod()            {}
func (MonteCarlo) isMethod()          {}
func (StationaryBootstrap) isMethod() {}
func (DayBlockBootstrap) isMethod()   {}
func (Replay) isMethod()              {}

// The limits of one simulation. A day of minutes of seven instruments takes about 0.2 s on one core, a million minutes of
// Monte Carlo runs about a second.
const (
	MaxDays       = 400        // between start and end
	MaxBars       = 1_000_000  // bars times symbols
	MaxRuns       = 10_000     // of a Monte Carlo simulation
	MaxQuantiles  = 21         // likewise
	MaxRunMinutes = 20_000_000 // runs times minutes
	MaxRunPrices  = 5_000_000  // runs times intervals times symbols
)

// DefaultQuantiles are those of a Monte Carlo simulation that does not say.
func DefaultQuantiles() []float64 { return []float64{0.05, 0.25, 0.5, 0.75, 0.95} }

const day = 24 * time.Hour

// checkPeriod checks start, end and interval and answers with the number of bars.
func (s Spec) checkPeriod() (bars int, err error) {
	interval := s.Interval
	fits := interval >= time.Second && interval%time.Second == 0 && day%interval == 0 &&
		(interval%time.Minute == 0 || time.Minute%interval == 0)
	grid := max(interval, time.Minute)
	switch {
	case !fits:
		return 0, errs.InvalidField("interval", interval.String(), "whole seconds that divide a minute, or whole minutes that divide a day")
	case !s.Start.Equal(s.Start.Truncate(grid)):
		return 0, errs.InvalidField("start", s.Start.UTC().Format(time.RFC3339Nano), "a time on the grid of "+grid.String())
	case !s.End.After(s.Start):
		return 0, errs.InvalidField("end", s.End.UTC().Format(time.RFC3339Nano), "a time after the start, "+s.Start.UTC().Format(time.RFC3339))
	case s.End.Sub(s.Start) > MaxDays*day:
		return 0, tooMuch("end", s.End.UTC().Format(time.RFC3339Nano), fmt.Sprintf("at most %d days after the start", MaxDays))
	case s.End.Sub(s.Start) < interval:
		return 0, errs.InvalidField("end", s.End.UTC().Format(time.RFC3339Nano), "at least one interval, "+interval.String()+", after the start")
	}
	return int(s.End.Sub(s.Start) / interval), nil
}

// tooMuch refuses an order that is larger than a limit.
func tooMuch(field string, value any, want string) error {
	refused := errs.InvalidField(field, value, want)
	refused.Reason = "SIMULATION_TOO_LARGE"
	return refused
}

// choose is the positions of the symbols in the list of those there are: all of them when none is named.
func choose(symbols, known []string) ([]int, error) {
	var chosen []int
	if len(symbols) == 0 {
		for i := range known {
			chosen = append(chosen, i)
		}
		return chosen, nil
	}
	for n, symbol := range symbols {
		field := fmt.Sprintf("symbols[%d]", n)
		position, err := find(field, symbol, known)
		if err != nil {
			return nil, err
		}
		if slices.Contains(chosen, position) {
			return nil, errs.InvalidField(field, symbol, "each symbol once")
		}
		chosen = append(chosen, position)
	}
	return chosen, nil
}

func find(field, symbol string, known []string) (int, error) {
	position := slices.Index(known, symbol)
	if position < 0 {
		return 0, errs.New(errs.NotFound, "UNKNOWN_SYMBOL", "%s is %q: known are %v", field, symbol, known).
			With("field", field).With("value", symbol)
	}
	return position, nil
}
