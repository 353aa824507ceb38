package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Trailing stops keep the best price since they were placed and move their trigger with it. Those that follow the same
// price stand in a list, first come first; a new extreme costs a step for each of them.

// list is a list of details.
type list struct{ head, tail int32 }

// trailing is the list of a side and the price it follows.
func trailing(side book.Side, flags uint8) int { return int(side) + int(flags&byBestPrice) }

// startTrailing enters an order that is about to wait, and gives it its first trigger when there is a price.
func (e *Engine) startTrailing(ref int32, o *book.Order) {
	e.enlist(ref, trailing(o.Side, o.Flags))
	if price := e.watched(o.Side, o.Flags); price != 0 {
		e.details[ref].follow(o.Side, price)
	}
}

// enlist puts a detail behind the others of its list.
func (e *Engine) enlist(ref int32, number int) {
	d, l := &e.details[ref], &e.trails[number]
	d.prev, d.next = l.tail, 0
	if l.tail == 0 {
		l.head = ref
	} else {
		e.details[l.tail].next = ref
	}
	l.tail = ref
}

// stopTrailing takes a detail out of its list, if it is in one.
func (e *Engine) stopTrailing(ref int32) {
	d := &e.details[ref]
	d.trail = 0
	if d.prev != 0 {
		e.details[d.prev].next = d.next
	}
	if d.next != 0 {
		e.details[d.next].prev = d.prev
	}
	for number := range e.trails {
		l := &e.trails[number]
		if l.head == ref {
			l.head = d.next
		}
		if l.tail == ref {
			l.tail = d.prev
		}
	}
	d.next, d.prev = 0, 0
}

// follow takes a price and tells whether it is a new extreme that moves the trigger.
func (d *detail) follow(side book.Side, price int64) bool {
	if d.mark != 0 && (price == d.mark || (side == book.Sell) == (price < d.mark)) {
		return false
	}
	d.mark = price
	if side == book.Sell {
		d.trigger = price - d.trail
	} else {
		d.trigger = price + d.trail
	}
	return true
}

// trail moves the triggers of a list to a new price.
func (e *Engine) trail(number int, price int64) {
	for ref := e.trails[number].head; ref != 0; ref = e.details[ref].next {
		d := &e.details[ref]
		if o := e.book.At(d.order); d.follow(o.Side, price) {
			e.book.Move(d.order, waitingShelf(o), d.trigger)
		}
	}
}
