// This file is how fields become bytes and come back. Each type names its fields once, for both directions, so that
// what is written and what is read cannot drift apart.

package venue

import (
	"encoding/binary"
	"math"

	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// fields walks over fields, and appends them to bytes or, when reading, sets them. They come in rows of at most eight; before
// each goes a byte, the mask, that says which of them are not zero. Only those follow; truths are in the mask alone.
// Numbers are read as they come, also those that the venue would refuse: that it refused them is part of its history.
type fields struct {
	snapshot.Writer
	reader  snapshot.Reader
	reading bool
	bit     uint8 // of the next field
	mask    uint8 // of the row; when reading, what is left of it
	at      int   // of the mask among the bytes, when writing
}

// row begins the next fields.
func (f *fields) row() {
	f.end()
	f.bit = 1
	if f.reading {
		f.mask = f.reader.Octet()
		return
	}
	f.mask, f.at = 0, len(f.Bytes)
	f.Octet(0)
}

// end ends a row. No bit of its mask may be left.
func (f *fields) end() {
	switch {
	case !f.reading && f.mask != 0:
		f.Bytes[f.at] = f.mask
	case f.mask != 0:
		f.reader.Want(false, "its last mask names a field that does not exist")
	}
}

// next tells whether the next field of the row is there; when writing, its value decides.
func (f *fields) next(there bool) bool {
	bit := f.bit
	f.bit = bit << 1
	if f.reading {
		there = f.mask&bit != 0
		f.mask &^= bit
	} else if there {
		f.mask |= bit
	}
	return there
}

func (f *fields) int(value *int64) {
	if !f.next(*value != 0) {
		return
	}
	if f.reading {
		*value = f.reader.Int()
		return
	}
	f.Bytes = binary.AppendVarint(f.Bytes, *value)
}

func (f *fields) uint(value *uint64) {
	if !f.next(*value != 0) {
		return
	}
	if f.reading {
		*value = f.reader.Uint()
		return
	}
	f.Bytes = binary.AppendUvarint(f.Bytes, *value)
}

// small is a number of 32 bits.
func (f *fields) small(value *int32) {
	if !f.next(*value != 0) {
		return
	}
	if f.reading {
		*value = int32(f.reader.Within(math.MinInt32, math.MaxInt32))
		return
	}
	f.Bytes = binary.AppendVarint(f.Bytes, int64(*value))
}

// natural is a number of 32 bits that is not negative.
func (f *fields) natural(value *uint32) {
	if !f.next(*value != 0) {
		return
	}
	if f.reading {
		*value = uint32(f.reader.Within(0, math.MaxUint32))
		return
	}
	f.Int(int64(*value))
}

// whole is a number of the machine's size.
func (f *fields) whole(value *int) {
	wide := int64(*value)
	f.int(&wide)
	if f.reading { // what is written may be shared
		*value = int(wide)
	}
}

// octet is a number of 8 bits.
func octet[T ~uint8](f *fields, value *T) {
	if !f.next(*value != 0) {
		return
	}
	if f.reading {
		*value = T(f.reader.Octet())
		return
	}
	f.Bytes = append(f.Bytes, byte(*value))
}

func (f *fields) flag(value *bool) {
	if there := f.next(*value); f.reading {
		*value = there
	}
}

func (f *fields) text(value *string) {
	if !f.next(*value != "") {
		return
	}
	if f.reading {
		*value = f.reader.Text()
		return
	}
	f.Text(*value)
}

// float is its eight bytes, so that it comes back to the last bit.
func (f *fields) float(value *float64) {
	if !f.next(math.Float64bits(*value) != 0) {
		return
	}
	if !f.reading {
		f.Bytes = binary.LittleEndian.AppendUint64(f.Bytes, math.Float64bits(*value))
		return
	}
	var bits [8]byte
	for n := range bits {
		bits[n] = f.reader.Octet()
	}
	*value = math.Float64frombits(binary.LittleEndian.Uint64(bits[:]))
}

func (f *fields) number(value *decimal.Number) {
	f.int(&value.Units)
	f.whole(&value.Scale)
}

// listOf is the length of a list, for which it makes room when reading. Each element has rows of its own, and so has what follows.
func listOf[T any](f *fields, values *[]T) int {
	if !f.reading {
		f.Count(len(*values))
	} else if count := f.reader.Count(); count > 0 {
		*values = make([]T, count)
	}
	return len(*values)
}
