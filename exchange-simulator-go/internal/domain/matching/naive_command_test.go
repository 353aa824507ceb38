package matching_test

import (
	"time"

	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

func (n *naive) accept(now int64, o *m.Order) *naiveOrder {
	placed := &naiveOrder{Order: *o, open: o.Lots}
	if o.Force == m.Day {
		placed.Expiry = time.Unix(0, now).UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).UnixNano()
	}
	n.orders = append(n.orders, placed)
	n.event(m.Accepted, m.NoReason, placed).Lots = o.Lots
	return placed
}

func (n *naive) place(now int64, o *m.Order) {
	if reason := n.check(now, o); reason != m.NoReason {
		n.refuse(reason, o.ID, o.Account)
		return
	}
	n.enter(n.accept(now, o))
	n.settle()
}

func (n *naive) placeOCO(now int64, first, second *m.Order) {
	for _, o := range []*m.Order{first, second} {
		if reason := n.check(now, o); reason != m.NoReason {
			n.refuse(reason, o.ID, o.Account)
			return
		}
	}
	if !canPair(first, second) {
		n.refuse(m.InvalidOrder, second.ID, second.Account)
		return
	}
	one, two := n.accept(now, first), n.accept(now, second)
	one.peer, two.peer = two.ID, one.ID
	n.enter(two)
	n.enter(one)
	n.settle()
}

func canPair(a, b *m.Order) bool {
	return a.ID != b.ID && a.Account == b.Account && a.Side == b.Side && a.Type != m.Market && b.Type >= m.Stop
}

func (n *naive) placeBracket(now int64, first *m.Order, pending []m.Order) {
	reason, fault := n.check(now, first), first
	if reason == m.NoReason && first.Type != m.Limit {
		reason = m.InvalidOrder
	}
	for i := 0; i < len(pending) && reason == m.NoReason; i++ {
		reason, fault = n.checkLater(now, &pending[i]), &pending[i]
		if reason == m.NoReason && (pending[i].ID == first.ID || pending[i].Account != first.Account || pending[i].Quote > 0) {
			reason = m.InvalidOrder
		}
	}
	if reason == m.NoReason && len(pending) == 2 && !canPair(&pending[0], &pending[1]) {
		reason = m.InvalidOrder
	}
	if reason != m.NoReason {
		n.refuse(reason, fault.ID, fault.Account)
		return
	}
	parent := n.accept(now, first)
	for i := range pending {
		child := n.accept(now, &pending[i])
		child.parent = parent.ID
		parent.children = append(parent.children, child.ID)
		if len(pending) == 2 {
			child.peer = pending[1-i].ID
		}
		n.put(child, waiting)
	}
	n.enter(parent)
	n.settle()
}

func (n *naive) check(now int64, o *m.Order) m.Reason {
	if n.phase != m.Continuous && n.phase != m.Calling {
		return m.WrongPhase
	}
	if n.phase == m.Calling && (o.Type == m.Market || o.Type == m.Limit && (o.Force == m.IOC || o.Force == m.FOK)) {
		return m.WrongPhase
	}
	if reason := n.checkLater(now, o); reason != m.NoReason {
		return reason
	}
	if o.Type == m.Limit && o.PostOnly && n.crossing(o.Side, o.Price) {
		return m.WouldTake
	}
	if n.due(&naiveOrder{Order: *o}) {
		return m.WouldTrigger
	}
	return m.NoReason
}

func (n *naive) checkLater(now int64, o *m.Order) m.Reason {
	switch {
	case o.Display >= o.Lots && o.Display > 0:
		return m.InvalidOrder
	case o.Force == m.GTD && o.Expiry <= now:
		return m.ExpiryPassed
	case n.find(o.ID) != nil:
		return m.DuplicateID
	}
	return m.NoReason
}

func (n *naive) cancel(id uint64) {
	o := n.find(id)
	if o == nil {
		n.refuse(m.UnknownOrder, id, 0)
		return
	}
	n.end(o, m.Cancelled, m.Requested)
	n.settle()
}

func (n *naive) reduce(id uint64, lots int64) {
	o := n.find(id)
	switch {
	case o == nil:
		n.refuse(m.UnknownOrder, id, 0)
		return
	case o.Order.Lots == 0:
		n.refuse(m.InvalidOrder, id, o.Account)
		return
	case lots >= o.open:
		n.end(o, m.Cancelled, m.Requested)
	default:
		n.keep(o, o.open-lots)
	}
	n.settle()
}

func (n *naive) keep(o *naiveOrder, open int64) {
	o.open, o.shown = open, min(o.shown, open)
	n.event(m.Replaced, m.KeptPriority, o).Old = o.Price
}

func (n *naive) replace(r *m.Replacement) {
	o := n.find(r.ID)
	if o == nil {
		n.refuse(m.UnknownOrder, r.ID, 0)
		return
	}
	if reason := n.checkReplacement(o, r); reason != m.NoReason {
		n.refuse(reason, o.ID, o.Account)
		return
	}
	old := o.Price
	price, lots := old, o.open
	if r.Price != 0 {
		price = r.Price
	}
	if r.Lots != 0 {
		lots = r.Lots
	}
	switch {
	case o.at != resting:
		o.Price, o.open = price, lots
		reason := m.KeptPriority
		if r.Trigger != 0 && r.Trigger != o.Trigger {
			o.Trigger = r.Trigger
			if o.at == parked {
				n.put(o, parked)
				reason = m.LostPriority
			}
		}
		n.event(m.Replaced, reason, o).Old = old
	case price == old && lots <= o.open:
		n.keep(o, lots)
	default:
		o.Price, o.open = price, lots
		n.event(m.Replaced, m.LostPriority, o).Old = old
		n.work(o)
	}
	n.settle()
}

func (n *naive) checkReplacement(o *naiveOrder, r *m.Replacement) m.Reason {
	price := max(r.Price, o.Price)
	if r.Price != 0 {
		price = r.Price
	}
	trails := o.Trail != 0
	wanted := *o
	wanted.Trigger = r.Trigger
	switch {
	case n.phase != m.Continuous && n.phase != m.Calling:
		return m.WrongPhase
	case !n.limited(o) && r.Price != 0, o.Order.Lots == 0:
		return m.InvalidOrder
	case r.Trigger != 0 && (!n.waits(o) || trails):
		return m.InvalidOrder
	case r.Trigger != 0 && o.at != waiting && n.due(&wanted):
		return m.WouldTrigger
	case r.Trigger == 0 && o.at == resting && o.PostOnly && n.crossing(o.Side, price):
		return m.WouldTake
	}
	return m.NoReason
}
