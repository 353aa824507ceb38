// This file draws what prices did, real and simulated side by side on one scale.

package scorecard

import (
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

const (
	pathWidth, pathHeight = 520.0, 190.0
	gutter                = 22.0 // between the two
	pointsOfPath          = 240  // columns, each with its lowest and highest price
)

// pathPair is a pair's two paths.
type pathPair struct {
	Real, Simulated *chart
	Title           string
}

// paths draws pair i of two panels.
func paths(real, simulated realism.Panel, i int) pathPair {
	days := float64(real.Days())
	x, one := path(real.Returns[i], real.Interval)
	_, other := path(simulated.Returns[i], simulated.Interval)
	low, high := covering(0.06, one, other)
	half := (pathWidth - gutter) / 2
	frame := func(name string, y []float64) *chart {
		c := newChart(name, half+20, pathHeight)
		c.Description = fmt.Sprintf("Change of the price of %s since the first bar, %s.", real.Symbols[i], name)
		c.X.low, c.X.high, c.Y.low, c.Y.high = 0, days, low, high
		c.XTicks, c.YTicks = c.X.ticks(4, ""), c.Y.ticks(4, "")
		c.XLabel, c.YLabel = "day", "change, %"
		c.draw(name, x, y)
		return c
	}
	return pathPair{Title: real.Symbols[i], Real: frame("real", one), Simulated: frame("simulated", other)}
}

// path is the change of a price in percent, thinned out to columns that keep its extremes; x counts days.
func path(returns []float64, interval time.Duration) (x, change []float64) {
	each := (len(returns) + pointsOfPath - 1) / pointsOfPath
	level := 0.0
	for from := 0; from < len(returns); from += each {
		lowest, highest := math.Inf(1), math.Inf(-1)
		for _, r := range returns[from:min(from+each, len(returns))] {
			level += r
			lowest, highest = min(lowest, level), max(highest, level)
		}
		at := float64(from+each) * interval.Hours() / 24
		x = append(x, at, at)
		change = append(change, 100*math.Expm1(lowest), 100*math.Expm1(highest))
	}
	return x, change
}
