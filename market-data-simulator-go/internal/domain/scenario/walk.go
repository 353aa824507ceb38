// This file walks a minute: second by second, from the moves that the base prices make to those that they make under the
// scenarios.

package scenario

// Minute is one minute of base prices, which Walk changes into those under the scenarios. Slices hold row after row.
type Minute struct {
	Number int64     // since the epoch
	Points []float64 // log prices at the 61 boundaries of seconds
	Sigma  []float64 // standard deviation of a second, one a row
	Lift   []float64 // out: what was added at each of the 61 boundaries
	Scale  []float64 // out: factor on the standard deviation in each of the 60 seconds
}

// walker is what one walk needs at hand.
type walker struct {
	*Overlay
	state   *State
	minute  *Minute
	span    *span // nil in a quiet minute
	mixer   mixer
	moves   []float64 // by row: base moves of the second, then those under the scenarios
	scale   []float64
	changed []float64 // by row: what is added to the offset
}

// Walk lays the scenarios over a minute and brings the state to the end of it.
func (o *Overlay) Walk(state *State, minute Minute) {
	rows := len(o.market.Rows)
	w := walker{
		Overlay: o, state: state, minute: &minute,
		moves: make([]float64, rows), scale: make([]float64, rows), changed: make([]float64, rows),
	}
	w.span, _ = o.spanOf(minute.Number)
	for k := range minuteSeconds {
		w.lift(k)
		w.step(k)
	}
	w.lift(minuteSeconds)
	for i := range rows {
		for k := range points {
			minute.Points[i*points+k] += minute.Lift[i*points+k]
		}
	}
	state.drop = nil
}

// lift notes the offsets at a boundary. Until the first scenario of a span begins, they fade as in a quiet minute: what was
// published before is not touched by what comes after.
func (w *walker) lift(k int) {
	fading := w.state.drop != nil
	share := float64(k) / minuteSeconds
	for i, offset := range w.state.Offset {
		if fading {
			offset += w.state.drop[i] * share
		}
		w.minute.Lift[i*points+k] = offset
	}
	if fading && (k == minuteSeconds || w.span != nil && w.minute.Number*minuteSeconds+int64(k) >= w.span.begins) {
		for i := range w.state.Offset {
			w.state.Offset[i] = w.minute.Lift[i*points+k]
		}
		w.state.drop = nil
	}
}

// step walks a second.
func (w *walker) step(k int) {
	second := w.minute.Number*minuteSeconds + int64(k)
	for i := range w.scale {
		w.scale[i], w.changed[i] = 1, 0
		w.moves[i] = w.minute.Points[i*points+k+1] - w.minute.Points[i*points+k]
	}
	if w.span != nil {
		w.mixer.reset()
		for _, n := range w.span.targets {
			if one := &w.targets[n]; one.acts(second) {
				w.apply(n, one, second, k)
			}
		}
		w.noise()
	}
	for i, change := range w.changed {
		w.minute.Scale[i*minuteSeconds+k] = w.scale[i]
		if change != 0 {
			w.state.Offset[i] = min(MaxOffset, max(-MaxOffset, w.state.Offset[i]+change))
		}
	}
}

// apply adds what one target does to the second that begins at boundary k.
func (w *walker) apply(n int, one *target, second int64, k int) {
	force := one.force(second)
	volatility := factor(one.effect.Volatility, one.intensity*force)
	progress, pull := one.step(second), one.pullOf(force)
	var anchor []float64
	if one.effect.HalfLife > 0 {
		anchor = w.anchor(n, k)
	}
	for i, touched := range one.touched {
		if !touched {
			continue
		}
		w.scale[i] *= volatility
		if one.move[i] != 0 {
			w.changed[i] += one.move[i] * progress
		}
		if anchor != nil {
			w.changed[i] += pull * (anchor[i] - w.minute.Points[i*points+k] - w.state.Offset[i])
		}
	}
	w.mixer.add(n, one, one.intensity*force)
}

// anchor is the log prices at which a target began; in its first second these are those of boundary k.
func (w *walker) anchor(n, k int) []float64 {
	if level := w.state.anchorOf(n); level != nil {
		return level
	}
	level := make([]float64, len(w.moves))
	for i := range level {
		level[i] = w.minute.Points[i*points+k] + w.state.Offset[i]
	}
	w.state.anchors = append(w.state.anchors, anchor{n, level})
	return level
}

// noise changes the size of the moves and how alike they are.
func (w *walker) noise() {
	mixed := w.mixer.matrix(w.market.Correlation)
	for i, scale := range w.scale {
		scale = min(MaxVolatility, scale)
		w.scale[i] = scale
		switch sigma := w.minute.Sigma[i]; {
		case sigma == 0:
		case mixed != nil && w.mixer.mixes[i]:
			w.changed[i] += sigma*scale*standardised(mixed[i], w.moves, w.minute.Sigma) - w.moves[i]
		case scale != 1:
			w.changed[i] += (scale - 1) * w.moves[i]
		}
	}
}

// standardised is a row of the mixing matrix times the standardised moves.
func standardised(row, moves, sigma []float64) float64 {
	sum := 0.0
	for j, weight := range row {
		if weight != 0 && sigma[j] > 0 {
			sum += weight * moves[j] / sigma[j]
		}
	}
	return sum
}
