// This file says what must hold in a profile, so that a process built from one can rely on it.

package profile

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Bounds of what a process can simulate: beyond lie mistakes.
const (
	maxSigma      = 0.5   // log return of a minute
	minNu         = 2.1   // the variance exists above 2
	maxNu         = 1000  // a normal law to all intents
	maxHour       = 1000  // times the mean hour
	maxLogVolume  = 50    // ln(base units)
	maxElasticity = 10    // of volume
	maxPairs      = 1000  // in a profile
	symmetry      = 1e-12 // by which mirrored correlations may differ
)

// Validate names the first field that no process could use, its value, and what was expected.
func (p Profile) Validate() error {
	if len(p.Pairs) == 0 || len(p.Pairs) > maxPairs {
		return fmt.Errorf("pairs has %d entries: want 1 to %d", len(p.Pairs), maxPairs)
	}
	if p.Process != Superposed && p.Process != GARCHT && p.Process != "" {
		return fmt.Errorf("process is %q: want %s or %s", p.Process, Superposed, GARCHT)
	}
	if p.BaseStep() == 0 {
		return fmt.Errorf("provenance.base_step is %q: want 1m or 1h", p.Provenance.BaseStep)
	}
	if err := MixingLimit.hold("common_mixing", p.CommonMixing); err != nil {
		return err
	}
	seen := map[string]bool{}
	for n, pair := range p.Pairs {
		if err := pair.validate(); err != nil {
			return fmt.Errorf("pairs[%d] (%s): %w", n, pair.Symbol, err)
		}
		if seen[pair.Symbol] {
			return fmt.Errorf("pairs[%d]: symbol %q is there twice", n, pair.Symbol)
		}
		seen[pair.Symbol] = true
	}
	return p.validateCorrelation()
}

func (p Pair) validate() error {
	base, quote, found := strings.Cut(p.Symbol, "/")
	if !found || base == "" || quote == "" || strings.Contains(quote, "/") {
		return fmt.Errorf("symbol is %q: want BASE/QUOTE", p.Symbol)
	}
	if p.Tick.IsZero() {
		return fmt.Errorf("tick_size is missing: want a decimal string such as \"0.01\"")
	}
	for hour := range Hours {
		if err := within("hours", p.Hours[hour], 1.0/maxHour, maxHour); err != nil {
			return err
		}
		if err := within("volume.hours", p.Volume.Hours[hour], 1.0/maxHour, maxHour); err != nil {
			return err
		}
	}
	return firstOf(
		p.Factors.validate(),
		within("start_level", p.Level, p.Tick.Float(), 1e12),
		within("shock.sigma", p.Shock.Sigma, 1e-9, maxSigma),
		within("shock.alpha", p.Shock.Alpha, 0, 1),
		within("shock.beta", p.Shock.Beta, 0, 1),
		within("shock.alpha + shock.beta", p.Shock.Alpha+p.Shock.Beta, 0, 1),
		within("shock.nu", p.Shock.Nu, minNu, maxNu),
		within("shock.mixing_share", p.Shock.Common, 0, 1),
		within("volume.level", p.Volume.Level, -maxLogVolume, maxLogVolume),
		within("volume.volatility", p.Volume.Volatility, -maxElasticity, maxElasticity),
		within("volume.shock", p.Volume.Shock, -maxElasticity, maxElasticity),
		within("volume.persistence", p.Volume.Persistence, 0, 1),
		within("volume.residual_sd", p.Volume.Residual, 0, maxElasticity),
	)
}

func (p Profile) validateCorrelation() error {
	n := len(p.Pairs)
	if len(p.Correlation) != n {
		return fmt.Errorf("correlation has %d rows: want one for each of the %d pairs", len(p.Correlation), n)
	}
	for i, row := range p.Correlation {
		if len(row) != n {
			return fmt.Errorf("correlation[%d] has %d entries: want one for each of the %d pairs", i, len(row), n)
		}
	}
	matrix := mat.NewSymDense(n, nil)
	for i, row := range p.Correlation {
		for j, value := range row {
			want := value >= -1 && value <= 1 && math.Abs(value-p.Correlation[j][i]) < symmetry
			if i == j {
				want = value == 1
			}
			if !want {
				return fmt.Errorf("correlation[%d][%d] is %v: want a symmetric matrix of -1 to 1 with 1 on the diagonal", i, j, value)
			}
			matrix.SetSym(i, j, value)
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(matrix) {
		return fmt.Errorf("correlation is not positive definite: no joint law has it")
	}
	return nil
}

// within is false for NaN too.
func within(field string, value, low, high float64) error {
	if value >= low && value <= high {
		return nil
	}
	return fmt.Errorf("%s is %v: want %v to %v", field, value, low, high)
}

func firstOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
