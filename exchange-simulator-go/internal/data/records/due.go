package records

import (
	"math"
	"sync/atomic"
)

// Due is when the venue wants its next Advance, shown to whoever keeps its timers, without a turn at the machine.
type Due struct {
	business, wall *atomic.Int64
	changed        chan struct{} // holds one: whoever waits looks again, however often it changed
}

func newDue() Due {
	due := Due{business: new(atomic.Int64), wall: new(atomic.Int64), changed: make(chan struct{}, 1)}
	due.business.Store(math.MaxInt64)
	due.wall.Store(math.MaxInt64)
	return due
}

// Times returns the business and the wall time, nanoseconds since 1970 UTC; math.MaxInt64 when there is none.
func (d Due) Times() (business, wall int64) { return d.business.Load(), d.wall.Load() }

// Changed receives after the times have changed.
func (d Due) Changed() <-chan struct{} { return d.changed }

// note is called by the owner of the state alone.
func (d Due) note(business, wall int64) {
	if d.business.Load() == business && d.wall.Load() == wall {
		return
	}
	d.business.Store(business)
	d.wall.Store(wall)
	select {
	case d.changed <- struct{}{}:
	default:
	}
}
