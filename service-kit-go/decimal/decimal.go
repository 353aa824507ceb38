// Package decimal keeps money exact: decimal strings at the edge, whole numbers of the smallest unit inside, and the few
// operations on them that could overflow or round. A value is an int64 of units and a scale: 1.5 at scale 3 is 1500 units.
package decimal

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// MaxScale is the most digits after the point: a whole one still fits into an int64.
const MaxScale = 18

// Parse reads a decimal into units of 10^-scale: an optional minus, digits, and possibly a point and digits. A text with
// more digits after the point than the scale is an error even when they are zeros, as is a value beyond int64.
func Parse(text string, scale int) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, point := strings.Cut(digits, ".")
	if !isDigits(whole) || point && !isDigits(fraction) {
		return 0, fmt.Errorf("%q is no decimal: want digits with at most one point between them, such as 12.5", clip(text))
	}
	if len(fraction) > scale {
		return 0, fmt.Errorf("%q has %d digits after the point: at most %d are allowed", clip(text), len(fraction), scale)
	}
	units := uint64(0)
	for place := range len(whole) + scale {
		digit := uint64(0)
		switch at := place - len(whole); {
		case at < 0:
			digit = uint64(whole[place] - '0')
		case at < len(fraction):
			digit = uint64(fraction[at] - '0')
		}
		if units > math.MaxInt64/10 || units*10+digit > math.MaxInt64 {
			return 0, fmt.Errorf("%q is too large: with %d digits after the point, at most %s is allowed",
				clip(text), scale, Format(math.MaxInt64, scale))
		}
		units = units*10 + digit
	}
	if negative {
		return -int64(units), nil
	}
	return int64(units), nil
}

// Append writes units of 10^-scale in their one canonical form: no needless zeros, no point without digits behind it.
func Append(text []byte, units int64, scale int) []byte {
	magnitude := uint64(units)
	if units < 0 {
		text = append(text, '-')
		magnitude = -magnitude
	}
	power := Pow10(scale)
	text = strconv.AppendUint(text, magnitude/uint64(power), 10)
	fraction := magnitude % uint64(power)
	if fraction == 0 {
		return text
	}
	text = append(text, '.')
	for fraction != 0 {
		power /= 10
		text = append(text, byte('0'+fraction/uint64(power)))
		fraction %= uint64(power)
	}
	return text
}

// Format is Append into a new string.
func Format(units int64, scale int) string { return string(Append(nil, units, scale)) }

// Pow10 returns 10^n for n from 0 to MaxScale.
func Pow10(n int) int64 {
	power := int64(1)
	for range n {
		power *= 10
	}
	return power
}

// Number is a decimal that brings its own scale, as it was written.
type Number struct {
	Units int64
	Scale int // 0 to MaxScale
}

// ParseNumber reads a decimal with as many digits after the point as it has, up to MaxScale; zeros at its end are dropped.
func ParseNumber(text string) (Number, error) {
	_, fraction, _ := strings.Cut(text, ".")
	trimmed := strings.TrimRight(fraction, "0")
	if trimmed != fraction {
		text = strings.TrimSuffix(text[:len(text)-len(fraction)+len(trimmed)], ".")
	}
	units, err := Parse(text, min(len(trimmed), MaxScale))
	return Number{Units: units, Scale: min(len(trimmed), MaxScale)}, err
}

// String writes the number canonically.
func (n Number) String() string { return Format(n.Units, n.Scale) }

// Below tells whether the number is below units of 10^-scale.
func (n Number) Below(units int64, scale int) bool {
	return Product(n.Units, Pow10(scale)).Compare(Product(units, Pow10(n.Scale))) < 0
}

// Rescale returns the number in units of 10^-scale; it fails when that has too few digits or overflows.
func (n Number) Rescale(scale int) (int64, error) {
	return Parse(n.String(), scale)
}

// isDigits tells whether the text is one digit or more and nothing else.
func isDigits(text string) bool {
	for _, letter := range []byte(text) {
		if letter < '0' || letter > '9' {
			return false
		}
	}
	return text != ""
}

// clip keeps an error readable.
func clip(text string) string {
	const most = 64
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
