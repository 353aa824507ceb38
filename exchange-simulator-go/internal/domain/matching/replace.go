package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Replace changes an order: Replaced and what follows, or Rejected with the order as it was. An order that is no longer
// live is unknown, filled ones too.
func (e *Engine) Replace(r *Replacement, events []Event) []Event {
	e.out = events
	h := e.book.Find(r.ID)
	if h == book.None {
		return e.refuse(UnknownOrder, r.ID, 0)
	}
	o := e.book.At(h)
	price, lots := r.Price, r.Lots
	if price == 0 {
		price = o.Price
	}
	if lots == 0 {
		lots = o.Open()
	}
	if reason := e.checkReplacement(o, r, price, lots); reason != NoReason {
		return e.refuse(reason, o.ID, o.Account)
	}
	switch {
	case o.Shelf() > book.Asks:
		e.rewrite(h, r.Trigger, price, lots)
	case price == o.Price && lots <= o.Open():
		e.shrink(h, lots)
	default:
		e.rework(h, price, lots)
	}
	return e.settle()
}

// checkReplacement tells why an order cannot become what is asked, or NoReason.
func (e *Engine) checkReplacement(o *book.Order, r *Replacement, price, lots int64) Reason {
	limited := Type(o.Type).limited()
	switch {
	case !e.open():
		return WrongPhase
	case limited && !inRange(price, lots), !limited && (price != 0 || lots < 1 || lots > MaxLots), o.Flags&byQuote != 0:
		return InvalidOrder
	case r.Trigger != 0:
		return e.checkTrigger(o, r.Trigger)
	case o.Shelf() <= book.Asks && o.Flags&postOnly != 0 && e.wouldTake(o.Side, price):
		return WouldTake
	}
	return NoReason
}

// checkTrigger tells why an order cannot wait for another trigger: it waits for none, it trails, or that price is here.
func (e *Engine) checkTrigger(o *book.Order, trigger int64) Reason {
	switch {
	case !waits(o) || e.details[o.Ref].trail != 0 || trigger < 1 || trigger > MaxPrice:
		return InvalidOrder
	case o.Shelf() != waiting && e.due(o.Side, Type(o.Type), o.Flags, trigger):
		return WouldTrigger
	}
	return NoReason
}

// rewrite changes an order that waits; it keeps its place unless its trigger changes.
func (e *Engine) rewrite(h book.Handle, trigger, price, lots int64) {
	o := e.book.At(h)
	old := o.Price
	o.Price = price
	e.book.Resize(h, lots, 0)
	reason := KeptPriority
	if d := &e.details[o.Ref]; trigger != 0 && trigger != d.trigger {
		d.trigger = trigger
		if o.Shelf() != waiting {
			e.book.Move(h, o.Shelf(), trigger)
			reason = LostPriority
		}
	}
	e.emitOrder(Replaced, reason, o).Old = old
}

// rework takes an order out and lets it come again.
func (e *Engine) rework(h book.Handle, price, lots int64) {
	t := e.take(h)
	old := t.Price
	t.Price, t.Lots = price, lots
	e.emitOrder(Replaced, LostPriority, &t.Order).Old = old
	e.work(t)
}
