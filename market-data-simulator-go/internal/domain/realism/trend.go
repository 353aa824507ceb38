package realism

// Score 4, trend similarity: how far do prices go within an hour, some hours and
// a day, how deep do they fall on the way, and how straight is the way?

import "math"

const (
	trendKinds     = 4 // |net move|, maximum drawdown, maximum run-up, efficiency ratio
	trendQuantiles = 19
	trendFloor     = 1e-4
)

// trendShape holds, for each window length and each kind of trend, the 5 % to
// 95 % quantiles over the windows. Moves are in units of sigma times the root of
// the window's length.
func trendShape(r []float64, windows []int, sigma float64) []float64 {
	var result []float64
	for _, window := range windows {
		unit := sigma * math.Sqrt(float64(window))
		count := len(r) / window
		var kinds [trendKinds][]float64
		for w := range count {
			trend := trendOf(r[w*window:(w+1)*window], unit)
			for k, value := range trend {
				kinds[k] = append(kinds[k], value)
			}
		}
		for _, values := range kinds {
			ascending := sorted(values)
			for q := 1; q <= trendQuantiles; q++ {
				result = append(result, quantile(ascending, float64(q)/(trendQuantiles+1))+trendFloor)
			}
		}
	}
	return result
}

// trendOf measures one window. The efficiency ratio of a price that stood still
// is 0.
func trendOf(r []float64, unit float64) [trendKinds]float64 {
	var level, top, bottom, drawdown, runUp, way float64
	for _, x := range r {
		level += x
		way += math.Abs(x)
		top, bottom = max(top, level), min(bottom, level)
		drawdown, runUp = max(drawdown, top-level), max(runUp, level-bottom)
	}
	net, efficiency := math.Abs(level), 0.0
	if way > 0 {
		efficiency = net / way
	}
	return [trendKinds]float64{net / unit, drawdown / unit, runUp / unit, efficiency}
}

// trendScore is the mean over pairs.
func trendScore(simulated, real Measures) float64 {
	return averaged(simulated.Pairs, real.Pairs, wayScore)
}

// wayScore is the mean similarity over windows and kinds of one pair.
func wayScore(simulated, real PairMeasures) float64 {
	a, b, sum, rows := simulated.Trend.wide(), real.Trend.wide(), 0.0, len(real.Trend)/trendQuantiles
	for row := range rows {
		from, to := row*trendQuantiles, (row+1)*trendQuantiles
		sum += similarity(a[from:to], b[from:to])
	}
	return sum / float64(rows)
}
