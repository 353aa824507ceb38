package matching

import (
	"crypto/sha256"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// The state as bytes: the same state always gives the same bytes, however it came about. Orders are written shelf by
// shelf in their order, with links by id; numbers as varints.

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 1

// Encode appends the whole state between two commands.
func (e *Engine) Encode(to []byte) []byte {
	w := snapshot.Writer{Bytes: append(to, snapshotVersion, byte(e.phase))}
	w.Int(e.last, e.reference, e.rules.StaticBand, e.rules.DynamicBand, int64(e.rules.MaxTriggers))
	w.Flag(e.rules.PauseOnBand)
	for shelf := range book.Shelves {
		w.Count(levels(e.book, shelf))
		for level := range e.book.Levels(shelf) {
			w.Int(level.Price)
			w.Count(int(level.Orders))
			for h := e.book.Head(level); h != book.None; h = e.book.Behind(h) {
				e.encodeOrder(&w, e.book.At(h))
			}
		}
	}
	for _, l := range e.trails {
		for ref := l.head; ref != 0; ref = e.details[ref].next {
			w.Uint(e.details[ref].id)
		}
		w.Uint(0)
	}
	return w.Bytes
}

// Hash is the SHA-256 of what Encode appends; scratch is room for that and may be nil.
func (e *Engine) Hash(scratch []byte) [sha256.Size]byte { return sha256.Sum256(e.Encode(scratch[:0])) }

func (e *Engine) encodeOrder(w *snapshot.Writer, o *book.Order) {
	w.Uint(o.ID)
	w.Int(o.Price, o.Lots, o.Reserve, int64(o.Account), int64(o.Owner))
	w.Octet(byte(o.Side), o.Type, o.Force, o.SelfTrade, o.Flags)
	w.Flag(o.Ref != 0)
	if o.Ref == 0 {
		return
	}
	d := &e.details[o.Ref]
	w.Int(d.display, d.expiry, d.trigger, d.trail, d.mark, d.quote)
	for _, linked := range [3]int32{d.peer, d.parent, d.child} {
		w.Uint(e.details[linked].id) // 0 of none
	}
}

func levels(b *book.Book, shelf book.Shelf) int {
	count := 0
	for range b.Levels(shelf) {
		count++
	}
	return count
}
