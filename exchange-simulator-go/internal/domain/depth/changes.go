package depth

// What has changed since it was last told, as little as possible: a level or an order that is as it was before is left out, whatever
// happened to it in between.

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// spacious is how many entries a map may have had to be used again: emptying one takes as long as it once was large.
const spacious = 1024

// LevelChanges appends the levels that are not as they were when they were last forgotten, in the order in which they were touched first.
func (b *Book) LevelChanges(changes []Level) []Level {
	for _, before := range b.levels.before {
		if now := b.level(before.Side, before.Price); now != before {
			changes = append(changes, now)
		}
	}
	return changes
}

// OrderChanges appends what makes an older copy of the orders this one when it is done one after the other: an order without lots
// leaves, one that is there already changes its lots where it stands, and one that is not comes behind the others of its price.
func (b *Book) OrderChanges(changes []Order) []Order {
	for i := range b.orders.before {
		before := &b.orders.before[i]
		if !before.present {
			continue
		}
		now, stays := b.find(before.ID)
		switch {
		case !stays || before.queued != 0:
			gone := before.Order
			gone.Lots = 0
			changes = append(changes, gone)
		case now.Lots != before.Lots:
			changes = append(changes, now)
		}
	}
	for turn, id := range b.orders.queued {
		if b.orders.before[b.orders.found[id]].queued != turn+1 {
			continue // it went there again
		}
		if now, stays := b.find(id); stays {
			changes = append(changes, now)
		}
	}
	return changes
}

// ForgetLevels begins anew: level changes are those that follow.
func (b *Book) ForgetLevels() { b.levels.forget() }

// ForgetOrders begins anew: order changes are those that follow.
func (b *Book) ForgetOrders() { b.orders.forget() }

func (b *Book) find(id uint64) (Order, bool) {
	h := b.shown.Find(id)
	if h == book.None {
		return Order{}, false
	}
	o := b.shown.At(h)
	return Order{Side: o.Side, ID: o.ID, Price: o.Price, Lots: o.Lots}, true
}

// levelChanges is how the levels that were touched were before.
type levelChanges struct {
	before []Level
	found  map[place]struct{}
}

type place struct {
	side  book.Side
	price int64
}

func newLevelChanges() levelChanges { return levelChanges{found: map[place]struct{}{}} }

func (c *levelChanges) touch(before Level) {
	at := place{before.Side, before.Price}
	if _, known := c.found[at]; known {
		return
	}
	c.found[at] = struct{}{}
	c.before = append(c.before, before)
}

func (c *levelChanges) forget() {
	if len(c.before) > spacious {
		*c = newLevelChanges()
		return
	}
	clear(c.found)
	c.before = c.before[:0]
}

// orderChanges is how the orders that were touched were before, and which of them came to the end of a level.
type orderChanges struct {
	before []formerOrder
	found  map[uint64]int // in before, by id
	queued []uint64       // ids, one for each time
}

type formerOrder struct {
	Order
	present bool
	queued  int // when it last came to the end of a level: its place in queued, from 1; 0 is never
}

func newOrderChanges() orderChanges { return orderChanges{found: map[uint64]int{}} }

func (c *orderChanges) touch(before Order, present bool) {
	if _, known := c.found[before.ID]; known {
		return
	}
	c.found[before.ID] = len(c.before)
	c.before = append(c.before, formerOrder{Order: before, present: present})
}

// queue notes that an order, which was touched, comes to the end of a level.
func (c *orderChanges) queue(id uint64) {
	c.queued = append(c.queued, id)
	c.before[c.found[id]].queued = len(c.queued)
}

func (c *orderChanges) forget() {
	if len(c.before) > spacious || len(c.queued) > spacious {
		*c = newOrderChanges()
		return
	}
	clear(c.found)
	c.before, c.queued = c.before[:0], c.queued[:0]
}
