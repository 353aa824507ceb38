// This file takes what the documents say.

package venue

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// configure takes a new configuration: all of it or nothing.
func (v *Venue) configure(c *Configure) error {
	next := *c
	if v.configuration != nil {
		next.Seed = v.configuration.Seed
	}
	listing, ledger, sources, err := v.prepare(&next)
	if err != nil {
		return errs.New(errs.Invalid, "CONFIGURATION", "configure the venue: %w", err)
	}
	v.listing, v.ledger, v.configuration = listing, ledger, &next
	if v.generator == nil {
		v.generator = rand.NewPCG(next.Seed, faultStream)
		v.random = rand.New(v.generator)
	}
	v.send(Event{Kind: Configured})
	for n := range v.markets {
		v.markets[n].engine.SetRules(next.Rules[n])
		_ = v.markets[n].source.SetParameters(next.Liquidity[n]) // prepare has asked
	}
	for n := len(v.markets); n < len(next.Instruments); n++ {
		v.markets = append(v.markets, v.newMarket(int32(n), next.Rules[n]))
		v.markets[n].source = sources[n]
	}
	for n := range v.markets {
		if v.markets[n].since == 0 {
			v.call(int32(n), next.Opening)
		}
	}
	return nil
}

// faultStream sets the draws of faults apart from those of the participants.
const faultStream = 0xfa17

// prepare makes what a configuration needs and changes nothing.
func (v *Venue) prepare(c *Configure) (*instrument.Listing, *account.Ledger, []*liquidity.Source, error) {
	switch {
	case len(c.Rules) != len(c.Instruments) || len(c.Liquidity) != len(c.Instruments):
		return nil, nil, nil, fmt.Errorf("%d instruments have %d rules and %d parameters of liquidity: want as many",
			len(c.Instruments), len(c.Rules), len(c.Liquidity))
	case min(c.Opening, c.Resumption, c.Cooling) < 0:
		return nil, nil, nil, fmt.Errorf("auctions last %d, %d and %d ns: want 0 or more", c.Opening, c.Resumption, c.Cooling)
	case len(c.Instruments) < len(v.markets):
		return nil, nil, nil, fmt.Errorf("%d instruments: the %d that were listed before must stay", len(c.Instruments), len(v.markets))
	}
	if err := c.Fees.Check(); err != nil {
		return nil, nil, nil, err
	}
	listing, err := instrument.NewListing(c.Assets, c.Instruments)
	if err != nil {
		return nil, nil, nil, err
	}
	sources := make([]*liquidity.Source, len(c.Instruments))
	for n := range c.Instruments {
		if sources[n], err = liquidity.New(describe(listing, n), c.Liquidity[n], c.Seed+uint64(n)); err != nil {
			return nil, nil, nil, fmt.Errorf("liquidity of %s: %w", c.Instruments[n].Symbol, err)
		}
	}
	ledger := account.New(listing, c.Fees)
	if v.ledger != nil { // the ledger grows by being read anew
		if ledger, err = account.Decode(v.ledger.Encode(nil), listing, c.Fees); err != nil {
			return nil, nil, nil, err
		}
	}
	return listing, ledger, sources, nil
}

// describe is an instrument as its participants see it.
func describe(listing *instrument.Listing, n int) liquidity.Instrument {
	one := &listing.Instruments[n]
	unit := math.Pow10(-listing.Assets[one.Quote].Scale)
	return liquidity.Instrument{
		TickLot: float64(one.QuoteUnitsPerTickLot) * unit, MinLots: one.MinLots, MaxLots: one.MaxLots, MinNotional: float64(one.MinNotional) * unit,
	}
}
