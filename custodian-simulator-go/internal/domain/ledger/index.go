// This file finds transfers by id. The index is many small tables, so that the growth of one is never felt by a caller, and
// a slot has enough of the hash that growing does not look at the transfers.

package ledger

import (
	"encoding/binary"
	"math/bits"
)

const (
	tables    = 256
	firstSize = 16 // slots of a table
)

// index is open addressing with linear probing. A slot is the low half of the hash, which is also the home of it, above the
// number of the transfer; 0 is free.
type index [tables]table

type table struct {
	slots []uint64
	used  int
}

// hash mixes the two halves of an id; the table is its highest byte.
func hash(id *ID) uint64 {
	high, low := bits.Mul64(binary.LittleEndian.Uint64(id[:8])^0x9e3779b97f4a7c15, binary.LittleEndian.Uint64(id[8:])^0xd6e8feb86659fd93)
	return high ^ low
}

func (x *index) table(hash uint64) *table { return &x[hash>>56] }

// insert adds a number that is not there.
func (t *table) insert(hash uint64, number uint32) {
	if 4*t.used >= 3*len(t.slots) {
		t.resize(max(firstSize, 2*len(t.slots)))
	}
	t.put(hash<<32 | uint64(number))
	t.used++
}

func (t *table) put(slot uint64) {
	mask := uint32(len(t.slots) - 1)
	at := uint32(slot>>32) & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = slot
}

func (t *table) resize(size int) {
	before := t.slots
	t.slots = make([]uint64, size)
	for _, slot := range before {
		if slot != 0 {
			t.put(slot)
		}
	}
}

// remove takes out a number that is there, and moves back what was probed past it.
func (t *table) remove(hash uint64, number uint32) {
	mask := uint32(len(t.slots) - 1)
	hole := uint32(hash) & mask
	for t.slots[hole] != hash<<32|uint64(number) {
		hole = (hole + 1) & mask
	}
	for at := (hole + 1) & mask; t.slots[at] != 0; at = (at + 1) & mask {
		home := uint32(t.slots[at]>>32) & mask
		if (at-home)&mask >= (at-hole)&mask {
			t.slots[hole], hole = t.slots[at], at
		}
	}
	t.slots[hole] = 0
	t.used--
}

// find returns the number of a transfer, 0 when there is none.
func (l *Ledger) find(hash uint64, id *ID) uint32 {
	t := l.ids.table(hash)
	if len(t.slots) == 0 {
		return 0
	}
	mask := uint32(len(t.slots) - 1)
	for at := uint32(hash) & mask; ; at = (at + 1) & mask {
		slot := t.slots[at]
		if slot == 0 {
			return 0
		}
		if uint32(slot>>32) == uint32(hash) && l.at(uint32(slot)).id == *id {
			return uint32(slot)
		}
	}
}
