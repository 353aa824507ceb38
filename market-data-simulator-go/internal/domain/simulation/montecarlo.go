package simulation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// QuantilePath is one quantile of the price of one pair at the end of each interval.
type QuantilePath struct {
	Symbol   string
	Quantile float64
	Prices   []float64 // quote units per base unit; at the end of the first interval, the second ..
}

// withRuns prepares many runs.
func (p *Plan) withRuns(w *World, method MonteCarlo) (err error) {
	if p.maker, err = w.paths(method.Of, p.Spec); err != nil {
		return err
	}
	if method.Quantiles == nil {
		method.Quantiles = DefaultQuantiles()
	}
	p.runs, p.symbols = method, w.symbols
	return method.check(p.Interval)
}

func (m MonteCarlo) check(interval time.Duration) error {
	if m.Runs < 2 || m.Runs > MaxRuns {
		return errs.InvalidField("monte_carlo.runs", m.Runs, fmt.Sprintf("2 to %d", MaxRuns))
	}
	if len(m.Quantiles) > MaxQuantiles {
		return errs.InvalidField("monte_carlo.quantiles", len(m.Quantiles), fmt.Sprintf("at most %d of them", MaxQuantiles))
	}
	before := 0.0
	for n, quantile := range m.Quantiles {
		if !(quantile > before && quantile < 1) {
			return errs.InvalidField(fmt.Sprintf("monte_carlo.quantiles[%d]", n), quantile, "quantiles in rising order, between 0 and 1")
		}
		before = quantile
	}
	if interval < time.Minute {
		return errs.InvalidField("interval", interval.String(), "at least 1m for a Monte Carlo simulation")
	}
	return nil
}

func (p *Plan) checkRuns() error {
	minutes := p.Bars * int(p.Interval/time.Minute) * p.runs.Runs
	if minutes > MaxRunMinutes {
		return tooMuch("monte_carlo.runs", p.runs.Runs, fmt.Sprintf("runs times minutes of at most %d, it is %d", MaxRunMinutes, minutes))
	}
	if prices := p.Bars * len(p.Symbols) * p.runs.Runs; prices > MaxRunPrices {
		return tooMuch("monte_carlo.runs", p.runs.Runs, fmt.Sprintf("runs times intervals times symbols of at most %d, it is %d", MaxRunPrices, prices))
	}
	return nil
}

// Quantiles makes the runs of a Monte Carlo plan: for each of Symbols a path for each quantile (the least price that at least that
// share of the runs does not exceed). It ends with the context's error when the context does.
func (p *Plan) Quantiles(ctx context.Context) ([]QuantilePath, error) {
	prices := make([]float64, p.Bars*len(p.chosen)*p.runs.Runs) // [symbol][interval][run]
	for run := range p.runs.Runs {
		if err := p.run(ctx, run, prices); err != nil {
			return nil, err
		}
	}
	var paths []QuantilePath
	for n, symbol := range p.Symbols {
		first := len(paths)
		for _, quantile := range p.runs.Quantiles {
			paths = append(paths, QuantilePath{Symbol: symbol, Quantile: quantile})
		}
		for at := range p.Bars {
			cell := prices[(n*p.Bars+at)*p.runs.Runs:][:p.runs.Runs]
			slices.Sort(cell)
			for q, quantile := range p.runs.Quantiles {
				paths[first+q].Prices = append(paths[first+q].Prices, stat.Quantile(quantile, stat.Empirical, cell, nil))
			}
		}
	}
	return paths, nil
}

// run fills in the prices of one run.
func (p *Plan) run(ctx context.Context, run int, prices []float64) error {
	walk, err := p.maker(p.Seed + uint64(run))
	if err != nil {
		return err
	}
	at := -1 // the first price is the start's
	err = walk.Prices(p.Start, p.End, p.Interval, func(all []float64) bool {
		for n, i := range p.chosen {
			if at >= 0 {
				prices[(n*p.Bars+at)*p.runs.Runs+run] = all[i]
			}
		}
		at++
		return at%checkEvery != 0 || ctx.Err() == nil
	})
	if err != nil {
		return err
	}
	return ctx.Err()
}

// checkEvery is the number of intervals after which a run looks whether anybody still waits for it.
const checkEvery = 1024
