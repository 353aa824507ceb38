// This file makes moves more alike, or one less like the others, without new draws. Let f be the common factor of some rows,
// their standardised moves added up and scaled to variance 1, and z one row: z = g f + h u with g = corr(z, f), h^2 = 1 - g^2
// and u uncorrelated with f. Moving g towards 1, or towards 0, and h with it, keeps the variance and changes the correlation.

package scenario

import (
	"math"
	"slices"
)

// strength is how far one target goes.
type strength struct {
	target int
	one    *target
	share  float64
}

// mixer turns the targets that mix in a second into one matrix, and keeps it while they stay the same.
type mixer struct {
	now, before []strength
	mixed       [][]float64
	mixes       []bool // rows that are changed
}

func (m *mixer) reset() { m.now = m.now[:0] }

// add notes a target at a force times intensity.
func (m *mixer) add(n int, one *target, force float64) {
	if share := portion(max(one.effect.Common, one.effect.Own), force); share > 0 {
		m.now = append(m.now, strength{n, one, share})
	}
}

// matrix is what the standardised moves of a second are multiplied with; nil when nothing mixes them.
func (m *mixer) matrix(correlation [][]float64) [][]float64 {
	if len(m.now) == 0 {
		return nil
	}
	if slices.Equal(m.now, m.before) {
		return m.mixed
	}
	m.before = append(m.before[:0], m.now...)
	rows := len(correlation)
	m.mixes = make([]bool, rows)
	m.mixed = identity(rows)
	for _, one := range m.now {
		step := one.matrix(correlation, m.mixes)
		m.mixed = times(step, m.mixed)
		correlation = times(times(step, correlation), transposed(step))
	}
	return m.mixed
}

// matrix is the mixing of one target for moves of a given correlation.
func (s strength) matrix(correlation [][]float64, mixes []bool) [][]float64 {
	step := identity(len(correlation))
	loading, norm, count := factorOf(s.one.joined, correlation)
	leaves := s.one.effect.Own > 0
	if norm == 0 || !leaves && count < 2 {
		return step
	}
	for i, g := range loading {
		wanted := g + (1-g)*s.share
		if leaves {
			wanted = g * (1 - s.share)
		}
		takes := s.one.joined[i] != 0
		if leaves {
			takes = s.one.leaver[i]
		}
		rest := math.Sqrt(max(0, 1-g*g))
		if !takes || rest < 1e-6 {
			continue
		}
		mixes[i] = true
		keep := math.Sqrt(max(0, 1-wanted*wanted)) / rest
		for j, weight := range s.one.joined {
			step[i][j] = (wanted - g*keep) * weight / norm
		}
		step[i][i] += keep
	}
	return step
}

// factorOf is the correlation of each row with the weighted sum of rows, the standard deviation of that sum and how many rows
// are in it.
func factorOf(weights []float64, correlation [][]float64) (loading []float64, norm float64, count int) {
	loading = make([]float64, len(weights))
	variance := 0.0
	for i := range weights {
		for j, weight := range weights {
			loading[i] += correlation[i][j] * weight
		}
		variance += weights[i] * loading[i]
		if weights[i] != 0 {
			count++
		}
	}
	norm = math.Sqrt(max(0, variance))
	for i := range loading {
		if norm > 0 {
			loading[i] = min(1, max(-1, loading[i]/norm))
		}
	}
	return loading, norm, count
}

func identity(n int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, n)
		rows[i][i] = 1
	}
	return rows
}

func times(a, b [][]float64) [][]float64 {
	product := make([][]float64, len(a))
	for i := range a {
		product[i] = make([]float64, len(b[0]))
		for k, factor := range a[i] {
			for j, value := range b[k] {
				product[i][j] += factor * value
			}
		}
	}
	return product
}

func transposed(a [][]float64) [][]float64 {
	turned := make([][]float64, len(a[0]))
	for i := range turned {
		turned[i] = make([]float64, len(a))
		for j := range a {
			turned[i][j] = a[j][i]
		}
	}
	return turned
}
