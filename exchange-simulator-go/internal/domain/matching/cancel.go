package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Cancel takes an order out, wherever it waits, in any phase.
func (e *Engine) Cancel(id uint64, events []Event) []Event {
	e.out = events
	h := e.book.Find(id)
	if h == book.None {
		return e.refuse(UnknownOrder, id, 0)
	}
	e.end(h, Cancelled, Requested)
	return e.settle()
}

// Reduce takes lots from an order, hidden ones first, in any phase. The order keeps its place; when no more lots are open
// it is cancelled.
func (e *Engine) Reduce(id uint64, lots int64, events []Event) []Event {
	e.out = events
	h := e.book.Find(id)
	switch {
	case h == book.None:
		return e.refuse(UnknownOrder, id, 0)
	case lots < 1 || e.book.At(h).Flags&byQuote != 0:
		return e.refuse(InvalidOrder, id, e.book.At(h).Account)
	}
	if open := e.book.At(h).Open(); lots < open {
		e.shrink(h, open-lots)
	} else {
		e.end(h, Cancelled, Requested)
	}
	return e.settle()
}

// shrink leaves an order so many open lots, where it stands.
func (e *Engine) shrink(h book.Handle, open int64) {
	o := e.book.At(h)
	lots := min(o.Lots, open)
	e.book.Resize(h, lots, open-lots)
	event := e.emitOrder(Replaced, KeptPriority, o)
	event.Old = o.Price
}
