// This file joins the documents into the command that configures the venue.

package documents

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// The names of the documents that the venue is configured by.
const (
	InstrumentsName = "instruments"
	FeesName        = "fees"
	MarketName      = "market"
)

// Names are all of them.
var Names = []string{InstrumentsName, FeesName, MarketName}

// Configure makes the command that configures the venue. The error names the document, the field and its value.
func Configure(instruments Instruments, fees Fees, market Market, seed uint64) (*venue.Configure, error) {
	listing, err := instruments.Listing()
	if err != nil {
		return nil, wrong(InstrumentsName, err)
	}
	configure := &venue.Configure{Assets: listing.Assets, Instruments: listing.Instruments, Rules: instruments.Rules(), Seed: seed}
	if err = fees.Into(configure); err != nil {
		return nil, err
	}
	if err = market.Into(configure); err != nil {
		return nil, err
	}
	return configure, nil
}

// Into sets the fees of a configuration that lists its assets. The error names the document, the field and its value.
func (d *Fees) Into(configure *venue.Configure) error {
	listing, err := instrument.NewListing(configure.Assets, configure.Instruments)
	if err == nil {
		configure.Fees, err = d.Decode(listing)
	}
	if err != nil {
		return wrong(FeesName, err)
	}
	return nil
}

// Into sets what the document says of a configuration that lists its instruments: who makes markets in them, and how long auctions
// last. The error names the document, the field and its value.
func (m *Market) Into(configure *venue.Configure) error {
	symbols := make([]string, len(configure.Instruments))
	for n := range configure.Instruments {
		symbols[n] = configure.Instruments[n].Symbol
	}
	if err := m.configure(configure, symbols); err != nil {
		return wrong(MarketName, err)
	}
	return nil
}

func (m *Market) configure(configure *venue.Configure, symbols []string) (err error) {
	if err = m.Validate(); err != nil {
		return err
	}
	if configure.Liquidity, err = m.Liquidity.Decode(symbols); err != nil {
		return err
	}
	lengths, err := m.Auctions.Decode()
	configure.Opening, configure.Resumption, configure.Cooling = int64(lengths.Opening), int64(lengths.Resumption), int64(lengths.Cooling)
	return err
}

func wrong(document string, err error) error {
	return fmt.Errorf("configuration document %q: %w", document, err)
}

// Fits says why a configuration cannot follow another one, nil when it can: what was listed keeps its place and its steps, because
// orders, balances and the journal name it by them.
func Fits(before, after *venue.Configure) error {
	for n, one := range before.Assets {
		if n >= len(after.Assets) || after.Assets[n] != one {
			return wrong(InstrumentsName, fmt.Errorf("assets[%d] was %s with scale %d: what was listed stays as it is, and where it is; "+
				"add new assets behind the others", n, one.Code, one.Scale))
		}
	}
	for n := range before.Instruments {
		was := &before.Instruments[n]
		if n >= len(after.Instruments) || !same(was, &after.Instruments[n]) {
			return wrong(InstrumentsName, fmt.Errorf("number %d of the instruments with trading was %s, tick_size %s, lot_size %s: what was listed "+
				"stays as it is, and where it is; add new instruments behind the others", n+1, was.Symbol, was.Tick, was.Lot))
		}
	}
	return nil
}

func same(a, b *instrument.Instrument) bool {
	return a.Symbol == b.Symbol && a.Base == b.Base && a.Quote == b.Quote && a.Tick == b.Tick && a.Lot == b.Lot
}
