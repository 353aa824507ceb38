package barcsv_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

var sample = bar.Bar{Time: time.Date(2021, 9, 18, 20, 57, 0, 0, time.UTC), Open: 100, High: 103.004, Low: 99, Close: 102, Volume: 5.123456}

func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	return found
}

func TestWriterFormatsWithTheDecimalsOfTheInstrument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "BTC-USD-1m.csv")
	writer, err := barcsv.Create(path, time.Minute, barcsv.Decimals{Price: 2, Volume: 5})
	require.NoError(t, err)
	require.NoError(t, writer.Write(sample))
	require.NoError(t, writer.Close())

	text, err := os.ReadFile(path)

	require.NoError(t, err)
	assert.Equal(t, header+"2021-09-18T20:57:00Z,100.00,103.00,99.00,102.00,5.12346\n", string(text))
}

func TestWriterShowsNothingAtThePathUntilClosed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "BTC-USD-1m.csv.gz")
	writer, err := barcsv.Create(path, time.Minute, barcsv.Exact)
	require.NoError(t, err)
	require.NoError(t, writer.Write(sample))
	require.NoFileExists(t, path)

	require.NoError(t, writer.Close())

	assert.Equal(t, []string{"BTC-USD-1m.csv.gz"}, names(t, dir))
	series, _, err := barcsv.File{Path: path, Symbol: "BTC/USD", Interval: time.Minute}.Load()
	require.NoError(t, err)
	assert.Equal(t, []bar.Bar{sample}, series.Bars)
}

func TestWriterLeavesNoFileAfterABarThatAReaderWouldRefuse(t *testing.T) {
	dir := t.TempDir()
	writer, err := barcsv.Create(filepath.Join(dir, "BTC-USD-1m.csv"), time.Minute, barcsv.Exact)
	require.NoError(t, err)
	require.NoError(t, writer.Write(sample))

	require.ErrorContains(t, writer.Write(sample), "BTC-USD-1m.csv:3: column timestamp")
	require.Error(t, writer.Close())

	assert.Empty(t, names(t, dir))
}

func TestWriterAbortedKeepsTheFileThatWasThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "BTC-USD-1m.csv")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	writer, err := barcsv.Create(path, time.Minute, barcsv.Exact)
	require.NoError(t, err)
	require.NoError(t, writer.Write(sample))

	require.NoError(t, writer.Abort())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(text))
	assert.Len(t, names(t, dir), 1)
}
