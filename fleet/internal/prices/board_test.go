package prices

import (
	"flag"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, file, got string) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func quote(symbol string, price float64) Quote {
	return Quote{
		Symbol: symbol, Sequence: 1411718638, BusinessTime: time.Date(2026, 3, 1, 12, 0, 0, 123e6, time.UTC),
		Price: price, Bid: price - 0.01, Ask: price + 0.01, DayAmount: 12, DayPercent: 1.234, DayHigh: price + 100, DayLow: price - 100,
		DayVolume: 78365.78,
	}
}

// A board of three pairs, one of which has no price yet.
func board() *Board {
	board := NewBoard([]Instrument{{"BTC/USD", 2}, {"ADA/BTC", 8}, {"SOL/USD", 2}})
	for step := range 60 {
		board.Put(quote("BTC/USD", 51000+300*math.Sin(float64(step)/6)))
		board.Put(Quote{Symbol: "ADA/BTC", Price: 0.00005129, Bid: 0.00005128, Ask: 0.0000513, DayPercent: -3, DayVolume: 41.07e6})
	}
	board.Put(quote("XRP/USD", 1))
	return board
}

func TestBoardShowsEachPairWithASparkline(t *testing.T) {
	golden(t, "board.txt", strings.Join(board().Render(0), "\n")+"\n")
}

func TestBoardIsCutToTheWidthOfTheTerminal(t *testing.T) {
	for _, line := range board().Render(40) {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 40)
	}
}

func TestSparklineOfAPairIsAsLongAsItsHistoryAndNoLonger(t *testing.T) {
	lines := board().Render(0)
	assert.Equal(t, HistoryLength, strings.Count(lines[2], "▄"), "equal prices stand in the middle")
}

func TestLineTellsOneUpdate(t *testing.T) {
	assert.Equal(t, "2026-03-01T12:00:00.123Z BTC/USD price 51000.00 bid 50999.99 ask 51000.01 24h +1.23% high 51100.00 low 50900.00 "+
		"volume 78.37k sequence 1411718638", Line(quote("BTC/USD", 51000), 2))
}

func TestVolumesAreShortened(t *testing.T) {
	for value, want := range map[float64]string{0: "0.00", 999.5: "999.50", 1234: "1.23k", 5.6e6: "5.60M", 7e9: "7.00G"} {
		assert.Equal(t, want, volume(value))
	}
}

func TestSparklineGoesFromLowToHigh(t *testing.T) {
	assert.Equal(t, "▁▂▃▄▅▆▇█", Sparkline([]float64{0, 1, 2, 3, 4, 5, 6, 7}))
	assert.Equal(t, "▁ █", Sparkline([]float64{1, math.NaN(), 2}))
	assert.Equal(t, "  ", Sparkline([]float64{math.NaN(), math.Inf(1)}))
	assert.Empty(t, Sparkline(nil))
}

func TestSparklineHasOneBlockAValueAndItsExtremesStandOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64(), 1, 80).Draw(t, "values")
		line := []rune(Sparkline(values))
		require.Len(t, line, len(values))
		for index, value := range values {
			if value < values[0] {
				assert.LessOrEqual(t, line[index], line[0], "a lower value is never drawn higher")
			}
		}
	})
}
