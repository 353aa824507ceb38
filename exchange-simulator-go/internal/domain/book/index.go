package book

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/ids"

// index finds orders by id. Every id has one place, which its low bits name; among ids that share a place the newest one
// stands there. Ids are mostly given in sequence and orders mostly do not live long, so that most orders are found without
// a search. The others are in a table. It is an ids.Index that leaves the ids to the orders, at a quarter of the memory.
type index struct {
	places  []Handle // two to four for each order
	others  ids.Table
	highest uint64 // id that there ever was
	count   int
}

const firstPlaces = 1 << 10

func newIndex() index { return index{places: make([]Handle, firstPlaces), others: ids.NewTable()} }

func (x *index) place(id uint64) *Handle { return &x.places[id&uint64(len(x.places)-1)] }

func (x *index) find(orders *slab, id uint64) Handle {
	if id > x.highest {
		return None // as all new ones are that are given in sequence
	}
	if h := *x.place(id); orders.at(h).ID == id {
		return h
	}
	for slot := range x.others.Slots(ids.Hash(id)) {
		if h := Handle(slot); orders.at(h).ID == id {
			return h
		}
	}
	return None
}

// insert adds an id that is not there yet.
func (x *index) insert(orders *slab, id uint64, h Handle) {
	x.count++
	if 2*x.count > len(x.places) {
		x.widen(orders)
	}
	x.highest = max(x.highest, id)
	place := x.place(id)
	if *place != None {
		if other := orders.at(*place).ID; other < id {
			x.others.Add(ids.Hash(other), int32(*place))
		} else {
			x.others.Add(ids.Hash(id), int32(h))
			return
		}
	}
	*place = h
}

// remove takes an id out, which must be there.
func (x *index) remove(id uint64, h Handle) {
	x.count--
	if place := x.place(id); *place == h {
		*place = None
		return
	}
	x.others.Remove(ids.Hash(id), int32(h))
}

// widen doubles the places, which keeps those apart that had different ones.
func (x *index) widen(orders *slab) {
	old := x.places
	x.places = make([]Handle, 2*len(old))
	for _, h := range old {
		if h != None {
			*x.place(orders.at(h).ID) = h
		}
	}
}
