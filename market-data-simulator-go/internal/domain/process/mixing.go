// This file holds the heavy tails: a Student-t shock is a normal one times a random volatility of the minute, and a table
// turns a normal draw into that volatility. Because the driver is normal, tails can be partly common to all pairs.

package process

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

const (
	mixingReach = 8.0 // the driver is cut off beyond this; its chance is 1e-15 a draw
	mixingSteps = 32  // table entries for each unit of the driver
)

// Mixing is sqrt((nu-2)/chi2) as a rising function of a standard normal driver, chi2 with nu degrees of freedom being its
// quantile; a standard normal times this is a Student-t of unit variance.
type Mixing [2*mixingReach*mixingSteps + 2]float64

// NewMixing tabulates the volatility for nu > 2 degrees of freedom.
func NewMixing(nu float64) *Mixing {
	var table Mixing
	for i := range table {
		driver := float64(i)/mixingSteps - mixingReach
		var half float64 // chi2 / 2
		if driver > 0 {
			half = mathext.GammaIncRegInv(nu/2, math.Erfc(driver/math.Sqrt2)/2)
		} else {
			half = mathext.GammaIncRegCompInv(nu/2, math.Erfc(-driver/math.Sqrt2)/2)
		}
		table[i] = math.Sqrt((nu - 2) / (2 * half))
	}
	return &table
}

// At is the volatility at a driver, interpolated linearly; the relative error is below 3e-4.
func (m *Mixing) At(driver float64) float64 {
	position := (min(max(driver, -mixingReach), mixingReach) + mixingReach) * mixingSteps
	i := int(position)
	return m[i] + (position-float64(i))*(m[i+1]-m[i])
}
