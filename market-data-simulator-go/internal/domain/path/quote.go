// This file holds what a reader sees of the path: the clock of base ticks and the quote at one of them.

package path

import "time"

// TickInterval is the business time between two base ticks.
const TickInterval = 20 * time.Millisecond

// How base ticks fill seconds and minutes.
const (
	ticksPerSecond   = int64(time.Second / TickInterval)
	secondsPerMinute = 60
	ticksPerMinute   = ticksPerSecond * secondsPerMinute
	windowMinutes    = 24 * 60
)

// Epoch is the business time of base tick 0 of the shared path. It ships as a constant, so that every replica counts the
// same sequences.
var Epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Quote is the state of one instrument at one base tick. Prices are multiples of the tick size, Bid < Ask, and Price is one of
// the two: that at which the last aggressor would trade again, and at which the trades of this tick happened.
type Quote struct {
	Price        float64 // quote units per base unit
	Bid          float64 // best bid, quote units per base unit
	Ask          float64 // best ask, quote units per base unit
	MinuteVolume float64 // traded in this minute up to and including this tick, base units
	Last         Trade   // the last trade, if there was one in this minute or the one before
	Day          Day
}

// Day is what happened in the 24 hours before a tick: from the start of the minute 1440 minutes before the tick's minute
// (or the epoch, if later) up to and including the tick.
type Day struct {
	Open   float64 // price at the start of the window, quote units per base unit
	High   float64 // highest price, quote units per base unit
	Low    float64 // lowest price, quote units per base unit
	Volume float64 // base units
}

// Sequence is the index of the base tick at, or the last one before, a business time; 0 before the epoch.
func (p *Path) Sequence(at time.Time) uint64 {
	return uint64(max(0, at.Sub(p.epoch)/TickInterval))
}

// Time is the business time of a base tick, UTC.
func (p *Path) Time(sequence uint64) time.Time {
	return p.epoch.Add(time.Duration(sequence) * TickInterval)
}
