package simulation

import (
	"fmt"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// World is what simulations are made of: a fitted market and its instruments. It does not change and may be shared.
type World struct {
	fitted      profile.Profile
	market      model.Market
	instruments []instrument.Instrument
	symbols     []string
}

// NewWorld takes the instruments of the document that the profile has prices for.
func NewWorld(fitted profile.Profile, document []instrument.Instrument) (*World, error) {
	listed, err := fitted.Instruments(document)
	if err != nil {
		return nil, err
	}
	return &World{fitted: fitted, market: model.Of(fitted), instruments: listed, symbols: instrument.Symbols(listed)}, nil
}

// maker makes the path of a seed.
type maker func(seed uint64) (*path.Path, error)

// paths prepares the paths of a method; the path of each seed begins at the start of the spec, with the start prices.
func (w *World) paths(method Method, spec Spec) (maker, error) {
	switch method := method.(type) {
	case Fitted:
		return w.fittedPaths(spec)
	case Modelled:
		return w.modelledPaths(method.Parameters, spec)
	}
	return nil, fmt.Errorf("method %T makes no paths", method)
}

func (w *World) fittedPaths(spec Spec) (maker, error) {
	if spec.FlatHours {
		return nil, errs.InvalidField("flat_hours", true, "false: hours are part of the fitted process")
	}
	fitted := w.fitted
	fitted.Pairs = append([]profile.Pair(nil), fitted.Pairs...)
	if err := w.adjust(spec.Adjustments, func(field string, row int, change Adjustment) error {
		if change.Volatility != nil || change.Drift != nil {
			return errs.InvalidField(field, change.Symbol, "no volatility and no drift: the fitted process has its own")
		}
		if change.Level == nil {
			return nil
		}
		pair := w.market.Pairs[row]
		pair.Level, fitted.Pairs[row].Level = *change.Level, *change.Level
		return pair.Validate(field + ".")
	}); err != nil {
		return nil, err
	}
	return func(seed uint64) (*path.Path, error) { return path.New(fitted, w.instruments, seed, spec.Start) }, nil
}

func (w *World) modelledPaths(parameters model.Parameters, spec Spec) (maker, error) {
	market := w.market
	if spec.FlatHours {
		market = market.Flat()
	}
	market.Pairs = append([]model.Pair(nil), market.Pairs...)
	if err := w.adjust(spec.Adjustments, func(field string, row int, change Adjustment) error {
		pair := &market.Pairs[row]
		for _, one := range []struct{ from, to *float64 }{
			{change.Level, &pair.Level}, {change.Volatility, &pair.Volatility}, {change.Drift, &pair.Drift},
		} {
			if one.from != nil {
				*one.to = *one.from
			}
		}
		return pair.Validate(field + ".")
	}); err != nil {
		return nil, err
	}
	shared, err := model.New(market, parameters, spec.Start)
	if err != nil {
		return nil, err
	}
	rows := market.Rows()
	return func(seed uint64) (*path.Path, error) {
		return path.Over(shared.Process(seed), rows, w.instruments, seed, spec.Start)
	}, nil
}

// adjust applies each adjustment to the row of its pair.
func (w *World) adjust(all []Adjustment, apply func(field string, row int, change Adjustment) error) error {
	pairs := make([]string, len(w.market.Pairs))
	for i, pair := range w.market.Pairs {
		pairs[i] = pair.Symbol
	}
	return adjust(all, pairs, apply)
}

func adjust(all []Adjustment, pairs []string, apply func(field string, row int, change Adjustment) error) error {
	seen := map[string]bool{}
	for n, change := range all {
		field := fmt.Sprintf("pairs[%d]", n)
		row, err := find(field+".symbol", change.Symbol, pairs)
		if err != nil {
			return err
		}
		if seen[change.Symbol] {
			return errs.InvalidField(field+".symbol", change.Symbol, "each pair once")
		}
		seen[change.Symbol] = true
		if err := apply(field, row, change); err != nil {
			return err
		}
	}
	return nil
}
