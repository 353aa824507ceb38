package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// detail is what only some orders have: a part to show, an end, a trigger, orders they are linked to. A plain order has
// none, so that it stays one cache line. Ref of the order in the book is its number; number 0 is none.
type detail struct {
	id      uint64
	order   book.Handle // None while the order is being worked
	display int64
	expiry  int64 // nanoseconds, 0 never
	place   int32 // in the heap of expiries
	trigger int64
	trail   int64
	mark    int64 // the best price since a trailing stop was placed, 0 before the first
	next    int32 // in its list of trailing stops
	prev    int32
	quote   int64 // left of a Market order by quote
	peer    int32 // one cancels the other
	parent  int32 // the order whose fill activates this one
	child   int32 // the first of those that this one's fill activates; the second is its peer
}

// newDetail takes a number for a detail.
func (e *Engine) newDetail(d detail) int32 {
	ref := e.freeDetail
	if ref == 0 {
		e.details = append(e.details, d)
		return int32(len(e.details) - 1)
	}
	e.freeDetail = e.details[ref].next
	e.details[ref] = d
	return ref
}

// finish ends the detail of an order that is gone, and does to the linked orders what follows from its end: a fill
// activates those that wait for it, any other end cancels them, and the other of a pair is cancelled in both cases.
func (e *Engine) finish(ref int32, filled bool) {
	e.unschedule(ref)
	if e.details[ref].trail != 0 {
		e.stopTrailing(ref)
	}
	e.cancelPeer(ref)
	d := &e.details[ref]
	if d.parent != 0 && e.details[d.parent].child == ref {
		e.details[d.parent].child = 0
	}
	child := d.child
	*d = detail{next: e.freeDetail}
	e.freeDetail = ref
	switch {
	case child == 0:
	case filled:
		e.activate(child)
	default:
		e.details[child].parent = 0
		e.end(e.details[child].order, Cancelled, Linked) // and with it its peer
	}
}

// cancelPeer cancels the other order of a pair, if there is one.
func (e *Engine) cancelPeer(ref int32) {
	peer := e.details[ref].peer
	if peer == 0 {
		return
	}
	e.details[ref].peer, e.details[peer].peer = 0, 0
	e.end(e.details[peer].order, Cancelled, Linked)
}

// activate sends the orders that waited for another to fill to be worked, with as many of their lots as can be held for.
func (e *Engine) activate(child int32) {
	held := e.held(child)
	for _, ref := range [2]int32{child, e.details[child].peer} {
		if ref == 0 {
			continue
		}
		d := &e.details[ref]
		d.parent = 0
		if held < 1 {
			e.end(d.order, Expired, NoFunds) // and with it its peer
			return
		}
		o := e.book.At(d.order)
		e.book.Resize(d.order, min(o.Lots, held), 0)
		e.book.Move(d.order, elected, 0)
		e.emitOrder(Activated, NoReason, o)
	}
}

// held returns how many lots can be held for the orders that are to be activated.
func (e *Engine) held(child int32) int64 {
	first := e.book.At(e.details[child].order)
	id, lots := uint64(0), first.Lots
	if peer := e.details[child].peer; peer != 0 {
		second := e.book.At(e.details[peer].order)
		id, lots = second.ID, max(lots, second.Lots)
	}
	if e.funds == nil {
		return lots
	}
	return e.funds.Activate(first.ID, id, lots)
}
