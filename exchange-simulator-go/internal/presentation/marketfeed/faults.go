package marketfeed

import (
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// Faults are those that are active at the venue. Any goroutine may ask; without faults it costs one atomic load.
type Faults struct {
	clock   func() (wall, business time.Time)
	active  atomic.Pointer[[]venue.Fault] // never changed, only replaced
	changed bell
}

func newFaults(clock func() (wall, business time.Time)) *Faults {
	f := &Faults{clock: clock}
	f.active.Store(&[]venue.Fault{})
	return f
}

// Active returns the oldest fault of a kind that acts on an instrument now, by the wall clock. With venue.All only faults of every
// instrument do.
func (f *Faults) Active(kind venue.FaultKind, instrument int32) (venue.Fault, bool) {
	active := *f.active.Load()
	if len(active) == 0 {
		return venue.Fault{}, false
	}
	wall, _ := f.clock()
	for n := range active {
		one := &active[n]
		if one.Kind == kind && (one.Instrument == venue.All || one.Instrument == instrument) &&
			one.From <= wall.UnixNano() && wall.UnixNano() < one.Until {
			return *one, true
		}
	}
	return venue.Fault{}, false
}

// quiet tells whether there are none, not even such that begin later.
func (f *Faults) quiet() bool { return len(*f.active.Load()) == 0 }

// Changed returns a channel that is closed when a fault has begun or was ended after that.
func (f *Faults) Changed() <-chan struct{} { return f.changed.listen() }

func (f *Faults) set(active []venue.Fault) {
	f.active.Store(&active)
	f.changed.ring()
}
