package grpcapi

// Order entry: commands on their way to the venue, and what a fault makes of that way.

import (
	"context"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// Faults are what the venue does wrong at its doors.
type Faults interface {
	// Active returns the fault of a kind that is active for an instrument; one for all instruments is active for each. For
	// venue.All it returns only one for all. It is asked for every order, so it must not wait for anything.
	Active(kind venue.FaultKind, instrument int32) (venue.Fault, bool)
}

// enter has a command of an instrument, or of venue.All, carried out; under a latency fault it waits first.
func (s *TradingServer) enter(ctx context.Context, instrument int32, command venue.Command) (venue.Answer, error) {
	if wait := s.latency(instrument); wait > 0 {
		if err := pause(ctx, wait); err != nil {
			return venue.Answer{}, err
		}
	}
	return s.submit(ctx, command)
}

// pause waits, unless the context ends first.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// latency draws how long a command of an instrument, or of venue.All, has to wait; 0 without a fault.
func (s *TradingServer) latency(instrument int32) time.Duration {
	if s.Faults == nil {
		return 0
	}
	fault, active := s.Faults.Active(venue.EntryLatency, instrument)
	if !active {
		return 0
	}
	wait := fault.Delay
	if fault.Jitter > 0 {
		wait += s.Random(fault.Jitter)
	}
	return time.Duration(wait)
}

// delayedInstrument returns the instrument of an order while any has a latency fault of its own, else venue.All: only then is
// it worth to look.
func (s *TradingServer) delayedInstrument(ctx context.Context, meant venue.Target) int32 {
	if s.Faults == nil {
		return venue.All
	}
	for number := range s.Listing.Instruments {
		if _, active := s.Faults.Active(venue.EntryLatency, int32(number)); active {
			if order, err := s.order(ctx, meant); err == nil {
				return order.Instrument
			}
			return venue.All
		}
	}
	return venue.All
}
