package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Wanted is a scenario as people ask for it on the command line: a type with its options, or a name of the scenarios document.
type Wanted struct {
	What      string // a type or a name
	Symbols   []string
	Intensity float64
	Duration  time.Duration
	Onset     *time.Duration
	Recovery  *time.Duration
	Share     *float64
}

// Spec builds the specification. Ranges are left to the daemon, which names the field in its error.
func (w Wanted) Spec() (*marketdatav1.ScenarioSpec, error) {
	kind, is := ParseType(w.What)
	if !is {
		if len(w.Symbols) > 0 || w.Intensity != 0 || w.Duration != 0 || w.Onset != nil || w.Recovery != nil || w.Share != nil {
			return nil, fmt.Errorf("%q is none of the types %s: --symbol, --intensity, --duration, --onset, --recovery and --recovery-share go with a type",
				w.What, strings.Join(Types(), ", "))
		}
		return &marketdatav1.ScenarioSpec{Name: w.What}, nil
	}
	phase := &marketdatav1.ScenarioPhase{Type: kind, Symbols: w.Symbols, Intensity: w.Intensity, RecoveryShare: w.Share}
	if w.Duration != 0 {
		phase.Duration = durationpb.New(w.Duration)
	}
	if w.Onset != nil {
		phase.Onset = durationpb.New(*w.Onset)
	}
	if w.Recovery != nil {
		phase.Recovery = durationpb.New(*w.Recovery)
	}
	return &marketdatav1.ScenarioSpec{Phases: []*marketdatav1.ScenarioPhase{phase}}, nil
}

// Label is what a specification is called, for an id.
func Label(spec *marketdatav1.ScenarioSpec) string {
	if spec.GetName() != "" {
		return spec.GetName()
	}
	if len(spec.GetPhases()) == 0 {
		return "scenario"
	}
	return shortName(spec.GetPhases()[0].GetType().String())
}

// JSON is scenarios in their canonical JSON form.
func JSON(all []*marketdatav1.Scenario) (any, error) {
	texts := make([]json.RawMessage, len(all))
	var failures error
	for i, one := range all {
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(one)
		texts[i], failures = text, errors.Join(failures, err)
	}
	return map[string]any{"scenarios": texts}, failures
}

// Table renders scenarios for people. Times are business time, UTC.
func Table(all []*marketdatav1.Scenario) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "SCENARIO\tWHAT\tINTENSITY\tSYMBOLS\tBEGINS\tENDS\tSTATE")
	for _, one := range all {
		phases := one.GetSpec().GetPhases()
		what, intensity, symbols := []string{}, []string{}, []string{}
		for _, phase := range phases {
			what = append(what, shortName(phase.GetType().String()))
			intensity = append(intensity, fmt.Sprintf("%g", phase.GetIntensity()))
			for _, symbol := range phase.GetSymbols() {
				if !slices.Contains(symbols, symbol) {
					symbols = append(symbols, symbol)
				}
			}
			if len(phase.GetSymbols()) == 0 && !slices.Contains(symbols, "all") {
				symbols = append(symbols, "all")
			}
		}
		fmt.Fprintf(writer, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", one.GetScenarioId(), strings.Join(what, "+"), strings.Join(intensity, "+"),
			strings.Join(symbols, ","), clock(one.GetEffectiveTime().AsTime()), clock(one.GetEndTime().AsTime()), state(one))
	}
	_ = writer.Flush() // into memory
	return text.String()
}

func clock(at time.Time) string { return at.Format(time.DateTime) }

func state(one *marketdatav1.Scenario) string {
	name := strings.ToLower(strings.TrimPrefix(one.GetState().String(), "SCENARIO_STATE_"))
	if one.GetCancelTime() != nil {
		return name + ", cancelled from " + one.GetCancelTime().AsTime().Format(time.TimeOnly)
	}
	return name
}
