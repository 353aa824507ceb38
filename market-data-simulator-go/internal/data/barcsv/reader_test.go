package barcsv_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

const (
	header   = "timestamp,open,high,low,close,volume\n"
	firstRow = "2021-09-18T20:57:00Z,100,103,99,102,5.5\n"
)

// read returns all rows, the number of bars missing and the first error.
func read(text string) (bars []bar.Bar, missing int, err error) {
	reader, err := barcsv.NewReader(strings.NewReader(text), "x.csv", time.Minute)
	for err == nil {
		var next bar.Bar
		if next, err = reader.Next(); err == nil {
			bars, missing = append(bars, next), missing+reader.Missing()
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return bars, missing, err
}

func TestReaderReadsRowsWhetherPlainOrGzip(t *testing.T) {
	text := header + firstRow + "2021-09-18T20:58:00Z,102,102,0.00000101,1e-3,0"
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, err := writer.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, writer.Close())

	for _, source := range []string{text, zipped.String(), strings.ReplaceAll(text, "\n", "\r\n"), "\xef\xbb\xbf" + text} {
		bars, missing, err := read(source)

		require.NoError(t, err)
		assert.Zero(t, missing)
		assert.Equal(t, []bar.Bar{
			{Time: time.Date(2021, 9, 18, 20, 57, 0, 0, time.UTC), Open: 100, High: 103, Low: 99, Close: 102, Volume: 5.5},
			{Time: time.Date(2021, 9, 18, 20, 58, 0, 0, time.UTC), Open: 102, High: 102, Low: 0.00000101, Close: 0.001},
		}, bars)
	}
}

func TestReaderCountsTheBarsMissingInAGap(t *testing.T) {
	bars, missing, err := read(header + firstRow + "2021-09-18T21:58:00Z,1,1,1,1,1\n")

	require.NoError(t, err)
	assert.Len(t, bars, 2)
	assert.Equal(t, 60, missing)
}

func TestReaderRefusesABadRowAndNamesPlaceFoundAndExpected(t *testing.T) {
	second := "2021-09-18T20:58:00Z,"
	for name, c := range map[string]struct{ text, want string }{
		"no header":             {firstRow, "x.csv:1: found \"2021-09-18T20:57:00Z,100,103,99,102,5.5\", want the header timestamp,open,high,low,close,volume"},
		"empty file":            {"", "x.csv:1: found \"\", want the header timestamp,open,high,low,close,volume"},
		"too few columns":       {header + firstRow + "2021-09-18T20:58:00Z,1,1\n", "x.csv:3: found 3 columns in \"2021-09-18T20:58:00Z,1,1\", want 6 columns: timestamp,open,high,low,close,volume"},
		"too many columns":      {header + "a,b,c,d,e,f,g\n", "x.csv:2: found 7 columns in \"a,b,c,d,e,f,g\", want 6 columns: timestamp,open,high,low,close,volume"},
		"blank line":            {header + "\n" + firstRow, "x.csv:2: found 1 columns in \"\", want 6 columns: timestamp,open,high,low,close,volume"},
		"bad timestamp":         {header + "18.9.2021,1,1,1,1,1\n", "x.csv:2: column timestamp: found \"18.9.2021\", want RFC 3339 in UTC, such as 2021-09-18T20:57:00Z"},
		"another time zone":     {header + "2021-09-18T20:57:00+02:00,1,1,1,1,1\n", "x.csv:2: column timestamp: found 2021-09-18T20:57:00+02:00, want UTC (Z)"},
		"off the grid":          {header + "2021-09-18T20:57:30Z,1,1,1,1,1\n", "x.csv:2: column timestamp: found 2021-09-18T20:57:30Z, want an open time on the grid of 1m"},
		"fraction of a second":  {header + "2021-09-18T20:57:00.5Z,1,1,1,1,1\n", "x.csv:2: column timestamp: found 2021-09-18T20:57:00.5Z, want an open time on the grid of 1m"},
		"duplicate":             {header + firstRow + firstRow, "x.csv:3: column timestamp: found 2021-09-18T20:57:00Z, want a time after that of the row before, this is its duplicate"},
		"unsorted":              {header + firstRow + "2021-09-18T20:56:00Z,1,1,1,1,1\n", "x.csv:3: column timestamp: found 2021-09-18T20:56:00Z, want a time after that of the row before, 2021-09-18T20:57:00Z"},
		"not a number":          {header + firstRow + second + "1,x,1,1,1\n", "x.csv:3: column high: found \"x\", want a finite decimal number"},
		"NaN":                   {header + firstRow + second + "1,1,1,NaN,1\n", "x.csv:3: column close: found NaN, want a finite decimal number"},
		"infinite":              {header + firstRow + second + "1,1,1,1,+Inf\n", "x.csv:3: column volume: found +Inf, want a finite decimal number"},
		"too large for a float": {header + firstRow + second + "1,1,1,1,1e999\n", "x.csv:3: column volume: found \"1e999\", want a finite decimal number"},
		"price of zero":         {header + firstRow + second + "0,1,1,1,1\n", "x.csv:3: column open: found 0, want a price above 0"},
		"negative price":        {header + firstRow + second + "1,1,-1,1,1\n", "x.csv:3: column low: found -1, want a price above 0"},
		"high below close":      {header + firstRow + second + "1,1.5,1,2,1\n", "x.csv:3: column high: found 1.5, want at least max(open, close) = 2"},
		"low above open":        {header + firstRow + second + "1,2,1.5,2,1\n", "x.csv:3: column low: found 1.5, want at most min(open, close) = 1"},
		"negative volume":       {header + firstRow + second + "1,1,1,1,-0.5\n", "x.csv:3: column volume: found -0.5, want 0 or more"},
		"hexadecimal":           {header + firstRow + second + "0x1p-2,1,1,1,1\n", "x.csv:3: column open: found \"0x1p-2\", want a finite decimal number"},
		"no number":             {header + firstRow + second + ",1,1,1,1\n", "x.csv:3: column open: found \"\", want a finite decimal number"},
		"decimal comma":         {header + firstRow + second + "1,5,1,5,1,5,1,5,1,5\n", "x.csv:3: found 11 columns in \"2021-09-18T20:58:00Z,1,5,1,5,1,5,1,5,1,5\", want 6 columns: timestamp,open,high,low,close,volume"},
		"another header":        {"time,open,high,low,close,volume\n", "x.csv:1: found \"time,open,high,low,close,volume\", want the header timestamp,open,high,low,close,volume"},
		"one column more":       {"timestamp,open,high,low,close,volume,trades\n", "x.csv:1: found \"timestamp,open,high,low,close,volume,trades\", want the header timestamp,open,high,low,close,volume"},
		"UTF-16":                {"\xff\xfet\x00i\x00", "x.csv:1: found text in UTF-16, want UTF-8 or ASCII"},
		"endless line":          {header + strings.Repeat("1", 1<<20), "x.csv:2: found a longer line, want at most 16384 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := read(c.text)

			var rowError *barcsv.RowError
			require.ErrorAs(t, err, &rowError)
			assert.EqualError(t, err, c.want)
		})
	}
}

// rows are flat bars that far apart.
func rows(count int, apart time.Duration) string {
	var text strings.Builder
	text.WriteString(header)
	for i := range count {
		text.WriteString(time.Date(2021, 9, 18, 0, 0, 0, 0, time.UTC).Add(time.Duration(i)*apart).Format(time.RFC3339) + ",1,1,1,1,1\n")
	}
	return text.String()
}

func TestReaderFindsBarsOfAnotherInterval(t *testing.T) {
	_, _, err := read(rows(20, 5*time.Minute))
	require.NoError(t, err, "nineteen gaps of one length may be chance")

	_, _, err = read(rows(30, 5*time.Minute))
	require.EqualError(t, err, "x.csv:22: column timestamp: found 2021-09-18T01:40:00Z, the 20th row in a row that comes 5m after the one before, "+
		"want rows 1m apart, which is the interval in the name of the file")

	_, _, err = read(rows(1000, time.Minute) + strings.TrimPrefix(strings.ReplaceAll(rows(30, time.Hour), "2021-09-18", "2021-09-20"), header))
	require.ErrorContains(t, err, "comes 1h after the one before", "half way is found as well")
}

// bomb is a small gzip file that unpacks to a text and then to a hundred megabytes of one byte.
func bomb(t *testing.T, text string, filling byte) string {
	t.Helper()
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, err := writer.Write([]byte(text))
	require.NoError(t, err)
	for range 100 {
		_, err = writer.Write(bytes.Repeat([]byte{filling}, 1<<20))
		require.NoError(t, err)
	}
	require.NoError(t, writer.Close())
	return zipped.String()
}

func TestAGzipBombIsFoundAtItsFirstLine(t *testing.T) {
	for filling, want := range map[byte]string{'1': "x.csv:3: found a longer line", '\n': "x.csv:3: found 1 columns", 0: "x.csv:3: found a longer line"} {
		zipped := bomb(t, header+firstRow, filling)
		_, _, err := read(zipped)
		assert.ErrorContains(t, err, want)
	}
	_, _, err := read(bomb(t, "", 'x'))
	assert.ErrorContains(t, err, "x.csv:1: found a longer line")
}

func TestReaderReportsATruncatedGzipWithFileAndLine(t *testing.T) {
	var zipped bytes.Buffer
	writer := gzip.NewWriter(&zipped)
	_, err := writer.Write([]byte(header + firstRow))
	require.NoError(t, err)
	require.NoError(t, writer.Close())

	_, _, err = read(zipped.String()[:zipped.Len()-6])

	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.EqualError(t, err, "x.csv:3: the compressed data ends too early or is damaged: unexpected EOF")
}

func TestReaderUsesTheSameMemoryForEveryRow(t *testing.T) {
	var text strings.Builder
	text.WriteString(header)
	start := time.Date(2021, 9, 18, 0, 0, 0, 0, time.UTC)
	for i := range 5000 {
		text.WriteString(start.Add(time.Duration(i)*time.Minute).Format(time.RFC3339) + ",1,2,0.5,1.5,3\n")
	}
	reader, err := barcsv.NewReader(strings.NewReader(text.String()), "x.csv", time.Minute)
	require.NoError(t, err)

	perRow := testing.AllocsPerRun(1000, func() {
		_, err := reader.Next()
		require.NoError(t, err)
	})

	assert.LessOrEqual(t, perRow, 6.0)
}

func FuzzReader(f *testing.F) {
	f.Add([]byte(header + firstRow))
	f.Add([]byte(header + firstRow + "2021-09-18T20:59:00Z,1e-8,5e-324,1e-400,1e308,0x1p-2"))
	f.Add([]byte("\xef\xbb\xbf" + strings.ReplaceAll(rows(25, 2*time.Minute), "\n", "\r\n")))
	f.Add([]byte(header + "0000-01-01T00:00:00Z,1,1,1,1,-0\n9999-12-31T23:59:00Z,1,1,1,1,0\n"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, source []byte) {
		bars, missing, err := read(string(source))
		if err != nil {
			return
		}
		path := t.TempDir() + "/again.csv"
		writer, err := barcsv.Create(path, time.Minute, barcsv.Exact)
		require.NoError(t, err)
		for _, next := range bars {
			require.NoError(t, writer.Write(next))
		}
		require.NoError(t, writer.Close())

		series, gaps, err := barcsv.File{Path: path, Symbol: "A/B", Interval: time.Minute}.Load()

		if len(bars)+missing > barcsv.MaxBars {
			require.ErrorContains(t, err, "give a shorter period")
			return
		}
		require.NoError(t, err)
		require.Len(t, series.Bars, len(bars))
		for i := range bars {
			require.Equal(t, bars[i], series.Bars[i], "row %d", i)
		}
		for _, gap := range gaps {
			missing -= gap.Missing
		}
		require.Zero(t, missing)
	})
}
