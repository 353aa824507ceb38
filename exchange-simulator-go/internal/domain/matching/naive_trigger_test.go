package matching_test

import (
	"cmp"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

func rises(o *naiveOrder) bool {
	profit := o.Type == m.TakeProfit || o.Type == m.TakeProfitLimit
	return (o.Side == book.Buy && !profit) || (o.Side == book.Sell && profit)
}

// watched is the price that an order waits on, 0 when there is none.
func (n *naive) watched(o *naiveOrder) int64 {
	if o.TriggerBy == m.LastTrade {
		return n.last
	}
	others := n.side(o.Side.Opposite())
	if n.phase != m.Continuous || len(others) == 0 {
		return 0
	}
	return others[0].Price
}

func (n *naive) due(o *naiveOrder) bool { return reached(o, n.watched(o)) }

func reached(o *naiveOrder, price int64) bool {
	if price == 0 || o.Trigger == 0 {
		return false
	}
	return (rises(o) && price >= o.Trigger) || (!rises(o) && price <= o.Trigger)
}

func (n *naive) enter(o *naiveOrder) {
	if !n.waits(o) {
		n.work(o)
		return
	}
	if o.Trail != 0 {
		n.seq++
		o.entered = n.seq
		n.follow(o, n.watched(o))
	}
	switch {
	case n.due(o):
		n.fire(o)
		n.work(o)
	case o.Trigger == 0 && o.Trail != 0 && o.mark == 0:
		n.put(o, waiting)
	default:
		n.put(o, parked)
	}
}

func (n *naive) fire(o *naiveOrder) {
	o.fired, o.entered = true, 0
	n.event(m.Triggered, m.NoReason, o).Old = o.Trigger
	n.cancelPeer(o)
}

// follow moves the trigger of a trailing stop and tells whether it moved.
func (n *naive) follow(o *naiveOrder, price int64) bool {
	switch {
	case price == 0:
		return false
	case o.Side == book.Sell && (o.mark == 0 || price > o.mark):
		o.mark, o.Trigger = price, price-o.Trail
	case o.Side == book.Buy && (o.mark == 0 || price < o.mark):
		o.mark, o.Trigger = price, price+o.Trail
	default:
		return false
	}
	return true
}

func (n *naive) settle() {
	n.observe()
	for range n.rules.MaxTriggers {
		queue := n.at(elected)
		if len(queue) == 0 || n.phase != m.Continuous {
			break
		}
		n.enter(queue[0])
		n.observe()
	}
}

func (n *naive) at(at spot) []*naiveOrder {
	return n.queue(func(o *naiveOrder) bool { return o.at == at }, func(*naiveOrder) int64 { return 0 }, false)
}

func (n *naive) observe() {
	for _, price := range n.prints {
		n.see(func(o *naiveOrder) bool { return o.TriggerBy == m.LastTrade }, price)
	}
	n.prints = nil
	for _, side := range []book.Side{book.Sell, book.Buy} {
		if best := n.side(side); len(best) > 0 && n.phase == m.Continuous {
			n.see(func(o *naiveOrder) bool { return o.TriggerBy == m.BestPrice && o.Side != side }, best[0].Price)
		}
	}
}

// see shows a price to the orders that wait on its source.
func (n *naive) see(source func(*naiveOrder) bool, price int64) {
	for _, side := range []book.Side{book.Sell, book.Buy} {
		trailing := slices.DeleteFunc(slices.Clone(n.orders), func(o *naiveOrder) bool {
			return o.entered == 0 || o.Side != side || !source(o)
		})
		slices.SortFunc(trailing, func(a, b *naiveOrder) int { return cmp.Compare(a.entered, b.entered) })
		for _, o := range trailing {
			if n.follow(o, price) {
				n.put(o, parked)
			}
		}
	}
	for _, rising := range []bool{true, false} {
		due := n.queue(func(o *naiveOrder) bool {
			return o.at == parked && source(o) && rises(o) == rising && reached(o, price)
		}, func(o *naiveOrder) int64 { return o.Trigger }, !rising)
		for _, o := range due {
			if n.find(o.ID) != nil { // not cancelled by the other of its pair
				n.put(o, elected)
				n.fire(o)
			}
		}
	}
}

func (n *naive) expire(now int64) {
	due := slices.DeleteFunc(slices.Clone(n.orders), func(o *naiveOrder) bool { return o.Expiry == 0 || o.Expiry > now })
	slices.SortFunc(due, func(a, b *naiveOrder) int {
		return cmp.Or(cmp.Compare(a.Expiry, b.Expiry), cmp.Compare(a.ID, b.ID))
	})
	for _, o := range due {
		if n.find(o.ID) != nil {
			n.end(o, m.Expired, m.TimePassed)
		}
	}
	n.settle()
}
