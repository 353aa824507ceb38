// Package ids finds what belongs to an id. It is made for ids that are mostly given in sequence, and most of which are
// soon done with, as those of orders are: nearly all of them are found with one read, where a map searches.
package ids

import (
	"iter"
	"maps"
	"slices"
)

// Index maps ids to slots, both above 0. Every id has one place, which its low bits name; among ids that share a place the
// newest one stands there, and the others are in a map. Make it with New.
type Index struct {
	places  []place // two to four for each id
	others  map[uint64]int32
	highest uint64 // id that there ever was
	count   int
}

type place struct {
	id   uint64
	slot int32
}

const firstPlaces = 1 << 6

// New makes an empty index.
func New() Index { return Index{places: make([]place, firstPlaces), others: map[uint64]int32{}} }

// Len returns the number of ids.
func (x *Index) Len() int { return x.count }

func (x *Index) place(id uint64) *place { return &x.places[id&uint64(len(x.places)-1)] }

// Find returns the slot of an id, 0 when it has none.
func (x *Index) Find(id uint64) int32 {
	if id > x.highest {
		return 0
	}
	if p := x.place(id); p.id == id {
		return p.slot
	}
	return x.others[id]
}

// Add gives an id a slot; it must have none.
func (x *Index) Add(id uint64, slot int32) {
	x.count++
	if 2*x.count > len(x.places) {
		x.widen()
	}
	x.highest = max(x.highest, id)
	added, p := place{id, slot}, x.place(id)
	if p.id > id {
		x.others[id] = slot
		return
	}
	if p.id != 0 {
		x.others[p.id] = p.slot
	}
	*p = added
}

// Remove takes an id out, which must have a slot.
func (x *Index) Remove(id uint64) {
	x.count--
	if p := x.place(id); p.id == id {
		*p = place{}
		return
	}
	delete(x.others, id)
}

// widen doubles the places, which keeps those apart that had different ones.
func (x *Index) widen() {
	old := x.places
	x.places = make([]place, 2*len(old))
	for _, p := range old {
		if p.id != 0 {
			*x.place(p.id) = p
		}
	}
}

// All walks the ids and their slots in no order.
func (x *Index) All() iter.Seq2[uint64, int32] {
	return func(yield func(uint64, int32) bool) {
		for _, p := range x.places {
			if p.id != 0 && !yield(p.id, p.slot) {
				return
			}
		}
		maps.All(x.others)(yield)
	}
}

// Sorted returns the ids in their order.
func (x *Index) Sorted() []uint64 {
	sorted := make([]uint64, 0, x.count)
	for id := range x.All() {
		sorted = append(sorted, id)
	}
	slices.Sort(sorted)
	return sorted
}
