// This file turns 24 hourly factors into a factor for each minute of the day.

package process

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

const minutesPerDay = 24 * 60

// Day holds a factor for each minute of the UTC day.
type Day [minutesPerDay]float64

// HourCurve interpolates hourly factors: log-linear between the centres of the hours, around midnight too.
func HourCurve(hours [profile.Hours]float64) *Day {
	var day Day
	for minute := range day {
		position := (float64(minute)+0.5)/60 - 0.5 + profile.Hours
		whole := math.Floor(position)
		left, right := hours[int(whole)%profile.Hours], hours[(int(whole)+1)%profile.Hours]
		share := position - whole
		day[minute] = math.Exp((1-share)*math.Log(left) + share*math.Log(right))
	}
	return &day
}
