// Package grpcapi is the gRPC door of the exchange: it decodes requests, hands commands to the venue's machine or reads its
// state between two of them, and answers. What a method promises stands in the .proto files of exchange.v1.
package grpcapi

import (
	"context"
	"strings"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Desk is what all services of the exchange stand on.
type Desk struct {
	Machine   *records.Machine
	State     *records.State      // of the machine: read it through Desk.read
	Listing   *instrument.Listing // does not change while the daemon runs
	JournalID string
	Clock     func() (wall, business time.Time) // the machine's
	Closed    func() error                      // why no new orders are taken at present; nil always takes them
}

// open fails while no new orders are taken.
func (d *Desk) open() error {
	if d.Closed == nil {
		return nil
	}
	return d.Closed()
}

// read shows the venue between two groups of commands. Commands wait meanwhile, so view only copies what it needs.
func (d *Desk) read(ctx context.Context, view func(*venue.Venue)) error {
	return d.Machine.Read(ctx, func() { view(d.State.Venue) })
}

// submit has a command carried out. The refusal of a rule is an error like any other.
func (d *Desk) submit(ctx context.Context, command venue.Command) (venue.Answer, error) {
	answer, err := d.Machine.Submit(ctx, command)
	if err != nil {
		return answer, err
	}
	return answer, answer.Err
}

// instrument returns the index of a symbol. NOT_FOUND (UNKNOWN_SYMBOL) names those that are listed.
func (d *Desk) instrument(symbol string) (int32, error) {
	if index, known := d.Listing.Instrument(symbol); known {
		return index, nil
	}
	symbols := make([]string, len(d.Listing.Instruments))
	for n := range d.Listing.Instruments {
		symbols[n] = d.Listing.Instruments[n].Symbol
	}
	return 0, unlisted("UNKNOWN_SYMBOL", "symbol", symbol, symbols)
}

// instrumentOrAll is instrument, and venue.All without a symbol.
func (d *Desk) instrumentOrAll(symbol string) (int32, error) {
	if symbol == "" {
		return venue.All, nil
	}
	return d.instrument(symbol)
}

// asset returns the index of an asset. NOT_FOUND (UNKNOWN_ASSET) names those that are listed.
func (d *Desk) asset(code string) (int32, error) {
	if index, known := d.Listing.Asset(code); known {
		return index, nil
	}
	codes := make([]string, len(d.Listing.Assets))
	for n := range d.Listing.Assets {
		codes[n] = d.Listing.Assets[n].Code
	}
	return 0, unlisted("UNKNOWN_ASSET", "asset", code, codes)
}

func unlisted(reason, field, value string, listed []string) error {
	return errs.New(errs.NotFound, reason, "unknown %s %q: listed are %s", field, shown(value), strings.Join(listed, ", ")).
		With("field", field).With("value", shown(value))
}
