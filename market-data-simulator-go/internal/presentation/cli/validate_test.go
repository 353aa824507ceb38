package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/scorecard"
)

const twoPairs = "--pairs=BTC/USD,ETH/USD"

var (
	bars   = map[string]string{}
	barsOf sync.Mutex
)

// simulatedBars is a folder of bars made by simulate, shared between tests.
func simulatedBars(t *testing.T, arguments ...string) string {
	t.Helper()
	barsOf.Lock()
	defer barsOf.Unlock()
	key := strings.Join(arguments, " ")
	if bars[key] == "" {
		dir, err := os.MkdirTemp("", "simulated") //nolint:usetesting // it outlives the test that made it
		require.NoError(t, err)
		_, _, usage, failure := run(t.Context(), t, append([]string{"simulate", "--start=2026-01-03T00:00:00Z", "--out", dir}, arguments...)...)
		require.NoError(t, errorsOf(usage, failure))
		bars[key] = dir
	}
	return bars[key]
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range bars {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

func lively(t *testing.T, seed string) string {
	return simulatedBars(t, "--profile=lively", "--days=14", "--seed="+seed, twoPairs)
}

func validate(t *testing.T, arguments ...string) (out, progress string, failure error) {
	t.Helper()
	out, progress, usage, failure := run(t.Context(), t, append([]string{"validate"}, arguments...)...)
	require.NoError(t, usage)
	return out, progress, failure
}

func decoded(t *testing.T, text string) (card scorecard.Card) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &card))
	return card
}

func TestAnotherSeedOfAProfileIsScoredWithItsNullsAndItsCeiling(t *testing.T) {
	html := filepath.Join(t.TempDir(), "card.html")
	out, progress, failure := validate(t, "--real", lively(t, "1"), "--simulated", lively(t, "2"), "--profile=lively", "--json", "--html", html)

	require.NoError(t, failure)
	card := decoded(t, out)
	assert.Equal(t, 14, card.Days)
	assert.Equal(t, "no", card.InSample, "the bars are of another period than the profile's")
	require.Len(t, card.Scores, 6)
	for _, score := range card.Scores[:5] {
		assert.Greater(t, score.Value, score.NullGBM, score.Name)
	}
	assert.Len(t, card.Pairs, 2)
	assert.Contains(t, progress, "ceiling: half against half")
	page, err := os.ReadFile(html)
	require.NoError(t, err)
	assert.Contains(t, string(page), "</html>")
	assert.Len(t, contents(t, filepath.Dir(html)), 1, "no draft is left")
}

func TestACalmMarketIsNotALivelyOneAndAGateSaysSo(t *testing.T) {
	calm := simulatedBars(t, "--profile=calm", "--days=14", "--seed=1", twoPairs)
	out, _, failure := validate(t, "--real", lively(t, "1"), "--simulated", calm)
	require.NoError(t, failure, "there is a verdict")
	assert.Contains(t, out, "verdict: different, ")

	out, _, failure = validate(t, "--real", lively(t, "1"), "--simulated", calm, "--gate", "--json")
	require.ErrorIs(t, failure, errDifferent)
	card := decoded(t, out)
	assert.Equal(t, scorecard.Different, card.Verdict)
	assert.Greater(t, card.Scores[2].LevelSet, card.Scores[2].Value, "the level is most of the difference")
}

func TestBelowTheMinimumThereIsNoVerdictAndAReason(t *testing.T) {
	short := simulatedBars(t, "--profile=lively", "--days=3", "--seed=1", twoPairs)
	html := filepath.Join(t.TempDir(), "card.html")

	out, _, failure := validate(t, "--real", lively(t, "1"), "--simulated", short, "--json", "--html", html)

	require.ErrorContains(t, failure, "no verdict")
	card := decoded(t, out)
	assert.Equal(t, scorecard.None, card.Verdict)
	assert.Equal(t, "a verdict takes 14 days of 1-minute bars; the real bars cover 14 whole UTC days, the simulated ones 3: 11 more are needed", card.Reason)
	assert.Empty(t, card.Scores)
	assert.NoFileExists(t, html)
}

func TestPairsAndLengthsThatDoNotMatch(t *testing.T) {
	one := simulatedBars(t, "--profile=lively", "--days=15", "--seed=1", "--pairs=BTC/USD")

	_, _, failure := validate(t, "--real", lively(t, "2"), "--simulated", one)
	require.EqualError(t, failure, "validate: "+one+" has no ETH/USD: it has BTC/USD; --pairs chooses which are compared")

	out, _, failure := validate(t, "--real", one, "--simulated", lively(t, "2"))
	require.NoError(t, failure)
	assert.Contains(t, out, "note: ETH/USD in "+lively(t, "2")+": left out")
	assert.Contains(t, out, "note: the real bars cover 15 whole days, the simulated ones 14: the first 14 of each are compared")

	_, _, failure = validate(t, "--real", one, "--simulated", one, "--interval=1h")
	require.ErrorContains(t, failure, "--real: "+one+" holds no bars of 1h: want files named")
	require.ErrorContains(t, failure, "(there are bars of 1m)")
	_, _, failure = validate(t, "--real", one, "--simulated", one, "--label=2021-09")
	require.ErrorContains(t, failure, `holds no bars of 1m labelled "2021-09"`)
	_, _, failure = validate(t, "--real", one, "--simulated", one, "--pairs=XRP/USD")
	require.ErrorContains(t, failure, "has no XRP/USD")
}

func TestAFolderThatIsNotThereIsBadUsage(t *testing.T) {
	_, _, usage, _ := run(t.Context(), t, "validate", "--real", "nowhere", "--simulated", t.TempDir())
	require.ErrorContains(t, usage, "nowhere is no folder")
}

func TestBadBarsAreNamedByFileAndLine(t *testing.T) {
	dir := t.TempDir()
	const header = "timestamp,open,high,low,close,volume\n"
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	write("BTC-USD-1m.csv", header+"2021-09-18T20:57:00Z,1,1,1,1,1\n2021-09-18T20:57:00Z,1,1,1,1,1\n")
	_, _, failure := validate(t, "--real", dir, "--simulated", lively(t, "1"))
	require.ErrorContains(t, failure, "BTC-USD-1m.csv:3: column timestamp: found 2021-09-18T20:57:00Z, want a time after that of the row before, this is its duplicate")

	write("BTC-USD-1m.csv", header)
	_, _, failure = validate(t, "--real", dir, "--simulated", lively(t, "1"))
	require.ErrorContains(t, failure, dir+": BTC/USD has no bars")

	var flat strings.Builder
	flat.WriteString(header + "2021-09-18T00:00:00Z,5,5,5,5,0\n")
	flat.WriteString("2021-09-18T23:59:00Z,5,5,5,5,0\n")
	write("BTC-USD-1m.csv", flat.String())
	_, _, failure = validate(t, "--real", dir, "--simulated", lively(t, "1"))
	require.ErrorContains(t, failure, "BTC/USD: the price is constant")
}

func TestAnInterruptedCommandSaysSoAndWritesNothing(t *testing.T) {
	real, simulated, dir := lively(t, "1"), lively(t, "2"), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, arguments := range [][]string{
		{"validate", "--real", real, "--simulated", simulated, "--html", filepath.Join(dir, "card.html")},
		{"calibrate", "--data", real, "--out", filepath.Join(dir, "mine.json")},
		{"simulate", "--profile=calm", "--start=2026-01-01T00:00:00Z", "--days=30", "--out", filepath.Join(dir, "made")},
	} {
		out, _, usage, failure := run(ctx, t, arguments...)
		require.NoError(t, usage)
		require.ErrorIs(t, failure, context.Canceled)
		require.ErrorContains(t, failure, "interrupted, nothing was written")
		assert.Empty(t, out)
	}
	assert.Empty(t, contents(t, dir))
}

func TestSimulateWritesThePairsThatAreAskedFor(t *testing.T) {
	whole, part := t.TempDir(), t.TempDir()
	simulate(t, whole, "--start=2026-01-03T00:00:00Z")
	simulate(t, part, "--start=2026-01-03T00:00:00Z", "--pairs=ETH/USD,BTC/USDT")
	found := contents(t, part)
	assert.Len(t, found, 2)
	for name, text := range found {
		assert.Equal(t, contents(t, whole)[name], text, name)
	}
	_, _, _, failure := run(t.Context(), t, "simulate", "--profile=lively", "--start=2026-01-03T00:00:00Z", "--days=1", "--out", part, "--pairs=XRP/USD")
	require.ErrorContains(t, failure, "--pairs: profile lively has no XRP/USD: it has BTC/USD, ETH/USD")
}

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	var out strings.Builder
	p := newProgress(&out)
	p.terminal = true
	p.stage("reading")
	p.done(1, 2, "days")
	p.say("a note")
	p.end()
	assert.Equal(t, 1, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), "\r1 of 2 days, about ")
	assert.True(t, strings.HasSuffix(out.String(), "\ra note\n"))
}
