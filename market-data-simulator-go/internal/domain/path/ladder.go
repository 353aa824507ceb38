// This file holds the extreme of a sliding window in amortised constant time: only those minutes are kept that no later
// one surpasses.

package path

// ladder is the minutes whose extreme may yet become the window's, oldest and most extreme first.
type ladder struct {
	sign  float64 // 1 for highs, -1 for lows
	rungs []rung
}

type rung struct {
	minute int64
	price  float64
}

// best is the window's extreme, or the given price when the window is empty.
func (l *ladder) best(empty float64) float64 {
	if len(l.rungs) == 0 {
		return empty
	}
	return l.rungs[0].price
}

// last is the price of the latest rung, or the given price when there is none.
func (l *ladder) last(empty float64) float64 {
	if len(l.rungs) == 0 {
		return empty
	}
	return l.rungs[len(l.rungs)-1].price
}

// push adds the latest minute.
func (l *ladder) push(minute int64, price float64) {
	for n := len(l.rungs); n > 0 && l.sign*l.rungs[n-1].price <= l.sign*price; n-- {
		l.rungs = l.rungs[:n-1]
	}
	l.rungs = append(l.rungs, rung{minute, price})
}

// drop removes minutes up to and including the given one.
func (l *ladder) drop(minute int64) {
	gone := 0
	for gone < len(l.rungs) && l.rungs[gone].minute <= minute {
		gone++
	}
	l.rungs = append(l.rungs[:0], l.rungs[gone:]...)
}

func (l *ladder) clear() { l.rungs = l.rungs[:0] }
