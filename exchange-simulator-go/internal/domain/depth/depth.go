// Package depth is what everybody may see of an order book: the lots that are shown, order by order in their priority (L3) and
// level by level (L2). A Book begins as a copy of an engine's book and follows it by the venue's events alone, so that whoever shows it
// takes no time of the venue. It is pure and single-threaded, and tells what has changed since it was last asked.
//
// After the events of a whole command it is what the engine's book shows; between two events of one command an iceberg may stand there
// with nothing visible, and the book may be crossed.
package depth

import (
	"iter"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// Level is all orders at one price of a side. Without Orders nobody is there.
type Level struct {
	Side   book.Side
	Orders int32
	Price  int64 // ticks
	Lots   int64 // visible
}

// Order is one order in the book. Without Lots it is not, or no longer, there.
type Order struct {
	Side  book.Side
	ID    uint64
	Price int64 // ticks
	Lots  int64 // visible
}

// Book is the visible book of one instrument. Make it with New or Of.
type Book struct {
	shown  *book.Book // nothing in reserve
	levels levelChanges
	orders orderChanges
}

// New makes an empty book.
func New() *Book {
	return &Book{shown: book.New(), levels: newLevelChanges(), orders: newOrderChanges()}
}

// Of makes a book that shows what an engine's does, which must not change meanwhile.
func Of(source *book.Book) *Book {
	b := New()
	for _, side := range [...]book.Shelf{book.Bids, book.Asks} {
		for _, o := range source.Orders(side) {
			b.shown.Add(&book.Order{ID: o.ID, Side: o.Side, Price: o.Price, Lots: o.Lots})
		}
	}
	return b
}

// Apply follows an event of the instrument. Events that do not concern what is shown change nothing.
func (b *Book) Apply(e *venue.Event) {
	switch e.Kind {
	case venue.OrderAccepted:
		if e.Visible > 0 {
			b.put(e)
		}
	case venue.OrderRested, venue.OrderRefilled:
		b.put(e)
	case venue.Traded:
		b.take(e.Maker, e.Lots, e.MakerRemaining)
		if e.Auction {
			b.take(e.Order, e.Lots, e.Remaining)
		}
	case venue.OrderDecremented: // Order is not in the book: it came, or comes again
		b.take(e.Maker, e.Lots, e.MakerRemaining)
	case venue.OrderReplaced:
		b.replace(e)
	case venue.OrderCancelled, venue.OrderExpired:
		if h := b.shown.Find(e.Order); h != book.None {
			b.remove(h)
		}
	}
}

// put makes an order the last of its level.
func (b *Book) put(e *venue.Event) {
	if h := b.shown.Find(e.Order); h != book.None {
		b.remove(h)
	}
	b.touch(&book.Order{ID: e.Order, Side: e.Side, Price: e.Price}, false)
	b.orders.queue(e.Order)
	b.shown.Add(&book.Order{ID: e.Order, Side: e.Side, Price: e.Price, Lots: e.Visible})
}

// take takes lots from what an order shows; when nothing of it is left, hidden or not, it leaves.
func (b *Book) take(id uint64, lots, remaining int64) {
	h := b.shown.Find(id)
	switch {
	case h == book.None:
	case remaining == 0:
		b.remove(h)
	default:
		b.touch(b.shown.At(h), true)
		b.shown.Reduce(h, lots)
	}
}

// replace makes an order smaller where it stands, or takes it out to come again. An order that waits for a price is not here.
func (b *Book) replace(e *venue.Event) {
	h := b.shown.Find(e.Order)
	switch {
	case h == book.None:
	case !e.KeptPriority:
		b.remove(h)
	default:
		o := b.shown.At(h)
		b.touch(o, true)
		b.shown.Resize(h, min(o.Lots, e.Remaining), 0)
	}
}

func (b *Book) remove(h book.Handle) {
	b.touch(b.shown.At(h), true)
	b.shown.Remove(h)
}

// touch notes how an order, which is present or will be, and its level were before they change.
func (b *Book) touch(o *book.Order, present bool) {
	b.levels.touch(b.level(o.Side, o.Price))
	b.orders.touch(Order{Side: o.Side, ID: o.ID, Price: o.Price, Lots: o.Lots}, present)
}

func (b *Book) level(side book.Side, price int64) Level {
	found := b.shown.Depth(book.Shelf(side), price)
	return Level{Side: side, Price: price, Lots: found.Lots, Orders: found.Orders}
}

// Levels walks a side from its best price on. The book must not change meanwhile.
func (b *Book) Levels(side book.Side) iter.Seq[Level] {
	return func(yield func(Level) bool) {
		for level := range b.shown.Levels(book.Shelf(side)) {
			if !yield(Level{Side: side, Price: level.Price, Lots: level.Lots, Orders: level.Orders}) {
				return
			}
		}
	}
}

// Orders walks a side in priority. The book must not change meanwhile.
func (b *Book) Orders(side book.Side) iter.Seq[Order] {
	return func(yield func(Order) bool) {
		for _, o := range b.shown.Orders(book.Shelf(side)) {
			if !yield(Order{Side: side, ID: o.ID, Price: o.Price, Lots: o.Lots}) {
				return
			}
		}
	}
}
