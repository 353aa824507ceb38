package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Where orders wait. On the shelves of falls the highest trigger comes first, on those of rises the lowest: the order in
// which a moving price reaches them; behind the same trigger they wait in the order in which they came.
const (
	fallLast book.Shelf = 2 + iota
	riseLast
	fallAsk
	riseAsk
	fallBid
	riseBid
	waiting // for another order to fill, or for a first price to trail
	elected // triggered or activated, to be worked in this order
)

// rises tells whether an order waits for a rise.
func rises(side book.Side, t Type) bool {
	return (side == book.Buy) != (t == TakeProfit || t == TakeProfitLimit)
}

// waitingShelf returns where an order waits for its trigger.
func waitingShelf(o *book.Order) book.Shelf {
	shelf := fallLast
	switch {
	case o.Flags&byBestPrice == 0:
	case o.Side == book.Buy:
		shelf = fallAsk
	default:
		shelf = fallBid
	}
	if rises(o.Side, Type(o.Type)) {
		shelf++
	}
	return shelf
}

// Trigger returns the price in ticks that an order waits for, that of a trailing stop as it is now and 0 before there was
// one to trail, and false for an order that waits for none (any more). A pending order of a bracket has its trigger
// already, and waits for it once it is activated.
func (e *Engine) Trigger(id uint64) (ticks int64, waiting bool) {
	h := e.book.Find(id)
	if h == book.None || !waits(e.book.At(h)) {
		return 0, false
	}
	return e.details[e.book.At(h).Ref].trigger, true
}

// watched returns the price that an order waits on, or 0 when there is none now. Best prices mean nothing in a book that
// may be crossed.
func (e *Engine) watched(side book.Side, flags uint8) int64 {
	if flags&byBestPrice == 0 {
		return e.last
	}
	return e.bestPrice(book.Shelf(side.Opposite()))
}

func (e *Engine) bestPrice(shelf book.Shelf) int64 {
	if level := e.book.Best(shelf); level != nil && e.phase == Continuous {
		return level.Price
	}
	return 0
}

// due tells whether a trigger is reached; one of 0, of a trailing stop without a price so far, is not.
func (e *Engine) due(side book.Side, t Type, flags uint8, trigger int64) bool {
	price := e.watched(side, flags)
	if price == 0 || trigger == 0 {
		return false
	}
	if rises(side, t) {
		return price >= trigger
	}
	return price <= trigger
}

// observe elects the orders whose price has come. The trades of one taker run one way, so that the first and the last of
// them are all that matters. Trades come before the best ask, that before the best bid, rises before falls.
func (e *Engine) observe() {
	if e.traded {
		e.see(fallLast, e.first)
		e.see(fallLast, e.last)
		e.traded = false
	}
	e.see(fallAsk, e.bestPrice(book.Asks))
	e.see(fallBid, e.bestPrice(book.Bids))
}

// see takes one price of one source, whose shelves are falls and the next.
func (e *Engine) see(falls book.Shelf, price int64) {
	if price == 0 {
		return
	}
	switch falls {
	case fallLast:
		e.trail(trailing(book.Sell, 0), price)
		e.trail(trailing(book.Buy, 0), price)
	case fallAsk:
		e.trail(trailing(book.Buy, byBestPrice), price)
	default:
		e.trail(trailing(book.Sell, byBestPrice), price)
	}
	for level := e.book.Best(falls + 1); level != nil && level.Price <= price; level = e.book.Best(falls + 1) {
		e.elect(e.book.Head(level))
	}
	for level := e.book.Best(falls); level != nil && level.Price >= price; level = e.book.Best(falls) {
		e.elect(e.book.Head(level))
	}
}

// elect sends an order to be worked whose price has come.
func (e *Engine) elect(h book.Handle) {
	e.book.Move(h, elected, 0)
	e.fire(e.book.At(h))
}

// fire makes an order one that has been triggered; the other of a pair is cancelled.
func (e *Engine) fire(o *book.Order) {
	o.Flags |= triggered
	event := e.emitOrder(Triggered, NoReason, o)
	event.Old = e.details[o.Ref].trigger
	if e.details[o.Ref].trail != 0 {
		e.stopTrailing(o.Ref)
	}
	e.cancelPeer(o.Ref)
}
