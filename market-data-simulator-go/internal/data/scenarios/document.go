// Package scenarios reads scenarios from outside bytes: the `scenarios` configuration document, and the entries of the log that
// replicas share.
package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// Document is the `scenarios` configuration document: scenarios of several phases, to be injected by name.
type Document struct {
	Scenarios []Named `json:"scenarios"`
}

// Named is a scenario of the document.
type Named struct {
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	Phases      []Phase `json:"phases"`
}

// Phase is a phase of the document. Times are durations such as 90s or 1h30m. Without ramp and hold, and without recover, the
// type's defaults hold; with one of ramp and hold, the other is 0.
type Phase struct {
	Type         string   `json:"type"`
	Symbols      []string `json:"symbols,omitempty"`
	Intensity    float64  `json:"intensity,omitempty"`
	Start        string   `json:"start,omitempty"`
	Ramp         string   `json:"ramp,omitempty"`
	Hold         string   `json:"hold,omitempty"`
	Recover      string   `json:"recover,omitempty"`
	RecoverShare *float64 `json:"recover_share,omitempty"`
}

// Validate says what is wrong with the document.
func (d *Document) Validate() error {
	names := map[string]bool{}
	for n, one := range d.Scenarios {
		if err := scenario.CheckID(one.Name); err != nil {
			return fmt.Errorf("scenarios[%d].name is %q: want up to 64 letters, digits and . _ : - that begin with a letter or digit", n, one.Name)
		}
		if names[one.Name] {
			return fmt.Errorf("scenarios[%d]: the name %q is there twice", n, one.Name)
		}
		names[one.Name] = true
		if _, err := one.Decode(); err != nil {
			return fmt.Errorf("scenarios[%d] (%s): %w", n, one.Name, err)
		}
	}
	return nil
}

// Names lists the scenarios, sorted.
func (d *Document) Names() []string {
	names := []string{}
	for _, one := range d.Scenarios {
		names = append(names, one.Name)
	}
	slices.Sort(names)
	return names
}

// Find returns the scenario of a name.
func (d *Document) Find(name string) (Named, bool) {
	at := slices.IndexFunc(d.Scenarios, func(one Named) bool { return one.Name == name })
	if at < 0 {
		return Named{}, false
	}
	return d.Scenarios[at], true
}

// Decode turns a scenario of the document into phases. An error names the field as it stands in the document.
func (n Named) Decode() ([]scenario.Phase, error) {
	phases := []scenario.Phase{}
	for at, one := range n.Phases {
		phase, err := one.decode()
		if err != nil {
			return nil, scenario.InPhase(at, renamed(err))
		}
		phases = append(phases, phase)
	}
	return phases, scenario.CheckPhases(phases)
}

// renamed gives an error the names that fields have in the document.
func renamed(err error) error {
	if invalid, ok := errors.AsType[*scenario.InvalidError](err); ok {
		names := map[string]string{"onset": "ramp", "duration": "ramp + hold", "recovery": "recover", "recovery_share": "recover_share"}
		return &scenario.InvalidError{Field: cmp.Or(names[invalid.Field], invalid.Field), Value: invalid.Value, Want: invalid.Want}
	}
	return err
}

func (p Phase) decode() (scenario.Phase, error) {
	kind, err := scenario.ParseKind(p.Type)
	if err != nil {
		return scenario.Phase{}, err
	}
	draft := scenario.Draft{Kind: kind, Symbols: p.Symbols, Intensity: p.Intensity, Share: p.RecoverShare}
	var start, ramp, hold, recovery *time.Duration
	for _, field := range []struct {
		name, text string
		value      **time.Duration
	}{{"start", p.Start, &start}, {"ramp", p.Ramp, &ramp}, {"hold", p.Hold, &hold}, {"recover", p.Recover, &recovery}} {
		if *field.value, err = duration(field.name, field.text); err != nil {
			return scenario.Phase{}, err
		}
	}
	if start != nil {
		draft.Start = *start
	}
	if ramp != nil || hold != nil {
		draft.Onset = cmp.Or(ramp, new(time.Duration))
		draft.Duration = *draft.Onset + *cmp.Or(hold, new(time.Duration))
		if draft.Duration == 0 {
			return scenario.Phase{}, &scenario.InvalidError{Field: "ramp + hold", Value: "0s", Want: "more than 0s, or neither for the default"}
		}
	}
	draft.Recovery = recovery
	return draft.Phase()
}

func duration(field, text string) (*time.Duration, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil //nolint:nilnil // absent, which has a meaning of its own
	}
	value, err := time.ParseDuration(text)
	if err != nil {
		return nil, &scenario.InvalidError{Field: field, Value: text, Want: "a duration such as 90s or 1h30m"}
	}
	return &value, nil
}
