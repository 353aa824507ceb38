// Package scenarios makes scenarios from what people type or keep in files, and shows those that there are.
package scenarios

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/types/known/durationpb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// MaxFile is the largest file that is read, in bytes.
const MaxFile = 64 << 10

// file is a scenario as people keep it in a YAML (or JSON) file: the form of an entry of the scenarios document.
type file struct {
	Name        string      `yaml:"name"`
	Description string      `yaml:"description"`
	Phases      []filePhase `yaml:"phases"`
}

type filePhase struct {
	Type         kind     `yaml:"type"`
	Symbols      []string `yaml:"symbols"`
	Intensity    float64  `yaml:"intensity"`
	Start        *span    `yaml:"start"`
	Ramp         *span    `yaml:"ramp"`
	Hold         *span    `yaml:"hold"`
	Recover      *span    `yaml:"recover"`
	RecoverShare *float64 `yaml:"recover_share"`
}

// kind is a scenario type as people write it.
type kind marketdatav1.ScenarioType

// UnmarshalYAML implements yaml.Unmarshaler.
func (k *kind) UnmarshalYAML(node *yaml.Node) error {
	parsed, ok := ParseType(node.Value)
	if !ok {
		return fmt.Errorf("line %d: type is %q: want one of %s", node.Line, node.Value, strings.Join(Types(), ", "))
	}
	*k = kind(parsed)
	return nil
}

// span is a duration such as 90s.
type span time.Duration

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *span) UnmarshalYAML(node *yaml.Node) error {
	value, err := time.ParseDuration(node.Value)
	if err != nil {
		return fmt.Errorf("line %d: %q is no duration: want one such as 90s or 1h30m", node.Line, node.Value)
	}
	*s = span(value)
	return nil
}

// inGo is what the YAML library says of our types, which means nothing to a person.
var inGo = regexp.MustCompile(` (in|into) (type )?\S*scenarios\.\w+`)

// Decode reads a scenario from a file's content, strictly: an unknown field or a wrong type is an error that names the line.
// Ranges are left to the daemon, which names the field in its error.
func Decode(text []byte) (*marketdatav1.ScenarioSpec, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("%d bytes, at most %d are read", len(text), MaxFile)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var read file
	if err := decoder.Decode(&read); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("it is empty: want name and phases")
		}
		return nil, errors.New(inGo.ReplaceAllString(err.Error(), ""))
	}
	if err := decoder.Decode(&file{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document: want one scenario a file")
	}
	if len(read.Phases) == 0 {
		return nil, errors.New("phases is empty: want at least one")
	}
	spec := &marketdatav1.ScenarioSpec{Name: read.Name}
	for _, phase := range read.Phases {
		spec.Phases = append(spec.Phases, phase.proto())
	}
	return spec, nil
}

// proto is the phase on the wire: with one of ramp and hold the other is 0, without both the type's defaults hold.
func (p filePhase) proto() *marketdatav1.ScenarioPhase {
	phase := &marketdatav1.ScenarioPhase{
		Type: marketdatav1.ScenarioType(p.Type), Symbols: p.Symbols, Intensity: p.Intensity,
		Start: p.Start.proto(), Recovery: p.Recover.proto(), RecoveryShare: p.RecoverShare,
	}
	if p.Ramp != nil || p.Hold != nil {
		ramp, hold := p.Ramp.proto().AsDuration(), p.Hold.proto().AsDuration()
		phase.Onset, phase.Duration = durationpb.New(ramp), durationpb.New(ramp+hold)
	}
	return phase
}

func (s *span) proto() *durationpb.Duration {
	if s == nil {
		return nil
	}
	return durationpb.New(time.Duration(*s))
}

const typePrefix = "SCENARIO_TYPE_"

// Types lists the types as people write them.
func Types() []string {
	var types []string
	for number, name := range marketdatav1.ScenarioType_name {
		if number != 0 {
			types = append(types, name)
		}
	}
	slices.SortFunc(types, func(a, b string) int {
		return int(marketdatav1.ScenarioType_value[a] - marketdatav1.ScenarioType_value[b])
	})
	for i, name := range types {
		types[i] = shortName(name)
	}
	return types
}

func shortName(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, typePrefix)), "_", "-")
}

// ParseType reads a type in any case, with - or _ between words.
func ParseType(text string) (marketdatav1.ScenarioType, bool) {
	number, ok := marketdatav1.ScenarioType_value[typePrefix+strings.ToUpper(strings.ReplaceAll(text, "-", "_"))]
	return marketdatav1.ScenarioType(number), ok && number != 0
}
