package matching

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// The state as bytes: the same state always gives the same bytes, however it came about. Orders are written shelf by
// shelf in their order, with links by id; numbers as varints.

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 1

// Encode appends the whole state between two commands.
func (e *Engine) Encode(to []byte) []byte {
	w := writer{append(to, snapshotVersion, byte(e.phase))}
	w.ints(e.last, e.reference, e.rules.StaticBand, e.rules.DynamicBand, int64(e.rules.MaxTriggers), bit(e.rules.PauseOnBand))
	for shelf := range book.Shelves {
		w.ints(levels(e.book, shelf))
		for level := range e.book.Levels(shelf) {
			w.ints(level.Price, int64(level.Orders))
			for h := e.book.Head(level); h != book.None; h = e.book.Behind(h) {
				e.encodeOrder(&w, e.book.At(h))
			}
		}
	}
	for _, l := range e.trails {
		for ref := l.head; ref != 0; ref = e.details[ref].next {
			w.id(e.details[ref].id)
		}
		w.id(0)
	}
	return w.to
}

// Hash is the SHA-256 of what Encode appends; scratch is room for that and may be nil.
func (e *Engine) Hash(scratch []byte) [sha256.Size]byte { return sha256.Sum256(e.Encode(scratch[:0])) }

func (e *Engine) encodeOrder(w *writer, o *book.Order) {
	w.id(o.ID)
	w.ints(o.Price, o.Lots, o.Reserve, int64(o.Account), int64(o.Owner))
	described := byte(0)
	if o.Ref != 0 {
		described = 1
	}
	w.to = append(w.to, byte(o.Side), o.Type, o.Force, o.SelfTrade, o.Flags, described)
	if described == 0 {
		return
	}
	d := &e.details[o.Ref]
	w.ints(d.display, d.expiry, d.trigger, d.trail, d.mark, d.quote)
	for _, linked := range [3]int32{d.peer, d.parent, d.child} {
		w.id(e.details[linked].id) // 0 of none
	}
}

func levels(b *book.Book, shelf book.Shelf) int64 {
	count := int64(0)
	for range b.Levels(shelf) {
		count++
	}
	return count
}

func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// writer appends numbers.
type writer struct{ to []byte }

func (w *writer) id(id uint64) { w.to = binary.AppendUvarint(w.to, id) }

func (w *writer) ints(numbers ...int64) {
	for _, number := range numbers {
		w.to = binary.AppendVarint(w.to, number)
	}
}
