// Package path is the price of every instrument at every instant, computed from the top down: a grid of minutes walked by
// the profile's process, seconds bridged inside each minute, base ticks inside each second. What lies inside a minute
// depends on nothing but the minute and keyed draws, so any instant can be computed without the ticks before it, and a
// bar is the exact fold of its ticks without looking at them.
package path

import (
	"fmt"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// Pair is one row of a process: whose price it moves, and from where.
type Pair struct {
	Symbol string  // BASE/QUOTE
	Level  float64 // price at log price 0, quote units per base unit
}

// Path computes prices. Two paths of the same profile, instruments, seed and epoch agree to the last digit. A Path
// remembers where it was asked last, so it is not safe for concurrent use: give each goroutine its own Fork.
type Path struct {
	epoch    time.Time
	seed     uint64
	listings []listing
	grid     *grid
	now      *minuteView // the minute that At was asked for
	scan     *minuteView // the minute that a window or a bar is folding
	back     *minuteView // the minute of a trade that At has left behind
	tapes    []tapes     // by instrument
	lasts    []Trade     // by instrument: the one that At has shown last
	inside   secondView
	window   window
	tallies  map[time.Duration]*tally // by interval: the bars that BarAt was asked for
	layer    *layer
}

// New builds the path of the instruments from the process of a profile. Modelled instruments must be pairs of the profile;
// the rest is as in Over.
func New(fitted profile.Profile, instruments []instrument.Instrument, seed uint64, epoch time.Time) (*Path, error) {
	shocks, err := process.New(fitted, seed, epoch)
	if err != nil {
		return nil, fmt.Errorf("build the process of profile %q: %w", fitted.Name, err)
	}
	pairs := make([]Pair, len(fitted.Pairs))
	for i, pair := range fitted.Pairs {
		pairs[i] = Pair{Symbol: pair.Symbol, Level: pair.Level}
	}
	p, err := Over(shocks, pairs, instruments, seed, epoch)
	if err != nil {
		return nil, fmt.Errorf("profile %q: %w", fitted.Name, err)
	}
	return p, nil
}

// Over builds the path of the instruments from any process, whose rows are the pairs, in order. Modelled instruments must be
// among the pairs; derived ones must name two instruments of the list; pegs bring processes of their own. The seed draws what
// lies inside the minutes and the pegs. The epoch is the time of base tick 0 and lies on a whole minute.
func Over(one process.Process, pairs []Pair, instruments []instrument.Instrument, seed uint64, epoch time.Time) (*Path, error) {
	if !epoch.Equal(epoch.Truncate(time.Minute)) {
		return nil, fmt.Errorf("epoch is %s: want a whole minute", epoch.Format(time.RFC3339Nano))
	}
	minutes := &grid{}
	minutes.add(one, len(pairs))
	listings, err := list(pairs, instruments, minutes, seed)
	if err != nil {
		return nil, err
	}
	return assemble(epoch.UTC(), seed, listings, minutes, newLayer()), nil
}

// Fork is an independent path with the same prices. It starts with the checkpoints that p has passed.
func (p *Path) Fork() *Path {
	return assemble(p.epoch, p.seed, p.listings, p.grid.fork(), p.layer.fork())
}

func assemble(epoch time.Time, seed uint64, listings []listing, minutes *grid, scenarios *layer) *Path {
	minutes.start()
	p := &Path{epoch: epoch, seed: seed, listings: listings, grid: minutes, layer: scenarios, tallies: map[time.Duration]*tally{}}
	p.now, p.scan, p.back = newMinuteView(p), newMinuteView(p), newMinuteView(p)
	p.tapes, p.lasts = newTapes(len(listings)), make([]Trade, len(listings))
	p.inside = newSecondView(len(listings))
	p.window = newWindow(len(listings))
	return p
}

// Symbols lists the symbols in the order of the instruments, which is that of every slice that a Path fills.
func (p *Path) Symbols() []string {
	symbols := make([]string, len(p.listings))
	for i := range p.listings {
		symbols[i] = p.listings[i].Symbol
	}
	return symbols
}

// Instruments are those that the path was built with, in order.
func (p *Path) Instruments() []instrument.Instrument {
	instruments := make([]instrument.Instrument, len(p.listings))
	for i := range p.listings {
		instruments[i] = p.listings[i].Instrument
	}
	return instruments
}

// Epoch is the business time of base tick 0, UTC.
func (p *Path) Epoch() time.Time { return p.epoch }

// At fills out, one quote an instrument, with the state at a base tick. Rising sequences cost least; any other costs at
// most a few milliseconds once the path has been there or later, and a walk from the last checkpoint otherwise.
func (p *Path) At(sequence uint64, out []Quote) error {
	if len(out) != len(p.listings) {
		return fmt.Errorf("place for %d quotes: want one for each of the %d instruments", len(out), len(p.listings))
	}
	if sequence > maxSequence {
		return fmt.Errorf("sequence %d lies beyond the last one, %d", sequence, maxSequence)
	}
	tick := int64(sequence)
	minute, second := tick/ticksPerMinute, int(tick%ticksPerMinute/ticksPerSecond)
	p.window.enter(p, minute)
	p.now.enter(minute)
	p.inside.enter(p.now, second)
	for i := range out {
		p.quote(i, tick, &out[i])
	}
	return nil
}

// maxSequence is 250 years of base ticks: beyond lies a mistake, not a price, and soon after it the range of a duration.
const maxSequence uint64 = 250 * 366 * 24 * 60 * uint64(ticksPerMinute)

// quote is instrument i at a tick of the second that p.inside holds.
func (p *Path) quote(i int, tick int64, out *Quote) {
	one, inside := &p.listings[i], &p.inside
	at := i*int(ticksPerSecond) + int(tick%ticksPerSecond)
	lots := inside.lots[at]
	out.Price, out.Last = inside.price[at], p.lastTrade(i, tick)
	out.Bid, out.Ask = p.spread(i, tick, out.Price, out.Last.Buy)
	out.MinuteVolume = one.Lot.Value(lots)
	out.Day = Day{
		Open:   p.window.open[i],
		High:   max(p.window.highs[i].best(inside.high[at]), inside.high[at]),
		Low:    min(p.window.lows[i].best(inside.low[at]), inside.low[at]),
		Volume: one.Lot.Value(p.window.lots[i] + lots),
	}
}
