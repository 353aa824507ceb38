// Package historian keeps the history of accounts beside the venue: it follows the venue's events, answers for what is in the history
// by then, and leaves a checkpoint from which the next start goes on.
//
//	events -> History.Apply -> readers, a page at a time
//	              '-> every so many events: file "history" -> Acknowledge, so that the journal may drop the events
//
// The history is derived: without its file it begins with what the journal still has, and says what it misses.
package historian

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Consumer is the name under which the journal keeps events for the history: one of its Consumers.
const Consumer = records.History

// CheckpointEvents is how many events lie at least between two checkpoints: the journal keeps some 15 MB for them. When the history is
// large there are more, one for every recordsAnEvent records, so that an event never costs more than writing that many: half a
// million, or 30 MB, when it is full.
const CheckpointEvents = 250_000

const recordsAnEvent = 8

// Options are what a historian needs.
type Options struct {
	Machine    *records.Machine
	State      *records.State    // of the machine
	Directory  journal.Directory // where the checkpoint lies, the data directory
	Log        logrus.FieldLogger
	Registerer prometheus.Registerer // nil keeps the figures private

	CheckpointEvents uint64 // default CheckpointEvents
}

// Historian keeps the history. Make it with New and run it once. Its methods may be called at the same time.
type Historian struct {
	options  Options
	failures prometheus.Counter
	saved    uint64 // sequence of the last checkpoint
	tried    uint64 // sequence at which the last one was to be written
	applied  atomic.Uint64
	bell     bell
	ended    chan struct{}

	mu      sync.RWMutex // held to apply an event and to read
	history *history.History
}

// New makes a historian; it reads nothing yet.
func New(options Options) *Historian {
	if options.CheckpointEvents == 0 {
		options.CheckpointEvents = CheckpointEvents
	}
	h := &Historian{options: options, history: history.New(), ended: make(chan struct{})}
	h.measure()
	return h
}

// Run takes up the last checkpoint and follows the events until the context ends; then it leaves a checkpoint. An error is one of the
// journal: it was closed before, or its events cannot be read.
func (h *Historian) Run(ctx context.Context) error {
	defer close(h.ended)
	if err := h.load(ctx); err != nil {
		return ending(ctx, err)
	}
	err := ending(ctx, h.follow(ctx))
	h.checkpoint()
	return err
}

// ending is nil for the end of the context, which is no error.
func ending(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("follow the events for the history of accounts: %w", err)
}

// Read shows the history once it has the event of a sequence: with that of an answer it has what the answer is about. View must not
// keep the history. It fails when the context ends first, and with UNAVAILABLE when the historian has ended.
func (h *Historian) Read(ctx context.Context, sequence uint64, view func(*history.History)) error {
	if err := h.Wait(ctx, sequence); err != nil {
		return err
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	view(h.history)
	return nil
}

// Trades returns up to most trades in an instrument, 1 or more, by whomever, newest first, older than a cursor, 0 for the newest; it has
// all that were answered before. The cursor is for the next page, 0 when there is none. It fails as Read does.
func (h *Historian) Trades(
	ctx context.Context, instrument int32, before history.Cursor, most int,
) (trades []history.Trade, next history.Cursor, err error) {
	err = h.Read(ctx, h.options.Machine.Stats().Events, func(kept *history.History) {
		trades, next = kept.Trades(instrument, before, most, nil)
	})
	return trades, next, err
}

// Wait returns once the history has the event of a sequence. It fails as Read does.
func (h *Historian) Wait(ctx context.Context, sequence uint64) error {
	for h.applied.Load() < sequence {
		rung := h.bell.listen(sequence)
		if h.applied.Load() >= sequence {
			break
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return fmt.Errorf("wait until the history has event %d, it has %d: %w", sequence, h.applied.Load(), ctx.Err())
		case <-h.ended:
			return errs.New(errs.Unavailable, "HISTORY_ENDED", "the history of accounts has ended: try again when the daemon is up")
		}
	}
	return nil
}

// bell wakes those who wait for a sequence.
type bell struct {
	mu    sync.Mutex
	least uint64 // that somebody waits for
	rung  chan struct{}
}

func (b *bell) listen(sequence uint64) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung, b.least = make(chan struct{}), sequence
	}
	b.least = min(b.least, sequence)
	return b.rung
}

func (b *bell) ring(sequence uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil && sequence >= b.least {
		close(b.rung)
		b.rung = nil
	}
}
