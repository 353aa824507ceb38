package realism

// The plain statistics that the scores are made of. Slices are not changed.

import (
	"math"
	"slices"
)

// tiny keeps logarithms and ratios of returns finite where a price stood still.
// It is a hundredth of a basis point.
const tiny = 1e-6

func mean(x []float64) float64 { return sum(x) / float64(len(x)) }

// sum adds in four lanes: additions of one lane wait for each other.
func sum(x []float64) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		a, b, c, d = a+x[0], b+x[1], c+x[2], d+x[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v
	}
	return (a + b) + (c + d)
}

// deviation is the standard deviation of a whole population.
func deviation(x []float64) float64 {
	m := mean(x)
	return math.Sqrt(squares(x, m) / float64(len(x)))
}

// squares is the sum of squared distances from m, added as in sum.
func squares(x []float64, m float64) float64 {
	var a, b, c, d float64
	for len(x) >= 4 {
		p, q, r, s := x[0]-m, x[1]-m, x[2]-m, x[3]-m
		a, b, c, d = a+p*p, b+q*q, c+r*r, d+s*s
		x = x[4:]
	}
	for _, v := range x {
		a += (v - m) * (v - m)
	}
	return (a + b) + (c + d)
}

// product is the sum of products with another row at least as long, added as in
// sum.
func product(x, y []float64) float64 {
	var a, b, c, d float64
	y = y[:len(x)]
	for len(x) >= 4 && len(y) >= 4 {
		a, b, c, d = a+x[0]*y[0], b+x[1]*y[1], c+x[2]*y[2], d+x[3]*y[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		a += v * y[i]
	}
	return (a + b) + (c + d)
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

// centred is a series less its mean, ready to be correlated with others.
type centred struct {
	values []float64
	norm   float64 // root of the sum of squares
}

func centre(x []float64) centred { return centreInto(make([]float64, len(x)), x) }

// centreInto keeps the values in memory of the same length.
func centreInto(values, x []float64) centred {
	m := mean(x)
	for i, v := range x {
		values[i] = v - m
	}
	return centred{values: values, norm: math.Sqrt(squares(x, m))}
}

func centreAll(all [][]float64) []centred {
	result := make([]centred, len(all))
	for i, x := range all {
		result[i] = centre(x)
	}
	return result
}

// correlation with another series that comes lag terms later: the sum of products
// over both norms, so that a lag shrinks it a little, as is usual for
// autocorrelations. It is 0 where one side does not vary.
func (c centred) correlation(later centred, lag int) float64 {
	if c.norm == 0 || later.norm == 0 || lag >= len(later.values) {
		return 0
	}
	return max(-1, min(1, product(later.values[lag:], c.values)/(c.norm*later.norm)))
}

// autocorrelations are those at each lag.
func (c centred) autocorrelations(lags []int) []float64 {
	result := make([]float64, len(lags))
	for k, lag := range lags {
		result[k] = c.correlation(c, lag)
	}
	return result
}

func pearson(x, y []float64) float64 { return centre(x).correlation(centre(y), 0) }

// summed adds up whole runs of n returns; what is left over is dropped.
func summed(x []float64, n int) []float64 { return appendSummed(nil, x, n) }

func appendSummed(result, x []float64, n int) []float64 {
	for i := range len(x) / n {
		result = append(result, sum(x[i*n:(i+1)*n]))
	}
	return result
}

// logVolatility is ln of the root mean square return of each whole window.
func logVolatility(x []float64, window int) []float64 { return appendLogVolatility(nil, x, window) }

func appendLogVolatility(result, x []float64, window int) []float64 {
	for i := range len(x) / window {
		result = append(result, math.Log(math.Sqrt(squares(x[i*window:(i+1)*window], 0)/float64(window))+tiny))
	}
	return result
}

// hourProfile is the mean magnitude by hour of the day, normalised to mean 1. The
// series covers whole days.
func hourProfile(magnitude []float64, barsPerHour int) []float64 {
	return hourProfileInto(make([]float64, hoursPerDay), magnitude, barsPerHour)
}

func hourProfileInto(profile, magnitude []float64, barsPerHour int) []float64 {
	for hour := range len(magnitude) / barsPerHour {
		profile[hour%hoursPerDay] += sum(magnitude[hour*barsPerHour : (hour+1)*barsPerHour])
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
func correlations(all []centred) []float64 {
	var result []float64
	for i := range all {
		for j := i + 1; j < len(all); j++ {
			result = append(result, all[i].correlation(all[j], 0))
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
