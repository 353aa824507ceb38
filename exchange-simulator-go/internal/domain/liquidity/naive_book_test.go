package liquidity_test

import (
	"cmp"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

// naiveBook is the simplest book and accounts that can execute intentions: a sorted list for each side.
type naiveBook struct {
	view    liquidity.View
	orders  [2][]naiveOrder // best first
	last    uint64
	dropped int // post-only quotes that would have traded
	taken   []naiveTake
}

type naiveOrder struct {
	liquidity.Quote
	maker int
}

type naiveTake struct {
	second       float64
	side         liquidity.Side
	wants, fills int64
	touch        int64 // lots at the touch before it
}

const plenty = 1 << 50

func newNaiveBook(makers, takers int) *naiveBook {
	b := &naiveBook{view: liquidity.View{SpreadMultiplier: 1}}
	b.view.Makers, b.view.Takers = make([]liquidity.Maker, makers), make([]liquidity.Taker, takers)
	for n := range b.view.Makers {
		b.view.Makers[n].CanBuy, b.view.Makers[n].CanSell = plenty, plenty
	}
	for n := range b.view.Takers {
		b.view.Takers[n] = liquidity.Taker{CanBuy: plenty, CanSell: plenty}
	}
	return b
}

// look brings the view up to date with the orders.
func (b *naiveBook) look() *liquidity.View {
	for n := range b.view.Makers {
		b.view.Makers[n].Quotes = b.view.Makers[n].Quotes[:0]
	}
	for _, side := range b.orders {
		for _, o := range side {
			if o.maker >= 0 {
				b.view.Makers[o.maker].Quotes = append(b.view.Makers[o.maker].Quotes, o.Quote)
			}
		}
	}
	b.view.BestBid, b.view.BestAsk = b.best(liquidity.Buy), b.best(liquidity.Sell)
	return &b.view
}

func (b *naiveBook) best(side liquidity.Side) int64 {
	if len(b.orders[side]) == 0 {
		return 0
	}
	return b.orders[side][0].Price
}

// touch is the lots at the best price.
func (b *naiveBook) touch(side liquidity.Side) (lots int64) {
	for _, o := range b.orders[side] {
		if o.Price == b.best(side) {
			lots += o.Lots
		}
	}
	return lots
}

func (b *naiveBook) execute(second float64, intentions []liquidity.Intention) {
	for _, i := range intentions {
		switch i.Kind {
		case liquidity.Cancel:
			for side := range b.orders {
				b.orders[side] = slices.DeleteFunc(b.orders[side], func(o naiveOrder) bool { return o.ID == i.ID })
			}
		case liquidity.Place:
			b.place(i.Participant, i.Side, i.Price, i.Lots)
		case liquidity.Take:
			take := naiveTake{second: second, side: i.Side, wants: i.Lots, touch: b.touch(i.Side.Opposite())}
			take.fills = b.trade(i)
			b.taken = append(b.taken, take)
		}
	}
}

// place rests an order; a maker below 0 is somebody else.
func (b *naiveBook) place(maker int, side liquidity.Side, price, lots int64) {
	if best := b.best(side.Opposite()); best != 0 && !better(side.Opposite(), best, price) {
		b.dropped++
		return
	}
	b.last++
	b.orders[side] = append(b.orders[side], naiveOrder{liquidity.Quote{ID: b.last, Side: side, Price: price, Lots: lots}, maker})
	slices.SortStableFunc(b.orders[side], func(x, y naiveOrder) int {
		if side == liquidity.Buy {
			return cmp.Compare(y.Price, x.Price)
		}
		return cmp.Compare(x.Price, y.Price)
	})
}

// better tells whether an order of a side at best does not meet one of the other side at price.
func better(side liquidity.Side, best, price int64) bool {
	if side == liquidity.Buy {
		return best < price
	}
	return best > price
}

// trade fills a take and returns the lots filled.
func (b *naiveBook) trade(i liquidity.Intention) (filled int64) {
	side := i.Side.Opposite()
	for len(b.orders[side]) > 0 && filled < i.Lots && !better(side, b.orders[side][0].Price, i.Price) {
		o := &b.orders[side][0]
		lots := min(o.Lots, i.Lots-filled)
		filled += lots
		o.Lots -= lots
		if o.maker >= 0 {
			if side == liquidity.Buy {
				b.view.Makers[o.maker].Inventory += lots
			} else {
				b.view.Makers[o.maker].Inventory -= lots
			}
		}
		if o.Lots == 0 {
			b.orders[side] = b.orders[side][1:]
		}
	}
	return filled
}
