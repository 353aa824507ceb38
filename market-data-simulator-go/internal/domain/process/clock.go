// This file tells which interval of the day a base interval is.

package process

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// clock counts base intervals from the epoch.
type clock struct {
	base   time.Duration
	offset int64   // interval of the UTC day of interval 0
	perDay int64   // intervals
	pull   float64 // share of a log price's distance from its start level that one interval takes away
}

func newClock(base time.Duration, epoch time.Time) clock {
	sinceMidnight := epoch.UTC().Sub(epoch.UTC().Truncate(24 * time.Hour))
	return clock{
		base: base, offset: int64(sinceMidnight / base), perDay: int64(24 * time.Hour / base),
		pull: Pull(base),
	}
}

// Pull is the share of a log price's distance from its start level that one base interval takes away; see HalfLife.
func Pull(base time.Duration) float64 {
	return -math.Expm1(-math.Ln2 * float64(base) / float64(HalfLife))
}

// at is the interval of the day.
func (c clock) at(n int64) int { return int((n + c.offset) % c.perDay) }

// logs is the logarithm of an hour profile for each interval of the day.
func (c clock) logs(hours [profile.Hours]float64) []float64 {
	logs := Curve(hours, c.base)
	for i, factor := range logs {
		logs[i] = math.Log(factor)
	}
	return logs
}

// Curve is an hour profile for each base interval of the day: HourCurve for minutes, for hours the profile itself.
func Curve(hours [profile.Hours]float64, base time.Duration) []float64 {
	if base == time.Hour {
		return hours[:]
	}
	return HourCurve(hours)[:]
}
