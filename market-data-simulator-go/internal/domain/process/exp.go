// This file holds an exponential function that takes a quarter of the library's time: every step needs one for each pair.
// Its value is the same on every processor, because no product is fused with a sum.

package process

import "math"

const (
	expSteps   = 64                   // table entries for a doubling
	toNearest  = 0x1.8p52             // added and taken away, it rounds to a whole number
	lnStepHigh = 0x1.62e42fefa0000p-7 // ln(2)/64 in two parts, the first with zeros at its end
	lnStepLow  = math.Ln2/expSteps - lnStepHigh
)

var powers = func() (table [expSteps]float64) {
	for i := range table {
		table[i] = math.Exp2(float64(i) / expSteps)
	}
	return table
}()

// Exp is e^x to a relative error below 1e-15.
func Exp(x float64) float64 {
	if !(math.Abs(x) < 600) {
		return math.Exp(x)
	}
	shifted := float64(x*(expSteps/math.Ln2)) + toNearest
	k := int64(math.Float64bits(shifted)<<13) >> 13
	steps := shifted - toNearest
	r := x - float64(steps*lnStepHigh)
	r -= float64(steps * lnStepLow)
	tail := float64(r*r) * (0.5 + float64(r*(1.0/6+float64(r*(1.0/24+float64(r*(1.0/120)))))))
	power := powers[k&(expSteps-1)]
	scaled := power + float64(power*(r+tail))
	return math.Float64frombits(uint64(int64(math.Float64bits(scaled)) + k>>6<<52))
}
