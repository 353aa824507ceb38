// This file is the course of one phase in time: a force that grows, holds and fades, and the move that follows it.

package scenario

import (
	"math"
	"time"
)

// act is one phase on the time axis, in seconds since some origin.
type act struct {
	start   int64
	planned int64 // seconds until the recovery, as asked for
	length  int64 // the same, after a cancellation
	ramp    int64 // seconds in which the force grows
	fade    int64 // seconds of the recovery
	level   bool
	share   float64
}

// timing is the course of a phase of a scenario that begins at a second.
func timing(p Phase, begins int64) act {
	effect := effects[p.Kind]
	a := act{
		start: begins + int64(p.Start/time.Second), planned: int64(p.Duration / time.Second), ramp: int64(p.Onset / time.Second),
		fade: int64(p.Recovery / time.Second), level: effect.Level, share: p.Share,
	}
	if a.level {
		a.ramp = max(1, a.ramp)
	}
	if (effect.Move != 0 || effect.Others != 0) && a.share > 0 {
		a.fade = max(1, a.fade) // what comes back takes a second at least
	}
	a.length = a.planned
	return a
}

// cut ends the phase at a second, in recovery of what there is by then. One that recovers already goes on; one that has not
// begun never does.
func (a *act) cut(at int64) { a.length = max(0, min(a.length, at-a.start)) }

// over is the first second in which nothing acts any more.
func (a *act) over() int64 { return a.start + a.length + a.fade }

// never tells that the phase was cancelled before it began.
func (a *act) never() bool { return a.length == 0 }

// acts tells whether the phase does anything in a second.
func (a *act) acts(second int64) bool { return !a.never() && a.start <= second && second < a.over() }

// force is the mean force in a second of the phase, 0 to 1.
func (a *act) force(second int64) float64 {
	k := second - a.start
	if k < a.length {
		return a.growing(float64(k) + 0.5)
	}
	return a.growing(float64(a.length)) * (1 - (float64(k-a.length)+0.5)/float64(a.fade))
}

// growing is the force at a time after the start, before the recovery.
func (a *act) growing(t float64) float64 {
	if t >= float64(a.ramp) {
		return 1
	}
	return t / float64(a.ramp)
}

// moved is the share of the move that was made at a time after the start, before the recovery.
func (a *act) moved(t float64) float64 {
	if a.level {
		return a.growing(t)
	}
	return a.impulse(t) / a.impulse(float64(a.planned))
}

// impulse is the integral of the force, before the recovery.
func (a *act) impulse(t float64) float64 {
	ramp := float64(a.ramp)
	if t < ramp {
		return t * t / (2 * ramp)
	}
	return t - ramp/2
}

// step is the share of the move that is made in a second; negative in the recovery.
func (a *act) step(second int64) float64 {
	k := second - a.start
	if k < a.length {
		return a.moved(float64(k+1)) - a.moved(float64(k))
	}
	return -a.share * a.moved(float64(a.length)) / float64(a.fade)
}

// factor is a factor that is `full` at intensity 1 under a force times intensity: linear above 1, geometric below, so that it
// never reaches 0.
func factor(full, strength float64) float64 {
	if full >= 1 {
		return 1 + (full-1)*strength
	}
	return math.Pow(full, strength)
}

// portion is a share of the way that is `full` at intensity 1: of what is left each unit of strength takes the same part.
func portion(full, strength float64) float64 { return 1 - math.Pow(1-full, strength) }
