// Package snapshot writes a state as bytes and reads it back: numbers of variable length, and texts and flags that are made of them. The same
// values give the same bytes.
package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Writer appends values to Bytes.
type Writer struct{ Bytes []byte }

// Int appends signed numbers.
func (w *Writer) Int(values ...int64) {
	for _, value := range values {
		w.Bytes = binary.AppendVarint(w.Bytes, value)
	}
}

// Uint appends unsigned numbers.
func (w *Writer) Uint(values ...uint64) {
	for _, value := range values {
		w.Bytes = binary.AppendUvarint(w.Bytes, value)
	}
}

// Count appends how many things follow.
func (w *Writer) Count(count int) { w.Uint(uint64(count)) }

// Octet appends small numbers, a byte each.
func (w *Writer) Octet(values ...byte) { w.Bytes = append(w.Bytes, values...) }

// Text appends a text and its length.
func (w *Writer) Text(text string) {
	w.Count(len(text))
	w.Bytes = append(w.Bytes, text...)
}

// Flag appends truths, a byte each.
func (w *Writer) Flag(flags ...bool) {
	for _, flag := range flags {
		value := byte(0)
		if flag {
			value = 1
		}
		w.Octet(value)
	}
}

// Reader reads what a Writer has written and trusts none of it: after its first error it reads zeros, and no count is larger than what can
// follow.
type Reader struct {
	bytes []byte
	at    int
	err   error
}

// NewReader makes a reader of bytes.
func NewReader(bytes []byte) Reader { return Reader{bytes: bytes} }

var errCutOff = errors.New("it is cut off, or a number in it is out of range")

// Err is the first error, with the place.
func (r *Reader) Err() error {
	if r.err == nil {
		return nil
	}
	return fmt.Errorf("byte %d of %d: %w", r.at, len(r.bytes), r.err)
}

// Failed tells whether there was an error.
func (r *Reader) Failed() bool { return r.err != nil }

// Want makes an error of what does not hold, unless there was one before.
func (r *Reader) Want(holds bool, what string, values ...any) {
	if !holds && r.err == nil {
		r.err = fmt.Errorf(what, values...)
	}
}

// Int reads a signed number.
func (r *Reader) Int() int64 {
	value, length := binary.Varint(r.bytes[r.at:])
	if !r.step(length) {
		return 0
	}
	return value
}

// Uint reads an unsigned number.
func (r *Reader) Uint() uint64 {
	value, length := binary.Uvarint(r.bytes[r.at:])
	if !r.step(length) {
		return 0
	}
	return value
}

// step goes on by a length, which is not above 0 when nothing could be read.
func (r *Reader) step(length int) bool {
	if length <= 0 {
		r.cutOff()
	}
	if r.err != nil {
		return false
	}
	r.at += length
	return true
}

func (r *Reader) cutOff() { r.Want(false, "%w", errCutOff) }

// Within reads a signed number from the least to the most.
func (r *Reader) Within(least, most int64) int64 {
	value := r.Int()
	if value < least || value > most {
		r.Want(false, "%d stands where %d to %d are possible", value, least, most)
		return least
	}
	return value
}

// Count reads how many things follow, each of at least one byte.
func (r *Reader) Count() int {
	count := r.Uint()
	if count > uint64(len(r.bytes)-r.at) {
		r.cutOff()
		return 0
	}
	return int(count)
}

// Octet reads a small number.
func (r *Reader) Octet() byte {
	if r.at == len(r.bytes) || r.err != nil {
		r.cutOff()
		return 0
	}
	r.at++
	return r.bytes[r.at-1]
}

// Text reads a text.
func (r *Reader) Text() string {
	length := r.Count() // goes on to where the text begins
	r.at += length
	return string(r.bytes[r.at-length : r.at])
}

// Flag reads a truth.
func (r *Reader) Flag() bool {
	value := r.Octet()
	if value > 1 {
		r.cutOff()
	}
	return value == 1
}

// End wants nothing to follow.
func (r *Reader) End() { r.Want(r.at == len(r.bytes), "%d bytes follow its end", len(r.bytes)-r.at) }
