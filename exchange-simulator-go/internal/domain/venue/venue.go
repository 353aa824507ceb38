// Package venue is the exchange as one deterministic state machine: books, accounts, the venue's own participants, timers and
// faults. Apply takes one command with its times and gives events whose sequence has no gaps; the same commands give
// the same events and the same state. It is pure and single-threaded: it has no clock, no randomness but that of its
// seed, and does no I/O. A refusal changes nothing.
package venue

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// Venue is the state. Make it with New; what its methods return is to be read before the next command.
type Venue struct {
	listing *instrument.Listing
	ledger  *account.Ledger
	engines []*matching.Engine
	events  uint64
}

// New makes a venue that waits for its first Configure; until then it refuses everything else.
func New() *Venue { return &Venue{} }

// Apply carries out a command that came at the wall and the business time, nanoseconds since 1970 UTC, and emits what happened; the
// event holds until emit returns.
func (v *Venue) Apply(wall, business int64, c Command, emit func(*Event)) Answer {
	panic("not yet")
}

// Listing returns what is traded, nil before the first Configure.
func (v *Venue) Listing() *instrument.Listing { return v.listing }

// Ledger returns the accounts, to be read only.
func (v *Venue) Ledger() *account.Ledger { return v.ledger }

// Engine returns the engine of an instrument, to be read only.
func (v *Venue) Engine(instrument int32) *matching.Engine { return v.engines[instrument] }

// Sequence returns that of the last event, 0 before the first.
func (v *Venue) Sequence() uint64 { return v.events }

// Order returns an order of an account. NOT_FOUND (UNKNOWN_ACCOUNT, UNKNOWN_ORDER), INVALID_ARGUMENT.
func (v *Venue) Order(target Target) (*Record, error) { panic("not yet") }

// Orders appends the orders of an account that are remembered, newest first, whose id is below before, 0 for all, and that keep wants.
// It looks at most at so many. NOT_FOUND (UNKNOWN_ACCOUNT).
func (v *Venue) Orders(name string, before uint64, keep func(*Record) bool, most int, records []Record) ([]Record, error) {
	panic("not yet")
}

// Linked appends the other remembered orders of an order's OCO or bracket.
func (v *Venue) Linked(one *Record, records []Record) []Record { panic("not yet") }

// State is what an instrument is doing.
type State struct {
	Phase      matching.Phase
	Reason     string  // why it is halted
	Since      int64   // business nanoseconds
	Multiplier float64 // of the spread of the venue's own makers
	Reference  float64 // ticks, 0 before the first
	Stale      bool
	Open       int // orders that rest or wait
}

// State returns what an instrument is doing.
func (v *Venue) State(instrument int32) State { panic("not yet") }

// Trades returns how many trades there were.
func (v *Venue) Trades() uint64 { panic("not yet") }

// OpenOrders returns how many orders rest or wait.
func (v *Venue) OpenOrders() int { panic("not yet") }

// Faults returns those that are active at a wall time, oldest first.
func (v *Venue) Faults(wall int64) []Fault { panic("not yet") }

// Due returns when the next Advance is wanted, in business and in wall nanoseconds; math.MaxInt64 when none is.
func (v *Venue) Due() (business, wall int64) { panic("not yet") }

// Configuration returns the last Configure, nil before the first.
func (v *Venue) Configuration() *Configure { panic("not yet") }

// Encode appends the whole state: the same state gives the same bytes.
func (v *Venue) Encode(to []byte) []byte { panic("not yet") }

// Decode makes a venue from what Encode appended. It fails on bytes that Encode cannot have written.
func Decode(from []byte) (*Venue, error) { panic("not yet") }
