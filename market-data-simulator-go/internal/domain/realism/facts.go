package realism

// The facts are the numbers that the confidence score checks one by one.

import (
	"fmt"
	"math"
)

// Family groups the checks of the confidence score; each family counts the same,
// however many checks it has.
type Family string

// The families of checks.
const (
	Marginal   Family = "marginal"    // the distribution of single returns
	Temporal   Family = "temporal"    // what returns have to do with earlier ones
	Seasonal   Family = "seasonal"    // the hour of the day
	CrossAsset Family = "cross-asset" // what pairs have to do with each other
)

var families = []Family{Marginal, Temporal, Seasonal, CrossAsset}

// factName says what a fact is.
type factName struct {
	family Family
	pair   string // or two pairs, for a fact about both
	what   string
}

const (
	hillShare  = 0.05 // of the largest |r|
	softening  = 3    // in standard deviations: where tanh levels off
	singleLag  = 1
	tailNear   = 0.99
	tailFar    = 0.999
	tailMedian = 0.5
)

// factNames lists the facts in the order in which facts returns them.
func factNames(symbols []string, s scale) []factName {
	var names []factName
	for _, symbol := range symbols {
		add := func(family Family, format string, args ...any) {
			names = append(names, factName{family, symbol, fmt.Sprintf(format, args...)})
		}
		add(Marginal, "ln sigma")
		add(Marginal, "ln q99/q50 of |r|")
		add(Marginal, "ln q99.9/q50 of |r|")
		add(Marginal, "Hill exponent")
		add(Marginal, "mean tanh(z/3)^2")
		add(Temporal, "autocorrelation of r at lag %d", singleLag)
		for _, lag := range s.factLags {
			add(Temporal, "autocorrelation of |r| at lag %d", lag)
		}
		add(Temporal, "sd of ln realised volatility")
		add(Temporal, "leverage")
		for _, horizon := range s.factHorizons {
			add(Temporal, "ln sigma over %d bars", horizon)
		}
		add(Seasonal, "sd of the hour profile")
	}
	for _, of := range []string{"r", "|r|"} {
		for i := range symbols {
			for j := i + 1; j < len(symbols); j++ {
				names = append(names, factName{CrossAsset, symbols[i] + " " + symbols[j], "correlation of " + of})
			}
		}
	}
	return names
}

// facts measures them all. Ascending has the magnitudes of each pair in order:
// sorting is most of the work, and the bootstrap need not do it again.
func facts(panel Panel, s scale, ascending [][]float64) []float64 {
	var result []float64
	returns, magnitudes := make([]centred, len(panel.Returns)), make([]centred, len(panel.Returns))
	for i, r := range panel.Returns {
		magnitude := absolute(r)
		returns[i], magnitudes[i] = centre(r), centre(magnitude)
		result = append(result, marginalFacts(r, ascending[i])...)
		result = append(result, temporalFacts(r, returns[i], magnitudes[i], s)...)
		result = append(result, deviation(hourProfile(magnitude, s.barsPerHour())))
	}
	result = append(result, correlations(returns)...)
	return append(result, correlations(magnitudes)...)
}

func marginalFacts(r, ascending []float64) []float64 {
	sigma, soft := deviation(r), 0.0
	for _, x := range r {
		t := math.Tanh(x / (softening * (sigma + tiny)))
		soft += t * t
	}
	middle := quantile(ascending, tailMedian) + tiny
	return []float64{
		math.Log(sigma + tiny),
		math.Log((quantile(ascending, tailNear) + tiny) / middle),
		math.Log((quantile(ascending, tailFar) + tiny) / middle),
		hill(ascending),
		soft / float64(len(r)),
	}
}

// hill is the tail exponent of the largest 5 % (Hill 1975).
func hill(ascending []float64) float64 {
	count := int(hillShare * float64(len(ascending)))
	threshold, sum := ascending[len(ascending)-count-1]+tiny, 0.0
	for _, x := range ascending[len(ascending)-count:] {
		sum += math.Log((x + tiny) / threshold)
	}
	if sum == 0 {
		return 0
	}
	return float64(count) / sum
}

func temporalFacts(r []float64, returns, magnitudes centred, s scale) []float64 {
	result := []float64{returns.correlation(returns, singleLag)}
	result = append(result, magnitudes.autocorrelations(s.factLags)...)
	result = append(result, deviation(logVolatility(r, s.window)), leverage(returns, magnitudes, s.leverageDistance))
	for _, horizon := range s.factHorizons {
		result = append(result, math.Log(deviation(summed(r, horizon))+tiny))
	}
	return result
}

// leverage is the mean correlation of a return with the magnitudes of the bars
// that follow it: negative where falls are followed by unrest.
func leverage(returns, magnitudes centred, furthest int) float64 {
	sum := 0.0
	for j := 1; j <= furthest; j++ {
		sum += returns.correlation(magnitudes, j)
	}
	return sum / float64(furthest)
}
