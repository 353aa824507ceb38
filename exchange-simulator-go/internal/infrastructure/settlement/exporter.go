// Package settlement hands what the venue executes over to the custodian: the event log is its outbox. One goroutine reads the
// events from the cursor on, makes instructions of the trades and of the deposits in transit, and submits them in order:
//
//	events after the cursor -> instructions -> batch -> SubmitInstructions -> cursor
//	                                             '--------- again, for ever, until it is answered
//
// The cursor moves only after the custodian has answered, so whatever happens to either side, a trade arrives at least once;
// the custodian makes it exactly once, since instructions are idempotent by their id and batches name the range of events they stand
// for. While the custodian is away the log grows; Backlog says by how much, for the venue to refuse orders before it is full.
package settlement

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Consumer is the name of the cursor, one of the Consumers of the venue's journal.
const Consumer = "settlement"

// Machine is what the exporter uses of the venue's journal (records.Machine).
type Machine interface {
	ID() journal.ID
	Events(from uint64) (*journal.Reader, error)
	Cursor(consumer string) uint64
	Acknowledge(consumer string, sequence uint64) error
	Stats() journal.Stats
	Read(ctx context.Context, view func()) error
}

// Venue is what the exporter reads of the state, within Machine.Read (venue.Venue).
type Venue interface {
	Listing() *instrument.Listing
	Ledger() *account.Ledger
}

// Options are what an exporter needs; all must be set.
type Options struct {
	Machine    Machine
	Venue      Venue
	Custodian  custodianv1.SettlementServiceClient
	Name       string // logical name of the venue, e.g. "exchange": the first part of the ids of its instructions, so it must never change
	Registerer prometheus.Registerer
	Log        logrus.FieldLogger
}

// Exporter hands over. Make it with New and run it once; its other methods may be called at any time, by several goroutines.
type Exporter struct {
	options Options
	journal string // the journal's id
	book    register
	next    uint64 // first event that was not handed over
	*report
}

// New makes an exporter; it starts nothing.
func New(options Options) *Exporter {
	id := options.Machine.ID()
	return &Exporter{
		options: options, journal: hex.EncodeToString(id[:]), book: register{machine: options.Machine, venue: options.Venue},
		report: newReport(options),
	}
}

// Run hands over until the context ends, and returns nil. Nothing else ends it: what cannot be done is tried again, and what the
// custodian refuses stops it until the custodian takes it.
func (e *Exporter) Run(ctx context.Context) error {
	e.next = e.options.Machine.Cursor(Consumer) + 1
	retry := newRetry()
	for ctx.Err() == nil {
		from := e.next
		err := e.export(ctx)
		if ctx.Err() != nil {
			break
		}
		if e.next > from {
			retry.Reset()
		}
		if missing, is := errors.AsType[*gap](err); is {
			err = e.rewind(missing)
		}
		if err != nil {
			e.failed(err)
			pause(ctx, waitAfter(err, retry))
		}
	}
	return nil
}

// export reads from the next event on and hands over until something fails.
func (e *Exporter) export(ctx context.Context) error {
	events, err := e.open()
	if err != nil {
		return err
	}
	defer func() { _ = events.Close() }() // it was only read
	for {
		gathered, err := e.gather(ctx, events)
		if err != nil {
			return err
		}
		if err := e.deliver(ctx, gathered); err != nil {
			return err
		}
	}
}

// open opens the log at the next event. After a crash the cursor may stand before events that were acknowledged and removed; then
// the earliest one that is there is next: should the custodian lack any before it, it says so.
func (e *Exporter) open() (*journal.Reader, error) {
	events, err := e.options.Machine.Events(e.next)
	refusal, is := errors.AsType[*errs.Error](err)
	if !is || refusal.Metadata["earliest"] == "" {
		return events, err
	}
	earliest, bad := strconv.ParseUint(refusal.Metadata["earliest"], 10, 64)
	if bad != nil {
		return nil, errors.Join(err, bad)
	}
	e.next = earliest
	return e.options.Machine.Events(earliest)
}

// rewind goes back to what the custodian lacks, as when it was restored from an older copy of its data.
func (e *Exporter) rewind(missing *gap) error {
	earliest := e.options.Machine.Stats().EarliestEvent
	if missing.next >= e.next || missing.next < max(earliest, 1) {
		return &stopped{fmt.Errorf("the custodian wants to go on from event %d of journal %s, but the log holds those from %d on and the export stands "+
			"at %d: restore the data of the custodian, or of the exchange, that belong together: %w", missing.next, e.journal, earliest, e.next,
			missing.cause), e.next}
	}
	e.options.Log.WithField("from", missing.next).WithField("instead_of", e.next).
		Warn("the custodian lacks events that it had acknowledged: they are handed over again")
	e.next = missing.next
	return nil
}

// pause waits, or until the context ends.
func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
