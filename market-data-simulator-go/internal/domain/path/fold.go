// This file folds seconds into a range of quoted prices without drawing what cannot matter: first the ends of the seconds,
// which are known, then only those seconds that may reach further.

package path

import "math"

// fold widens a quoted range of instrument i by what it does in the seconds first .. end-1 of the minute in view. An empty
// range is low +Inf, high 0.
func (v *minuteView) fold(i, first, end int, low, high float64) (float64, float64) {
	if first >= end {
		return low, high
	}
	if v.path.listings[i].derived {
		return v.foldRatio(i, first, end, low, high)
	}
	return v.foldRow(i, first, end, low, high)
}

// foldRow works with log prices: a quote rises with them, and one at or below a multiple of the tick rounds to no more.
func (v *minuteView) foldRow(i, first, end int, low, high float64) (float64, float64) {
	one := &v.path.listings[i]
	lowest, highest := v.outermostOf(one.row, first, end)
	bottom := min(math.Log(low/one.level), v.at[one.row*points+lowest])
	top := max(math.Log(high/one.level), v.at[one.row*points+highest])
	widen := func(second int) {
		if v.risesAbove(one.row, second, top) {
			top = max(top, v.highOf(one.row, second))
		}
		if v.fallsBelow(one.row, second, bottom) {
			bottom = min(bottom, v.lowOf(one.row, second))
		}
	}
	// The seconds about the extremes of their ends reach furthest as a rule; after them the others seldom matter.
	for _, k := range [...]int{highest, lowest} {
		widen(max(k-1, first))
		widen(min(k, end-1))
	}
	for second := first; second < end; second++ {
		widen(second)
	}
	return min(low, one.priceOf(bottom)), max(high, one.priceOf(top))
}

// outermostOf are the boundaries of seconds, first to end, at which a row is least and most.
func (v *minuteView) outermostOf(row, first, end int) (lowest, highest int) {
	walk := v.at[row*points : (row+1)*points]
	lowest, highest = first, first
	for k := first + 1; k <= end; k++ {
		if walk[k] < walk[lowest] {
			lowest = k
		}
		if walk[k] > walk[highest] {
			highest = k
		}
	}
	return lowest, highest
}

// foldRatio looks closer only at seconds whose parts may bring the ratio out of the range, rounding included.
func (v *minuteView) foldRatio(i, first, end int, low, high float64) (float64, float64) {
	one := &v.path.listings[i]
	upper, lower := &v.path.listings[one.numerator], &v.path.listings[one.denominator]
	lowest, highest := v.outermost(upper.row, lower.row, first, end)
	low, high = min(low, v.priceAt(i, lowest)), max(high, v.priceAt(i, highest))
	scale := math.Log(upper.level / lower.level)
	room := reach*v.widest(lower.row) + v.rounding(upper) + v.rounding(lower)
	bottom, top := math.Log(low)-scale, math.Log(high)-scale
	for second := first; second < end; second++ {
		if v.ratioMayLeave(upper.row, lower.row, second, bottom+room, top-room) {
			low, high = v.foldRatioSecond(one, second, low, high)
			bottom, top = math.Log(low)-scale, math.Log(high)-scale
		}
	}
	return low, high
}

// ratioMayLeave tells whether the log ratio of two rows may leave a range in a second in which the lower row moves by
// nothing but between its ends. The tests rise in cost.
func (v *minuteView) ratioMayLeave(upper, lower, second int, bottom, top float64) bool {
	from, to := v.ends(upper, second)
	lowerFrom, lowerTo := v.ends(lower, second)
	bottom, top = bottom+max(lowerFrom, lowerTo), top+min(lowerFrom, lowerTo)
	if max(from, to)+reach*v.sigma(upper, second) > top && v.highOf(upper, second) > top {
		return true
	}
	return v.fallsBelow(upper, second, bottom)
}

// outermost are the boundaries of seconds, first to end, at which the ratio of two rows is least and most.
func (v *minuteView) outermost(upper, lower, first, end int) (lowest, highest int) {
	lowest, highest = first, first
	ratio := func(k int) float64 { return v.at[upper*points+k] - v.at[lower*points+k] }
	for k := first + 1; k <= end; k++ {
		if ratio(k) < ratio(lowest) {
			lowest = k
		}
		if ratio(k) > ratio(highest) {
			highest = k
		}
	}
	return lowest, highest
}

// rounding bounds the relative distance of a quote from its unrounded price in this minute, with room for the quotient.
func (v *minuteView) rounding(one *listing) float64 {
	least, _ := v.bounds(one.row)
	if one.Tick.Steps(one.priceOf(least)) <= 1 {
		return math.Inf(1) // held up by the least price
	}
	return one.Tick.Float() / one.priceOf(least)
}

// foldRatioSecond takes in one second: while the denominator's quote stands still, the ratio has its extremes where the
// numerator has them; else its ticks are looked at.
func (v *minuteView) foldRatioSecond(one *listing, second int, low, high float64) (float64, float64) {
	upper, lower := &v.path.listings[one.numerator], &v.path.listings[one.denominator]
	if divisor, still := v.still(lower, second); still {
		least, most := one.ratio(upper.priceOf(v.lowOf(upper.row, second)), divisor), one.ratio(upper.priceOf(v.highOf(upper.row, second)), divisor)
		return min(low, least), max(high, most)
	}
	v.shapeTicks(second, upper.row)
	v.shapeTicks(second, lower.row)
	for tick := range int(ticksPerSecond) {
		price := v.ratioAt(one, tick)
		low, high = min(low, price), max(high, price)
	}
	return low, high
}

// still tells whether the quote of a row stays the same for a second, and which one it is.
func (v *minuteView) still(one *listing, second int) (quote float64, still bool) {
	from, _ := v.ends(one.row, second)
	quote = one.priceOf(from)
	if one.priceOf(v.highOf(one.row, second)) != quote {
		return quote, false
	}
	edge := math.Log((quote - one.Tick.Float()/2) / one.level)
	return quote, !v.fallsBelow(one.row, second, edge) || one.priceOf(v.lowOf(one.row, second)) == quote
}
