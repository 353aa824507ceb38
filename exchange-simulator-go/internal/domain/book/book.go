package book

import "iter"

// Book holds the orders of one instrument. The zero value is not usable: make it with New.
type Book struct {
	orders  slab
	index   index
	shelves [Shelves]ladder
	aside   int
}

// New makes an empty book.
func New() *Book {
	b := &Book{orders: newSlab(), index: newIndex()}
	for shelf := range b.shelves {
		b.shelves[shelf] = newLadder(shelf%2 == 0)
	}
	return b
}

// Len returns the number of orders on all shelves.
func (b *Book) Len() int { return b.index.count }

// Aside returns how many orders stand neither among the bids nor among the asks.
func (b *Book) Aside() int { return b.aside }

// Find returns the order with an id, or None.
func (b *Book) Find(id uint64) Handle { return b.index.find(&b.orders, id) }

// At returns the order behind a handle, which must be live. The pointer holds until the order leaves; Lots and Reserve
// change through the book only.
func (b *Book) At(h Handle) *Order { return b.orders.at(h) }

// Add puts an order behind the others of its price, among the bids or the asks. The id must not be 0 nor in the book.
func (b *Book) Add(o *Order) Handle { return b.Park(o, Shelf(o.Side), o.Price) }

// Park puts an order on any shelf, behind the others that wait there under the same price, which may differ from the
// order's own. The id must not be 0 nor in the book.
func (b *Book) Park(o *Order, shelf Shelf, price int64) Handle {
	h, slot := b.orders.take()
	slot.ID, slot.Price, slot.Lots, slot.Reserve = o.ID, o.Price, o.Lots, o.Reserve
	slot.Account, slot.Owner, slot.Ref = o.Account, o.Owner, o.Ref
	slot.Side, slot.Type, slot.Force, slot.SelfTrade, slot.Flags = o.Side, o.Type, o.Force, o.SelfTrade, o.Flags
	b.index.insert(&b.orders, o.ID, h)
	b.append(h, slot, shelf, price)
	return h
}

// Move takes an order to the end of a price on a shelf.
func (b *Book) Move(h Handle, shelf Shelf, price int64) {
	o := b.orders.at(h)
	b.unlink(o)
	b.append(h, o, shelf, price)
}

// Remove takes an order out of the book; its handle ends.
func (b *Book) Remove(h Handle) {
	o := b.orders.at(h)
	b.unlink(o)
	b.index.remove(o.ID, h)
	b.orders.release(h)
}

// Reduce takes lots from the visible part of an order, which keeps its place.
func (b *Book) Reduce(h Handle, lots int64) {
	o := b.orders.at(h)
	o.Lots -= lots
	b.shelves[o.shelf].levels[o.level].Lots -= lots
}

// Resize sets the visible and the hidden lots of an order, which keeps its place.
func (b *Book) Resize(h Handle, lots, reserve int64) {
	o := b.orders.at(h)
	level := &b.shelves[o.shelf].levels[o.level]
	level.Lots += lots - o.Lots
	level.Reserve += reserve - o.Reserve
	o.Lots, o.Reserve = lots, reserve
}

// Refill makes up to display lots of the reserve visible and takes the order to the end of its level.
func (b *Book) Refill(h Handle, display int64) {
	o := b.orders.at(h)
	shelf, price := o.shelf, b.shelves[o.shelf].levels[o.level].Price
	b.unlink(o)
	shown := min(display, o.Reserve)
	o.Lots += shown
	o.Reserve -= shown
	b.append(h, o, shelf, price)
}

// Front returns the order that comes first on a shelf, or None.
func (b *Book) Front(shelf Shelf) Handle {
	l := &b.shelves[shelf]
	return l.levels[l.best].head // level 0 is none and has no orders
}

// Behind returns the order that comes next in the same level, or None.
func (b *Book) Behind(h Handle) Handle { return b.orders.at(h).next }

// Best returns the first level of a shelf, or nil. The pointer holds until the book changes.
func (b *Book) Best(shelf Shelf) *Level {
	l := &b.shelves[shelf]
	if l.best == 0 {
		return nil
	}
	return &l.levels[l.best]
}

// Worse returns the level that comes after one of the same shelf, or nil.
func (b *Book) Worse(shelf Shelf, level *Level) *Level {
	if level.worse == 0 {
		return nil
	}
	return &b.shelves[shelf].levels[level.worse]
}

// Better returns the level that comes before one of the same shelf, or nil.
func (b *Book) Better(shelf Shelf, level *Level) *Level {
	if level.better == 0 {
		return nil
	}
	return &b.shelves[shelf].levels[level.better]
}

// Head returns the first order of a level.
func (b *Book) Head(level *Level) Handle { return level.head }

// LevelOf returns the level in which an order stands. The pointer holds until the book changes.
func (b *Book) LevelOf(h Handle) *Level {
	o := b.orders.at(h)
	return &b.shelves[o.shelf].levels[o.level]
}

// Depth returns the level at a price of a shelf; all zero but the price when nobody is there.
func (b *Book) Depth(shelf Shelf, price int64) Level {
	l := &b.shelves[shelf]
	if found := l.find(l.key(price)); found != 0 {
		return l.levels[found]
	}
	return Level{Price: price}
}

// Levels walks a shelf from its best price on (L2). The book must not change meanwhile.
func (b *Book) Levels(shelf Shelf) iter.Seq[*Level] {
	return func(yield func(*Level) bool) {
		for level := b.Best(shelf); level != nil; level = b.Worse(shelf, level) {
			if !yield(level) {
				return
			}
		}
	}
}

// Orders walks a shelf in priority (L3). The book must not change meanwhile.
func (b *Book) Orders(shelf Shelf) iter.Seq2[Handle, *Order] {
	return func(yield func(Handle, *Order) bool) {
		for level := b.Best(shelf); level != nil; level = b.Worse(shelf, level) {
			for h := level.head; h != None; h = b.Behind(h) {
				if !yield(h, b.At(h)) {
					return
				}
			}
		}
	}
}

// append links an order in behind the others of a price.
func (b *Book) append(h Handle, o *Order, shelf Shelf, price int64) {
	l := &b.shelves[shelf]
	number := l.at(price)
	if shelf > Asks {
		b.aside++
	}
	level := &l.levels[number]
	o.shelf, o.level, o.prev, o.next = shelf, number, level.tail, None
	if level.tail == None {
		level.head = h
	} else {
		b.orders.at(level.tail).next = h
	}
	level.tail = h
	level.Orders++
	level.Lots += o.Lots
	level.Reserve += o.Reserve
}

// unlink takes an order out of its level, and the level away when it was the last.
func (b *Book) unlink(o *Order) {
	l := &b.shelves[o.shelf]
	level := &l.levels[o.level]
	if o.shelf > Asks {
		b.aside--
	}
	level.Orders--
	if level.Orders == 0 {
		l.drop(o.level)
		return
	}
	level.Lots -= o.Lots
	level.Reserve -= o.Reserve
	if o.prev == None {
		level.head = o.next
	} else {
		b.orders.at(o.prev).next = o.next
	}
	if o.next == None {
		level.tail = o.prev
	} else {
		b.orders.at(o.next).prev = o.prev
	}
}
