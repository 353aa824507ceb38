// This file holds one instrument: its engine, its phases and what its timers do.

package venue

import (
	"math"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// market is one instrument.
type market struct {
	engine     *matching.Engine
	source     *liquidity.Source
	makers     []participant
	takers     []participant
	since      int64  // when the phase began
	reason     string // why it is halted
	callEnds   int64  // when the call auction is to be uncrossed; never when there is none
	coolEnds   int64  // when a halt by a price band ends
	multiplier float64
	reference  float64 // ticks
	stale      bool
}

const never = math.MaxInt64

// newMarket makes an instrument that is not open yet.
func (v *Venue) newMarket(n int32, rules matching.Rules) market {
	return market{engine: matching.New(rules, &funds{v, n}), callEnds: never, coolEnds: never, multiplier: 1, stale: true}
}

// twiceMid returns the best bid plus the best ask in ticks, 0 when a side is empty or the book is not in continuous trading.
func (m *market) twiceMid() int64 {
	bid, ask := m.engine.Book().Best(book.Bids), m.engine.Book().Best(book.Asks)
	if bid == nil || ask == nil || m.engine.Phase() != matching.Continuous {
		return 0
	}
	return bid.Price + ask.Price
}

// wants returns when the instrument wants Advance.
func (m *market) wants() int64 {
	if m.engine.Pending() > 0 {
		return math.MinInt64
	}
	wants := min(m.callEnds, m.coolEnds)
	if expiry, waits := m.engine.NextExpiry(); waits {
		wants = min(wants, expiry)
	}
	return wants
}

// worked takes what an engine command did: it reports its events and notes when the instrument wants Advance.
func (v *Venue) worked(n int32, matched []matching.Event) {
	v.run.matched = matched
	v.report(n)
	v.schedule()
}

// schedule notes when the earliest market wants Advance.
func (v *Venue) schedule() {
	due := int64(never)
	for n := range v.markets {
		due = min(due, v.markets[n].wants())
	}
	v.due = due
}

// buffer is the room for the events of an engine command.
func (v *Venue) buffer() []matching.Event {
	v.run.settled = v.run.settled[:0]
	return v.run.matched[:0]
}

// arrive notes the state of the market that a command meets.
func (v *Venue) arrive(m *market) { v.run.mid = m.twiceMid() }

// advance does what is due in all markets.
func (v *Venue) advance() {
	now := v.run.business
	for n := range v.markets {
		m := &v.markets[n]
		if m.wants() > now {
			continue
		}
		number := int32(n)
		v.arrive(m)
		if expiry, waits := m.engine.NextExpiry(); waits && expiry <= now {
			v.worked(number, m.engine.Expire(now, v.buffer()))
		}
		if m.engine.Pending() > 0 {
			v.worked(number, m.engine.Continue(v.buffer()))
		}
		if m.coolEnds <= now {
			v.call(number, v.configuration.Resumption)
		}
		if m.callEnds <= now {
			v.uncross(number)
		}
	}
	v.schedule()
}

// call opens a call auction of a length; one of length 0 ends at once.
func (v *Venue) call(n int32, length int64) {
	m := &v.markets[n]
	m.coolEnds = never
	v.worked(n, m.engine.Call(v.buffer()))
	m.callEnds = v.run.business + length
	if length == 0 {
		v.uncross(n)
		return
	}
	v.schedule()
}

// uncross ends a call auction.
func (v *Venue) uncross(n int32) {
	m := &v.markets[n]
	m.callEnds = never
	v.run.mid = 0
	v.worked(n, m.engine.Uncross(v.buffer()))
}

// phaseChanged notes and reports a new phase.
func (v *Venue) phaseChanged(n int32, e *matching.Event) {
	m := &v.markets[n]
	m.since, m.reason = v.run.business, ""
	if e.Phase == matching.Halted {
		m.callEnds = never
		m.reason = v.run.reason
		if e.Reason == matching.OutsideBand {
			m.reason = reasonPriceBand
			m.coolEnds = v.run.business + v.configuration.Cooling
		}
	}
	v.send(Event{Kind: PhaseChanged, Instrument: n, Phase: e.Phase, Reason: matchingReason(e.Reason), Text: m.reason})
}

// halt stops trading in an instrument, or in all that trade.
func (v *Venue) halt(c *Halt) error {
	if err := v.knows(c.Instrument); err != nil {
		return err
	}
	v.run.reason = c.Reason
	for n := range v.each(c.Instrument) {
		m := &v.markets[n]
		switch m.engine.Phase() {
		case matching.Continuous, matching.Calling:
			v.worked(n, m.engine.Halt(v.buffer()))
		case matching.Halted: // an operator's halt is not ended by a timer
			m.reason, m.coolEnds = c.Reason, never
			v.schedule()
		case matching.PreOpen:
		}
	}
	return nil
}

// resume ends the halt of an instrument, or of all that are halted.
func (v *Venue) resume(c *Resume) error {
	if err := v.knows(c.Instrument); err != nil {
		return err
	}
	resumed := 0
	for n := range v.each(c.Instrument) {
		if v.markets[n].engine.Phase() != matching.Halted {
			continue
		}
		resumed++
		length := v.configuration.Resumption
		if c.WithoutAuction {
			length = 0
		}
		v.call(n, length)
	}
	if resumed == 0 && c.Instrument != All {
		return errs.New(errs.FailedPrecondition, "NOT_HALTED", "resume %s: it is not halted", v.listing.Instruments[c.Instrument].Symbol)
	}
	return nil
}

// setSpread multiplies the spread of the venue's own makers.
func (v *Venue) setSpread(c *SetSpread) error {
	if err := v.knows(c.Instrument); err != nil {
		return err
	}
	if !(c.Multiplier >= MinSpread && c.Multiplier <= MaxSpread) {
		return errs.InvalidField("multiplier", c.Multiplier, "0.1 to 100; 1 is the normal spread")
	}
	for n := range v.each(c.Instrument) {
		v.markets[n].multiplier = c.Multiplier
		v.send(Event{Kind: SpreadChanged, Instrument: n, Multiplier: c.Multiplier})
	}
	return nil
}

// The bounds of the multiplier of SetSpread.
const (
	MinSpread = 0.1
	MaxSpread = 100
)

// each walks an instrument, or all of them.
func (v *Venue) each(instrument int32) func(func(int32) bool) {
	first, last := instrument, instrument+1
	if instrument == All {
		first, last = 0, int32(len(v.markets))
	}
	return func(yield func(int32) bool) {
		for n := first; n < last && yield(n); n++ {
		}
	}
}

// knows checks an instrument that comes from outside.
func (v *Venue) knows(instrument int32) error {
	if instrument < All || int(instrument) >= len(v.markets) {
		return errs.New(errs.NotFound, account.UnknownSymbol.String(), "instrument %d: there are %d", instrument, len(v.markets))
	}
	return nil
}
