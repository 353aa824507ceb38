package marketfeed

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Request is what a reader of events wants.
type Request struct {
	Kind   string                  // Trades or Executions
	From   uint64                  // first sequence; 0 is what happens from now on
	Wants  func(*venue.Event) bool // asked of each event about orders
	Opened func() error            // called once, when nothing that happens from then on can be missed
	Each   func(*Item) error       // called with each event that is wanted, in order, without a gap
}

// StreamEvents sends a reader the events that it wants until the context ends, which it returns the error of, or something fails.
// RESOURCE_EXHAUSTED (TOO_MANY_SUBSCRIBERS) when the limit is reached. OUT_OF_RANGE when the journal has the sequence no longer
// (SEQUENCE_NOT_RETAINED, the metadata names the "earliest") or not yet (SEQUENCE_AHEAD, it names the "next").
func (f *Feed) StreamEvents(ctx context.Context, request Request) error {
	leave, err := f.admit(request.Kind)
	if err != nil {
		return err
	}
	defer leave()
	next := request.From
	if next == 0 {
		next = f.machine.Stats().Events + 1
	}
	if err := f.check(next); err != nil {
		return err
	}
	if err := request.Opened(); err != nil {
		return err
	}
	return f.tape.follow(ctx, next, request.Wants, request.Each)
}

// check refuses a sequence that the journal cannot begin with.
func (f *Feed) check(from uint64) error {
	reader, err := f.events(from)
	if err != nil {
		return notRetained(from, err)
	}
	return reader.Close()
}

// notRetained is the error of a journal that has lost a sequence, in the words of this door. Others are left as they are.
func notRetained(from uint64, err error) error {
	lost, known := errors.AsType[*errs.Error](err)
	if !known || lost.Kind != errs.OutOfRange || lost.Metadata["earliest"] == "" {
		return err
	}
	earliest := lost.Metadata["earliest"]
	return errs.New(errs.OutOfRange, "SEQUENCE_NOT_RETAINED", "events from sequence %d on are asked for, and are not retained: the earliest is %s: "+
		"go on from there, and account for the gap", from, earliest).
		With("field", "from_sequence").With("value", strconv.FormatUint(from, 10)).With("earliest", earliest)
}

func undecodable(sequence uint64, err error) error {
	return fmt.Errorf("decode event %d: %w", sequence, err)
}
