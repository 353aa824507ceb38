package grpcapi

// Scenario specifications as they stand on the wire.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/scenarios"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// specs decodes specifications for the instruments that there are.
type specs struct {
	catalogue   *catalogue
	instruments []instrument.Instrument
	document    func(context.Context) (scenarios.Document, error)
}

// decode turns a specification into phases with all defaults filled in.
func (s specs) decode(ctx context.Context, spec *marketdatav1.ScenarioSpec) (name string, phases []scenario.Phase, err error) {
	if name = spec.GetName(); len(name) > scenario.MaxName {
		return "", nil, errs.InvalidField("spec.name", shown(name), fmt.Sprintf("at most %d bytes", scenario.MaxName))
	}
	switch {
	case len(spec.GetPhases()) > scenario.MaxPhases:
		err = &scenario.InvalidError{Field: "phases", Value: fmt.Sprintf("%d phases", len(spec.GetPhases())), Want: fmt.Sprintf("1 to %d", scenario.MaxPhases)}
	case len(spec.GetPhases()) > 0:
		phases, err = decodePhases(spec.GetPhases())
	case name != "":
		phases, err = s.named(ctx, name)
	default:
		err = &scenario.InvalidError{Field: "phases", Want: "1 to 32 phases, or a name of the scenarios document"}
	}
	for n, phase := range phases {
		if err == nil {
			err = s.check(fmt.Sprintf("spec.phases[%d]", n), phase)
		}
	}
	return name, phases, invalid("spec.", err)
}

// invalid classifies the error of a scenario; field names begin with a prefix. Others stay what they are.
func invalid(prefix string, err error) error {
	if bad, ok := errors.AsType[*scenario.InvalidError](err); ok {
		return errs.InvalidField(prefix+bad.Field, shown(bad.Value), bad.Want)
	}
	return err
}

// named takes the phases of a scenario of the document.
func (s specs) named(ctx context.Context, name string) ([]scenario.Phase, error) {
	document, err := s.document(ctx)
	if err != nil {
		return nil, errs.New(errs.FailedPrecondition, "SCENARIOS_UNREADABLE", "the scenarios document cannot be used: %w", err)
	}
	found, ok := document.Find(name)
	if !ok {
		return nil, errs.New(errs.NotFound, "UNKNOWN_SCENARIO", "no scenario %q in the scenarios document: there are %s; or send phases",
			shown(name), strings.Join(document.Names(), ", ")).With("field", "spec.name").With("value", shown(name))
	}
	return found.Decode()
}

// check tells whether the symbols of a phase can do what it says.
func (s specs) check(field string, phase scenario.Phase) error {
	for n, symbol := range phase.Symbols {
		at := fmt.Sprintf("%s.symbols[%d]", field, n)
		position, err := s.catalogue.find(at, symbol)
		if err != nil {
			return err
		}
		one := s.instruments[position]
		switch {
		case slices.Contains(phase.Symbols[:n], symbol):
			return errs.InvalidField(at, symbol, "each symbol once")
		case one.Source == instrument.Derived:
			return errs.InvalidField(at, symbol, fmt.Sprintf("a symbol with a price of its own: this one follows %s and %s", one.Numerator, one.Denominator))
		case phase.Kind == scenario.Depeg && one.Source != instrument.Pegged:
			return errs.InvalidField(at, symbol, "a pegged symbol: "+s.pegged())
		}
	}
	if phase.Kind == scenario.Depeg && s.pegged() == "" {
		return errs.InvalidField(field+".type", string(phase.Kind), "another type: no instrument here is pegged")
	}
	return nil
}

func (s specs) pegged() string {
	var pegged []string
	for _, one := range s.instruments {
		if one.Source == instrument.Pegged {
			pegged = append(pegged, one.Symbol)
		}
	}
	return list(pegged)
}

const typePrefix = "SCENARIO_TYPE_"

func decodePhases(asked []*marketdatav1.ScenarioPhase) ([]scenario.Phase, error) {
	phases := make([]scenario.Phase, len(asked))
	for n, one := range asked {
		draft := scenario.Draft{
			Kind:    scenario.Kind(strings.TrimPrefix(one.GetType().String(), typePrefix)),
			Symbols: one.GetSymbols(), Intensity: one.GetIntensity(), Share: one.RecoveryShare,
		}
		var start, duration *time.Duration
		for _, field := range []struct {
			name  string
			asked *durationpb.Duration
			value **time.Duration
		}{
			{"start", one.GetStart(), &start},
			{"duration", one.GetDuration(), &duration},
			{"onset", one.GetOnset(), &draft.Onset},
			{"recovery", one.GetRecovery(), &draft.Recovery},
		} {
			if field.asked == nil {
				continue
			}
			if field.asked.CheckValid() != nil {
				return nil, scenario.InPhase(n, &scenario.InvalidError{Field: field.name, Value: "not a duration", Want: "whole seconds"})
			}
			value := field.asked.AsDuration()
			*field.value = &value
		}
		if start != nil {
			draft.Start = *start
		}
		if duration != nil {
			draft.Duration = *duration
		}
		var err error
		if phases[n], err = draft.Phase(); err != nil {
			return nil, scenario.InPhase(n, err)
		}
	}
	return phases, nil
}

func encodeSpec(name string, phases []scenario.Phase) *marketdatav1.ScenarioSpec {
	spec := &marketdatav1.ScenarioSpec{Name: name}
	for _, one := range phases {
		spec.Phases = append(spec.Phases, &marketdatav1.ScenarioPhase{
			Type:    marketdatav1.ScenarioType(marketdatav1.ScenarioType_value[typePrefix+string(one.Kind)]),
			Symbols: one.Symbols, Intensity: one.Intensity, Start: durationpb.New(one.Start), Duration: durationpb.New(one.Duration),
			Onset: durationpb.New(one.Onset), Recovery: durationpb.New(one.Recovery), RecoveryShare: &one.Share,
		})
	}
	return spec
}
