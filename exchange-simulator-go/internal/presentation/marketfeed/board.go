package marketfeed

import (
	"sync"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// board is the book of one instrument, for all to see. Readers hold the lock only to copy the book; Run holds it while a command is
// followed, so that nobody sees half of one.
type board struct {
	instrument *instrument.Instrument
	touched    bool // by the events that Run follows now

	mu       sync.Mutex
	book     *depth.Book
	sequence uint64    // of the last event that concerned it
	time     time.Time // business, of that event
	held     bool      // by a fault: what readers know stands still
	levels   *view
	orders   *view
}

func newBoard(one *instrument.Instrument) *board {
	b := &board{instrument: one, book: depth.New()}
	b.levels, b.orders = newView(b, byLevel), newView(b, byOrder)
	return b
}

func (b *board) begin() {
	b.mu.Lock()
	b.touched = true
}

func (b *board) end() {
	b.touched = false
	b.mu.Unlock()
}

// apply follows an event, between begin and end.
func (b *board) apply(at *journal.Event, e *venue.Event) {
	b.book.Apply(e)
	b.sequence, b.time = at.Sequence, at.Business
}

// publish tells readers what has changed, between begin and end. It is false when some of them are to be told later.
func (b *board) publish(now time.Time) (told bool) {
	if b.held {
		b.levels.forget(b.book)
		b.orders.forget(b.book)
		return true
	}
	byLevel, byOrder := b.levels.offer(now), b.orders.offer(now)
	return byLevel && byOrder
}

// catchUp publishes what was put off until now, and returns when there is more to publish; the zero time is never.
func (b *board) catchUp(now time.Time) (next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, v := range [...]*view{b.levels, b.orders} {
		if v.waits && !v.offer(now) {
			next = earlier(next, v.due)
		}
	}
	return next
}

// earlier returns the earlier one of two times; the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// replace begins anew with a copy of the venue's book.
func (b *board) replace(book *depth.Book, sequence uint64, business time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.book, b.sequence, b.time = book, sequence, business
	if !b.held {
		b.reset()
	}
}

// hold lets readers go on with what they know, whatever happens to the book, or ends that: they all get new snapshots.
func (b *board) hold(held bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case held == b.held:
	case held:
		b.levels.hold()
		b.orders.hold()
		b.held = true
	default:
		b.held, b.levels.kept, b.orders.kept = false, nil, nil
		b.reset()
	}
}

func (b *board) reset() {
	b.levels.reset()
	b.orders.reset()
	b.levels.bell.ring()
	b.orders.bell.ring()
}
