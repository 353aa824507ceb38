// This file is what can be asked for: a draft leaves to the defaults what it does not say, a phase says everything.

package scenario

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Limits of what may be asked for. Times are business time, whole seconds.
const (
	MaxIntensity = 5.0
	MaxDuration  = 24 * time.Hour // of a phase until its recovery, and of its recovery
	MaxStart     = 24 * time.Hour // of a phase after its scenario begins
	MaxPhases    = 32
	MaxSymbols   = 64
	MaxName      = 64 // bytes of an id or a name
)

// Draft is a phase as it is asked for.
type Draft struct {
	Kind      Kind
	Symbols   []string       // empty: all that the kind is about
	Intensity float64        // 0 means 1
	Start     time.Duration  // after the scenario begins
	Duration  time.Duration  // until the recovery; 0 means the kind's default
	Onset     *time.Duration // in which the force grows to full, within the duration; nil means the kind's default
	Recovery  *time.Duration // after the duration; nil means the kind's default
	Share     *float64       // of the move that comes back in the recovery; nil means the kind's default
}

// Phase is one effect with its times.
type Phase struct {
	Kind      Kind          `json:"kind"`
	Symbols   []string      `json:"symbols,omitempty"`
	Intensity float64       `json:"intensity"`
	Start     time.Duration `json:"start,omitempty"`
	Onset     time.Duration `json:"onset,omitempty"`
	Duration  time.Duration `json:"duration"`
	Recovery  time.Duration `json:"recovery,omitempty"`
	Share     float64       `json:"share,omitempty"`
}

// Length is the time from the beginning of the scenario to the end of the phase's recovery.
func (p Phase) Length() time.Duration { return p.Start + p.Duration + p.Recovery }

// Phase fills in the defaults and checks the whole. The error is an *InvalidError.
func (d Draft) Phase() (Phase, error) {
	effect, known := effects[d.Kind]
	if !known {
		return Phase{}, &InvalidError{Field: "type", Value: string(d.Kind), Want: "one of " + list(Kinds())}
	}
	phase := Phase{
		Kind: d.Kind, Symbols: slices.Clone(d.Symbols), Intensity: d.Intensity, Start: d.Start, Duration: d.Duration, Share: effect.Share,
	}
	if phase.Intensity == 0 {
		phase.Intensity = 1
	}
	if phase.Duration == 0 {
		phase.Duration = effect.Duration
	}
	phase.Onset = min(multiple(phase.Duration, effect.Onset), MaxDuration)
	phase.Recovery = min(multiple(phase.Duration, effect.Recovery), MaxDuration)
	if d.Onset != nil {
		phase.Onset = *d.Onset
	}
	if d.Recovery != nil {
		phase.Recovery = *d.Recovery
	}
	if d.Share != nil {
		phase.Share = *d.Share
	}
	return phase, phase.Check()
}

// multiple is that many durations, in whole seconds.
func multiple(duration time.Duration, times float64) time.Duration {
	if duration < 0 || duration > MaxDuration {
		return 0 // Check says so
	}
	return time.Duration(float64(duration) * times).Round(time.Second)
}

// Check says what is wrong with a phase: an *InvalidError.
func (p Phase) Check() error {
	if _, known := effects[p.Kind]; !known {
		return &InvalidError{Field: "type", Value: string(p.Kind), Want: "one of " + list(Kinds())}
	}
	if !(p.Intensity > 0 && p.Intensity <= MaxIntensity) { // NaN is neither
		return &InvalidError{"intensity", fmt.Sprint(p.Intensity), fmt.Sprintf("above 0 up to %v, or 0 for 1", MaxIntensity)}
	}
	if !(p.Share >= 0 && p.Share <= 1) {
		return &InvalidError{"recovery_share", fmt.Sprint(p.Share), "0 to 1"}
	}
	if err := errors.Join(
		seconds("start", p.Start, 0, MaxStart), seconds("duration", p.Duration, time.Second, MaxDuration),
		seconds("recovery", p.Recovery, 0, MaxDuration),
	); err != nil {
		return first(err)
	}
	if err := seconds("onset", p.Onset, 0, p.Duration); err != nil {
		return err
	}
	if len(p.Symbols) > MaxSymbols {
		return &InvalidError{"symbols", fmt.Sprintf("%d symbols", len(p.Symbols)), fmt.Sprintf("at most %d", MaxSymbols)}
	}
	return nil
}

// first is the first of joined errors.
func first(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()[0]
	}
	return err
}

func seconds(field string, value, least, most time.Duration) error {
	if value < least || value > most || value%time.Second != 0 {
		return &InvalidError{field, value.String(), fmt.Sprintf("whole seconds, %s to %s", least, most)}
	}
	return nil
}

// CheckPhases says what is wrong with the phases of a scenario: an *InvalidError whose field begins with phases[n].
func CheckPhases(phases []Phase) error {
	if len(phases) == 0 || len(phases) > MaxPhases {
		return &InvalidError{"phases", fmt.Sprintf("%d phases", len(phases)), fmt.Sprintf("1 to %d", MaxPhases)}
	}
	for n, phase := range phases {
		if err := phase.Check(); err != nil {
			return InPhase(n, err)
		}
	}
	return nil
}

// InPhase makes the error of a phase that of its scenario.
func InPhase(n int, err error) error {
	if invalid, ok := errors.AsType[*InvalidError](err); ok {
		return invalid.within(fmt.Sprintf("phases[%d]", n))
	}
	return err
}
