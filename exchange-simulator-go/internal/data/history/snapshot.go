// This file writes the history as bytes: the same state gives the same bytes.

package history

import (
	"maps"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Encode appends the state, but for what the venue lists.
func (h *History) Encode(to []byte) []byte {
	w := writer{Writer: snapshot.Writer{Bytes: append(to, snapshotVersion)}}
	w.Uint(h.sequence, h.missed)
	w.Count(len(h.own))
	w.Flag(h.own...)
	writeArchive(&w, &h.fills, w.fill)
	writeArchive(&w, &h.entries, w.entry)
	w.Count(len(h.trades))
	for n := range h.trades {
		writeQueue(&w, &h.trades[n], w.trade)
	}
	return w.Bytes
}

// writer writes records; sequences and times as the difference to those of the record before, which is small.
type writer struct {
	snapshot.Writer
	before stamp
}

// stamp is when something happened.
type stamp struct {
	sequence uint64
	time     int64
}

func (w *writer) stamp(sequence uint64, time int64) {
	w.Uint(sequence - w.before.sequence)
	w.Int(time - w.before.time)
	w.before = stamp{sequence, time}
}

func writeArchive[T any](w *writer, a *archive[T], write func(*T)) {
	w.Count(len(a.rows))
	for _, number := range slices.Sorted(maps.Keys(a.rows)) {
		w.Int(int64(number))
		writeQueue(w, &a.rows[number].queue, write)
	}
}

func writeQueue[T any](w *writer, q *queue[T], write func(*T)) {
	w.Count(q.length)
	w.before = stamp{}
	for n := range q.length {
		write(q.at(n))
	}
}

func (w *writer) fill(f *venue.Fill) {
	w.stamp(f.Sequence, f.Time)
	w.Uint(f.Trade, f.Order)
	w.Text(f.ClientID)
	w.Int(int64(f.Instrument), f.Price, f.Lots, f.Fee, int64(f.FeeAsset), f.Mid)
	w.Flag(f.Buys, f.Maker)
}

func (w *writer) entry(e *Entry) {
	w.stamp(e.Sequence, e.Time)
	w.Octet(byte(e.Kind), e.Index)
	w.Int(int64(e.Asset), e.Amount)
	w.Uint(e.Trade)
	w.Text(e.Movement)
}

func (w *writer) trade(t *Trade) {
	w.stamp(t.Sequence, t.Time)
	w.Uint(t.ID)
	w.Int(t.Price, t.Lots)
	w.Flag(t.Taker == book.Sell, t.Auction)
}
