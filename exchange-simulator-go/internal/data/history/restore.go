// This file reads a history back, and trusts nothing of it.

package history

import (
	"fmt"
	"math"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// Decode makes a history from what Encode appended, of a venue that lists at least what it listed then. It fails on bytes
// that Encode cannot have written.
func Decode(from []byte, listing *instrument.Listing) (*History, error) {
	r := reader{Reader: snapshot.NewReader(from), listing: listing}
	if version := r.Octet(); !r.Failed() {
		r.Want(version == snapshotVersion, "version is %d: want %d", version, snapshotVersion)
	}
	h := New()
	h.List(listing)
	h.sequence, h.missed = r.Uint(), r.Uint()
	r.Want(h.missed <= h.sequence && h.sequence < math.MaxUint64/postings, "%d events of %d were missed", h.missed, h.sequence)
	r.last = h.sequence
	h.own = r.owners()
	readArchive(&r, h, &h.fills, r.fill)
	readArchive(&r, h, &h.entries, r.entry)
	instruments := r.Count()
	r.Want(instruments <= len(h.trades), "trades of %d instruments, %d are listed", instruments, len(h.trades))
	for n := 0; n < instruments && !r.Failed(); n++ {
		readQueue(&r, TradesOfInstrument, placeOfTrade, r.trade, h.trades[n].push)
	}
	r.End()
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the history of accounts: %w", err)
	}
	return h, nil
}

// reader reads what the writer writes.
type reader struct {
	snapshot.Reader
	listing *instrument.Listing
	last    uint64 // sequence of the last event
	before  stamp
	account int32 // whose records are read
}

func (r *reader) owners() []bool {
	own := make([]bool, r.Count()) // a byte each
	for n := range own {
		own[n] = r.Flag()
	}
	r.Want(len(own) > 0 && own[0], "account 0 is not the venue's")
	return own
}

// stamp reads when something happened: not before the record before it, and not after the last event.
func (r *reader) stamp() (sequence uint64, time int64) {
	step := r.Uint()
	r.Want(step <= r.last-r.before.sequence, "a record lies %d events after number %d, the last is %d", step, r.before.sequence, r.last)
	if r.Failed() {
		return 0, 0
	}
	r.before = stamp{r.before.sequence + step, r.before.time + r.Int()}
	return r.before.sequence, r.before.time
}

func readArchive[T any](r *reader, h *History, a *archive[T], read func() T) {
	next, total := int64(0), 0
	for n, count := 0, r.Count(); n < count && !r.Failed(); n++ {
		number := r.Within(next, math.MaxInt32)
		next, r.account = number+1, int32(number)
		r.Want(h.keeps(r.account), "account %d has records, but is one of the venue's", number)
		held := readQueue(r, a.each, a.place, read, func(record T) { a.add(r.account, record) })
		total += held
		r.Want(held > 0, "account %d is kept without records", number)
		r.Want(total <= a.all, "there are more than %d records", a.all)
	}
}

// readQueue reads up to most records in their order.
func readQueue[T any](r *reader, most int, place func(*T) Cursor, read func() T, add func(T)) int {
	count := r.Count()
	r.Want(count <= most, "%d records in a row, at most %d are kept", count, most)
	r.before = stamp{}
	last := placeAt(0, postings-1)
	var record T // not within the loop: its address would put each one on the heap
	for n := 0; n < count && !r.Failed(); n++ {
		record = read()
		at := place(&record)
		r.Want(at > last, "a record of event %d does not follow one of event %d", at/postings, last/postings)
		if !r.Failed() {
			add(record)
		}
		last = at
	}
	return count
}

func (r *reader) index(count int) int32 { return int32(r.Within(0, int64(count)-1)) }

func (r *reader) fill() (f venue.Fill) {
	f.Account = r.account
	f.Sequence, f.Time = r.stamp()
	f.Trade, f.Order = r.Uint(), r.Uint()
	f.ClientID = r.Text()
	f.Instrument = r.index(len(r.listing.Instruments))
	f.Price, f.Lots, f.Fee = r.Within(1, math.MaxInt64), r.Within(1, math.MaxInt64), r.Int()
	f.FeeAsset, f.Mid = r.index(len(r.listing.Assets)), r.Int()
	f.Buys, f.Maker = r.Flag(), r.Flag()
	return f
}

func (r *reader) entry() (e Entry) {
	e.Sequence, e.Time = r.stamp()
	e.Kind = account.EntryKind(r.Octet())
	e.Index = r.Octet()
	e.Asset, e.Amount = r.index(len(r.listing.Assets)), r.Int()
	e.Trade = r.Uint()
	e.Movement = r.Text()
	ofTrade := e.Kind == account.TradeEntry || e.Kind == account.FeeEntry
	r.Want(e.Kind >= account.DepositEntry && e.Kind <= account.TransferEntry && e.Index < postings, "entry %d of kind %d", e.Index, e.Kind)
	r.Want(ofTrade == (e.Trade != 0) && ofTrade == (e.Movement == ""), "an entry of kind %d refers to trade %d and movement %q", e.Kind, e.Trade, e.Movement)
	return e
}

func (r *reader) trade() (t Trade) {
	t.Sequence, t.Time = r.stamp()
	t.ID = r.Uint()
	t.Price, t.Lots = r.Within(1, math.MaxInt64), r.Within(1, math.MaxInt64)
	if r.Flag() {
		t.Taker = book.Sell
	}
	t.Auction = r.Flag()
	return t
}
