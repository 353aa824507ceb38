// This file holds the parameters of the superposed model, one set a pair, with their units and bounds.

package profile

import (
	"time"
)

// The processes that a profile can name.
const (
	Superposed = "superposed" // superposed log-volatility factors, common and own; see package process
	GARCHT     = "garch-t"    // GARCH(1,1) with Student-t innovations; also that of a profile which names none
)

// VolatilityScales is the number of time scales of log-volatility in the superposed model.
const VolatilityScales = 4

// Factors holds one pair's parameters of the superposed model. The log-volatility of a base interval is
//
//	h = Level + HourExponent ln Hours + sum over k of Scale[k] X[k] + Mixing (e - 1) + CommonMixing sqrt(Common) (e_c - 1)
//
// with X of unit variance: the share Common of it is that of a factor which all pairs have, and of X[0] the share Leverage^2
// is that of past shocks. The efficient price moves by exp(h) times a standard normal in the interval; the quoted one
// overshoots the last move and bounces.
type Factors struct {
	Level        float64                   `json:"level"`         // ln(standard deviation of a log return in a base interval), as a median
	Scales       [VolatilityScales]float64 `json:"scale_sd"`      // standard deviation of log-volatility on each time scale, bursts first
	Mixing       float64                   `json:"mixing"`        // weight of the pair's own Exp(1) in log-volatility
	Common       float64                   `json:"common_share"`  // share of the factors' variance that all pairs have in common
	Overshoot    float64                   `json:"overshoot"`     // share of an interval's move that the quote goes beyond it, until the next
	Leverage     float64                   `json:"leverage"`      // correlation of the burst factor with past shocks; negative: falls unsettle
	HourExponent float64                   `json:"hour_exponent"` // power of the hour profile
	Bounce       float64                   `json:"bounce"`        // standard deviation of the quote around the price, in units of exp(Level)
}

// Limit is the interval that a parameter must lie in.
type Limit struct{ Low, High float64 }

// Limits of the superposed model's parameters, in the units of Factors; CommonMixing has that of Mixing.
var (
	LevelLimit        = Limit{-12, 0}
	ScaleLimit        = Limit{0, 1}
	MixingLimit       = Limit{0, 0.45}
	CommonLimit       = Limit{0, 1}
	OvershootLimit    = Limit{-0.3, 0.3}
	LeverageLimit     = Limit{-0.7, 0.7}
	HourExponentLimit = Limit{0, 2.5}
	BounceLimit       = Limit{0, 1.5}
)

func (f Factors) validate() error {
	for _, sd := range f.Scales {
		if err := ScaleLimit.hold("factors.scale_sd", sd); err != nil {
			return err
		}
	}
	return firstOf(
		LevelLimit.hold("factors.level", f.Level),
		MixingLimit.hold("factors.mixing", f.Mixing),
		CommonLimit.hold("factors.common_share", f.Common),
		OvershootLimit.hold("factors.overshoot", f.Overshoot),
		LeverageLimit.hold("factors.leverage", f.Leverage),
		HourExponentLimit.hold("factors.hour_exponent", f.HourExponent),
		BounceLimit.hold("factors.bounce", f.Bounce),
	)
}

func (l Limit) hold(field string, value float64) error { return within(field, value, l.Low, l.High) }

// The base intervals that profiles are fitted on and their names in a file.
var baseSteps = map[string]time.Duration{"": time.Minute, "1m": time.Minute, "1h": time.Hour}

// BaseStep is the interval of the bars that the profile was fitted on, which is that of its parameters: a minute or an hour.
func (p Profile) BaseStep() time.Duration { return baseSteps[p.Provenance.BaseStep] }
