package realism

// What the classifier sees of a window: five numbers a pair, free of the level
// of prices.

import "math"

const featuresPerPair = 5

// windowFeatures returns the features of each whole window, window by window,
// pair by pair.
func windowFeatures(panel Panel, window int) []float64 {
	count := len(panel.Returns[0]) / window
	result := make([]float64, 0, count*len(panel.Returns)*featuresPerPair)
	for w := range count {
		for _, r := range panel.Returns {
			features := featuresOf(r[w*window : (w+1)*window])
			result = append(result, features[:]...)
		}
	}
	return result
}

// featuresOf are ln sd, ln max|r|/sd, the lag-1 autocorrelation of |r|, the
// efficiency ratio and median|r|/sd.
func featuresOf(r []float64) [featuresPerPair]float64 {
	magnitude := absolute(r)
	ascending := sorted(magnitude)
	own, sd := centre(magnitude), deviation(r)+tiny
	return [featuresPerPair]float64{
		math.Log(sd),
		math.Log((ascending[len(ascending)-1] + tiny) / sd),
		own.correlation(own, singleLag),
		trendOf(r, 1)[trendKinds-1],
		quantile(ascending, tailMedian) / sd,
	}
}
