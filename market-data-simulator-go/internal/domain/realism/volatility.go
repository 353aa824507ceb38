package realism

// Score 2, volatility similarity: is the level right at every horizon, and do
// calm and wild hours come in the real proportions?

// volatilityScore is L x D, mean over pairs. L is the mean ratio (smaller over
// larger) of standard deviations over the horizons, D is 1 less the
// Kolmogorov-Smirnov distance of ln realised volatility.
func volatilityScore(simulated, real Measures) float64 {
	return averaged(simulated.Pairs, real.Pairs, func(s, r PairMeasures) float64 { return levelScore(s, r) * moodScore(s, r) })
}

// levelScore is L of one pair.
func levelScore(simulated, real PairMeasures) float64 {
	level := 0.0
	for i, r := range real.Deviations {
		level += min(simulated.Deviations[i], r) / max(simulated.Deviations[i], r)
	}
	return level / float64(len(real.Deviations))
}

// moodScore is D of one pair.
func moodScore(simulated, real PairMeasures) float64 {
	return 1 - kolmogorovSmirnov(simulated.Volatility, real.Volatility)
}

// kolmogorovSmirnov is the largest distance between the two empirical
// distribution functions. Both samples are ascending.
func kolmogorovSmirnov(a, b Vector) float64 {
	distance, i, j := 0.0, 0, 0
	for i < len(a) && j < len(b) {
		at := min(a[i], b[j])
		for i < len(a) && a[i] == at {
			i++
		}
		for j < len(b) && b[j] == at {
			j++
		}
		distance = max(distance, float64(i)/float64(len(a))-float64(j)/float64(len(b)), float64(j)/float64(len(b))-float64(i)/float64(len(a)))
	}
	return distance
}
