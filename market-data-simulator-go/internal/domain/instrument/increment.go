// This file holds the exact decimal step of a price or a quantity, because a tick of 0.1 is no binary fraction: 3 ticks
// must be the double nearest to 0.3, on every machine.

package instrument

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDecimals is the most decimal places of an increment: ten to this power is still exact in a double.
const maxDecimals = 15

// Increment is an exact decimal step: units / 10^decimals. The zero value is not valid; use ParseIncrement.
type Increment struct {
	units    float64 // whole number, >= 1
	scale    float64 // 10^decimals
	decimals int
}

// ParseIncrement reads a plain positive decimal such as "0.01" or "5": digits and at most one point, no exponent.
func ParseIncrement(text string) (Increment, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	units, err := strconv.ParseInt(whole+fraction, 10, 53)
	if err != nil || units <= 0 || len(fraction) > maxDecimals || strings.ContainsAny(text, "+-eE_") {
		return Increment{}, fmt.Errorf("%q is no increment: want a plain positive decimal, at most %d places, such as 0.01",
			text, maxDecimals)
	}
	return Increment{units: float64(units), scale: math.Pow10(len(fraction)), decimals: len(fraction)}, nil
}

// Float is the double nearest to the increment.
func (i Increment) Float() float64 { return i.units / i.scale }

// Decimals is the number of places after the point that a multiple of the increment needs.
func (i Increment) Decimals() int { return i.decimals }

// String is the increment as a plain decimal.
func (i Increment) String() string { return i.Format(i.Float()) }

// IsZero tells whether the increment was never set.
func (i Increment) IsZero() bool { return i.units == 0 }

// Steps is the whole number of increments nearest to the value.
func (i Increment) Steps(value float64) float64 { return math.Round(value * i.scale / i.units) }

// Value is the double nearest to that many increments.
func (i Increment) Value(steps float64) float64 { return steps * i.units / i.scale }

// Round is the multiple of the increment nearest to the value, as the double nearest to that decimal.
func (i Increment) Round(value float64) float64 { return i.Value(i.Steps(value)) }

// Format writes the value with exactly the places of the increment.
func (i Increment) Format(value float64) string {
	return strconv.FormatFloat(value, 'f', i.decimals, 64)
}

// MarshalText writes the increment as a decimal string, so that documents keep it exact.
func (i Increment) MarshalText() ([]byte, error) {
	if i.IsZero() {
		return nil, fmt.Errorf("an increment that was never set")
	}
	return []byte(i.String()), nil
}

// UnmarshalText reads what MarshalText wrote.
func (i *Increment) UnmarshalText(text []byte) error {
	parsed, err := ParseIncrement(string(text))
	if err != nil {
		return err
	}
	*i = parsed
	return nil
}
