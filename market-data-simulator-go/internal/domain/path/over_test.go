package path

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

func TestBarsOfSomeInstrumentsAreThoseOfAll(t *testing.T) {
	from, n := Epoch.Add(3*time.Hour), 0
	all := collect(t, newPath(t, 2), from, from.Add(time.Hour), time.Minute)
	require.NoError(t, newPath(t, 2).BarsOf([]int{3, 0}, from, from.Add(time.Hour), time.Minute, func(bars []bar.Bar) bool {
		require.Equal(t, []bar.Bar{all[3][n], all[0][n]}, bars)
		n++
		return true
	}))
	assert.Equal(t, 60, n)
}

func TestPricesAreTheClosesOfTheBars(t *testing.T) {
	from := Epoch.Add(5 * time.Hour)
	for _, interval := range []time.Duration{time.Minute, 15 * time.Minute, time.Hour} {
		bars := collect(t, newPath(t, 9), from, from.Add(6*time.Hour), interval)
		at := 0
		require.NoError(t, newPath(t, 9).Prices(from, from.Add(6*time.Hour), interval, func(prices []float64) bool {
			for i, price := range prices {
				if at == 0 {
					require.Equal(t, bars[i][0].Open, price)
				} else {
					require.Equal(t, bars[i][at-1].Close, price)
				}
			}
			at++
			return true
		}))
		assert.Equal(t, int(6*time.Hour/interval)+1, at)
	}
	require.ErrorContains(t, newPath(t, 9).Prices(from, from, time.Second, nil), "want whole minutes")
}

func TestAPathOverAProcessIsTheOneThatTheProfileMakes(t *testing.T) {
	fitted, instruments := twoPairs(t)
	shocks, err := process.New(fitted, 4, Epoch)
	require.NoError(t, err)
	pairs := []Pair{{Symbol: "BTC/USD", Level: fitted.Pairs[0].Level}, {Symbol: "ADA/BTC", Level: fitted.Pairs[1].Level}}
	over, err := Over(shocks, pairs, instruments, 4, Epoch)
	require.NoError(t, err)
	assert.Equal(t, quotesAt(t, newPath(t, 4), 77_777), quotesAt(t, over, 77_777))
}
