// This file folds the path into bars.

package path

import (
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// Bars yields the bars of an interval that open at from or later and close at to or earlier, in order of time: one call an
// interval, with a bar for each instrument in the order of Symbols; the slice is reused. It ends early when yield answers
// false. Each bar is the exact fold of the base ticks in it. The interval is a whole number of seconds that divides a
// minute, or of minutes that divides a day; from lies on its grid (counted from midnight UTC) and not before the epoch.
func (p *Path) Bars(from, to time.Time, interval time.Duration, yield func(bars []bar.Bar) bool) error {
	return p.BarsOf(p.everything(), from, to, interval, yield)
}

// everything is the positions of all instruments.
func (p *Path) everything() []int {
	all := make([]int, len(p.listings))
	for i := range all {
		all[i] = i
	}
	return all
}

// BarsOf is Bars of some instruments, by their positions in Symbols, in that order. The others are not folded, and cost little.
func (p *Path) BarsOf(chosen []int, from, to time.Time, interval time.Duration, yield func(bars []bar.Bar) bool) error {
	if err := p.checkBars(from, interval); err != nil {
		return err
	}
	bars := make([]bar.Bar, len(chosen))
	view := newMinuteView(p)
	length := int64(interval / time.Second)
	for open := from; !open.Add(interval).After(to); open = open.Add(interval) {
		first := int64(open.Sub(p.epoch) / time.Second)
		p.foldBars(view, chosen, first, first+length, bars)
		for i := range bars {
			bars[i].Time = open.UTC()
		}
		if !yield(bars) {
			return nil
		}
	}
	return nil
}

func (p *Path) checkBars(from time.Time, interval time.Duration) error {
	const day = 24 * time.Hour
	fits := interval >= time.Second && interval%time.Second == 0 && day%interval == 0 &&
		(interval%time.Minute == 0 || time.Minute%interval == 0)
	switch {
	case !fits:
		return fmt.Errorf("interval is %s: want whole seconds that divide a minute, or whole minutes that divide a day", interval)
	case from.Before(p.epoch):
		return fmt.Errorf("bars from %s lie before the first price, %s", from.Format(time.RFC3339), p.epoch.Format(time.RFC3339))
	case !from.Equal(from.Truncate(interval)):
		return fmt.Errorf("bars from %s are not on the grid of %s: want %s", from.Format(time.RFC3339Nano), interval,
			from.Truncate(interval).Add(interval).Format(time.RFC3339))
	}
	return nil
}

// foldBars fills one bar a chosen instrument from the seconds first .. end-1 since the epoch.
func (p *Path) foldBars(view *minuteView, chosen []int, first, end int64, bars []bar.Bar) {
	for i := range bars {
		bars[i] = bar.Bar{High: 0, Low: math.Inf(1)}
	}
	if end-first > secondsPerMinute {
		p.foldMinutes(view, chosen, first/secondsPerMinute, end/secondsPerMinute, bars)
	} else {
		minute := first / secondsPerMinute
		view.enter(minute)
		for n, i := range chosen {
			p.foldBar(view, i, int(first%secondsPerMinute), int(end-minute*secondsPerMinute), &bars[n])
		}
	}
	for n, i := range chosen {
		bars[n].Volume = p.listings[i].Lot.Value(bars[n].Volume)
	}
}

// foldBar fills a bar from the seconds from .. until-1 of the minute in view; its volume counts lots as yet.
func (p *Path) foldBar(view *minuteView, i, from, until int, one *bar.Bar) {
	one.Open, one.Close = view.priceAt(i, from), view.priceAt(i, until)
	one.Low, one.High = view.fold(i, from, until, min(one.Open, one.Close), max(one.Open, one.Close))
	if from == 0 && until == secondsPerMinute {
		one.Volume = p.minuteLots(i, view.minute)
		return
	}
	var lots [secondsPerMinute]float64
	p.secondLots(i, view.minute, lots[:])
	one.Volume = lots[until-1]
	if from > 0 {
		one.Volume -= lots[from-1]
	}
}

// foldMinutes fills bars from the minutes first .. end-1, at most a day of them: from what is known of minutes without their
// seconds, and the seconds of those minutes only that may reach further than any known price.
func (p *Path) foldMinutes(view *minuteView, chosen []int, first, end int64, bars []bar.Bar) {
	p.layer.ready(p, first, end-1)
	p.grid.keep(first, end-1)
	view.enter(end - 1)
	for n, i := range chosen {
		one := &bars[n]
		one.Open, one.Close = p.openOf(i, first), view.priceAt(i, secondsPerMinute)
		one.Low, one.High = one.Close, one.Close
		for minute := first; minute < end; minute++ {
			price := p.openOf(i, minute)
			one.Low, one.High = min(one.Low, price), max(one.High, price)
			one.Volume += p.minuteLots(i, minute)
		}
	}
	for minute := first; minute < end; minute++ {
		for n, i := range chosen {
			one := &bars[n]
			if least, most := p.boundsOf(i, minute); least < one.Low || most > one.High {
				view.enter(minute)
				one.Low, one.High = view.fold(i, 0, secondsPerMinute, one.Low, one.High)
			}
		}
	}
}
