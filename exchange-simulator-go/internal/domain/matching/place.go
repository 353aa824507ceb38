package matching

import (
	"math/bits"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// Place takes an order at now (nanoseconds since 1970 UTC): Accepted and what follows, or Rejected.
func (e *Engine) Place(now int64, o *Order, events []Event) []Event {
	e.out = events
	if reason := e.check(now, o); reason != NoReason {
		return e.refuse(reason, o.ID, o.Account)
	}
	t := &e.takers[0]
	e.accept(now, o, t)
	e.enter(t)
	return e.settle()
}

// accept makes a taker of a checked order. It fills it in place, field by field: copies of what was just written in
// pieces would wait for the pieces.
func (e *Engine) accept(now int64, o *Order, t *taker) {
	t.ID, t.Price, t.Lots, t.Reserve, t.quote = o.ID, o.Price, o.Lots, 0, o.Quote
	t.Account, t.Owner, t.Side, t.Type, t.Force = o.Account, o.Owner, o.Side, uint8(o.Type), uint8(o.Force)
	t.SelfTrade, t.Flags, t.Ref = uint8(o.SelfTrade), flagsOf(o), 0
	event := e.emitOrder(Accepted, NoReason, &t.Order)
	event.Lots = o.Lots
	if o.Quote > 0 {
		event.Remaining = o.Quote
		t.Lots = 1 // until the first price says how many
	}
	if o.Display|o.Trigger|o.Trail|o.Expiry != 0 || o.Force == Day {
		t.Ref = e.describe(now, o)
	}
}

// describe makes the detail of an order.
func (e *Engine) describe(now int64, o *Order) int32 {
	d := detail{
		id: o.ID, display: o.Display, expiry: o.Expiry, trigger: o.Trigger, trail: o.Trail, quote: o.Quote,
	}
	if o.Force == Day {
		d.expiry = midnight(now)
	}
	ref := e.newDetail(d)
	e.schedule(ref)
	return ref
}

// enter sends an order where it belongs: to wait for its price, or to work.
func (e *Engine) enter(t *taker) {
	if !waits(&t.Order) {
		e.work(t)
		return
	}
	d := &e.details[t.Ref]
	if d.trail != 0 {
		e.startTrailing(t.Ref, &t.Order)
	}
	if e.due(t.Side, Type(t.Type), t.Flags, d.trigger) {
		e.fire(&t.Order)
		e.work(t)
		return
	}
	shelf := waitingShelf(&t.Order)
	if d.trail != 0 && d.mark == 0 {
		shelf = waiting
	}
	d.order = e.book.Park(&t.Order, shelf, d.trigger)
}

// check tells why an order cannot be taken now, or NoReason.
func (e *Engine) check(now int64, o *Order) Reason {
	switch {
	case !e.open():
		return WrongPhase
	case e.phase == Calling && !collects(o):
		return WrongPhase
	}
	if reason := e.checkLater(now, o); reason != NoReason {
		return reason
	}
	switch {
	case o.Type == Limit && o.PostOnly && e.wouldTake(o.Side, o.Price):
		return WouldTake
	case o.Trigger != 0 && e.due(o.Side, o.Type, flagsOf(o), o.Trigger):
		return WouldTrigger
	}
	return NoReason
}

// checkLater checks what must hold of an order whenever it comes to be worked.
func (e *Engine) checkLater(now int64, o *Order) Reason {
	switch {
	case !wellFormed(o):
		return InvalidOrder
	case o.Force == GTD && o.Expiry <= now:
		return ExpiryPassed
	case e.book.Find(o.ID) != book.None:
		return DuplicateID
	}
	return NoReason
}

// open tells whether orders are taken.
func (e *Engine) open() bool { return e.phase == Continuous || e.phase == Calling }

// collects tells whether a call auction takes an order: one that may rest until the uncross, or waits for a price.
func collects(o *Order) bool {
	return o.Type >= Stop || (o.Type == Limit && o.Force != IOC && o.Force != FOK)
}

func flagsOf(o *Order) (flags uint8) {
	if o.PostOnly {
		flags |= postOnly
	}
	if o.TriggerBy == BestPrice {
		flags |= byBestPrice
	}
	if o.Quote > 0 {
		flags |= byQuote
	}
	return flags
}

// wellFormed tells whether the fields of an order fit together.
func wellFormed(o *Order) bool {
	known := o.ID != 0 && o.Side <= book.Sell && o.Type < typeCount && o.Force < forceCount &&
		o.SelfTrade < selfTradeCount && o.TriggerBy < triggerByCount
	return known && rightSize(o) && rightForce(o) && rightTrigger(o)
}

// rightSize checks price, lots, quote and display.
func rightSize(o *Order) bool {
	if !o.Type.limited() {
		byLots := o.Quote == 0 && o.Lots > 0 && o.Lots <= MaxLots
		byQuote := o.Quote > 0 && o.Lots == 0 && o.Type == Market && o.Force != FOK
		return (byLots || byQuote) && o.Price == 0 && o.Display == 0 && !o.PostOnly
	}
	return o.Quote == 0 && inRange(o.Price, o.Lots) && (o.Display == 0 || (o.Display > 0 && o.Display < o.Lots))
}

// inRange checks a limit price and lots.
func inRange(price, lots int64) bool {
	if price < 1 || price > MaxPrice || lots < 1 || lots > MaxLots {
		return false
	}
	over, low := bits.Mul64(uint64(price), uint64(lots))
	return over == 0 && low < 1<<63
}

// rightForce checks what goes with the time in force: an end only for GTD, and for orders that never rest neither a part
// to show nor a promise not to take.
func rightForce(o *Order) bool {
	if (o.Force == GTD) != (o.Expiry != 0) || o.Expiry < 0 {
		return false
	}
	rests := o.Type.limited() && o.Force != IOC && o.Force != FOK
	return rests || (o.Display == 0 && !o.PostOnly)
}

// rightTrigger checks that exactly the orders that wait for a price say which.
func rightTrigger(o *Order) bool {
	trails := o.Type == TrailingStop || o.Type == TrailingStopLimit
	if trails {
		return o.Trigger == 0 && o.Trail > 0 && o.Trail <= MaxPrice
	}
	if o.Type >= Stop {
		return o.Trail == 0 && o.Trigger > 0 && o.Trigger <= MaxPrice
	}
	return o.Trail == 0 && o.Trigger == 0 && o.TriggerBy == LastTrade
}
