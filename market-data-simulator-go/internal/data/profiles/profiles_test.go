package profiles

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

func TestShippedProfilesAreWhole(t *testing.T) {
	for _, name := range Names() {
		fitted, err := Load(name)
		require.NoError(t, err)
		assert.Equal(t, name, fitted.Name)
		assert.Equal(t, name, fitted.Provenance.Regime)
		assert.NotZero(t, fitted.Provenance.Bars)
		assert.Equal(t, profile.Superposed, fitted.Process)
		assert.Equal(t, time.Minute, fitted.BaseStep())
		assert.Len(t, fitted.Pairs, 5)
		assert.GreaterOrEqual(t, fitted.Reference.Days, 28)
	}
}

func TestEncodingAndDecodingGiveTheSameBytes(t *testing.T) {
	for _, name := range Names() {
		text, err := shipped.ReadFile("shipped/" + name + ".json")
		require.NoError(t, err)
		fitted, err := Decode(text)
		require.NoError(t, err)
		again, err := Encode(fitted)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(text, again), "%s: the shipped file is not what calibrate would write", name)
	}
}

func TestLoadFindsFilesByTheirNameAndShippedProfilesByTheirs(t *testing.T) {
	fitted, err := Load("calm")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "mine.json")
	text, err := Encode(fitted)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	read, err := Load(file)
	require.NoError(t, err)
	assert.Equal(t, fitted, read)
	_, err = Load("stormy")
	require.EqualError(t, err, `no profile is named "stormy": want one of calm, lively, or a file that ends in .json`)
	_, err = Load(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestABadProfileIsRefusedByFieldAndValue(t *testing.T) {
	text, err := shipped.ReadFile("shipped/lively.json")
	require.NoError(t, err)
	change := func(f func(*profile.Profile)) string {
		fitted, err := Decode(text)
		require.NoError(t, err)
		f(&fitted)
		return fitted.Validate().Error()
	}
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs = nil }), "pairs has 0 entries")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[1].Shock.Nu = 1 }), "pairs[1] (BTC/USD): shock.nu is 1: want 2.1 to 1000")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Shock.Alpha = 0.9 }), "shock.alpha + shock.beta is")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Hours[3] = 0 }), "hours is 0")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Level = -1 }), "start_level is -1")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Tick = instrument.Increment{} }), "tick_size is missing")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Symbol = "BTC" }), `symbol is "BTC": want BASE/QUOTE`)
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[0].Symbol = "BTC/USD" }), `symbol "BTC/USD" is there twice`)
	assert.Contains(t, change(func(p *profile.Profile) { p.Process = "magic" }), `process is "magic": want superposed or garch-t`)
	assert.Contains(t, change(func(p *profile.Profile) { p.Provenance.BaseStep = "5m" }), `provenance.base_step is "5m": want 1m or 1h`)
	assert.Contains(t, change(func(p *profile.Profile) { p.CommonMixing = 1 }), "common_mixing is 1: want 0 to 0.45")
	assert.Contains(t, change(func(p *profile.Profile) { p.Pairs[2].Factors.Scales[3] = -0.1 }), "pairs[2] (DOT/USD): factors.scale_sd is -0.1: want 0 to 1")
	for field, value := range map[string]func(*profile.Factors){
		"level is 1: want -12 to 0":           func(f *profile.Factors) { f.Level = 1 },
		"mixing is 2: want 0 to 0.45":         func(f *profile.Factors) { f.Mixing = 2 },
		"common_share is -1: want 0 to 1":     func(f *profile.Factors) { f.Common = -1 },
		"overshoot is 0.5: want -0.3 to 0.3":  func(f *profile.Factors) { f.Overshoot = 0.5 },
		"leverage is 0.8: want -0.7 to 0.7":   func(f *profile.Factors) { f.Leverage = 0.8 },
		"hour_exponent is NaN: want 0 to 2.5": func(f *profile.Factors) { f.HourExponent = math.NaN() },
		"bounce is -0.1: want 0 to 1.5":       func(f *profile.Factors) { f.Bounce = -0.1 },
	} {
		assert.Contains(t, change(func(p *profile.Profile) { value(&p.Pairs[0].Factors) }), "factors."+field)
	}
	assert.Contains(t, change(func(p *profile.Profile) { p.Correlation = p.Correlation[1:] }), "correlation has 4 rows")
	assert.Contains(t, change(func(p *profile.Profile) { p.Correlation[1][0] = 0.5 }), "correlation[0][1] is")
	_, err = Decode([]byte(strings.Replace(string(text), `"regime"`, `"mood"`, 1)))
	require.ErrorContains(t, err, `unknown field "mood"`)
	_, err = Decode(append(bytes.Clone(text), '1'))
	require.ErrorContains(t, err, "something follows")
}

func FuzzDecode(f *testing.F) {
	small, err := Load("calm")
	require.NoError(f, err)
	small.Pairs, small.Correlation = small.Pairs[:1], [][]float64{{1}}
	small.Reference.Measures.Pairs, small.Reference.Measures.Windows = nil, nil
	text, err := Encode(small)
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(`{"pairs": [{"symbol": "A/B", "tick_size": "1"}], "correlation": [[1]]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		fitted, err := Decode(text)
		if err != nil {
			return
		}
		listed, err := fitted.Instruments(nil)
		require.NoError(t, err)
		prices, err := path.New(fitted, listed, 1, path.Epoch)
		require.NoError(t, err, "what is valid can be simulated")
		quotes := make([]path.Quote, len(listed))
		for sequence := range uint64(3) {
			require.NoError(t, prices.At(sequence*1000, quotes))
			for _, quote := range quotes {
				require.Positive(t, quote.Price)
			}
		}
	})
}
