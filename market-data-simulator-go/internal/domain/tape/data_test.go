package tape

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
)

// sample reads the real trades that lie beside the repository, or skips the test. Trades of the same millisecond and side are
// one order.
func sample(t *testing.T, pair string) (trades []Trade, span time.Duration) {
	name := filepath.Join(realbars.Folder(t), pair+"-tick-2024-08-08-trades.csv.gz")
	file, err := os.Open(name)
	if os.IsNotExist(err) {
		t.Skipf("skipped: there is no %s, and this test wants real trades", name)
	}
	require.NoError(t, err)
	defer file.Close()
	plain, err := gzip.NewReader(file)
	require.NoError(t, err)
	rows, err := csv.NewReader(plain).ReadAll()
	require.NoError(t, err)
	number := func(text string) float64 {
		value, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		return value
	}
	begin := number(rows[1][0])
	for i, row := range rows[1:] {
		one := Trade{At: time.Duration(number(row[0])-begin) * time.Millisecond, Weight: number(row[2]), Buy: row[3] == "buy"}
		if i > 0 {
			before := trades[i-1]
			if one.Order = before.Order; before.At != one.At || before.Buy != one.Buy {
				one.Order++
			}
		}
		trades = append(trades, one)
	}
	return trades, trades[len(trades)-1].At
}

func TestTheFiguresAreThoseOfTheSampleAndTheTapeIsLikeIt(t *testing.T) {
	for symbol, stated := range sampled {
		t.Run(symbol, func(t *testing.T) {
			trades, span := sample(t, symbol[:3]+"-"+symbol[4:])
			measured := summarise(trades, span)
			requireLike(t, measured, summarise(minutes(240, measured.perSecond), 240*time.Minute))
			require.InEpsilon(t, stated.perSecond, measured.perSecond, 0.02)
			require.InEpsilon(t, stated.variation, measured.variation, 0.02)
			for n := range stated.signs {
				require.InDelta(t, stated.signs[n], measured.signs[n], 0.02)
			}
			require.False(t, math.IsNaN(measured.fano))
		})
	}
}
