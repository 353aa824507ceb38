package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// taker is an order that is being worked. Lots are all that it still wants; of a Market order by quote they are what the
// rest of the quote buys at the price at hand.
type taker struct {
	book.Order
	quote int64
}

// Flags of an order in the book.
const (
	postOnly uint8 = 1 << iota
	byBestPrice
	byQuote
	triggered
)

// limited tells whether a type has a limit price.
func (t Type) limited() bool {
	return 1<<t&(1<<Limit|1<<StopLimit|1<<TakeProfitLimit|1<<TrailingStopLimit) != 0
}

// waits tells whether an order waits for a price.
func waits(o *book.Order) bool { return Type(o.Type) >= Stop && o.Flags&triggered == 0 }

// reaches tells whether a taker may trade at a price.
func (t *taker) reaches(price int64) bool {
	switch {
	case !Type(t.Type).limited():
		return true
	case t.Side == book.Buy:
		return t.Price >= price
	default:
		return t.Price <= price
	}
}

// wouldTake tells whether an order at a limit price would trade at once.
func (e *Engine) wouldTake(side book.Side, price int64) bool {
	front := e.book.Best(book.Shelf(side.Opposite()))
	if front == nil || e.phase != Continuous {
		return false
	}
	if side == book.Buy {
		return price >= front.Price
	}
	return price <= front.Price
}

// work trades what a taker can and leaves the rest where it belongs.
func (e *Engine) work(t *taker) {
	if e.phase != Continuous {
		e.rest(t)
		return
	}
	e.traded = false
	limited := Type(t.Type).limited()
	if t.Flags&postOnly != 0 && e.wouldTake(t.Side, t.Price) {
		e.endTaker(t, WouldTake)
		return
	}
	band := e.tradable()
	if Force(t.Force) == FOK && !e.feasible(t, band) {
		e.endTaker(t, NotInFull)
		return
	}
	reason := e.match(t, band)
	switch {
	case t.Lots == 0 && reason == NoReason:
		if t.Ref != 0 {
			e.finish(t.Ref, true)
		}
	case reason == NoReason && limited && Force(t.Force) != IOC:
		e.rest(t)
	case reason == NoReason && limited:
		e.endTaker(t, NotImmediate)
	case reason == NoReason:
		e.endTaker(t, NoLiquidity)
	default:
		e.endTaker(t, reason)
		if reason == OutsideBand && e.rules.PauseOnBand {
			e.setPhase(Halted, OutsideBand)
		}
	}
}

// match trades a taker against the front of the other side for as long as their prices meet. It returns why the taker may
// not go on, or NoReason when it is filled or nobody is left to trade with.
func (e *Engine) match(t *taker, band band) Reason {
	shelf := book.Shelf(t.Side.Opposite())
	for t.Lots > 0 {
		level := e.book.Best(shelf)
		if level == nil || !t.reaches(level.Price) {
			return NoReason
		}
		price := level.Price
		if !band.holds(price) {
			return OutsideBand
		}
		if t.Flags&byQuote != 0 {
			if t.Lots = t.quote / price; t.Lots == 0 {
				return QuoteSpent
			}
		}
		h := e.book.Head(level)
		maker := e.book.At(h)
		if t.SelfTrade != uint8(Allow) && maker.Owner == t.Owner {
			if stop := e.prevent(t, h, maker); stop {
				return PreventedSelfTrade
			}
			continue
		}
		lots := min(t.Lots, maker.Lots)
		payable := lots
		if e.funds != nil {
			payable = e.funds.Affordable(t.ID, t.Account, t.Side, price, lots)
		}
		if payable > 0 {
			e.trade(t, h, maker, payable)
		}
		if payable < lots {
			return NoFunds
		}
	}
	return NoReason
}

// trade takes lots from the order at the front of the other side, at its price.
func (e *Engine) trade(t *taker, h book.Handle, maker *book.Order, lots int64) {
	price := maker.Price
	t.Lots -= lots
	remaining := t.Lots
	if t.Flags&byQuote != 0 {
		t.quote -= price * lots
		remaining, t.Lots = t.quote, min(t.quote, 1) // until the next price says how many
	}
	if !e.traded {
		e.traded, e.first = true, price
	}
	e.last = price
	event := e.emit()
	event.Kind, event.Order, event.Account, event.Side, event.Type = Traded, t.ID, t.Account, t.Side, Type(t.Type)
	event.Maker, event.MakerAccount = maker.ID, maker.Account
	event.Price, event.Lots, event.Remaining, event.MakerRemaining = price, lots, remaining, maker.Open()-lots
	if e.funds != nil {
		e.funds.Settle(event)
	}
	e.consume(h, maker, lots)
	if t.Ref != 0 {
		e.cancelPeer(t.Ref)
	}
}

// consume takes traded lots from a resting order: it leaves when it is filled, or shows more of its reserve.
func (e *Engine) consume(h book.Handle, maker *book.Order, lots int64) {
	ref := maker.Ref
	switch {
	case lots < maker.Lots:
		e.book.Reduce(h, lots)
	case maker.Reserve > 0:
		e.refill(h, lots)
	default:
		e.book.Remove(h)
		if ref != 0 {
			e.finish(ref, true)
		}
		return
	}
	if ref != 0 {
		e.cancelPeer(ref)
	}
}

// refill takes the last visible lots from an iceberg, shows more of it and sends it to the end of its level.
func (e *Engine) refill(h book.Handle, lots int64) {
	o := e.book.At(h)
	e.book.Reduce(h, lots)
	e.book.Refill(h, e.details[o.Ref].display)
	event := e.emitOrder(Refilled, NoReason, o)
	event.Lots = o.Lots
}

// prevent keeps a taker from trading with an order of its own group, as the taker wants it. It tells whether the taker
// ends.
func (e *Engine) prevent(t *taker, h book.Handle, maker *book.Order) (stop bool) {
	mode := SelfTrade(t.SelfTrade)
	if mode == Decrement {
		return e.decrement(t, h, maker)
	}
	if mode == ExpireMaker || mode == ExpireBoth {
		e.end(h, Expired, PreventedSelfTrade)
	}
	return mode != ExpireMaker
}

// decrement takes the smaller of the visible lots from both.
func (e *Engine) decrement(t *taker, h book.Handle, maker *book.Order) (stop bool) {
	lots := min(t.Lots, maker.Lots)
	price, left := maker.Price, maker.Open()-lots
	t.Lots -= lots
	remaining := t.Lots
	stop = t.Lots == 0
	if t.Flags&byQuote != 0 {
		t.quote -= price * lots
		remaining, t.Lots, stop = t.quote, min(t.quote, 1), t.quote == 0
	}
	event := e.emit()
	event.Kind, event.Order, event.Account, event.Side, event.Type = Decremented, t.ID, t.Account, t.Side, Type(t.Type)
	event.Maker, event.MakerAccount, event.Price, event.Lots = maker.ID, maker.Account, price, lots
	event.Remaining, event.MakerRemaining = remaining, left
	switch {
	case lots < maker.Lots:
		e.book.Reduce(h, lots)
	case maker.Reserve > 0:
		e.refill(h, lots)
	default:
		e.book.Reduce(h, lots)
		e.end(h, Expired, PreventedSelfTrade)
	}
	return stop
}

// rest puts what is left of a taker into the book.
func (e *Engine) rest(t *taker) {
	if t.Ref == 0 {
		e.book.Add(&t.Order)
		e.rested(t)
		return
	}
	d := &e.details[t.Ref]
	if d.display > 0 && t.Lots > d.display {
		t.Reserve, t.Lots = t.Lots-d.display, d.display
	}
	d.order = e.book.Add(&t.Order)
	e.rested(t)
}

// rested says that a taker stands in the book now; when the last event accepted it, that one says so.
func (e *Engine) rested(t *taker) {
	if last := len(e.out) - 1; last >= 0 && e.out[last].Kind == Accepted && e.out[last].Order == t.ID {
		e.out[last].Rests = true
		return
	}
	e.emitOrder(Rested, NoReason, &t.Order).Lots = t.Lots
}

// take makes a taker of an order that leaves the book to be worked; its detail stays.
func (e *Engine) take(h book.Handle) *taker {
	t := &e.takers[0]
	*t = taker{Order: *e.book.At(h)}
	t.Lots, t.Reserve = t.Open(), 0
	e.book.Remove(h)
	if t.Ref != 0 {
		d := &e.details[t.Ref]
		d.order, t.quote = book.None, d.quote
	}
	return t
}

// end takes an order out for good.
func (e *Engine) end(h book.Handle, kind Kind, reason Reason) {
	o := e.book.At(h)
	e.emitOrder(kind, reason, o)
	ref := o.Ref
	e.book.Remove(h)
	if ref != 0 {
		e.finish(ref, false)
	}
}

// endTaker expires what is left of a taker.
func (e *Engine) endTaker(t *taker, reason Reason) {
	event := e.emitOrder(Expired, reason, &t.Order)
	if t.Flags&byQuote != 0 {
		event.Remaining = t.quote
	}
	if t.Ref != 0 {
		e.finish(t.Ref, reason == QuoteSpent)
	}
}
