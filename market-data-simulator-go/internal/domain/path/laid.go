// This file is a minute's view under scenarios: what was added to each of its seconds, and how much larger their moves are.

package path

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// laid is what scenarios do to the minute in view.
type laid struct {
	active bool      // else nothing below counts
	lift   []float64 // added to the log price at each boundary of seconds, [r*61+k]
	scale  []float64 // factor on the standard deviation in each second, [r*60+k]
	low    []float64 // what a row cannot leave
	high   []float64
	widest []float64 // largest of the scales of a row
}

// overlay lays the scenarios over the bridged minute.
func (v *minuteView) overlay() {
	l := v.path.layer
	v.laid.active = false
	if l.reaches(v.path, v.minute) {
		v.lay(l.before(v.path, v.minute))
	}
}

// lay walks the bridged minute from a state and answers with the state at its end.
func (v *minuteView) lay(before scenario.State) (after scenario.State) {
	d, l, rows := &v.laid, v.path.layer, v.path.grid.rows
	if d.lift == nil {
		d.lift, d.scale = make([]float64, rows*points), make([]float64, rows*secondsPerMinute)
		d.low, d.high, d.widest = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	}
	d.active = true
	after = before.Clone()
	l.overlay.Walk(&after, scenario.Minute{Number: v.minute, Points: v.at, Sigma: v.sd, Lift: d.lift, Scale: d.scale})
	quiet := l.overlay.Quiet(v.minute)
	for row := range d.low {
		v.span(row)
		if quiet {
			d.low[row], d.high[row] = quietBounds(&v.moves[row], before, row)
		}
	}
	if !quiet {
		l.keep(v.minute, before, after, d.low, d.high)
	}
	return after
}

// span finds what a row cannot leave: its boundaries, and the reach of the widest second beyond them.
func (v *minuteView) span(row int) {
	d := &v.laid
	low, high, widest := math.Inf(1), math.Inf(-1), 0.0
	for _, at := range v.at[row*points : (row+1)*points] {
		low, high = min(low, at), max(high, at)
	}
	for _, scale := range d.scale[row*secondsPerMinute : (row+1)*secondsPerMinute] {
		widest = max(widest, scale)
	}
	room := reach * widest * v.sd[row]
	d.low[row], d.high[row], d.widest[row] = low-room, high+room, widest
}

// limits is what a row cannot leave in a second. A second that no scenario touches has the limits of its minute without them.
func (v *minuteView) limits(row, second int) (low, high float64) {
	d := &v.laid
	if d.active {
		at := row*points + second
		if d.lift[at] != 0 || d.lift[at+1] != 0 || d.scale[row*secondsPerMinute+second] != 1 {
			return math.Inf(-1), math.Inf(1)
		}
	}
	return bounds(&v.moves[row])
}

// sigma is the standard deviation of an unpinned walk in a second.
func (v *minuteView) sigma(row, second int) float64 {
	if v.laid.active {
		return v.sd[row] * v.laid.scale[row*secondsPerMinute+second]
	}
	return v.sd[row]
}

// widest is the largest standard deviation of a row's seconds.
func (v *minuteView) widest(row int) float64 {
	if v.laid.active {
		return v.sd[row] * v.laid.widest[row]
	}
	return v.sd[row]
}

// bounds is what a row cannot leave in this minute, its ticks included.
func (v *minuteView) bounds(row int) (low, high float64) {
	if v.laid.active {
		return v.laid.low[row], v.laid.high[row]
	}
	return bounds(&v.moves[row])
}
