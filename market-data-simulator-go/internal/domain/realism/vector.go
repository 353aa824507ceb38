package realism

// Long rows of numbers are kept as float32 and travel as base64, so that a
// reference of five pairs stays within a quarter of a megabyte.

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
)

// Vector is a row of numbers that costs little: its JSON is the base64 of
// little-endian float32.
type Vector []float32

func compact(x []float64) Vector {
	result := make(Vector, len(x))
	for i, v := range x {
		result[i] = float32(v)
	}
	return result
}

func (v Vector) wide() []float64 {
	result := make([]float64, len(v))
	for i, x := range v {
		result[i] = float64(x)
	}
	return result
}

// MarshalJSON writes base64 text.
func (v Vector) MarshalJSON() ([]byte, error) {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return json.Marshal(base64.StdEncoding.EncodeToString(raw))
}

// UnmarshalJSON reads what MarshalJSON writes. Numbers must be finite.
func (v *Vector) UnmarshalJSON(text []byte) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return fmt.Errorf("row of numbers: want base64 text: %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return fmt.Errorf("row of numbers: %w", err)
	}
	if len(raw)%4 != 0 {
		return fmt.Errorf("row of numbers: %d bytes, want a multiple of 4", len(raw))
	}
	row := make(Vector, len(raw)/4)
	for i := range row {
		row[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
		if x := float64(row[i]); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("row of numbers: number %d is %v", i, x)
		}
	}
	*v = row
	return nil
}
