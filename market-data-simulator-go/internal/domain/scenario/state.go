// This file is what scenarios leave behind: how far each log price is from where it would be without them, and how that goes
// away.

package scenario

import (
	"math"
	"slices"
)

// LeftoverHalfLife is the time, in minutes, in which half of what scenarios have left of a price's distance from where it
// would be is gone, while none acts.
const LeftoverHalfLife = 24 * 60

// nothing is the log distance from which on a price is where it would be.
const nothing = 1e-9

// State is what an overlay carries from minute to minute. States are shared: clone one before Walk changes it.
type State struct {
	Offset  []float64 // by row: log price over the base one when the minute begins
	drop    []float64 // change of Offset over the minute, until a span begins; nil inside one
	anchors []anchor
}

// anchor is the log prices at which a target began that pulls towards them.
type anchor struct {
	target int
	level  []float64
}

// Start is the state before the first scenario.
func (o *Overlay) Start() State { return State{Offset: make([]float64, len(o.market.Rows))} }

// Clone is an independent copy.
func (s State) Clone() State {
	c := State{Offset: slices.Clone(s.Offset), drop: slices.Clone(s.drop)}
	for _, one := range s.anchors {
		c.anchors = append(c.anchors, anchor{one.target, slices.Clone(one.level)})
	}
	return c
}

// After is the state that was left at the end of a span, some minutes later, none of which lies in another span. The result
// depends on nothing but the two, so any quiet minute can be reached in one step.
func (s State) After(minutes int64) State {
	later := State{Offset: make([]float64, len(s.Offset)), drop: make([]float64, len(s.Offset))}
	for i, offset := range s.Offset {
		later.Offset[i] = faded(offset, minutes)
		later.drop[i] = faded(offset, minutes+1) - later.Offset[i]
	}
	return later
}

func faded(offset float64, minutes int64) float64 {
	offset *= math.Exp2(-float64(minutes) / LeftoverHalfLife)
	if math.Abs(offset) < nothing {
		return 0
	}
	return offset
}

// Untouched tells that no scenario has begun when a minute ends.
func (o *Overlay) Untouched(minute int64) bool { return len(o.spans) == 0 || minute < o.spans[0].first }

// Idle tells that the state changes no price of a quiet minute.
func (s State) Idle() bool {
	return !slices.ContainsFunc(s.Offset, func(offset float64) bool { return offset != 0 })
}

// anchorOf is the anchor of a target, nil when it has none yet.
func (s State) anchorOf(target int) []float64 {
	for i := range s.anchors {
		if s.anchors[i].target == target {
			return s.anchors[i].level
		}
	}
	return nil
}

// Outside tells that the state before a minute is that at the end of a span (or at the start of the path), and has yet to be
// taken into the minute by After.
func (o *Overlay) Outside(state State, minute int64) bool {
	found, _ := o.spanOf(minute)
	return state.drop == nil && (found == nil || found.first == minute)
}

// Next leads from a minute towards a wanted one: to the first minute on the way that lies in a span.
func (o *Overlay) Next(minute, wanted int64) int64 {
	if _, next := o.spanOf(minute); next < len(o.spans) {
		return min(wanted, max(minute, o.spans[next].first))
	}
	return wanted
}

// End is the first minute after the span of a minute.
func (o *Overlay) End(minute int64) int64 {
	if found, _ := o.spanOf(minute); found != nil {
		return found.end
	}
	return minute
}

// End is the offset of a row at the end of a minute in which no scenario acts.
func (s State) End(row int) float64 {
	if s.drop == nil {
		return s.Offset[row]
	}
	return s.Offset[row] + s.drop[row]
}
