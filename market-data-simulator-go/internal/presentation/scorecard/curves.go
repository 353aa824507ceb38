// This file draws, for each pair, the curves that the scores compare.

package scorecard

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

const smallWidth, smallHeight = 340.0, 230.0

// clustering is the autocorrelation of |r| over a logarithmic axis of lags.
func clustering(found realism.Comparison, pair int, interval time.Duration) *chart {
	c := newChart(found.Pairs[pair].Symbol, smallWidth, smallHeight)
	c.Description = "Autocorrelation of absolute returns of " + c.Title + ", real and simulated."
	real, simulated := found.Real.Pairs[pair].Clustering, found.Simulated.Pairs[pair].Clustering
	lags := numbers(found.Axes.ClusteringLags)
	c.logarithmic(lags, interval)
	low, high := covering(0.05, real, simulated)
	c.Y.low, c.Y.high = min(0, low), high
	c.YTicks = c.Y.ticks(5, "")
	c.YLabel = "autocorrelation of |r|"
	c.XLabel = "lag, " + unitOf(interval)
	c.draw("real", lags, real)
	c.draw("simulated", lags, simulated)
	return c
}

// hours is the profile of the day.
func hours(found realism.Comparison, pair int) *chart {
	c := newChart(found.Pairs[pair].Symbol, smallWidth, smallHeight)
	c.Description = "Mean absolute return by hour of the day of " + c.Title + ", real and simulated."
	real, simulated := found.Real.Pairs[pair].Hours, found.Simulated.Pairs[pair].Hours
	var clock []float64
	for hour := range real {
		clock = append(clock, float64(hour))
	}
	c.X.low, c.X.high = 0, 23
	for hour := 0; hour < 24; hour += 4 {
		c.XTicks = append(c.XTicks, c.X.mark(float64(hour), "%d", hour))
	}
	c.Y.low, c.Y.high = covering(0.1, real, simulated, []float64{1})
	c.YTicks = c.Y.ticks(5, "")
	c.XLabel, c.YLabel = "hour of the day, UTC", "mean |r|, day = 1"
	c.draw("real", clock, real)
	c.draw("simulated", clock, simulated)
	return c
}

// term is the volatility of a year as it looks at each horizon: level where returns do not know each other.
func term(found realism.Comparison, pair int, interval time.Duration) *chart {
	c := newChart(found.Pairs[pair].Symbol, smallWidth, smallHeight)
	c.Description = "Annualised volatility by horizon of " + c.Title + ", real and simulated."
	horizons := numbers(found.Axes.Horizons)
	var real, simulated []float64
	for i, horizon := range found.Axes.Horizons {
		length := time.Duration(horizon) * interval
		real = append(real, 100*realism.Annualised(found.Real.Pairs[pair].Deviations[i], length))
		simulated = append(simulated, 100*realism.Annualised(found.Simulated.Pairs[pair].Deviations[i], length))
	}
	c.logarithmic(horizons, interval)
	_, high := covering(0.15, real, simulated)
	c.Y.low, c.Y.high = 0, high
	c.YTicks = c.Y.ticks(5, "")
	c.XLabel, c.YLabel = "horizon, "+unitOf(interval), "volatility a year, %"
	c.draw("real", horizons, real)
	c.draw("simulated", horizons, simulated)
	return c
}

// logarithmic lays out the axis of lags or horizons, with a tick at some of them.
func (c *chart) logarithmic(values []float64, interval time.Duration) {
	c.X.low, c.X.high, c.X.log = values[0], values[len(values)-1], true
	last := math.Inf(-1)
	for _, value := range values {
		if at := c.X.at(value); at-last > 34 {
			c.XTicks = append(c.XTicks, c.X.mark(value, "%g", value*interval.Minutes()/unit(interval).Minutes()))
			last = at
		}
	}
}

func unit(interval time.Duration) time.Duration {
	if interval < time.Hour {
		return time.Minute
	}
	return time.Hour
}

func unitOf(interval time.Duration) string {
	if unit(interval) == time.Minute {
		return "minutes"
	}
	return "hours"
}

// Bins of the distribution, in standard deviations of the real returns.
const (
	reach   = 20.0 // what lies beyond is not drawn
	narrow  = 0.25 // width of a bin in the body
	body    = 3.0
	wide    = 1.0 // width of a bin in the tails
	minimum = 8.0 // of the axis
)

// distribution is the density of returns on a logarithmic axis.
func distribution(symbol string, real, simulated []float64, sigma float64) *chart {
	c := newChart(symbol, smallWidth, smallHeight)
	c.Description = "Density of the returns of " + symbol + " on a logarithmic scale, real and simulated."
	edges := binEdges()
	one, other := density(real, sigma, edges), density(simulated, sigma, edges)
	furthest, least, most := minimum, 1.0, 0.0
	for i := range one {
		for _, value := range []float64{one[i], other[i]} {
			if value > 0 {
				furthest = max(furthest, math.Ceil(max(math.Abs(edges[i]), math.Abs(edges[i+1]))))
				least, most = min(least, value), max(most, value)
			}
		}
	}
	c.X.low, c.X.high = -furthest, furthest
	c.XTicks = c.X.ticks(6, "")
	c.Y.log, c.Y.low, c.Y.high = true, math.Pow(10, math.Floor(math.Log10(least))), most*1.6
	for power := math.Floor(math.Log10(least)); math.Pow(10, power) <= c.Y.high; power++ {
		c.YTicks = append(c.YTicks, c.Y.mark(math.Pow(10, power), "%s", decade(int(power))))
	}
	c.XLabel, c.YLabel = "return, standard deviations of the real ones", "density"
	c.steps("real", edges, one)
	c.steps("simulated", edges, other)
	return c
}

// decade writes a power of ten.
func decade(power int) string {
	if power == 0 || power == 1 {
		return fmt.Sprintf("%g", math.Pow10(power))
	}
	raised := strings.NewReplacer("-", "\u207b", "0", "\u2070", "1", "\u00b9", "2", "\u00b2", "3", "\u00b3", "4", "\u2074", "5", "\u2075",
		"6", "\u2076", "7", "\u2077", "8", "\u2078", "9", "\u2079")
	return "10" + raised.Replace(fmt.Sprint(power))
}

func binEdges() []float64 {
	var edges []float64
	for at := -reach; at < -body; at += wide {
		edges = append(edges, at)
	}
	for at := -body; at < body; at += narrow {
		edges = append(edges, at)
	}
	for at := body; at <= reach; at += wide {
		edges = append(edges, at)
	}
	return edges
}

func density(returns []float64, sigma float64, edges []float64) []float64 {
	counts := make([]float64, len(edges)-1)
	for _, r := range returns {
		z := r / sigma
		for i := range counts {
			if z >= edges[i] && z < edges[i+1] {
				counts[i]++
				break
			}
		}
	}
	for i := range counts {
		counts[i] /= float64(len(returns)) * (edges[i+1] - edges[i])
	}
	return counts
}

// steps draws a density bin by bin; the line breaks where bins are empty.
func (c *chart) steps(kind string, edges, density []float64) {
	var x, y []float64
	for i, value := range density {
		if value == 0 && len(x) > 0 {
			c.draw(kind, x, y)
			x, y = nil, nil
		}
		if value > 0 {
			x, y = append(x, edges[i], edges[i+1]), append(y, value, value)
		}
	}
	if len(x) > 0 {
		c.draw(kind, x, y)
	}
}

func numbers(whole []int) []float64 {
	var result []float64
	for _, n := range whole {
		result = append(result, float64(n))
	}
	return result
}
