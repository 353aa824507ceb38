// This file holds the little that correlations need: the coefficient itself and matrices of it that can be factored.

package calibration

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// leastEigenvalue is the floor for the eigenvalues of a correlation matrix.
const leastEigenvalue = 1e-3

// nearest raises the eigenvalues of a correlation matrix to a floor and scales the diagonal back to 1, so that it has a
// Cholesky factor.
func nearest(correlation [][]float64) [][]float64 {
	n := len(correlation)
	symmetric := mat.NewSymDense(n, nil)
	for i := range n {
		for j := range n {
			symmetric.SetSym(i, j, correlation[i][j])
		}
	}
	var eigen mat.EigenSym
	eigen.Factorize(symmetric, true)
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	fixed := identity(n)
	at := func(i, j int) (sum float64) {
		for k, value := range values {
			sum += max(value, leastEigenvalue) * vectors.At(i, k) * vectors.At(j, k)
		}
		return sum
	}
	for i := range n {
		for j := range i {
			fixed[i][j] = at(i, j) / math.Sqrt(at(i, i)*at(j, j))
			fixed[j][i] = fixed[i][j]
		}
	}
	return fixed
}

func identity(n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		rows[i][i] = 1
	}
	return rows
}

func same(x float64) float64 { return x }

func size(x float64) float64 { return min(cut, math.Abs(x)) }

// pearson is the correlation of f of both, over the slots where neither is NaN.
func pearson(x, y []float64, f func(float64) float64) float64 {
	var n, sx, sy, sxx, syy, sxy float64
	for slot := range x {
		if math.IsNaN(x[slot]) || math.IsNaN(y[slot]) {
			continue
		}
		a, b := f(x[slot]), f(y[slot])
		n++
		sx, sy, sxx, syy, sxy = sx+a, sy+b, sxx+a*a, syy+b*b, sxy+a*b
	}
	return (n*sxy - sx*sy) / math.Sqrt((n*sxx-sx*sx)*(n*syy-sy*sy))
}

func clamp(x, low, high float64) float64 { return min(high, max(low, x)) }
