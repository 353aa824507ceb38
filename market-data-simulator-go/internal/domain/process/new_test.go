package process

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

func TestAProfileNamesItsProcess(t *testing.T) {
	fitted := market(1)
	for name, want := range map[string]Process{"": &GARCH{}, profile.GARCHT: &GARCH{}, profile.Superposed: &Superposed{}} {
		fitted.Process = name
		found, err := New(fitted, 1, time.Unix(0, 0))
		require.NoError(t, err)
		assert.IsType(t, want, found)
	}
	fitted.Process = "brownian"
	_, err := New(fitted, 1, time.Unix(0, 0))
	require.ErrorContains(t, err, `process is "brownian": want superposed or garch-t`)
}

// An hourly profile walked by minutes has the closes of the hourly process, and the volatility of each hour within it.
func TestMinutesOfAnHourlyProfileEndWhereItsHoursDo(t *testing.T) {
	for _, name := range []string{profile.Superposed, profile.GARCHT} {
		fitted := market(2)
		fitted.Process, fitted.Provenance.BaseStep = name, "1h"
		minutes, err := New(fitted, 4, time.Unix(0, 0))
		require.NoError(t, err)
		inner := minutes.(*spread).inner
		const hours = 3000
		each, whole := walk(minutes, 2, 60*hours), walk(inner.Fork(), 2, hours)
		for i := range each {
			squares := 0.0
			for n, hour := range whole[i] {
				require.InDelta(t, hour.Close, each[i][60*n+59].Close, 1e-12)
				require.InDelta(t, hour.Open, each[i][60*n].Open, 1e-12)
				for _, minute := range each[i][60*n : 60*n+60] {
					squares += square((minute.Close-minute.Open)/hour.Sigma*math.Sqrt(60)) / (60 * hours)
				}
			}
			assert.InDelta(t, 1, squares, 0.03, "variance of a minute's return over that of the hour's minutes")
		}
		first, second := gains(each[0]), gains(each[1])
		assert.InDelta(t, 0.5, correlation(first, second), 0.06)
	}
}

func TestVolumesOfMinutesAddUpToAboutThatOfTheirHour(t *testing.T) {
	fitted := market(1)
	fitted.Process, fitted.Provenance.BaseStep = profile.Superposed, "1h"
	minutes, err := New(fitted, 4, time.Unix(0, 0))
	require.NoError(t, err)
	hours := minutes.(*spread).inner.Fork()
	moves, whole := walk(minutes, 1, 60*500)[0], walk(hours, 1, 500)[0]
	sum, want := 0.0, 0.0
	for n, move := range moves {
		sum += minutes.Volume(0, int64(n), move.Tone)
	}
	for n, move := range whole {
		want += hours.Volume(0, int64(n), move.Tone)
	}
	assert.InEpsilon(t, want, sum, 0.03)
}
