// This file holds what needs more than 64 bits: products, their quotients, and sums of them.

package decimal

import (
	"math"
	"math/bits"
	"slices"
)

// Add returns a + b, and false when that overflows.
func Add(a, b int64) (int64, bool) {
	sum := a + b
	return sum, (a^sum)&(b^sum) >= 0
}

// Mul returns a x b, and false when that overflows.
func Mul(a, b int64) (int64, bool) { return Product(a, b).Int64() }

// MulDivUp returns a x b / c rounded away from zero, exactly, and false when that overflows; c must be above 0.
func MulDivUp(a, b, c int64) (int64, bool) {
	quotient, rest := Product(a, b).divide(uint64(c))
	if rest != 0 {
		quotient = quotient.Add(unit(Product(a, b)))
	}
	return quotient.Int64()
}

// MulDivDown returns a x b / c rounded toward zero, exactly, and false when that overflows; c must be above 0.
func MulDivDown(a, b, c int64) (int64, bool) {
	quotient, _ := Product(a, b).divide(uint64(c))
	return quotient.Int64()
}

// unit is 1 with the sign of the value.
func unit(w Wide) Wide {
	if w.Negative() {
		return WideOf(-1)
	}
	return WideOf(1)
}

// Wide is a signed whole number of 128 bits in two's complement. Its sums wrap beyond 2^127, which 2^63 products of two
// int64 do not reach.
type Wide struct {
	High int64
	Low  uint64
}

// WideOf widens an int64.
func WideOf(value int64) Wide { return Wide{High: value >> 63, Low: uint64(value)} }

// Product returns a x b; it cannot overflow.
func Product(a, b int64) Wide {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	product := Wide{High: int64(high), Low: low}
	if (a < 0) != (b < 0) {
		return product.Neg()
	}
	return product
}

// Negative tells whether it is below 0.
func (w Wide) Negative() bool { return w.High < 0 }

// IsZero tells whether it is 0.
func (w Wide) IsZero() bool { return w == Wide{} }

// Int64 narrows it, and returns false when it does not fit.
func (w Wide) Int64() (int64, bool) { return int64(w.Low), w.High == int64(w.Low)>>63 }

// Add returns w + v.
func (w Wide) Add(v Wide) Wide {
	low, carry := bits.Add64(w.Low, v.Low, 0)
	high, _ := bits.Add64(uint64(w.High), uint64(v.High), carry)
	return Wide{High: int64(high), Low: low}
}

// Sub returns w - v.
func (w Wide) Sub(v Wide) Wide { return w.Add(v.Neg()) }

// Neg returns -w.
func (w Wide) Neg() Wide {
	low, borrow := bits.Sub64(0, w.Low, 0)
	high, _ := bits.Sub64(0, uint64(w.High), borrow)
	return Wide{High: int64(high), Low: low}
}

// Compare returns -1, 0 or 1 as w is less than, equal to or more than v.
func (w Wide) Compare(v Wide) int {
	switch {
	case w == v:
		return 0
	case w.High < v.High || w.High == v.High && w.Low < v.Low:
		return -1
	default:
		return 1
	}
}

// Share returns w x part / whole rounded toward zero, exactly, for 0 <= part <= whole and whole > 0.
func (w Wide) Share(part, whole int64) Wide {
	if w.Negative() {
		return w.Neg().Share(part, whole).Neg()
	}
	// The product has three limbs, the quotient two, since part <= whole.
	carry, low := bits.Mul64(w.Low, uint64(part))
	high, middle := bits.Mul64(uint64(w.High), uint64(part))
	middle, over := bits.Add64(middle, carry, 0)
	first, rest := bits.Div64(high+over, middle, uint64(whole))
	second, _ := bits.Div64(rest, low, uint64(whole))
	return Wide{High: int64(first), Low: second}
}

// Float64 is the double nearest to it, or a neighbour of that; for display.
func (w Wide) Float64() float64 {
	if w.Negative() {
		return -w.Neg().Float64()
	}
	return math.Ldexp(float64(uint64(w.High)), 64) + float64(w.Low)
}

// Format writes units of 10^-scale canonically, as Format does for an int64.
func (w Wide) Format(scale int) string {
	if narrow, fits := w.Int64(); fits {
		return Format(narrow, scale)
	}
	rest, sign := w, ""
	if w.Negative() {
		rest, sign = w.Neg(), "-"
	}
	var text []byte // from the last digit on
	for place := 0; !rest.IsZero() || place <= scale; place++ {
		high, below := bits.Div64(0, uint64(rest.High), 10)
		low, digit := bits.Div64(below, rest.Low, 10)
		rest = Wide{High: int64(high), Low: low}
		if place == scale && len(text) > 0 {
			text = append(text, '.')
		}
		if digit != 0 || place >= scale || len(text) > 0 {
			text = append(text, byte('0'+digit))
		}
	}
	slices.Reverse(text)
	return sign + string(text)
}

// divide returns the quotient toward zero and the magnitude of the rest.
func (w Wide) divide(by uint64) (Wide, uint64) {
	if w.Negative() {
		quotient, rest := w.Neg().divide(by)
		return quotient.Neg(), rest
	}
	high, below := bits.Div64(0, uint64(w.High), by)
	low, rest := bits.Div64(below, w.Low, by)
	return Wide{High: int64(high), Low: low}, rest
}

func magnitude(value int64) uint64 {
	if value < 0 {
		return -uint64(value)
	}
	return uint64(value)
}
