// Package marketfeed shows what happens at the venue to everybody who wants to know: the books, and the events themselves. One
// goroutine reads the venue's events, decodes each once and follows the books with them; readers take no time of the venue.
//
//	events -> Run (one goroutine) -> depth.Book of each instrument -> changes of the last commands -> N readers of a book
//	                             '-> tape of the last events ----------------------------------------> N readers of events
//
// Readers have no queues. Each is a cursor, moved by the goroutine of its own stream: a reader of a book that comes back too late finds a
// new snapshot instead of what it missed, a reader of events reads what is no longer on the tape from the journal. A slow reader costs
// itself, no one else.
package marketfeed

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Options are what a feed needs; all but Subscribers must be set.
type Options struct {
	Machine     *records.Machine
	State       *records.State // of the machine
	Listing     *instrument.Listing
	Clock       func() (wall, business time.Time) // the machine's
	Registerer  prometheus.Registerer
	Log         logrus.FieldLogger
	Subscribers int // most open streams; 0 means DefaultSubscribers
}

// Feed follows the venue. Make it with New, and run it.
type Feed struct {
	machine *records.Machine
	events  func(from uint64) (*journal.Reader, error) // of the machine
	state   *records.State
	log     logrus.FieldLogger
	boards  []*board // by instrument
	tape    *tape
	faults  *Faults
	limit   *limit
	metrics *metrics

	sequence atomic.Uint64 // of the last event that is in the books
	moved    atomic.Int64  // wall nanoseconds, when it changed last; 0 before the books stand

	// What only Run touches.
	event       venue.Event
	touched     []*board
	records     []*Item
	recording   bool
	faultsMoved bool
	holding     bool // some book, for a fault
	putOff      bool // some change may not be published yet
}

// New makes a feed; it shows nothing before Run.
func New(options Options) *Feed {
	f := &Feed{
		machine: options.Machine, events: options.Machine.Events, state: options.State, log: options.Log,
		tape: newTape(options.Machine.Events, kept), faults: newFaults(options.Clock), limit: newLimit(options.Subscribers),
	}
	for n := range options.Listing.Instruments {
		f.boards = append(f.boards, newBoard(&options.Listing.Instruments[n]))
	}
	f.metrics = newMetrics(options.Registerer, f.lag)
	return f
}

// Faults are those that are active at the venue, as Run has heard of them.
func (f *Feed) Faults() *Faults { return f.faults }

// lag is how many events the books are behind the venue.
func (f *Feed) lag() uint64 {
	sequence := f.sequence.Load() // first: the venue only gets further ahead
	return f.machine.Stats().Events - sequence
}

// StalledAfter is how long, in wall time, the feed may be behind the venue without moving and still be healthy.
const StalledAfter = 5 * time.Second

// Health says why the feed cannot do its job: the books do not stand yet, or they do not follow.
func (f *Feed) Health(context.Context) error {
	moved := f.moved.Load()
	if moved == 0 {
		return fmt.Errorf("the books of the feed do not stand yet")
	}
	idle := time.Since(time.Unix(0, moved))
	if lag := f.lag(); lag > 0 && idle > StalledAfter {
		return fmt.Errorf("the feed has not moved for %s and is %d events behind the venue: the machine is overloaded", idle.Round(time.Second), lag)
	}
	return nil
}
