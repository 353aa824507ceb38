package realism_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

var midnight = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)

// hourly makes a series whose close doubles with every bar; the hours given are
// absent.
func hourly(symbol string, from time.Time, bars int, absent ...int) bar.Series {
	series := bar.Series{Symbol: symbol, Interval: time.Hour}
	for i := range bars {
		level := math.Exp2(float64(i))
		next := bar.Bar{Time: from.Add(time.Duration(i) * time.Hour), Open: level / 4, Close: level}
		keep := true
		for _, hour := range absent {
			keep = keep && hour != i
		}
		if keep {
			series.Bars = append(series.Bars, next)
		}
	}
	return series
}

func TestPanelKeepsOnlyTheWholeDaysThatAllPairsCover(t *testing.T) {
	panel, err := realism.FromSeries([]bar.Series{
		hourly("B/USD", midnight.Add(-5*time.Hour), 24*3, 20),
		hourly("A/USD", midnight, 24*4, 2),
	})

	require.NoError(t, err)
	assert.Equal(t, []string{"A/USD", "B/USD"}, panel.Symbols)
	assert.Equal(t, 2, panel.Days())
	assert.Len(t, panel.Returns[0], 48)
	assert.Len(t, panel.Returns[1], 48)
}

func TestPanelTakesAnAbsentBarAsFlatAndGivesTheMoveToTheNext(t *testing.T) {
	panel, err := realism.FromSeries([]bar.Series{hourly("A/USD", midnight, 24, 2, 3)})

	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{math.Ln2, 0, 0, 3 * math.Ln2, math.Ln2}, panel.Returns[0][1:6], 1e-12)
}

func TestPanelMeasuresTheVeryFirstBarFromItsOpen(t *testing.T) {
	panel, err := realism.FromSeries([]bar.Series{hourly("A/USD", midnight, 24, 5)})

	require.NoError(t, err)
	assert.InDelta(t, math.Log(4), panel.Returns[0][0], 1e-12)
}

func TestPanelIsRefusedWhenItCannotBeCompared(t *testing.T) {
	whole := hourly("A/USD", midnight, 24, 3)
	flat := hourly("A/USD", midnight, 24)
	for i := range flat.Bars {
		flat.Bars[i].Open, flat.Bars[i].Close = 5, 5
	}
	minutes := hourly("B/USD", midnight, 24)
	minutes.Interval = time.Minute
	for name, c := range map[string]struct {
		series []bar.Series
		want   string
	}{
		"no pair":        {nil, "at least one pair"},
		"no bars":        {[]bar.Series{whole, {Symbol: "B/USD", Interval: time.Hour}}, "B/USD has no bars"},
		"no interval":    {[]bar.Series{{Symbol: "A/USD", Bars: whole.Bars}}, "bars of 0s do not divide a day"},
		"two intervals":  {[]bar.Series{whole, minutes}, "want one interval"},
		"no whole day":   {[]bar.Series{hourly("A/USD", midnight.Add(time.Hour), 30)}, "no whole UTC day in common"},
		"days apart":     {[]bar.Series{whole, hourly("B/USD", midnight.Add(72*time.Hour), 24)}, "no whole UTC day in common"},
		"one pair twice": {[]bar.Series{whole, whole}, "A/USD is in the panel twice"},
		"price stands":   {[]bar.Series{flat}, "A/USD: the price is constant"},
		"price without end": {[]bar.Series{{Symbol: "A/USD", Interval: time.Hour, Bars: []bar.Bar{
			{Time: midnight, Open: 1, Close: 1}, {Time: midnight.Add(23 * time.Hour), Open: 1, Close: 0},
		}}}, "A/USD: return 23 is -Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := realism.FromSeries(c.series)

			assert.ErrorContains(t, err, c.want)
		})
	}
}
