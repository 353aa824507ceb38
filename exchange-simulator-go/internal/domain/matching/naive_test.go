// A matching engine that is obviously right and slow: one slice of orders, searched and sorted for every question, and
// every "could it?" answered by trying it on a copy. The engine must give the same events.
package matching_test

import (
	"maps"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

type spot uint8

const (
	working spot = iota // being worked, nowhere in the book
	resting
	parked // waits for its trigger
	waiting
	elected
)

type naiveOrder struct {
	m.Order
	at       spot
	seq      int // its place in the queue behind the same price
	entered  int // when it began to trail
	open     int64
	shown    int64
	mark     int64
	fired    bool
	peer     uint64
	parent   uint64
	children []uint64
}

type naive struct {
	rules     m.Rules
	phase     m.Phase
	last      int64
	reference int64
	purse     *purse
	orders    []*naiveOrder
	seq       int
	out       []m.Event
	prints    []int64 // of the taker at work
}

// purse lets each account take so many lots, holds for so many lots of brackets, and remembers for which.
type purse struct {
	left  map[int32]int64
	holds int64
	legs  [][2]uint64
}

func (p *purse) Activate(first, second uint64, lots int64) int64 {
	p.legs = append(p.legs, [2]uint64{first, second})
	held := min(p.holds, lots)
	p.holds -= held
	return held
}

func (p *purse) Affordable(_ uint64, account int32, _ book.Side, _, lots int64) int64 {
	if left, limited := p.left[account]; limited {
		return min(left, lots)
	}
	return lots
}

func (p *purse) Settle(trade *m.Event) {
	if _, limited := p.left[trade.Account]; limited && trade.Reason != m.AtCall {
		p.left[trade.Account] -= trade.Lots
	}
}

func (n *naive) clone() *naive {
	c := *n
	c.purse = &purse{left: maps.Clone(n.purse.left), holds: n.purse.holds}
	c.orders = nil
	for _, o := range n.orders {
		copied := *o
		copied.children = slices.Clone(o.children)
		c.orders = append(c.orders, &copied)
	}
	c.out = nil
	return &c
}

func (n *naive) find(id uint64) *naiveOrder {
	for _, o := range n.orders {
		if o.ID == id {
			return o
		}
	}
	return nil
}

// queue returns the orders at a spot that pass, sorted by price (descending or not) and then by place.
func (n *naive) queue(pass func(*naiveOrder) bool, price func(*naiveOrder) int64, descending bool) []*naiveOrder {
	var found []*naiveOrder
	for _, o := range n.orders {
		if pass(o) {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *naiveOrder) int {
		if price(a) != price(b) {
			if (price(a) < price(b)) != descending {
				return -1
			}
			return 1
		}
		return a.seq - b.seq
	})
	return found
}

func (n *naive) side(side book.Side) []*naiveOrder {
	return n.queue(func(o *naiveOrder) bool { return o.at == resting && o.Side == side },
		func(o *naiveOrder) int64 { return o.Price }, side == book.Buy)
}

func (n *naive) put(o *naiveOrder, at spot) {
	n.seq++
	o.at, o.seq = at, n.seq
}

func (n *naive) event(kind m.Kind, reason m.Reason, o *naiveOrder) *m.Event {
	remaining := o.open
	if o.Order.Quote > 0 {
		remaining = o.Quote
	}
	n.out = append(n.out, m.Event{
		Kind: kind, Reason: reason, Order: o.ID, Account: o.Account, Side: o.Side, Type: o.Type, Price: o.Price, Remaining: remaining,
	})
	return &n.out[len(n.out)-1]
}

func (n *naive) refuse(reason m.Reason, id uint64, account int32) {
	n.out = append(n.out, m.Event{Kind: m.Rejected, Reason: reason, Order: id, Account: account, Phase: n.phase})
}

func (n *naive) setPhase(phase m.Phase, reason m.Reason) {
	n.phase = phase
	n.out = append(n.out, m.Event{Kind: m.PhaseChanged, Reason: reason, Phase: phase})
}

// drop takes an order out of the slice and does what its end means to those linked to it.
func (n *naive) drop(o *naiveOrder, filled bool) {
	n.orders = slices.DeleteFunc(n.orders, func(other *naiveOrder) bool { return other == o })
	n.cancelPeer(o)
	if parent := n.find(o.parent); parent != nil {
		parent.children = slices.DeleteFunc(parent.children, func(id uint64) bool { return id == o.ID })
	}
	if filled && len(o.children) > 0 {
		n.activate(o.children)
		return
	}
	for _, id := range slices.Clone(o.children) {
		if child := n.find(id); child != nil {
			child.parent = 0
			n.end(child, m.Cancelled, m.Linked)
		}
	}
}

// activate works orders that waited for another to fill, as far as the purse holds for them.
func (n *naive) activate(children []uint64) {
	first := n.find(children[0])
	second := &naiveOrder{}
	if len(children) == 2 {
		second = n.find(children[1])
	}
	held := n.purse.Activate(first.ID, second.ID, max(first.open, second.open))
	if held == 0 {
		n.end(first, m.Expired, m.NoFunds)
		return
	}
	for _, id := range children {
		child := n.find(id)
		child.parent, child.open = 0, min(child.open, held)
		n.put(child, elected)
		n.event(m.Activated, m.NoReason, child)
	}
}

func (n *naive) cancelPeer(o *naiveOrder) {
	peer := n.find(o.peer)
	o.peer = 0
	if peer != nil {
		peer.peer = 0
		n.end(peer, m.Cancelled, m.Linked)
	}
}

func (n *naive) end(o *naiveOrder, kind m.Kind, reason m.Reason) {
	n.event(kind, reason, o)
	n.drop(o, reason == m.QuoteSpent)
}

func (n *naive) limited(o *naiveOrder) bool { return o.Price != 0 }

func (n *naive) waits(o *naiveOrder) bool { return o.Type >= m.Stop && !o.fired }

func (n *naive) inBand(price, about, basisPoints int64) bool {
	width := about * basisPoints / 10_000
	return about == 0 || basisPoints == 0 || (about-width <= price && price <= about+width)
}

func (n *naive) crossing(side book.Side, price int64) bool {
	others := n.side(side.Opposite())
	return n.phase == m.Continuous && len(others) > 0 && reaches(side, price, others[0].Price)
}

func reaches(side book.Side, limit, price int64) bool {
	return (side == book.Buy && limit >= price) || (side == book.Sell && limit <= price)
}
