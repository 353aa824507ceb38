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
	levelFact  = "ln sigma"
)

// factNames lists the facts in the order in which facts returns them.
func factNames(symbols []string, s scale) []factName {
	var names []factName
	for _, symbol := range symbols {
		add := func(family Family, format string, args ...any) {
			names = append(names, factName{family, symbol, fmt.Sprintf(format, args...)})
		}
		add(Marginal, levelFact)
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
			add(Temporal, levelFact+" over %d bars", horizon)
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

// facts measures them all.
func facts(panel Panel, s scale) []float64 {
	return newMeter(len(panel.Returns), len(panel.Returns[0]), s).all(panel)
}

// marginalFacts looks at the order of magnitudes only where arrange has put it.
func marginalFacts(r, ascending []float64) [5]float64 {
	sigma, soft := deviation(r), 0.0
	for _, x := range r {
		t := math.Tanh(x / (softening * (sigma + tiny)))
		soft += t * t
	}
	middle := quantile(ascending, tailMedian) + tiny
	return [...]float64{
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

// leverage is the mean correlation of a return with the magnitudes of the bars
// that follow it: negative where falls are followed by unrest.
func leverage(returns, magnitudes centred, furthest int) float64 {
	sum := 0.0
	for j := 1; j <= furthest; j++ {
		sum += returns.correlation(magnitudes, j)
	}
	return sum / float64(furthest)
}
