// Package venue is the exchange as one deterministic state machine: books, accounts, the venue's own participants, timers and
// faults. Apply takes one command with its times and gives events whose sequence has no gaps; the same commands give
// the same events and the same state. It is pure and single-threaded: it has no clock, no randomness but that of its
// seed, and does no I/O. A command that is malformed changes nothing; one that a rule refuses leaves at most an OrderRejected.
package venue

import (
	"math"
	"math/rand/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// Venue is the state. Make it with New; what its methods return is to be read before the next command.
type Venue struct {
	configuration *Configure // nil before the first
	listing       *instrument.Listing
	ledger        *account.Ledger
	markets       []market // by instrument
	orders        orders
	sessions      map[uint64]*session
	faults        []Fault // in the order in which they came
	generator     *rand.PCG
	random        *rand.Rand
	lastOrder     uint64
	trades        uint64
	events        uint64
	due           int64 // business: when the earliest market wants Advance

	run run
}

// run is what only the command that runs needs.
type run struct {
	business, wall int64
	emit           func(*Event)
	event          Event // that is emitted next
	matched        []matching.Event
	settled        []account.Settlement // of the trades among matched
	entries        []account.Entry
	intentions     []liquidity.Intention
	view           liquidity.View
	reason         string // of what is cancelled on request
	watched        uint64 // the order whose fills the answer shows
	fills          []Fill
	mid            int64 // twice the mid price when the command came
	ended          uint32
	bytes          []byte
	ids            []uint64
	placed         Place
}

// New makes a venue that waits for its first Configure; until then it refuses everything else.
func New() *Venue {
	return &Venue{orders: newOrders(), sessions: map[uint64]*session{}, due: math.MaxInt64}
}

// Apply carries out a command that came at the wall and the business time, nanoseconds since 1970 UTC, and emits what happened; the
// event holds until emit returns.
func (v *Venue) Apply(wall, business int64, c Command, emit func(*Event)) Answer {
	r := &v.run
	r.wall, r.business, r.emit = wall, business, emit
	r.reason, r.watched, r.fills, r.ended = "", 0, nil, 0
	configure, configures := c.(*Configure)
	if v.configuration == nil && !configures {
		return Answer{Err: notConfigured()}
	}
	if business >= v.due {
		v.advance()
	}
	v.endFaults()
	var a Answer
	if configures {
		a.Err = v.configure(configure)
	} else {
		a = v.apply(c)
	}
	a.Sequence = v.events
	r.emit = nil
	return a
}

func (v *Venue) apply(c Command) Answer {
	switch c := c.(type) {
	case *Place:
		return v.place(c)
	case *Cancel:
		return v.cancel(&c.Target)
	case *Replace:
		return v.replace(c)
	case *CancelAll:
		return v.cancelAll(c)
	case *Disconnect:
		return v.disconnect(c.Session)
	case *SetReferences:
		return v.setReferences(c.Quotes)
	case *Halt:
		return Answer{Err: v.halt(c)}
	case *Resume:
		return Answer{Err: v.resume(c)}
	case *SetSpread:
		return Answer{Err: v.setSpread(c)}
	case *InjectFault:
		return Answer{Err: v.injectFault(&c.Fault)}
	case *ClearFaults:
		return Answer{Err: v.clearFaults(c.IDs)}
	case *Advance:
		return Answer{}
	default:
		return v.applyToAccounts(c)
	}
}

// send emits an event.
func (v *Venue) send(e Event) {
	v.events++
	v.run.event = e
	v.run.emit(&v.run.event)
}

// Listing returns what is traded, nil before the first Configure.
func (v *Venue) Listing() *instrument.Listing { return v.listing }

// Ledger returns the accounts, to be read only; nil before the first Configure.
func (v *Venue) Ledger() *account.Ledger { return v.ledger }

// Engine returns the engine of an instrument, which must exist, to be read only.
func (v *Venue) Engine(instrument int32) *matching.Engine { return v.markets[instrument].engine }

// Configuration returns the last Configure, nil before the first.
func (v *Venue) Configuration() *Configure { return v.configuration }

// Sequence returns that of the last event, 0 before the first.
func (v *Venue) Sequence() uint64 { return v.events }

// Trades returns how many trades there were.
func (v *Venue) Trades() uint64 { return v.trades }

// OpenOrders returns how many orders rest or wait.
func (v *Venue) OpenOrders() int { return v.orders.open }

// State is what an instrument is doing.
type State struct {
	Phase      matching.Phase
	Reason     string  // why it is halted
	Since      int64   // when the phase began, business nanoseconds
	Multiplier float64 // of the spread of the venue's own makers
	Reference  float64 // ticks, 0 before the first
	Stale      bool    // the reference has not come for too long
	Open       int     // orders that rest or wait
}

// State returns what an instrument is doing, which must exist.
func (v *Venue) State(instrument int32) State {
	m := &v.markets[instrument]
	return State{
		Phase: m.engine.Phase(), Reason: m.reason, Since: m.since, Multiplier: m.multiplier,
		Reference: m.reference, Stale: m.stale, Open: m.engine.Book().Len(),
	}
}

// Due returns when the next Advance is wanted, in business and in wall nanoseconds; math.MaxInt64 when none is.
func (v *Venue) Due() (business, wall int64) {
	wall = math.MaxInt64
	for n := range v.faults {
		wall = min(wall, v.faults[n].Until)
	}
	return v.due, wall
}
