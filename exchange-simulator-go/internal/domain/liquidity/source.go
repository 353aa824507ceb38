// This file holds the participants of one instrument and moves them from step to step.

package liquidity

import (
	"fmt"
	"math/rand/v2"
)

// Source is the makers and takers of one instrument. Make it with New or Decode; one goroutine owns it.
type Source struct {
	instrument Instrument
	parameters Parameters

	now        int64 // business time of the last step, ns; 0 before the first
	random     *rand.Rand
	generator  *rand.PCG
	volatility volatility
	anchor     anchor
	flow       flow

	plan plan // room for one step, no state
}

// New makes the participants of an instrument. It fails on parameters that do not hold.
func New(instrument Instrument, parameters Parameters, seed uint64) (*Source, error) {
	s := &Source{instrument: instrument, generator: rand.NewPCG(seed, stream)}
	if err := s.SetParameters(parameters); err != nil {
		return nil, err
	}
	s.random = rand.New(s.generator)
	s.volatility = newVolatility(parameters.Volatility)
	return s, nil
}

// stream tells the generator of this package from others with the same seed.
const stream = 0x6c69717569646974

// SetParameters changes the parameters from the next step on. It fails, and changes nothing, on some that do not hold.
func (s *Source) SetParameters(parameters Parameters) error {
	if err := parameters.Validate(); err != nil {
		return err
	}
	if s.instrument.TickLot <= 0 || s.instrument.MinLots < 1 || s.instrument.MaxLots < s.instrument.MinLots {
		return fmt.Errorf("instrument is %+v: want a positive TickLot, MinLots from 1 on, and MaxLots not below it", s.instrument)
	}
	s.parameters = parameters
	return nil
}

// Step moves the participants to a business time and appends what they want to do, in the order in which it is to be
// done. A time before the last step counts as that one. It allocates nothing when there is room behind intentions.
func (s *Source) Step(now int64, view *View, intentions []Intention) []Intention {
	passed := s.advance(now)
	if view.Stale || !(view.Reference > 0 && view.Reference <= most) {
		s.flow.pass(passed)
		return cancelAll(view, intentions)
	}
	s.volatility.observe(view.Reference, passed)
	s.anchor.follow(view.Reference, &s.volatility)
	intentions = s.requote(view, passed, intentions)
	return s.take(view, passed, intentions)
}

// advance returns the seconds since the last step.
func (s *Source) advance(now int64) float64 {
	if s.now == 0 {
		s.now = now
	}
	passed := max(now-s.now, 0)
	s.now += passed
	return float64(passed) / 1e9
}

// cancelAll takes every quote back.
func cancelAll(view *View, intentions []Intention) []Intention {
	for m := range view.Makers {
		for n := range view.Makers[m].Quotes {
			intentions = append(intentions, Intention{Kind: Cancel, Participant: m, ID: view.Makers[m].Quotes[n].ID})
		}
	}
	return intentions
}
