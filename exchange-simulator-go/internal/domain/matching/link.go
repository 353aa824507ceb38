package matching

// Orders that are linked: one cancels the other, or one brings the others. What follows from an end stands with the
// details.

// PlaceOCO takes two orders of one account and side of which one cancels the other: as soon as one trades, is triggered
// or ends in any way, the other is Cancelled as Linked. At least the second must wait for a price. Both are taken or
// neither: a Rejected names the one at fault.
func (e *Engine) PlaceOCO(now int64, first, second *Order, events []Event) []Event {
	e.out = events
	if reason, fault := e.checkPair(now, first, second); reason != NoReason {
		return e.refuse(reason, fault.ID, fault.Account)
	}
	one, two := &e.takers[0], &e.takers[1]
	e.accept(now, first, one)
	e.accept(now, second, two)
	e.pair(one, two)
	e.enter(two) // it can only come to wait, so that it is there when the first one trades
	e.enter(one)
	return e.settle()
}

// PlaceBracket takes a working Limit order and one or two pending orders by lots of the same account, which wait until the
// working one has filled in full; two are an OCO pair from then on. Then they are Activated with the lots that Funds holds
// for, or when there are none, Expired as NoFunds (the second Cancelled as Linked). When the working order ends otherwise,
// partly filled or not, the pending are Cancelled as Linked. All are taken or none: a Rejected names the one at fault.
func (e *Engine) PlaceBracket(now int64, working *Order, pending []Order, events []Event) []Event {
	e.out = events
	if reason, fault := e.checkBracket(now, working, pending); reason != NoReason {
		return e.refuse(reason, fault.ID, fault.Account)
	}
	t, child := &e.takers[0], &e.takers[1]
	e.accept(now, working, t)
	e.ensureDetail(t)
	var previous int32
	for index := range pending {
		e.accept(now, &pending[index], child)
		e.ensureDetail(child)
		d := &e.details[child.Ref]
		d.parent, d.peer = t.Ref, previous
		d.order = e.book.Park(&child.Order, waiting, 0)
		if previous == 0 {
			e.details[t.Ref].child = child.Ref
		} else {
			e.details[previous].peer = child.Ref
		}
		previous = child.Ref
	}
	e.enter(t)
	return e.settle()
}

// ensureDetail gives a taker a detail, to be linked by.
func (e *Engine) ensureDetail(t *taker) {
	if t.Ref == 0 {
		t.Ref = e.newDetail(detail{id: t.ID, quote: t.quote})
	}
}

// pair links two takers.
func (e *Engine) pair(one, two *taker) {
	e.ensureDetail(one)
	e.ensureDetail(two)
	e.details[one.Ref].peer, e.details[two.Ref].peer = two.Ref, one.Ref
}

// checkPair tells why a pair cannot be taken, and which of the two is at fault.
func (e *Engine) checkPair(now int64, first, second *Order) (Reason, *Order) {
	if reason := e.check(now, first); reason != NoReason {
		return reason, first
	}
	if reason := e.check(now, second); reason != NoReason {
		return reason, second
	}
	if !pairs(first, second) {
		return InvalidOrder, second
	}
	return NoReason, nil
}

// pairs tells whether two orders can be an OCO pair.
func pairs(first, second *Order) bool {
	return first.ID != second.ID && first.Account == second.Account && first.Side == second.Side &&
		first.Type != Market && second.Type >= Stop
}

// checkBracket tells why a bracket cannot be taken, and which order is at fault. What the pending orders would meet now
// does not matter.
func (e *Engine) checkBracket(now int64, working *Order, pending []Order) (Reason, *Order) {
	if reason := e.check(now, working); reason != NoReason {
		return reason, working
	}
	if working.Type != Limit || len(pending) < 1 || len(pending) > 2 {
		return InvalidOrder, working
	}
	for index := range pending {
		o := &pending[index]
		reason := e.checkLater(now, o)
		if reason == NoReason && (o.ID == working.ID || o.Account != working.Account || o.Quote != 0) {
			reason = InvalidOrder
		}
		if reason != NoReason {
			return reason, o
		}
	}
	if len(pending) == 2 && !pairs(&pending[0], &pending[1]) {
		return InvalidOrder, &pending[1]
	}
	return NoReason, nil
}
