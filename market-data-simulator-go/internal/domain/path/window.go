// This file keeps the highest and lowest price and the volume of the day before the current minute. Going forward it is
// carried from minute to minute; after a jump it is built backwards, drawing only those minutes that can matter.

package path

import (
	"math"
	"slices"
)

// window covers the minutes first .. minute-1.
type window struct {
	minute int64 // -1 when empty
	open   []float64
	highs  []ladder
	lows   []ladder
	lots   []float64 // of complete minutes
}

// shortStep is the number of minutes up to which carrying on is cheaper than building anew.
const shortStep = 30

func newWindow(instruments int) window {
	w := window{
		minute: -1, open: make([]float64, instruments), lots: make([]float64, instruments),
		highs: make([]ladder, instruments), lows: make([]ladder, instruments),
	}
	for i := range w.lows {
		w.lows[i].sign = -1
		w.highs[i].sign = 1
	}
	return w
}

// enter makes the window end where the minute begins.
func (w *window) enter(p *Path, minute int64) {
	if w.minute == minute {
		return
	}
	first := max(0, minute-windowMinutes)
	p.layer.ready(p, max(0, first-shortStep), minute)
	p.grid.keep(max(0, first-shortStep), minute)
	if w.minute >= 0 && w.minute < minute && minute-w.minute <= shortStep {
		for w.minute < minute {
			w.advance(p)
		}
	} else {
		w.build(p, first, minute)
	}
	for i := range w.open {
		w.open[i] = p.openOf(i, first)
	}
}

// advance takes in the window's own minute and lets go of the one that is too old by then.
func (w *window) advance(p *Path) {
	old := w.minute - windowMinutes
	view := p.view(w.minute)
	for i := range w.lots {
		low, high := view.fold(i, 0, secondsPerMinute, math.Inf(1), 0)
		w.highs[i].push(w.minute, high)
		w.lows[i].push(w.minute, low)
		w.lots[i] += p.minuteLots(i, w.minute)
		if old >= 0 {
			w.lots[i] -= p.minuteLots(i, old)
			w.highs[i].drop(old)
			w.lows[i].drop(old)
		}
	}
	w.minute++
}

// build fills the window from nothing, latest minute first.
func (w *window) build(p *Path, first, minute int64) {
	w.minute = minute
	for i := range w.lots {
		w.lots[i] = 0
		w.highs[i].clear()
		w.lows[i].clear()
		for n := first; n < minute; n++ {
			w.lots[i] += p.minuteLots(i, n)
		}
	}
	for n := minute - 1; n >= first; n-- {
		for i := range w.lots {
			w.prepend(p, i, n)
		}
	}
	for i := range w.lots {
		slices.Reverse(w.highs[i].rungs)
		slices.Reverse(w.lows[i].rungs)
	}
}

// prepend takes in a minute before all others; the ladders stand upside down, so that their last rung is the extreme.
func (w *window) prepend(p *Path, i int, minute int64) {
	top, bottom := w.highs[i].last(0), w.lows[i].last(math.Inf(1))
	if least, most := p.boundsOf(i, minute); most <= top && least >= bottom {
		return
	}
	low, high := p.view(minute).fold(i, 0, secondsPerMinute, bottom, top)
	if high > top {
		w.highs[i].rungs = append(w.highs[i].rungs, rung{minute, high})
	}
	if low < bottom {
		w.lows[i].rungs = append(w.lows[i].rungs, rung{minute, low})
	}
}

// openOf is the quoted price of instrument i when a minute that the grid keeps begins.
func (p *Path) openOf(i int, minute int64) float64 {
	one := &p.listings[i]
	if !one.derived {
		return one.priceOf(p.opening(one.row, minute))
	}
	upper, lower := &p.listings[one.numerator], &p.listings[one.denominator]
	return one.ratio(upper.priceOf(p.opening(upper.row, minute)), lower.priceOf(p.opening(lower.row, minute)))
}

// boundsOf is what the quoted price of instrument i cannot leave in a minute that the grid keeps.
func (p *Path) boundsOf(i int, minute int64) (least, most float64) {
	one := &p.listings[i]
	if !one.derived {
		low, high := p.extent(one.row, minute)
		return one.priceOf(low), one.priceOf(high)
	}
	upper, lower := &p.listings[one.numerator], &p.listings[one.denominator]
	upperLow, upperHigh := p.extent(upper.row, minute)
	lowerLow, lowerHigh := p.extent(lower.row, minute)
	return one.ratio(upper.priceOf(upperLow), lower.priceOf(lowerHigh)), one.ratio(upper.priceOf(upperHigh), lower.priceOf(lowerLow))
}

// view is the minute, in the view that has it or in the one for folding.
func (p *Path) view(minute int64) *minuteView {
	if p.now.minute == minute {
		return p.now
	}
	p.scan.enter(minute)
	return p.scan
}
