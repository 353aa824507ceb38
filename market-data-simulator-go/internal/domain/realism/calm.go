package realism

// The calm facts: how quotes revert in quiet hours. No score checks them, but
// calibration aims at them too, because a bounce of constant size shows only
// where nothing else moves the price.

import (
	"math"
	"slices"
)

// CalmFacts returns for each pair of a panel the mean autocorrelation of returns,
// not centred, at lags 1 and 2, within the calmest third of the windows, and its
// standard errors from a bootstrap of days. Errors: as for Build.
func CalmFacts(real Panel, seed uint64) (facts, errors []float64, err error) {
	if err := real.check(); err != nil {
		return nil, nil, err
	}
	s, err := scaleOf(real.Interval)
	if err != nil {
		return nil, nil, err
	}
	perDay, rng := s.barsPerDay()/s.window, stream(seed, streamCalm)
	for _, r := range real.Returns {
		windows := calmWindows(nil, r, s.window)
		facts = append(facts, calmest(windows, nil))
		drawn, sum, squares := make([]calmWindow, 0, len(windows)), 0.0, 0.0
		for range bootstrapDraws {
			drawn = drawn[:0]
			for range real.Days() {
				d := rng.IntN(real.Days())
				drawn = append(drawn, windows[d*perDay:(d+1)*perDay]...)
			}
			fact := calmest(drawn, nil)
			sum += fact
			squares += fact * fact
		}
		errors = append(errors, spreadOf(sum, squares))
	}
	return facts, errors, nil
}

// spreadOf is the standard deviation of the bootstrap's draws.
func spreadOf(sum, squares float64) float64 {
	return math.Sqrt(max(0, (squares-sum*sum/bootstrapDraws)/(bootstrapDraws-1)))
}

// Calm is the calm fact of returns.
func (m *Meter) Calm(r []float64) float64 {
	m.calm = calmWindows(m.calm[:0], r, m.scale.window)
	m.sums = m.sums[:0]
	return calmest(m.calm, &m.sums)
}

type calmWindow struct{ square, reversion float64 } // sum of squares, mean autocorrelation

func calmWindows(windows []calmWindow, r []float64, length int) []calmWindow {
	for len(r) >= length {
		w, square := r[:length], squares(r[:length], 0)
		reversion := 0.0
		if square > 0 {
			reversion = (product(w[1:], w) + product(w[2:], w)) / (2 * square)
		}
		windows, r = append(windows, calmWindow{square, reversion}), r[length:]
	}
	return windows
}

// calmest is the mean over the calmest third of the windows. Scratch may be nil.
func calmest(windows []calmWindow, scratch *[]float64) float64 {
	var own []float64
	if scratch == nil {
		scratch = &own
	}
	for _, w := range windows {
		*scratch = append(*scratch, w.square)
	}
	slices.Sort(*scratch)
	count := max(1, len(windows)/3)
	edge, sum, counted := (*scratch)[count-1], 0.0, 0.0
	for _, w := range windows {
		if w.square <= edge {
			sum += w.reversion
			counted++
		}
	}
	return sum / counted
}
