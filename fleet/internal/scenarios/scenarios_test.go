package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

const badDay = `
name: bad-day
description: The peg slips, then everything falls.
phases:
  - type: depeg
    symbols: [USDT/USD]
    ramp: 2m
    hold: 20m
  - type: CRASH
    start: 3m
    intensity: 1.5
    hold: 5m
    recover: 10m
    recover_share: 0.25
  - type: flash_crash
`

func TestAFileBecomesThePhasesThatItSays(t *testing.T) {
	spec, err := Decode([]byte(badDay))
	require.NoError(t, err)
	text, err := protojson.Marshal(spec)
	require.NoError(t, err)
	assert.JSONEq(t, `{"name": "bad-day", "phases": [
		{"type": "SCENARIO_TYPE_DEPEG", "symbols": ["USDT/USD"], "onset": "120s", "duration": "1320s"},
		{"type": "SCENARIO_TYPE_CRASH", "start": "180s", "intensity": 1.5, "onset": "0s", "duration": "300s", "recovery": "600s", "recoveryShare": 0.25},
		{"type": "SCENARIO_TYPE_FLASH_CRASH"}
	]}`, string(text))
	_, err = Decode([]byte(`{"name": "json", "phases": [{"type": "rally"}]}`))
	require.NoError(t, err, "JSON is YAML")
}

func TestAFileThatIsWrongIsRefusedNamingTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"phases:\n  - type: boom":                      `line 2: type is "boom": want one of rally, crash, divergence`,
		"phases:\n  - type: crash\n    hold: soon":     `line 3: "soon" is no duration`,
		"phases:\n  - type: crash\n    ramps: 1m":      "line 3: field ramps not found",
		"phases:\n  - type: crash\n    intensity: big": "line 3: cannot unmarshal !!str `big`",
		"name: a": "phases is empty",
		"":        "it is empty",
		"phases: [{type: crash}]\n---\nphases: [{type: crash}]": "more than one document",
		strings.Repeat(" ", MaxFile+1):                          "at most 65536 are read",
	} {
		_, err := Decode([]byte(text))
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "scenarios.file", "no name of ours")
	}
}

func TestWhatIsTypedIsATypeOrANameOfTheDocument(t *testing.T) {
	spec, err := Wanted{What: "Flash-Crash", Symbols: []string{"BTC/USD"}, Intensity: 1.5, Duration: time.Minute, Onset: new(time.Duration)}.Spec()
	require.NoError(t, err)
	phase := spec.GetPhases()[0]
	assert.Equal(t, marketdatav1.ScenarioType_SCENARIO_TYPE_FLASH_CRASH, phase.GetType())
	assert.Equal(t, time.Minute, phase.GetDuration().AsDuration())
	assert.NotNil(t, phase.GetOnset(), "0s is sudden")
	assert.Nil(t, phase.GetRecovery(), "the default is the daemon's")
	assert.Equal(t, "flash-crash", Label(spec))
	named, err := Wanted{What: "bank-run"}.Spec()
	require.NoError(t, err)
	assert.Equal(t, "bank-run", named.GetName())
	assert.Equal(t, "bank-run", Label(named))
	_, err = Wanted{What: "bank-run", Intensity: 2}.Spec()
	require.ErrorContains(t, err, `"bank-run" is none of the types rally, crash, divergence, mean-reverting, volatility-spike, consolidation, flash-crash, depeg`)
}

func TestScenariosAreShownAsATable(t *testing.T) {
	at := timestamppb.New(time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC))
	phases := []*marketdatav1.ScenarioPhase{
		{Type: marketdatav1.ScenarioType_SCENARIO_TYPE_DEPEG, Intensity: 0.5, Symbols: []string{"USDT/USD"}},
		{Type: marketdatav1.ScenarioType_SCENARIO_TYPE_VOLATILITY_SPIKE, Intensity: 2, Duration: durationpb.New(time.Minute)},
	}
	table := Table([]*marketdatav1.Scenario{
		{ScenarioId: "a", Spec: &marketdatav1.ScenarioSpec{Phases: phases}, EffectiveTime: at, EndTime: at, State: marketdatav1.ScenarioState_SCENARIO_STATE_ACTIVE},
		{ScenarioId: "b", Spec: &marketdatav1.ScenarioSpec{Phases: phases[:1]}, EffectiveTime: at, EndTime: at, CancelTime: at, State: marketdatav1.ScenarioState_SCENARIO_STATE_ENDED},
	})
	golden, err := os.ReadFile(filepath.Join("testdata", "table.txt"))
	require.NoError(t, err)
	assert.Equal(t, string(golden), table)
}

// What is accepted is a specification with phases of known types; anything else is an error and no panic.
func FuzzScenarioFile(f *testing.F) {
	f.Add([]byte(badDay))
	f.Add([]byte("phases: [{type: crash, hold: 1h, symbols: [a, b]}]"))
	f.Add([]byte("phases: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		spec, err := Decode(text)
		if err != nil {
			return
		}
		require.NotEmpty(t, spec.GetPhases())
	})
}
