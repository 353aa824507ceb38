// Package book is the order book of one instrument: orders in price-time priority, found by id, walked by level or by
// order. It is pure and single-threaded, allocates only to grow, and knows no rule of trading: who may rest, match or
// leave is decided by its caller.
package book

// Side of an order.
type Side uint8

// The sides. Buy orders rest among the Bids, sell orders among the Asks.
const (
	Buy Side = iota
	Sell
)

// Opposite returns the side that this one trades with.
func (s Side) Opposite() Side { return s ^ 1 }

// Shelf names the ordered lists that a book keeps: the two sides that trade, and more of the same kind for orders that
// wait for something else than a counterpart. An order stands on exactly one.
type Shelf uint8

// The shelves that trade; those above them belong to the caller: on even ones the highest price comes first, on odd ones
// the lowest.
const (
	Bids Shelf = iota
	Asks
	Shelves Shelf = 10 // how many there are
)

// Handle is the place of an order in the book; it ends with the order. None is no order.
type Handle int32

// None is the handle of no order.
const None Handle = 0

// Order is one order as the book holds it, 64 bytes: one cache line. The exported fields before Ref are the order, those
// from Ref on are carried for the caller and mean nothing to the book.
type Order struct {
	ID      uint64
	Price   int64 // ticks; the limit, also of an order that waits on a shelf under another price
	Lots    int64 // open and visible
	Reserve int64 // open and hidden, behind Lots
	Account int32
	Owner   int32 // the group that does not trade with itself

	Ref       int32
	next      Handle
	prev      Handle
	level     int32
	shelf     Shelf
	Side      Side
	Type      uint8
	Force     uint8
	SelfTrade uint8
	Flags     uint8
}

// Open returns all lots that are still to be filled, visible or not.
func (o *Order) Open() int64 { return o.Lots + o.Reserve }

// Shelf tells where the order stands.
func (o *Order) Shelf() Shelf { return o.shelf }

// Level is one price of a shelf with the orders that stand there, first come first.
type Level struct {
	Price   int64 // ticks
	Lots    int64 // visible lots of all orders
	Reserve int64 // hidden lots of all orders
	Orders  int32
	head    Handle
	tail    Handle
	better  int32
	worse   int32
}
