package matching_test

import (
	"math/bits"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/workload"
)

// yardstick is the least that a price-time book can be: an array of prices with a bitmap, first-in first-out lists linked
// by int32, ids that are array indices, and no rule, no event, no growth beyond its window.
type yardstick struct {
	orders []yardOrder
	where  []int32 // by id
	free   int32
	levels [2][window]yardLevel
	set    [2][window / 64]uint64
	best   [2]int64
	trades int64
}

type yardOrder struct {
	id         uint64
	lots       int64
	price      int32
	next, prev int32
	side       book.Side
}

type yardLevel struct{ head, tail int32 }

const (
	window = 1 << 16
	floor  = workload.Middle - window/2
)

func newYardstick() *yardstick {
	return &yardstick{
		orders: make([]yardOrder, 1, 1<<20), where: make([]int32, 2_000_000), best: [2]int64{-1, window},
	}
}

// Rests implements workload.Follower.
func (y *yardstick) Rests(id uint64) bool { return y.where[id] != 0 }

// Apply implements workload.Follower.
func (y *yardstick) Apply(s *workload.Step) {
	if s.Kind == workload.Cancel {
		if at := y.where[s.ID]; at != 0 {
			y.remove(at)
		}
		return
	}
	price, lots := s.Price-floor, s.Lots
	other := s.Side.Opposite()
	for lots > 0 {
		best := y.best[other]
		if best < 0 || best >= window || (s.Side == book.Buy) == (best > price) && best != price {
			break
		}
		at := y.levels[other][best].head
		maker := &y.orders[at]
		traded := min(lots, maker.lots)
		lots -= traded
		maker.lots -= traded
		y.trades++
		if maker.lots == 0 {
			y.remove(at)
		}
	}
	if lots > 0 && s.Kind == workload.Add {
		y.rest(s.Side, s.ID, price, lots)
	}
}

func (y *yardstick) rest(side book.Side, id uint64, price, lots int64) {
	at := y.free
	if at != 0 {
		y.free = y.orders[at].next
	} else {
		y.orders = append(y.orders, yardOrder{})
		at = int32(len(y.orders) - 1)
	}
	level := &y.levels[side][price]
	y.orders[at] = yardOrder{id: id, lots: lots, price: int32(price), prev: level.tail, side: side}
	if level.tail != 0 {
		y.orders[level.tail].next = at
	} else {
		level.head = at
		y.set[side][price/64] |= 1 << (price % 64)
		if side == book.Buy {
			y.best[side] = max(y.best[side], price)
		} else {
			y.best[side] = min(y.best[side], price)
		}
	}
	level.tail = at
	y.where[id] = at
}

func (y *yardstick) remove(at int32) {
	o := &y.orders[at]
	level := &y.levels[o.side][o.price]
	if o.prev != 0 {
		y.orders[o.prev].next = o.next
	} else {
		level.head = o.next
	}
	if o.next != 0 {
		y.orders[o.next].prev = o.prev
	} else {
		level.tail = o.prev
	}
	y.where[o.id] = 0
	if level.head == 0 {
		y.set[o.side][o.price/64] &^= 1 << (o.price % 64)
		if y.best[o.side] == int64(o.price) {
			y.best[o.side] = y.scan(o.side, int64(o.price))
		}
	}
	o.next = y.free
	y.free = at
}

// scan returns the next price with orders, away from the other side.
func (y *yardstick) scan(side book.Side, price int64) int64 {
	if side == book.Buy {
		word := y.set[side][price/64] & (1<<(price%64) - 1)
		for at := price / 64; ; at-- {
			if word != 0 {
				return at*64 + int64(bits.Len64(word)) - 1
			}
			if at == 0 {
				return -1
			}
			word = y.set[side][at-1]
		}
	}
	word := y.set[side][price/64] >> (price % 64) << (price % 64)
	for at := price / 64; at < window/64; at++ {
		if at != price/64 {
			word = y.set[side][at]
		}
		if word != 0 {
			return at*64 + int64(bits.TrailingZeros64(word))
		}
	}
	return window
}
