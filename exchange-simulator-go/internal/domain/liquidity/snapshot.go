// This file is the state as bytes: the same state always gives the same bytes.

package liquidity

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrSnapshot is what Decode fails with: the bytes are not what Encode wrote, whole and unchanged.
var ErrSnapshot = errors.New("not a snapshot of the liquidity of an instrument")

// snapshotVersion is the first byte of a snapshot.
const snapshotVersion = 1

// numbers are the state in the order of the snapshot, but for the time and the generator.
func (s *Source) numbers() [9]*float64 {
	v, a, f := &s.volatility, &s.anchor, &s.flow
	return [...]*float64{
		&v.reference, &v.pending, &v.fast, &v.slow, &v.age, &a.price, &a.sigma, &f.excitation, &f.direction,
	}
}

// SnapshotBytes is the length of a snapshot.
const SnapshotBytes = 1 + 8 + 16 + 9*8

// Encode appends the whole state between two steps, SnapshotBytes long. Instrument and parameters are no part of it.
func (s *Source) Encode(to []byte) []byte {
	to = binary.LittleEndian.AppendUint64(append(to, snapshotVersion), uint64(s.now))
	state, _ := s.generator.AppendBinary(nil) // it never fails
	to = append(to, state[len(state)-16:]...)
	for _, number := range s.numbers() {
		to = binary.LittleEndian.AppendUint64(to, math.Float64bits(*number))
	}
	return to
}

// Decode makes a source from what Encode appended. It fails with ErrSnapshot, or on parameters that do not hold.
func Decode(instrument Instrument, parameters Parameters, from []byte) (*Source, error) {
	s, err := New(instrument, parameters, 0)
	if err != nil {
		return nil, err
	}
	if len(from) != SnapshotBytes || from[0] != snapshotVersion {
		return nil, fmt.Errorf("decode %d bytes, want %d of version %d: %w", len(from), SnapshotBytes, snapshotVersion, ErrSnapshot)
	}
	s.now = int64(binary.LittleEndian.Uint64(from[1:]))
	if err := s.generator.UnmarshalBinary(append([]byte("pcg:"), from[9:25]...)); err != nil {
		return nil, fmt.Errorf("decode the generator: %w: %w", err, ErrSnapshot)
	}
	for n, number := range s.numbers() {
		*number = math.Float64frombits(binary.LittleEndian.Uint64(from[25+8*n:]))
		if math.IsNaN(*number) || math.IsInf(*number, 0) {
			return nil, fmt.Errorf("decode number %d, %v: %w", n, *number, ErrSnapshot)
		}
	}
	if !s.sane() {
		return nil, fmt.Errorf("decode numbers out of their bounds: %w", ErrSnapshot)
	}
	return s, nil
}

// sane tells whether the numbers could have come from steps.
func (s *Source) sane() bool {
	v, a, f := &s.volatility, &s.anchor, &s.flow
	return min(v.reference, v.pending, v.fast, v.slow, v.age, a.price, a.sigma, f.excitation) >= 0 && math.Abs(f.direction) <= 1
}
