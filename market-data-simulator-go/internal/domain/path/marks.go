// This file reads prices off the minutes alone, without the seconds inside them: what statistics over many runs need, at a
// small part of the cost of bars.

package path

import (
	"fmt"
	"time"
)

// Prices yields the quoted prices at from, from+interval .. to, one call a time with a price for each instrument in the order
// of Symbols; the slice is reused. It ends early when yield answers false. Each but the first is the close of the bar of that
// interval which ends there. The interval is a whole number of minutes that divides a day; from lies on its grid.
func (p *Path) Prices(from, to time.Time, interval time.Duration, yield func(prices []float64) bool) error {
	if err := p.checkBars(from, interval); err != nil {
		return err
	}
	if interval < time.Minute {
		return fmt.Errorf("interval is %s: want whole minutes", interval)
	}
	prices := make([]float64, len(p.listings))
	first, last := int64(from.Sub(p.epoch)/time.Minute), int64(to.Sub(p.epoch)/time.Minute)
	p.grid.keep(first, first)
	for i := range prices {
		prices[i] = p.openOf(i, first)
	}
	for more := yield(prices); more; more = yield(prices) {
		if first += int64(interval / time.Minute); first > last {
			return nil
		}
		p.grid.keep(first-1, first-1)
		for i := range prices {
			prices[i] = p.closeOf(i, first-1)
		}
	}
	return nil
}

// closeOf is the quoted price of instrument i when a minute that the grid keeps ends.
func (p *Path) closeOf(i int, minute int64) float64 {
	one, moves := &p.listings[i], p.grid.minute(minute)
	if !one.derived {
		return one.priceOf(moves[one.row].Close)
	}
	upper, lower := &p.listings[one.numerator], &p.listings[one.denominator]
	return one.ratio(upper.priceOf(moves[upper.row].Close), lower.priceOf(moves[lower.row].Close))
}
