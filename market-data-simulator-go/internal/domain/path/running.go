// This file folds the bar that is under way: what its whole minutes have made of it is kept, so that each tick adds little.

package path

import (
	"fmt"
	"slices"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// tally is the bars under way of one interval, as far as whole minutes have gone; their volumes count lots.
type tally struct {
	open int64 // first second since the epoch
	next int64 // minute to fold next
	bars []bar.Bar
}

// BarAt fills out, one bar an instrument, with the bar of an interval that holds a base tick, of its ticks up to and including
// that one: at its last tick it is the bar that Bars yields. Intervals are those of Bars. The rising sequences of
// an interval cost least.
func (p *Path) BarAt(sequence uint64, interval time.Duration, out []bar.Bar) error {
	if len(out) != len(p.listings) {
		return fmt.Errorf("place for %d bars: want one for each of the %d instruments", len(out), len(p.listings))
	}
	if sequence > maxSequence {
		return fmt.Errorf("sequence %d lies beyond the last one, %d", sequence, maxSequence)
	}
	tick := int64(sequence)
	opens := p.epoch.Add(time.Duration(tick/ticksPerSecond) * time.Second).Truncate(interval)
	if opens.Before(p.epoch) {
		opens = p.epoch
	}
	if err := p.checkBars(opens, interval); err != nil {
		return err
	}
	so := p.foldUntil(interval, int64(opens.Sub(p.epoch)/time.Second), tick/ticksPerMinute)
	p.now.enter(tick / ticksPerMinute)
	p.inside.enter(p.now, int(tick%ticksPerMinute/ticksPerSecond))
	for i := range out {
		out[i] = so.bars[i]
		p.barOfMinute(i, so.open, tick, &out[i])
		out[i].Time = opens
		out[i].Volume = p.listings[i].Lot.Value(out[i].Volume)
	}
	return nil
}

// foldUntil takes the whole minutes of the bar that opens at a second into the tally of its interval, up to the given one.
func (p *Path) foldUntil(interval time.Duration, open, minute int64) *tally {
	t := p.tallies[interval]
	if t == nil || t.open != open || t.next > minute {
		t = &tally{open: open, next: open / secondsPerMinute, bars: make([]bar.Bar, len(p.listings))}
		p.tallies[interval] = t
	}
	if t.next < minute {
		parts := make([]bar.Bar, len(t.bars))
		p.foldMinutes(p.scan, p.everything(), t.next, minute, parts)
		for i := range parts {
			extend(&t.bars[i], parts[i])
		}
		t.next = minute
	}
	return t
}

// barOfMinute extends a bar that opened at a second by the ticks of the minute in view up to the given one.
func (p *Path) barOfMinute(i int, open, tick int64, one *bar.Bar) {
	inside := &p.inside
	from := int(max(0, open-inside.minute*secondsPerMinute))
	first := i * int(ticksPerSecond)
	at := first + int(tick%ticksPerSecond)
	part := bar.Bar{Open: p.now.priceAt(i, from), Low: inside.low[at], High: inside.high[at], Close: inside.price[at], Volume: inside.lots[at]}
	if from > 0 { // the bar leaves out what the minute did before
		part.Low, part.High = slices.Min(inside.price[first:at+1]), slices.Max(inside.price[first:at+1])
		part.Low, part.High = p.now.fold(i, from, inside.second, min(part.Low, part.Open), max(part.High, part.Open))
		var lots [secondsPerMinute]float64
		p.secondLots(i, inside.minute, lots[:])
		part.Volume -= lots[from-1]
	}
	extend(one, part)
}

// extend makes a bar go on with the next part of it.
func extend(one *bar.Bar, part bar.Bar) {
	if one.High == 0 { // it begins with this part
		*one = part
		return
	}
	one.Low, one.High = min(one.Low, part.Low), max(one.High, part.High)
	one.Close = part.Close
	one.Volume += part.Volume
}
