package book

// table finds orders by id: open addressing with linear probing and no tombstones (a removal closes its gap). A slot is
// the tag of the id over the handle, so that probing and growing hardly touch the orders.
type table struct {
	slots []uint64
	shift uint // from a tag to its home
	count int
}

const firstTableBits = 8

func newTable() table { return table{slots: make([]uint64, 1<<firstTableBits), shift: 32 - firstTableBits} }

// tag is a multiplicative hash of an id, by 2^64 over the golden ratio.
func tag(id uint64) uint64 { return id * 0x9e3779b97f4a7c15 >> 32 }

// home is where the search for a tag begins.
func (x *table) home(tag uint64) uint64 { return tag >> x.shift }

func (x *table) find(orders *slab, id uint64) Handle {
	want := tag(id)
	mask := uint64(len(x.slots) - 1)
	for place := x.home(want); ; place++ {
		slot := x.slots[place&mask]
		if slot == 0 {
			return None
		}
		if h := Handle(uint32(slot)); slot>>32 == want && orders.at(h).ID == id {
			return h
		}
	}
}

// insert adds an id that is not there yet.
func (x *table) insert(id uint64, h Handle) {
	if 4*(x.count+1) > 3*len(x.slots) {
		x.grow()
	}
	x.put(tag(id)<<32 | uint64(uint32(h)))
	x.count++
}

func (x *table) put(slot uint64) {
	mask := uint64(len(x.slots) - 1)
	place := x.home(slot >> 32)
	for x.slots[place] != 0 {
		place = (place + 1) & mask
	}
	x.slots[place] = slot
}

// remove takes an id out, which must be there, and moves those after it that its gap would hide.
func (x *table) remove(id uint64, h Handle) {
	mask := uint64(len(x.slots) - 1)
	slot := tag(id)<<32 | uint64(uint32(h))
	gap := x.home(slot >> 32)
	for x.slots[gap&mask] != slot {
		gap++
	}
	gap &= mask
	for next := (gap + 1) & mask; x.slots[next] != 0; next = (next + 1) & mask {
		home := x.home(x.slots[next] >> 32)
		if (next-home)&mask >= (next-gap)&mask {
			x.slots[gap] = x.slots[next]
			gap = next
		}
	}
	x.slots[gap] = 0
	x.count--
}

// grow doubles the table.
func (x *table) grow() {
	old := x.slots
	x.slots = make([]uint64, 2*len(old))
	x.shift--
	for _, slot := range old {
		if slot != 0 {
			x.put(slot)
		}
	}
}
