// Package scenario bends the prices of a running market on purpose: rallies, crashes, a lost peg. A scenario log says what
// happens when; an overlay turns the log into a deterministic state machine, one step a second, that is laid over the base
// prices. It draws nothing of its own, so that a price stays a pure function of (profile, seed, time, log).
package scenario

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Kind is what happens to prices.
type Kind string

// The kinds.
const (
	Rally           Kind = "RALLY"            // everything rises together
	Crash           Kind = "CRASH"            // everything falls together
	Divergence      Kind = "DIVERGENCE"       // one pair leaves the others
	MeanReverting   Kind = "MEAN_REVERTING"   // prices are pulled back to where they were when it began
	VolatilitySpike Kind = "VOLATILITY_SPIKE" // larger moves without a direction
	Consolidation   Kind = "CONSOLIDATION"    // small moves around one level
	FlashCrash      Kind = "FLASH_CRASH"      // a fall within seconds, most of which comes back
	Depeg           Kind = "DEPEG"            // a pegged price leaves its peg
)

// Kinds lists the kinds in the order in which people read them.
func Kinds() []Kind {
	return []Kind{Rally, Crash, Divergence, MeanReverting, VolatilitySpike, Consolidation, FlashCrash, Depeg}
}

// ParseKind reads a kind as people write it: in any case, with - or _ between words.
func ParseKind(text string) (Kind, error) {
	kind := Kind(strings.ToUpper(strings.ReplaceAll(text, "-", "_")))
	if slices.Contains(Kinds(), kind) {
		return kind, nil
	}
	return "", &InvalidError{Field: "type", Value: text, Want: "one of " + list(Kinds())}
}

func list[T ~string](names []T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return strings.Join(texts, ", ")
}

// Effect is what a kind does at intensity 1 and full force. Tests measure each of these numbers over seeds.
type Effect struct {
	Level      bool          // the move follows the force, and is all there while it is full; else it builds up while the force lasts
	Move       float64       // log move; grows in proportion to the intensity
	Others     float64       // log move of the pairs that are not named; of a divergence
	Volatility float64       // factor on the size of every move
	Volume     float64       // factor
	Spread     float64       // factor on the distance of bid and ask
	Common     float64       // how much of the way every pair's correlation with the market goes towards 1
	Own        float64       // how much of the correlation with the others a pair that leaves them loses
	HalfLife   time.Duration // in which half of the distance from the level at the start is gone; none when 0

	Duration time.Duration // by default
	Onset    float64       // share of the duration in which the force grows to full; by default
	Recovery float64       // of this many durations; by default
	Share    float64       // of the move that comes back; by default
}

var effects = map[Kind]Effect{
	Rally: {
		Move: math.Log(1.25), Volatility: 1.5, Volume: 2.5, Spread: 1.5, Common: 0.5,
		Duration: 10 * time.Minute, Onset: 0.1, Recovery: 2, Share: 0.5,
	},
	Crash: {
		Move: math.Log(0.8), Volatility: 2, Volume: 4, Spread: 5, Common: 0.95,
		Duration: 10 * time.Minute, Onset: 0.1, Recovery: 2, Share: 0.5,
	},
	Divergence: {
		Move: math.Log(1.1), Others: math.Log(0.95), Volatility: 1.2, Volume: 1.5, Spread: 1.5, Own: 0.95,
		Duration: 10 * time.Minute, Onset: 0.1, Recovery: 2, Share: 1,
	},
	MeanReverting: {
		Volatility: 1, Volume: 1, Spread: 1, HalfLife: time.Minute, Duration: 30 * time.Minute,
	},
	VolatilitySpike: {
		Volatility: 3, Volume: 3, Spread: 3, Duration: 10 * time.Minute, Onset: 0.1, Recovery: 1,
	},
	Consolidation: {
		Volatility: 0.4, Volume: 0.5, Spread: 1, HalfLife: 10 * time.Minute, Duration: 30 * time.Minute, Onset: 0.1, Recovery: 0.1,
	},
	FlashCrash: {
		Level: true, Move: math.Log(0.85), Volatility: 4, Volume: 8, Spread: 10, Common: 0.95,
		Duration: time.Minute, Onset: 1. / 3, Recovery: 4, Share: 0.9,
	},
	Depeg: {
		Level: true, Move: math.Log(0.95), Volatility: 10, Volume: 6, Spread: 10,
		Duration: 30 * time.Minute, Onset: 0.1, Recovery: 1, Share: 1,
	},
}

// EffectOf is what a kind does at intensity 1.
func EffectOf(kind Kind) Effect { return effects[kind] }

// What all scenarios together can do at most, so that prices stay prices.
const (
	MaxOffset     = 3.0 // of a log price from where it would be: a factor of 20
	MaxVolatility = 25.0
	MaxVolume     = 100.0
	MaxSpread     = 100.0
)

// InvalidError is a part of a scenario that cannot be right.
type InvalidError struct {
	Field string // path within the scenario, e.g. "phases[1].intensity"
	Value string
	Want  string
}

// Error names the field, its value and what was expected.
func (i *InvalidError) Error() string {
	return fmt.Sprintf("%s is %q: want %s", i.Field, i.Value, i.Want)
}

// within is the same error, of a field inside another.
func (i *InvalidError) within(outer string) *InvalidError {
	return &InvalidError{Field: outer + "." + i.Field, Value: i.Value, Want: i.Want}
}
