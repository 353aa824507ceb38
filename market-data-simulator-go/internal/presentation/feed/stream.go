package feed

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Request is what a reader wants.
type Request struct {
	Instruments   []int         // positions, each once
	Interval      time.Duration // wall time between two updates
	AfterSequence uint64        // resume after this sequence; 0 starts now
	Trades        bool          // with the trades since the update before
}

// Limits of a request.
const (
	MinInterval = path.TickInterval
	MaxInterval = 60 * time.Second

	// ResumeLead is how far a resumed sequence may lie ahead of this replica, in wall time: the one that published it may
	// run that much earlier. The stream goes on when this replica gets there.
	ResumeLead = time.Second

	// RetryFullAfter is when a reader that found the feed full should try again.
	RetryFullAfter = 5 * time.Second
)

// reader is one open stream.
type reader struct {
	hub         *Hub
	instruments []int
	beat        *beat
	cursor      cursor
	previous    uint64 // sequence
	trades      bool
}

// Stream sends a reader its updates until the context ends or a send fails. Send must be done with a frame when it
// returns, or treat it as read-only. OUT_OF_RANGE when the request cannot be resumed, RESOURCE_EXHAUSTED when too many
// streams are open. When the context ends with a cause of kind Unavailable, the stream ends with UNAVAILABLE, naming the
// sequence to resume after; else with the context's error.
func (h *Hub) Stream(ctx context.Context, request Request, send func(*Frame) error) error {
	if h.subscribers.Add(1) > h.limit {
		h.subscribers.Add(-1)
		return h.errFull()
	}
	defer h.subscribers.Add(-1)
	r, err := h.open(request)
	if err != nil {
		return err
	}
	h.metrics.streamOpened(request.AfterSequence != 0)
	defer h.beats.leave(r.beat)
	reason, err := r.run(ctx, send)
	h.metrics.streamClosed(reason)
	return err
}

func (h *Hub) errFull() error {
	return errs.New(errs.ResourceExhausted, "TOO_MANY_SUBSCRIBERS",
		"%d price streams are open, which is the limit: try another replica, or again in %s", h.limit, RetryFullAfter).
		With("limit", strconv.FormatInt(h.limit, 10)).WithRetryAfter(RetryFullAfter)
}

func (h *Hub) open(request Request) (*reader, error) {
	newest := h.ring.newest.Load()
	if newest == nil {
		return nil, errNothingYet()
	}
	r := &reader{hub: h, instruments: request.Instruments, previous: request.AfterSequence, trades: request.Trades}
	every := min(h.schedule.Steps(request.Interval), h.ring.window())
	r.cursor = startNow(every)
	if after := request.AfterSequence; after != 0 {
		if err := h.checkResume(after, newest); err != nil {
			return nil, err
		}
		r.cursor = resumeAfter(after/h.schedule.ticks, newest.step, every)
	}
	r.beat = h.beats.join(every)
	return r, nil
}

// checkResume refuses a sequence before the retained window, or further in the future than replicas can be apart.
func (h *Hub) checkResume(after uint64, newest *entry) error {
	earliest := h.schedule.Sequence(h.ring.earliest(newest.step))
	ahead := h.schedule.Sequence(newest.step + h.schedule.Steps(ResumeLead))
	if earliest <= after && after <= ahead {
		return nil
	}
	return errs.New(errs.OutOfRange, "SEQUENCE_NOT_RETAINED",
		"after_sequence is %d: the retained window is %d to %d; resume within it, or leave after_sequence out to start with the latest price",
		after, earliest, newest.sequence).
		With("field", "after_sequence").With("value", strconv.FormatUint(after, 10)).
		With("earliest", strconv.FormatUint(earliest, 10)).With("latest", strconv.FormatUint(newest.sequence, 10))
}

// run sends what is due and waits for more. It returns why it ended, for the metrics, and the error of the stream.
func (r *reader) run(ctx context.Context, send func(*Frame) error) (reason string, err error) {
	for ctx.Err() == nil {
		due := r.beat.due()
		if entry := r.next(); entry != nil {
			if err := r.send(entry, send); err != nil && ctx.Err() == nil {
				return "broken", fmt.Errorf("sending sequence %d: %w", entry.sequence, err)
			}
			continue
		}
		select {
		case <-due:
		case <-ctx.Done():
		}
	}
	return r.ended(ctx)
}

// next returns the entry to send, nil when there is none yet.
func (r *reader) next() *entry {
	newest := r.hub.ring.newest.Load().step
	if step, ok := r.cursor.next(r.hub.ring.earliest(newest), newest); ok {
		return r.hub.ring.at(step)
	}
	return nil
}

// send sends the reader's instruments at one entry, which all have the same previous sequence.
func (r *reader) send(e *entry, send func(*Frame) error) error {
	ready := r.batch(e)
	for _, instrument := range r.instruments {
		if ready.frames[instrument].bytes == nil {
			continue // withheld by a fault: the next update names it as the one before
		}
		if err := send(&ready.frames[instrument]); err != nil {
			return err
		}
	}
	if skipped := r.cursor.skips(e.step); skipped > 0 {
		r.hub.metrics.conflated.Add(float64(skipped))
	}
	r.cursor.sent(e.step)
	r.previous = e.sequence
	return nil
}

// batch returns the frames of an entry: those of all readers of the interval, unless this one is late or new.
func (r *reader) batch(e *entry) *batch {
	if r.trades {
		after := r.cursor.last
		if r.cursor.fresh {
			after = e.step - min(e.step, 1)
		}
		return r.hub.withTrades(newBatch(e, r.previous, r.instruments), r.instruments, after)
	}
	upToDate := e.step > r.cursor.every && r.previous == r.hub.schedule.Sequence(e.step-r.cursor.every)
	if upToDate {
		return r.beat.regular(e, r.previous, r.hub.everything)
	}
	return newBatch(e, r.previous, r.instruments)
}

func (r *reader) ended(ctx context.Context) (reason string, err error) {
	if errs.KindOf(context.Cause(ctx)) != errs.Unavailable {
		return "reader", ctx.Err()
	}
	return "shutdown", errs.New(errs.Unavailable, "SHUTTING_DOWN",
		"shutting down; resume elsewhere with after_sequence %d", r.previous).
		With("after_sequence", strconv.FormatUint(r.previous, 10))
}
