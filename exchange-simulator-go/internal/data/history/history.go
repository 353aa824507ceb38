// Package history is what has happened to accounts, as a fold over the events of the venue and nothing else: it stands outside the
// path of orders, and can be made again from the events. It keeps the fills and the statement of every account but those of the
// venue itself, and the last trades of each instrument as everybody may see them. It is pure: no I/O, no clock, no locks.
//
// Left out are the account "venue", which takes in the fees of all trades, and the accounts below it, whose makers trade
// all the time: their balances are in the ledger, their trades among the public ones.
package history

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// How much is kept; of what is more, the oldest goes first. A fill takes 104 bytes and the id that the client gave its order, an
// entry 56 and the id of its movement, a public trade 48; with room to grow some 450 MB when all is full.
const (
	FillsOfAccount     = 100_000
	EntriesOfAccount   = 200_000
	Fills              = 2_000_000 // of all accounts together
	Entries            = 2_000_000 // of all accounts together
	TradesOfInstrument = 10_000
)

// History is the state. Make it with New or Decode; what its pages return may be kept.
type History struct {
	listing  *instrument.Listing
	sequence uint64
	missed   uint64
	own      []bool // by number of the account: whether it is one of the venue's
	fills    archive[venue.Fill]
	entries  archive[Entry]
	trades   []queue[Trade] // of each instrument
}

// New makes a history before the first event.
func New() *History {
	return &History{
		own:     []bool{true},
		fills:   newArchive(placeOfFill, FillsOfAccount, Fills),
		entries: newArchive(placeOfEntry, EntriesOfAccount, Entries),
	}
}

// List tells what the venue lists. It must be told before the first trade and after each event Configured, of any later time: what
// was listed once keeps its index and its steps.
func (h *History) List(listing *instrument.Listing) {
	h.listing = listing
	for len(h.trades) < len(listing.Instruments) {
		h.trades = append(h.trades, queue[Trade]{})
	}
}

// Enrol tells of an account by its number and name. Events that open accounts do so, too: only who has missed some need tell
// it. An account that it was never told of is taken for somebody's.
func (h *History) Enrol(number int32, name string) {
	for len(h.own) <= int(number) {
		h.own = append(h.own, false)
	}
	h.own[number] = isVenues(name)
}

// isVenues tells whether the name is that of the venue or of one of its own participants.
func isVenues(name string) bool {
	const prefix = account.VenueName + "/"
	return name == account.VenueName || len(name) > len(prefix) && name[:len(prefix)] == prefix
}

// Sequence returns that of the last event, 0 before the first.
func (h *History) Sequence() uint64 { return h.sequence }

// Missed returns how many events were skipped, so that what they did to accounts is not in the history.
func (h *History) Missed() uint64 { return h.missed }

// Held returns how many fills and entries are kept.
func (h *History) Held() (fills, entries int) { return h.fills.held, h.entries.held }

// keeps tells whether an account has a history.
func (h *History) keeps(number int32) bool { return int(number) >= len(h.own) || !h.own[number] }
