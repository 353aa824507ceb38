package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// feasible tells whether a FOK order can trade all its lots: within its limit and the bands, hidden reserves counted,
// orders of its own group left out, and paid for.
func (e *Engine) feasible(t *taker, band band) bool {
	shelf := book.Shelf(t.Side.Opposite())
	need := t.Lots
	for level := e.book.Best(shelf); level != nil; level = e.book.Worse(shelf, level) {
		if !t.reaches(level.Price) || !band.holds(level.Price) {
			return false
		}
		have, stop := e.available(t, level)
		if have >= need {
			return e.funds == nil || e.funds.Affordable(t.ID, t.Account, t.Side, level.Price, t.Lots) == t.Lots
		}
		if stop {
			return false
		}
		need -= have
	}
	return false
}

// available returns what a taker can trade in a level, and whether an order of its own group ends it there. What comes
// before such an order is what is visible: reserves show behind it.
func (e *Engine) available(t *taker, level *book.Level) (lots int64, stop bool) {
	if SelfTrade(t.SelfTrade) == Allow {
		return level.Lots + level.Reserve, false
	}
	visible, own := int64(0), int64(0)
	for h := e.book.Head(level); h != book.None; h = e.book.Behind(h) {
		o := e.book.At(h)
		switch {
		case o.Owner != t.Owner:
			visible += o.Lots
		case SelfTrade(t.SelfTrade) == ExpireMaker:
			own += o.Open()
		default:
			return visible, true
		}
	}
	return level.Lots + level.Reserve - own, false
}
