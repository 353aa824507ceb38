package realism

// Measures are all that the six scores look at. Real and simulated returns are
// measured by the same code, so that they cannot be compared unlike.

// Measures are the statistics of a panel.
type Measures struct {
	Pairs       []PairMeasures `json:"pairs"`
	Correlation []float64      `json:"correlation"` // of returns, above the diagonal, row by row
	Facts       []float64      `json:"facts"`       // what confidence checks, in the order of the checks
	Windows     Vector         `json:"windows"`     // features for the classifier, window by window, pair by pair
}

// PairMeasures are the statistics of one pair.
type PairMeasures struct {
	Clustering []float64 `json:"clustering"` // autocorrelation of |r| at the lags of the scale
	Hours      []float64 `json:"hours"`      // mean |r| by UTC hour, mean 1, smoothed over three hours
	Deviations []float64 `json:"deviations"` // of returns summed over the horizons of the scale
	Volatility Vector    `json:"volatility"` // ln realised volatility by window, ascending
	Tails      []float64 `json:"tails"`      // |quantiles| of both tails
	Trend      Vector    `json:"trend"`      // quantiles of the trend quantities, see trendShape
}

// measure computes everything. The moves of a trend are in units of sigma, the
// standard deviation of each pair's real returns.
func measure(panel Panel, s scale, sigma []float64) Measures {
	result := Measures{
		Correlation: correlations(centreAll(panel.Returns)),
		Facts:       facts(panel, s),
		Windows:     compact(windowFeatures(panel, s.window)),
	}
	for i, r := range panel.Returns {
		magnitude := absolute(r)
		result.Pairs = append(result.Pairs, PairMeasures{
			Clustering: centre(magnitude).autocorrelations(s.clusteringLags),
			Hours:      smoothed(hourProfile(magnitude, s.barsPerHour())),
			Deviations: deviations(r, s.horizons),
			Volatility: compact(sorted(logVolatility(r, s.window))),
			Tails:      tails(sorted(r)),
			Trend:      compact(trendShape(r, s.trendWindows, sigma[i])),
		})
	}
	return result
}

func (p Panel) sigma() []float64 {
	result := make([]float64, len(p.Returns))
	for i, r := range p.Returns {
		result[i] = deviation(r)
	}
	return result
}

// still keeps the ratio of two standard deviations defined where moves cancel.
const still = 1e-15

func deviations(r []float64, horizons []int) []float64 {
	result := make([]float64, len(horizons))
	for i, horizon := range horizons {
		result[i] = deviation(summed(r, horizon)) + still
	}
	return result
}

// averaged is the mean over pairs of a comparison of their measures.
func averaged(simulated, real []PairMeasures, compare func(simulated, real PairMeasures) float64) float64 {
	sum := 0.0
	for i := range real {
		sum += compare(simulated[i], real[i])
	}
	return sum / float64(len(real))
}
