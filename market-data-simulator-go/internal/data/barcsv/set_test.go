package barcsv_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
)

func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(header+firstRow), 0o600))
	}
	return dir
}

func TestOpenFindsAllPairsOfOneIntervalAndLabel(t *testing.T) {
	dir := folder(t, "ETH-USD-1m-may.csv", "ADA-BTC-1m-may.csv.gz", "ETH-USD-1m-june.csv", "ETH-USD-1h.csv", "README.md", "ETH-USD-tick.csv")

	files, err := barcsv.Open(dir, time.Minute, "may")

	require.NoError(t, err)
	assert.Equal(t, []barcsv.File{
		{Path: filepath.Join(dir, "ADA-BTC-1m-may.csv.gz"), Symbol: "ADA/BTC", Interval: time.Minute, Label: "may"},
		{Path: filepath.Join(dir, "ETH-USD-1m-may.csv"), Symbol: "ETH/USD", Interval: time.Minute, Label: "may"},
	}, files)
}

func TestOpenWithoutALabelTakesTheOnlySetThereIs(t *testing.T) {
	for _, name := range []string{"BTC-USD-1m.csv", "BTC-USD-1m-2021-09.csv"} {
		files, err := barcsv.Open(folder(t, name), time.Minute, "")

		require.NoError(t, err)
		assert.Len(t, files, 1)
	}
}

func TestOpenWithoutALabelPrefersTheFilesWithoutOne(t *testing.T) {
	files, err := barcsv.Open(folder(t, "BTC-USD-1m.csv", "BTC-USD-1m-old.csv"), time.Minute, "")

	require.NoError(t, err)
	require.Len(t, files, 1)
	assert.Empty(t, files[0].Label)
}

func TestOpenRefusesAndSaysWhatIsThere(t *testing.T) {
	several := []string{"BTC-USD-1m-2021-09.csv", "BTC-USD-1m-2023-04.csv"}
	for name, c := range map[string]struct {
		files    []string
		interval time.Duration
		label    string
		want     string
	}{
		"several labels":     {several, time.Minute, "", `choose one of the labels ["2021-09" "2023-04"]`},
		"unknown label":      {several, time.Minute, "2022", `labelled "2022": want one of ["2021-09" "2023-04"]`},
		"no such interval":   {several, time.Hour, "", "holds no bars of 1h: want files named <BASE>-<QUOTE>-1h[-<label>].csv or .csv.gz (there are bars of 1m)"},
		"interval off a day": {several, 7 * time.Minute, "", "want whole seconds that divide a day"},
		"one pair twice":     {[]string{"BTC-USD-1m.csv", "BTC-USD-1m.csv.gz"}, time.Minute, "", "hold the same pair: remove one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := barcsv.Open(folder(t, c.files...), c.interval, c.label)

			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestLoadReportsGaps(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "BTC-USD-1m.csv")
	require.NoError(t, os.WriteFile(path, []byte(header+firstRow+"2021-09-18T21:00:00Z,1,1,1,1,1\n"), 0o600))
	files, err := barcsv.Open(dir, time.Minute, "")
	require.NoError(t, err)

	series, gaps, err := barcsv.LoadAll(files)

	require.NoError(t, err)
	assert.Equal(t, "BTC/USD", series[0].Symbol)
	assert.Len(t, series[0].Bars, 2)
	assert.Equal(t, []barcsv.Gap{{Symbol: "BTC/USD", Start: time.Date(2021, 9, 18, 20, 58, 0, 0, time.UTC), Missing: 2}}, gaps)
}

func TestASetThatClaimsCenturiesIsRefusedBeforeItTakesMemory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BTC-USD-1m.csv")
	require.NoError(t, os.WriteFile(path, []byte(header+firstRow+"9999-09-18T21:00:00Z,1,1,1,1,1\n"), 0o600))

	_, _, err := barcsv.File{Path: path, Symbol: "BTC/USD", Interval: time.Minute}.Load()

	require.ErrorContains(t, err, "BTC-USD-1m.csv:3: column timestamp: found 9999-09-18T21:00:00Z, want at most 16777216 bars")
}

func TestWhatIsNoFileIsNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BTC-USD-1m.csv")
	require.NoError(t, syscall.Mkfifo(path, 0o600))

	_, err := barcsv.File{Path: path, Interval: time.Minute}.Open()

	require.ErrorContains(t, err, "want a file")
}

func TestFileNamesAreFoundAgainByOpen(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		interval := rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour}).Draw(t, "interval")
		label := rapid.StringMatching(`([a-z0-9][a-z0-9-]{0,6})?`).Draw(t, "label")
		name := barcsv.FileName("BTC/USD", interval, label, rapid.Bool().Draw(t, "gzip"))
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		defer func() { require.NoError(t, os.Remove(path)) }()

		files, err := barcsv.Open(dir, interval, label)

		require.NoError(t, err)
		require.Len(t, files, 1)
		assert.Equal(t, "BTC/USD", files[0].Symbol)
		assert.Equal(t, label, files[0].Label)
	})
}

func TestParseIntervalReadsWhatFormatIntervalWrites(t *testing.T) {
	for _, text := range []string{"1s", "1m", "5m", "1h", "4h", "1d"} {
		interval, err := barcsv.ParseInterval(text)

		require.NoError(t, err)
		assert.Equal(t, text, barcsv.FormatInterval(interval))
	}
	for _, text := range []string{"", "m", "0m", "7m", "2d", "1w", "-1m", "1.5h"} {
		_, err := barcsv.ParseInterval(text)
		assert.Error(t, err, text)
	}
}
