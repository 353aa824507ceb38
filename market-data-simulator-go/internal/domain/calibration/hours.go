// This file counts the profile of the day: how much moves, and how much trades, in each UTC hour.

package calibration

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// smoothing is the number of hours on either side that the circular mean takes in.
const smoothing = 1

// hourProfile is the mean of f over the slots of each hour, circularly smoothed and scaled to mean 1. Slots where f is NaN
// are left out; an hour without any counts as 0.
func (s *sample) hourProfile(f func(slot int) float64) (hours [profile.Hours]float64) {
	var sums, counts [profile.Hours]float64
	for slot := range s.slots {
		if value := f(slot); !math.IsNaN(value) {
			sums[s.hour(slot)] += value
			counts[s.hour(slot)]++
		}
	}
	for hour := range sums {
		sums[hour] /= max(1, counts[hour])
	}
	return scaled(smoothed(sums))
}

// smoothed is the circular mean over an hour and its neighbours.
func smoothed(hours [profile.Hours]float64) (means [profile.Hours]float64) {
	for hour := range means {
		for near := hour - smoothing; near <= hour+smoothing; near++ {
			means[hour] += hours[(near+profile.Hours)%profile.Hours] / (2*smoothing + 1)
		}
	}
	return means
}

// scaled has mean 1.
func scaled(hours [profile.Hours]float64) [profile.Hours]float64 {
	total := 0.0
	for _, factor := range hours {
		total += factor
	}
	for hour := range hours {
		hours[hour] *= profile.Hours / total
	}
	return hours
}
