package realism

// Score 1, correlation coefficient: do volatility clusters, hours of the day and
// co-movement of the pairs have the real shape?

// correlationScore is the mean Pearson correlation of three profiles, each
// floored at 0: clustering and hours pair by pair, and the correlation matrix of
// returns. The last needs three pairs to have a shape and is left out below.
func correlationScore(simulated, real Measures) float64 {
	profiles := []float64{
		averaged(simulated.Pairs, real.Pairs, clusteringScore), averaged(simulated.Pairs, real.Pairs, hoursScore),
	}
	if len(real.Correlation) > 1 {
		profiles = append(profiles, max(0, pearson(simulated.Correlation, real.Correlation)))
	}
	return mean(profiles)
}

func clusteringScore(simulated, real PairMeasures) float64 {
	return max(0, pearson(simulated.Clustering, real.Clustering))
}

func hoursScore(simulated, real PairMeasures) float64 {
	return max(0, pearson(simulated.Hours, real.Hours))
}
