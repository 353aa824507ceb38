package feed

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// Retained is the wall time for which published ticks can be replayed.
const Retained = 60 * time.Second

// wallSlack is how early a tick may be published, so that rounding cannot make it a step late.
const wallSlack = time.Microsecond

// Schedule says which base ticks are published and when. At clock scales up to 1 that is each base tick; above, each
// ceil(scale)-th one, so that at most 50 are published in a second of wall time. A publishing step is a multiple of its
// own length since the epoch, so that all replicas publish the same sequences.
type Schedule struct {
	clock simclock.Mapping
	epoch time.Time
	ticks uint64 // base ticks a step
}

// NewSchedule makes the schedule of a clock; sequence 0 is at the epoch, in business time.
func NewSchedule(clock simclock.Mapping, epoch time.Time) Schedule {
	return Schedule{clock: clock, epoch: epoch, ticks: uint64(max(1, math.Ceil(clock.Scale)))}
}

// Due returns the newest step at a wall time; false before the epoch.
func (s Schedule) Due(wall time.Time) (step uint64, ok bool) {
	slack := time.Duration(float64(wallSlack) * s.clock.Scale)
	elapsed := s.clock.Business(wall).Add(slack).Sub(s.epoch)
	if elapsed < 0 {
		return 0, false
	}
	return uint64(elapsed/path.TickInterval) / s.ticks, true
}

// Wall returns the wall time at which a step is due.
func (s Schedule) Wall(step uint64) time.Time { return s.clock.Wall(s.Business(step)) }

// Business returns the business time of a step, UTC.
func (s Schedule) Business(step uint64) time.Time {
	return s.epoch.Add(time.Duration(s.Sequence(step)) * path.TickInterval)
}

// Sequence returns the base tick of a step.
func (s Schedule) Sequence(step uint64) uint64 { return step * s.ticks }

// Steps returns the number of steps nearest to a span of wall time, at least 1.
func (s Schedule) Steps(span time.Duration) uint64 {
	perSecond := s.clock.Scale * float64(time.Second/path.TickInterval) / float64(s.ticks)
	return uint64(max(1, math.Round(span.Seconds()*perSecond)))
}
