// This file follows the events of the venue.

package historian

import (
	"context"
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// load takes up the last checkpoint. One that cannot be used is left alone until the next one replaces it.
func (h *Historian) load(ctx context.Context) error {
	listing, err := h.listing(ctx)
	if err != nil {
		return err
	}
	loaded, err := loadCheckpoint(h.options.Directory, h.options.Machine.ID(), listing)
	if err == nil && loaded != nil {
		err = h.take(loaded)
	}
	if err != nil {
		h.options.Log.WithError(err).WithField("file", File).
			Error("the history of accounts is refused and begins anew with the events that the journal still has")
	}
	return nil
}

// take makes a history the one that is kept. The journal hears of it once more: it may not have before it was killed.
func (h *Historian) take(loaded *history.History) error {
	sequence := loaded.Sequence()
	if err := h.options.Machine.Acknowledge(Consumer, sequence); err != nil {
		return fmt.Errorf("%s has events up to %d, which the journal lacks; was that restored? %w", File, sequence, err)
	}
	h.mu.Lock()
	h.history = loaded
	h.mu.Unlock()
	h.saved, h.tried = sequence, sequence
	h.applied.Store(sequence)
	h.bell.ring(sequence)
	return nil
}

// listing reads what the venue lists by now, nil before it lists anything.
func (h *Historian) listing(ctx context.Context) (listing *instrument.Listing, err error) {
	err = h.options.Machine.Read(ctx, func() { listing = h.options.State.Venue.Listing() })
	return listing, err
}

// follow reads events until the context ends or the journal does. It returns why.
func (h *Historian) follow(ctx context.Context) error {
	for {
		reader, err := h.open(ctx)
		if err != nil {
			return err
		}
		err = h.consume(ctx, reader)
		err = errors.Join(err, reader.Close())
		if errs.KindOf(err) != errs.OutOfRange { // else events were dropped that it had not read
			return err
		}
	}
}

// open opens a reader where the history ends, or at the earliest event when that one was dropped.
func (h *Historian) open(ctx context.Context) (*journal.Reader, error) {
	reader, err := h.options.Machine.Events(h.applied.Load() + 1)
	for errs.KindOf(err) == errs.OutOfRange && ctx.Err() == nil { // again when the earliest is dropped meanwhile
		reader, err = h.options.Machine.Events(0)
	}
	return reader, err
}

// consume applies what a reader reads.
func (h *Historian) consume(ctx context.Context, reader *journal.Reader) error {
	var e venue.Event
	for {
		event, err := reader.Next(ctx)
		if err != nil {
			return err
		}
		if err := venue.DecodeEvent(event.Payload, &e); err != nil {
			return err
		}
		if missed := event.Sequence - h.applied.Load() - 1; missed > 0 {
			if err := h.jump(ctx, missed); err != nil {
				return err
			}
		}
		if e.Kind == venue.Configured {
			if err := h.list(ctx); err != nil {
				return err
			}
		}
		h.mu.Lock()
		h.history.Apply(event.Sequence, event.Business.UnixNano(), &e)
		h.mu.Unlock()
		h.applied.Store(event.Sequence)
		h.bell.ring(event.Sequence)
		if h.isDue() {
			h.checkpoint()
		}
	}
}

// jump gets over events that are gone: which accounts they opened is read from the venue.
func (h *Historian) jump(ctx context.Context, missed uint64) error {
	h.options.Log.WithFields(logrus.Fields{"missed": missed, "after": h.applied.Load()}).
		Error("the journal has dropped events that the history of accounts had not read: what they did is missing in statements and fills")
	var names []string
	err := h.options.Machine.Read(ctx, func() {
		ledger := h.options.State.Venue.Ledger()
		for number := range ledger.Accounts() {
			names = append(names, ledger.Account(number).Name)
		}
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	for number, name := range names {
		h.history.Enrol(int32(number), name)
	}
	h.mu.Unlock()
	return h.list(ctx)
}

// list tells the history what the venue lists by now, which is at least what it listed at any event before.
func (h *Historian) list(ctx context.Context) error {
	listing, err := h.listing(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	h.history.List(listing)
	h.mu.Unlock()
	return nil
}
