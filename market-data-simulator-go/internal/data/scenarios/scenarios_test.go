package scenarios

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

func read(t require.TestingT, text string) (Document, error) {
	var document Document
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	return document, document.Validate()
}

func TestPhasesOfTheDocumentBecomeThoseOfTheLog(t *testing.T) {
	document, err := read(t, `{"scenarios": [{"name": "bad-day", "phases": [
		{"type": "crash", "symbols": ["BTC/USD"], "intensity": 1.5, "ramp": "30s", "hold": "5m", "recover": "10m", "recover_share": 0.25},
		{"type": "DEPEG", "start": "2m"}, {"type": "volatility-spike", "hold": "1m"}, {"type": "RALLY", "ramp": "1m"}
	]}]}`)
	require.NoError(t, err)
	assert.Equal(t, []string{"bad-day"}, document.Names())
	found, ok := document.Find("bad-day")
	require.True(t, ok)
	phases, err := found.Decode()
	require.NoError(t, err)
	assert.Equal(t, []scenario.Phase{
		{
			Kind: scenario.Crash, Symbols: []string{"BTC/USD"}, Intensity: 1.5, Onset: 30 * time.Second, Duration: 330 * time.Second,
			Recovery: 10 * time.Minute, Share: 0.25,
		},
		{Kind: scenario.Depeg, Intensity: 1, Start: 2 * time.Minute, Onset: 3 * time.Minute, Duration: 30 * time.Minute, Recovery: 30 * time.Minute, Share: 1},
		{Kind: scenario.VolatilitySpike, Intensity: 1, Duration: time.Minute, Recovery: time.Minute},
		{Kind: scenario.Rally, Intensity: 1, Onset: time.Minute, Duration: time.Minute, Recovery: 2 * time.Minute, Share: 0.5},
	}, phases)
	_, ok = document.Find("good-day")
	assert.False(t, ok)
}

func TestADocumentThatCannotBeRightIsRefusedNamingScenarioPhaseAndField(t *testing.T) {
	for phases, want := range map[string]string{
		`{"type": "BOOM"}`: `scenarios[0] (a): phases[0].type is "BOOM": want one of RALLY`,
		`{"type": "CRASH"}, {"type": "CRASH", "hold": "soon"}`: `phases[1].hold is "soon": want a duration such as 90s`,
		`{"type": "CRASH", "ramp": "0s"}`:                      `phases[0].ramp + hold is "0s"`,
		`{"type": "CRASH", "hold": "25h"}`:                     `phases[0].ramp + hold is "25h0m0s"`,
		`{"type": "CRASH", "recover": "-1s"}`:                  `phases[0].recover is "-1s"`,
		`{"type": "CRASH", "recover_share": 1.5}`:              `phases[0].recover_share is "1.5"`,
		`{"type": "CRASH", "intensity": 6}`:                    `phases[0].intensity is "6": want above 0 up to 5`,
		``:                                                     `phases is "0 phases": want 1 to 32`,
	} {
		_, err := read(t, `{"scenarios": [{"name": "a", "phases": [`+phases+`]}]}`)
		require.ErrorContains(t, err, want)
	}
	_, err := read(t, `{"scenarios": [{"name": "a b", "phases": [{"type": "CRASH"}]}]}`)
	require.ErrorContains(t, err, `scenarios[0].name is "a b"`)
	_, err = read(t, `{"scenarios": [{"name": "a", "phases": [{"type": "CRASH"}]}, {"name": "a", "phases": [{"type": "CRASH"}]}]}`)
	require.ErrorContains(t, err, `scenarios[1]: the name "a" is there twice`)
}

var crash = scenario.Entry{
	ID: "a", Name: "bad-day", Effective: time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC), Fixed: true,
	Phases: []scenario.Phase{{Kind: scenario.Crash, Symbols: []string{"BTC/USD"}, Intensity: 1.5, Duration: time.Minute, Share: 0.5}},
}

func TestAnEntryIsReadAsItWasWritten(t *testing.T) {
	for _, entry := range []scenario.Entry{crash, {ID: "a", Effective: crash.Effective, Cancel: true}} {
		again, err := Decode(Encode(entry))
		require.NoError(t, err)
		assert.Equal(t, entry, again)
	}
}

func TestAnEntryThatIsNotUnderstoodIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"version":2,"id":"a","effective":"2026-01-01T00:00:00Z","cancel":true}`:          "its version is 2, known is 1",
		`{"version":1,"id":"a","effective":"2026-01-01T00:00:00Z","cancel":true,"more":1}`: "unknown field",
		`{"version":1,"id":"a","effective":"2026-01-01T00:00:00Z"}`:                        "phases",
		`{"version":1,"id":"a","effective":"2026-01-01T00:00:00.5Z","cancel":true}`:        "a whole second",
		`{"version":1,"id":"a","effective":"2026-01-01T00:00:00Z","cancel":true} 1`:        "something follows",
		`{`: "decode an entry",
	} {
		_, err := Decode([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

// What is accepted is an entry that can be laid over a market, and is read again as it is.
func FuzzAnEntryThatIsAcceptedCanBePlayed(f *testing.F) {
	f.Add(Encode(crash))
	f.Add(Encode(scenario.Entry{ID: "a", Effective: crash.Effective, Cancel: true}))
	f.Add([]byte(`{"version":1,"id":"a","effective":"2026-01-01T00:00:00Z","phases":[{"kind":"DEPEG","intensity":1e-300,"duration":1000000000}]}`))
	market := scenario.Market{Rows: []scenario.Row{{Symbol: "BTC/USD", Base: "BTC", Quote: "USD"}}, Correlation: [][]float64{{1}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		entry, err := Decode(text)
		if err != nil {
			return
		}
		again, err := Decode(Encode(entry))
		require.NoError(t, err)
		require.Equal(t, entry.Asks(entry), again.Asks(entry))
		o := scenario.New(scenario.Log{entry}, market, crash.Effective.Truncate(time.Hour))
		state := o.Start()
		minute := scenario.Minute{Points: make([]float64, 61), Sigma: []float64{1e-4}, Lift: make([]float64, 61), Scale: make([]float64, 60)}
		o.Walk(&state, minute)
		require.False(t, math.IsNaN(state.Offset[0]))
	})
}

// What is accepted can be played; what is not is an error and no panic.
func FuzzTheScenariosDocument(f *testing.F) {
	f.Add([]byte(`{"scenarios": [{"name": "a", "phases": [{"type": "CRASH", "ramp": "30s", "hold": "5m", "recover": "10m"}]}]}`))
	f.Add([]byte(`{"scenarios": [{"name": "a", "phases": [{"type": "rally", "intensity": 1e308, "start": "9223372036s"}]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var document Document
		if json.Unmarshal(text, &document) != nil || document.Validate() != nil {
			return
		}
		for _, one := range document.Scenarios {
			phases, err := one.Decode()
			require.NoError(t, err)
			require.NoError(t, scenario.CheckPhases(phases))
		}
	})
}
