package ids

import "iter"

// Table finds slots, above 0, by the hashes of keys that its caller keeps: open addressing with linear probing and no tombstones
// (a removal closes its gap). An entry is the upper half of a hash, its tag, over the slot, so that probing and growing touch
// nothing else. Make it with NewTable.
type Table struct {
	entries []uint64
	shift   uint // from a tag to its home
	count   int
}

const firstTableBits = 8

// NewTable makes an empty table.
func NewTable() Table {
	return Table{entries: make([]uint64, 1<<firstTableBits), shift: 32 - firstTableBits}
}

// Hash is one of a number: by 2^64 over the golden ratio.
func Hash(number uint64) uint64 { return number * 0x9e3779b97f4a7c15 }

func entry(hash uint64, slot int32) uint64 { return hash>>32<<32 | uint64(uint32(slot)) }

// home is where the search for an entry begins.
func (t *Table) home(entry uint64) uint64 { return entry >> 32 >> t.shift }

// Slots walks those that were added under a hash, and hardly any others.
func (t *Table) Slots(hash uint64) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		mask := uint64(len(t.entries) - 1)
		for at := t.home(hash); t.entries[at&mask] != 0; at++ {
			if e := t.entries[at&mask]; e>>32 == hash>>32 && !yield(int32(uint32(e))) {
				return
			}
		}
	}
}

// Add adds a slot under the hash of its key, which must not be there yet.
func (t *Table) Add(hash uint64, slot int32) {
	if 4*(t.count+1) > 3*len(t.entries) {
		t.grow()
	}
	t.put(entry(hash, slot))
	t.count++
}

func (t *Table) put(e uint64) {
	mask := uint64(len(t.entries) - 1)
	at := t.home(e)
	for t.entries[at] != 0 {
		at = (at + 1) & mask
	}
	t.entries[at] = e
}

// Remove takes out a slot, which must have been added under the hash, and moves those after it that its gap would hide.
func (t *Table) Remove(hash uint64, slot int32) {
	mask := uint64(len(t.entries) - 1)
	e := entry(hash, slot)
	gap := t.home(e)
	for t.entries[gap&mask] != e {
		gap++
	}
	gap &= mask
	for next := (gap + 1) & mask; t.entries[next] != 0; next = (next + 1) & mask {
		home := t.home(t.entries[next])
		if (next-home)&mask >= (next-gap)&mask {
			t.entries[gap] = t.entries[next]
			gap = next
		}
	}
	t.entries[gap] = 0
	t.count--
}

// grow doubles the table.
func (t *Table) grow() {
	old := t.entries
	t.entries = make([]uint64, 2*len(old))
	t.shift--
	for _, e := range old {
		if e != 0 {
			t.put(e)
		}
	}
}
