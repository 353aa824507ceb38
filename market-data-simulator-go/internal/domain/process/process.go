// Package process moves the log prices of all modelled pairs from minute to minute. A process is a pure function of its
// state and the draws of a minute, and the draws are keyed by (seed, minute): from the same saved state it always walks the
// same way, so any minute can be reached from any checkpoint before it.
package process

import "time"

// State is everything that a process carries from one minute to the next. A copy is a checkpoint.
type State []float64

// Move is what one minute does to one pair.
type Move struct {
	Open  float64 // log price over the start level when the minute begins
	Close float64 // the same when it ends
	Sigma float64 // standard deviation of the log return of this minute, given everything but its direction
	Tone  Tone
}

// Tone is what the volume of a minute depends on; see Volume in package profile.
type Tone struct {
	Variance float64 // conditional variance of the pair, relative to its mean
	Shock    float64 // standardised innovation
	Residual float64 // persistent residual of log volume
}

// Process is a joint law of minutes for a fixed list of pairs. Implementations keep no memory outside of State.
type Process interface {
	// Start is the state before minute 0.
	Start() State
	// Step advances the state by the given minute and tells what happened to each pair; moves has one place a pair. A process
	// whose profile has longer base intervals counts those, until New spreads them over minutes.
	Step(state State, minute int64, moves []Move)
	// Volume is the volume of a minute in base units.
	Volume(pair int, minute int64, tone Tone) float64
	// Correlate turns independent standard normals, one a pair, into normals with the pairs' shock correlation, in place.
	Correlate(shocks []float64)
	// Fork is the same process with scratch memory of its own, for another goroutine.
	Fork() Process
}

// HalfLife is the time in which half of the distance of a log price from its start level is gone. It is long beside every
// time scale that the scores look at, and short beside the years that a fleet may run.
const HalfLife = 180 * 24 * time.Hour

// Purposes key the independent streams of draws of this package.
const (
	purposeMinute = 1 + iota
	purposePeg
	purposeStart
	purposeFactors
	purposeSpread
)
