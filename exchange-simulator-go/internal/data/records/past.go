// This file leads a venue to a moment of its past, beside the daemon that may be writing the journal.

package records

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Past says where to go and how. The directory is only read: see journal.ReadOnly.
type Past struct {
	Directory journal.Directory
	Event     uint64 // stops after the command that gave it
	Command   uint64 // stops after this command; with neither, after the last one
	Whole     bool   // begins as early as there are commands, not with the newest snapshot that serves

	// Change is asked for what to apply instead of a command; of a snapshot, it is asked for the Configure that was in force.
	Change func(venue.Command) (venue.Command, error)
	Tell   func(business int64, sequence uint64, e *venue.Event) // what happens on the way; the event holds until it returns
	Passed func(commands uint64)                                 // now and then, how many were applied
}

// Reached is where a venue stands.
type Reached struct {
	Venue *venue.Venue
	First journal.Stamp // of the command that was applied first, zero when the snapshot was there already
	Last  journal.Stamp // of the command that was applied last, as First
}

// errReached ends a journey at its destination.
var errReached = errors.New("the venue is there")

// passedEach is after how many commands Passed is called and the context asked.
const passedEach = 1 << 14

// Read goes there. Errors: those of journal.History, OUT_OF_RANGE when the journal ends before the event (JOURNAL_ENDS), those of Change,
// FAILED_PRECONDITION when another version of the venue wrote the journal, and that of the context.
func (p *Past) Read(ctx context.Context) (*Reached, error) {
	from := uint64(math.MaxUint64)
	switch {
	case p.Whole:
		from = 0
	case p.Event > 0:
		from = p.Event
	}
	reached, err := p.read(ctx, from)
	var removed *errs.Error
	if p.Whole && errors.As(err, &removed) && removed.Reason == "SEQUENCE_TRUNCATED" {
		earliest, _ := strconv.ParseUint(removed.Metadata["earliest"], 10, 64)
		if p.Event == 0 || earliest <= p.Event {
			return p.read(ctx, earliest)
		}
	}
	return reached, err
}

// read begins with the newest snapshot that knows no event after from.
func (p *Past) read(ctx context.Context, from uint64) (*Reached, error) {
	t := &traveller{Past: p, ctx: ctx, state: NewState()}
	err := journal.History(p.Directory, from, t.state.Restore, t.visit)
	if err != nil && !errors.Is(err, errReached) {
		return nil, err
	}
	if last := t.state.Venue.Sequence(); last < p.Event {
		return nil, errs.New(errs.OutOfRange, "JOURNAL_ENDS", "go to event %d: the journal ends with event %d", p.Event, last)
	}
	return &Reached{Venue: t.state.Venue, First: t.first, Last: t.last}, nil
}

// traveller is a venue on its way.
type traveller struct {
	*Past
	ctx         context.Context
	state       *State
	first, last journal.Stamp
	applied     uint64
}

// visit applies the next command, unless the venue is there.
func (t *traveller) visit(version uint32, stamp journal.Stamp, payload []byte) error {
	if t.Event > 0 && t.state.Venue.Sequence() >= t.Event || t.Command > 0 && stamp.Sequence > t.Command {
		return errReached
	}
	if t.applied%passedEach == 0 {
		if t.applied > 0 && t.Passed != nil {
			t.Passed(t.applied)
		}
		if err := t.ctx.Err(); err != nil {
			return err
		}
	}
	if version != Version {
		return errs.New(errs.FailedPrecondition, "VERSION_DIFFERS", "command %d was taken by version %d of the venue, this is version %d: "+
			"use the program that wrote it", stamp.Sequence, version, Version)
	}
	if t.applied == 0 {
		t.first = stamp
		if configured := t.state.Venue.Configuration(); configured != nil && t.Change != nil {
			if err := t.apply(stamp, configured); err != nil {
				return err
			}
		}
	}
	command, err := venue.DecodeCommand(payload)
	if err == nil {
		err = t.apply(stamp, command)
	}
	if err != nil {
		return fmt.Errorf("command %d: %w", stamp.Sequence, err)
	}
	t.last = stamp
	t.applied++
	return nil
}

// apply applies a command, or what it is changed into. That the venue refuses it is part of the past, but for a configuration
// that was changed.
func (t *traveller) apply(stamp journal.Stamp, command venue.Command) (err error) {
	applied := command
	if t.Change != nil {
		if applied, err = t.Change(command); err != nil {
			return err
		}
	}
	answer := t.state.Apply(stamp, applied, func(e *venue.Event) {
		if t.Tell != nil {
			t.Tell(stamp.Business.UnixNano(), t.state.Venue.Sequence(), e)
		}
	})
	if _, configures := applied.(*venue.Configure); configures && t.Change != nil {
		return answer.Err
	}
	return nil
}
