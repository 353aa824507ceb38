package realism

// The plain statistics that the scores are made of. Slices are not changed.

import (
	"math"
	"slices"
)

// tiny keeps logarithms and ratios of returns finite where a price stood still.
// It is a hundredth of a basis point.
const tiny = 1e-6

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// deviation is the standard deviation of a whole population.
func deviation(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(x)))
}

func absolute(x []float64) []float64 {
	result := make([]float64, len(x))
	for i, v := range x {
		result[i] = math.Abs(v)
	}
	return result
}

func sorted(x []float64) []float64 {
	result := slices.Clone(x)
	slices.Sort(result)
	return result
}

// quantile interpolates linearly between order statistics (Hyndman and Fan 1996,
// definition 7).
func quantile(ascending []float64, share float64) float64 {
	position := share * float64(len(ascending)-1)
	below := int(position)
	if below >= len(ascending)-1 {
		return ascending[len(ascending)-1]
	}
	weight := position - float64(below)
	return ascending[below]*(1-weight) + ascending[below+1]*weight
}

// pearson returns 0 where one side does not vary.
func pearson(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return max(-1, min(1, xy/math.Sqrt(xx*yy)))
}

// autocorrelation is the sample autocorrelation at each lag: the autocovariance
// over all n terms divided by the variance; 0 for a series that does not vary.
func autocorrelation(x []float64, lags []int) []float64 {
	centred, m, variance := make([]float64, len(x)), mean(x), 0.0
	for i, v := range x {
		centred[i] = v - m
		variance += centred[i] * centred[i]
	}
	result := make([]float64, len(lags))
	for k, lag := range lags {
		sum := 0.0
		for i := lag; i < len(centred); i++ {
			sum += centred[i] * centred[i-lag]
		}
		if variance > 0 {
			result[k] = sum / variance
		}
	}
	return result
}

// summed adds up whole runs of n returns; what is left over is dropped.
func summed(x []float64, n int) []float64 {
	result := make([]float64, len(x)/n)
	for i := range result {
		for _, v := range x[i*n : (i+1)*n] {
			result[i] += v
		}
	}
	return result
}

// logVolatility is ln of the root mean square return of each whole window.
func logVolatility(x []float64, window int) []float64 {
	result := make([]float64, len(x)/window)
	for i := range result {
		sum := 0.0
		for _, v := range x[i*window : (i+1)*window] {
			sum += v * v
		}
		result[i] = math.Log(math.Sqrt(sum/float64(window)) + tiny)
	}
	return result
}

// hourProfile is the mean magnitude by hour of the day, normalised to mean 1. The
// series covers whole days.
func hourProfile(magnitude []float64, barsPerHour int) []float64 {
	profile := make([]float64, hoursPerDay)
	for hour := range len(magnitude) / barsPerHour {
		for _, v := range magnitude[hour*barsPerHour : (hour+1)*barsPerHour] {
			profile[hour%hoursPerDay] += v
		}
	}
	level := mean(profile)
	for h := range profile {
		profile[h] /= level
	}
	return profile
}

// smoothed averages three neighbouring hours of the clock.
func smoothed(profile []float64) []float64 {
	result := make([]float64, hoursPerDay)
	for h := range result {
		before, after := profile[(h+hoursPerDay-1)%hoursPerDay], profile[(h+1)%hoursPerDay]
		result[h] = (before + profile[h] + after) / 3
	}
	return result
}

// correlations are the entries above the diagonal of the correlation matrix, row
// by row.
func correlations(series [][]float64) []float64 {
	var result []float64
	for i := range series {
		for j := i + 1; j < len(series); j++ {
			result = append(result, pearson(series[i], series[j]))
		}
	}
	return result
}

// similarity is exp(-2 mean |ln ratio|) of two rows of positive numbers.
func similarity(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(math.Log(a[i] / b[i]))
	}
	return math.Exp(-2 * sum / float64(len(a)))
}
