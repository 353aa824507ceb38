// This file says what is kept beside fills, and in which order.

package history

import (
	"strconv"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// Entry is one posting of a statement.
type Entry struct {
	Sequence uint64 // of the event that made it
	Time     int64  // business nanoseconds
	Amount   int64  // units of Asset, added to what the account has
	Trade    uint64 // of trades and fees; else 0
	Movement string // the id of the deposit, the withdrawal or the transfer; else empty
	Asset    int32
	Kind     account.EntryKind
	Index    uint8 // among the postings of its event, below 8
}

// Reference is what the entry refers to: the id of a trade or of a movement.
func (e *Entry) Reference() string {
	if e.Trade != 0 {
		return strconv.FormatUint(e.Trade, 10)
	}
	return e.Movement
}

// Trade is a trade as everybody may see it.
type Trade struct {
	ID       uint64
	Sequence uint64
	Time     int64     // business nanoseconds
	Price    int64     // ticks
	Lots     int64     // more than 0
	Taker    book.Side // of the order that took; of a call auction it says nothing
	Auction  bool      // of a call auction
}

// Cursor is the place of a record: a page goes on with what is older, which is smaller. It stays valid while new ones come and old
// ones go. 0 stands before the newest.
type Cursor uint64

// postings is how many places each event has.
const postings = 8

func placeAt(sequence uint64, index uint8) Cursor { return Cursor(sequence*postings + uint64(index)) }

// placeOfFill: an event has at most one fill that buys and one that sells.
func placeOfFill(f *venue.Fill) Cursor {
	if f.Buys {
		return placeAt(f.Sequence, 0)
	}
	return placeAt(f.Sequence, 1)
}

func placeOfEntry(e *Entry) Cursor { return placeAt(e.Sequence, e.Index) }

func placeOfTrade(t *Trade) Cursor { return placeAt(t.Sequence, 0) }
