package simulation

import (
	"context"
	"fmt"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Plan is an order that can be carried out. It serves one caller at a time.
type Plan struct {
	Spec
	Bars    int // a symbol
	source  source
	chosen  []int
	runs    MonteCarlo
	maker   maker
	symbols []string
}

// source is a market in the making, with all of its pairs.
type source interface {
	symbols() []string
	// bars yields those of the chosen symbols, one call an interval; the slice is reused.
	bars(chosen []int, yield func(bars []bar.Bar) bool) error
	// judge is the reference and the returns to compare with it, or says why there is no verdict.
	judge(ctx context.Context) (realism.Reference, realism.Panel, error)
}

// Plan checks an order. Errors name the field, its value and what was expected; an unknown symbol is answered with the known ones.
func (w *World) Plan(spec Spec) (*Plan, error) {
	count, err := spec.checkPeriod()
	if err != nil {
		return nil, err
	}
	p := &Plan{Spec: spec, Bars: count}
	switch method := spec.Method.(type) {
	case Fitted, Modelled:
		err = p.withPath(w, method)
	case MonteCarlo:
		err = p.withRuns(w, method)
	case StationaryBootstrap, DayBlockBootstrap, Replay:
		err = p.withSample(w, method)
	default:
		err = fmt.Errorf("no method is named")
	}
	if err != nil {
		return nil, err
	}
	if p.chosen, err = choose(spec.Symbols, p.symbols); err != nil {
		return nil, err
	}
	p.Symbols = nil
	for _, i := range p.chosen {
		p.Symbols = append(p.Symbols, p.symbols[i])
	}
	return p, p.checkSize()
}

func (p *Plan) withPath(w *World, method Method) error {
	make, err := w.paths(method, p.Spec)
	if err != nil {
		return err
	}
	prices, err := make(p.Seed)
	p.source, p.symbols = &walked{path: prices, spec: p.Spec, reference: w.fitted.Reference}, w.symbols
	return err
}

func (p *Plan) checkSize() error {
	total := p.Bars * len(p.Symbols)
	if p.source != nil && total > MaxBars {
		return tooMuch("end", total, fmt.Sprintf("at most %d bars of all symbols together: a longer interval, fewer symbols or a shorter time", MaxBars))
	}
	if p.source == nil {
		return p.checkRuns()
	}
	return nil
}

// IsMonteCarlo tells whether the plan makes quantiles instead of bars.
func (p *Plan) IsMonteCarlo() bool { return p.source == nil }

// EachBar yields the bars, one call an interval in order of time, with a bar for each of Symbols; the slice is reused. It ends
// early when yield answers false.
func (p *Plan) EachBar(yield func(bars []bar.Bar) bool) error {
	if p.source == nil {
		return errs.New(errs.Internal, "NO_BARS", "a Monte Carlo simulation has quantiles, no bars")
	}
	return p.source.bars(p.chosen, yield)
}
