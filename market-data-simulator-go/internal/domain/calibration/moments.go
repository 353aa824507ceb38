// This file measures what refinement compares: the facts of one pair's returns that a month pins down well. All are smooth
// in the returns, even where a coarse tick makes quantiles jump.

package calibration

import (
	"math"
	"slices"
)

var (
	horizons    = []int{1, 5, 15, 60, 240}                 // bars over which returns are summed
	tailShares  = []float64{0.2, 0.1, 0.05, 0.01, 0.005}   // of the largest |returns|
	volatility  = []float64{0.1, 0.3, 0.5, 0.7, 0.9}       // quantiles of realised volatility
	clusterLags = []int{1, 2, 5, 12, 30, 60, 90, 120, 240} // of the autocorrelation of |returns|
)

const (
	volatilityWindow = 60 // bars of one realised volatility
	clusterWeight    = 2  // an autocorrelation that is off by 0.1 counts as much as a volatility that is off by 20 %
	tiny             = 1e-6
)

// moments of returns without gaps: logs of standard deviations, of tail means and of realised volatilities, then
// autocorrelations of the sizes.
func moments(returns []float64) []float64 {
	var found []float64
	for _, horizon := range horizons {
		found = append(found, math.Log(math.Sqrt(meanSquare(summed(returns, horizon)))+tiny))
	}
	sizes := make([]float64, len(returns))
	for i, r := range returns {
		sizes[i] = math.Abs(r)
	}
	found = append(found, tailMeans(sizes)...)
	found = append(found, volatilities(returns)...)
	for _, lag := range clusterLags {
		found = append(found, clusterWeight*pearson(sizes[lag:], sizes[:len(sizes)-lag], same))
	}
	return found
}

func tailMeans(sizes []float64) (logs []float64) {
	ascending := slices.Sorted(slices.Values(sizes))
	for _, share := range tailShares {
		tail := ascending[len(ascending)-int(share*float64(len(ascending))):]
		sum := 0.0
		for _, size := range tail {
			sum += size
		}
		logs = append(logs, math.Log(sum/float64(len(tail))+tiny))
	}
	return logs
}

func volatilities(returns []float64) (logs []float64) {
	var all []float64
	for at := 0; at+volatilityWindow <= len(returns); at += volatilityWindow {
		all = append(all, math.Log(math.Sqrt(meanSquare(returns[at:at+volatilityWindow]))+tiny))
	}
	slices.Sort(all)
	for _, share := range volatility {
		logs = append(logs, all[int(share*float64(len(all)))])
	}
	return logs
}

func summed(returns []float64, horizon int) []float64 {
	sums := make([]float64, len(returns)/horizon)
	for i := range sums {
		for _, r := range returns[i*horizon : (i+1)*horizon] {
			sums[i] += r
		}
	}
	return sums
}

func meanSquare(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value * value
	}
	return sum / float64(len(values))
}
