package feed

import (
	"context"
	"errors"
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
	StartTime     time.Time     // start at this business time, after the first price; zero starts now
	Lossless      bool          // every step, however late; the interval does not apply
	Bars          time.Duration // one of BarIntervals: bars instead of updates; the interval is that of the one under way
	ClosedOnly    bool          // of bars: leave out the one under way
	Heartbeats    bool          // when nothing was sent for HeartbeatInterval
	Trades        bool          // with the trades since the update before
}

// Limits of a request.
const (
	MinInterval = path.TickInterval
	MaxInterval = 60 * time.Second

	// ResumeLead is how far a resumed sequence may lie ahead of this replica, in wall time: the one that published it may
	// run that much earlier. The stream goes on when this replica gets there.
	ResumeLead = time.Second
)

// reader is one open stream.
type reader struct {
	hub         *Hub
	instruments []int
	beat        *beat
	cursor      cursor
	previous    uint64     // sequence
	resumed     bool       // it did not start at the present
	pending     []*entry   // from the archive, in order
	bars        *barCourse // instead of updates
	heartbeats  bool
	trades      bool
}

// Stream sends a reader its updates until the context ends or a send fails. Send must be done with a frame when it
// returns, or treat it as read-only. OUT_OF_RANGE when the request cannot be resumed, RESOURCE_EXHAUSTED when a limit
// is reached. When the context ends with a cause of kind Unavailable, the stream ends with UNAVAILABLE, naming the
// sequence to resume after; else with the context's error.
func (h *Hub) Stream(ctx context.Context, request Request, send func(*Frame) error) error {
	leave, err := h.limits.admit(len(request.Instruments))
	if err != nil {
		h.metrics.refused(err)
		return err
	}
	defer leave()
	r, err := h.open(request)
	if err != nil {
		return err
	}
	h.metrics.streamOpened(r)
	defer h.beats.leave(r.beat)
	reason, err := r.run(ctx, send)
	h.metrics.streamClosed(r, reason)
	return err
}

func (h *Hub) open(request Request) (*reader, error) {
	newest := h.ring.newest.Load()
	if newest == nil {
		return nil, errNothingYet()
	}
	r := &reader{hub: h, instruments: request.Instruments, previous: request.AfterSequence, heartbeats: request.Heartbeats, trades: request.Trades}
	every := min(h.schedule.Steps(request.Interval), h.ring.window())
	if request.Lossless {
		every = 1
	}
	r.cursor = startNow(every)
	after, resumes := h.after(request)
	r.resumed = resumes
	if resumes {
		if err := h.checkResume(after, newest); err != nil {
			return nil, err
		}
	}
	switch {
	case request.Bars != 0:
		if err := r.openBars(request, newest, after, resumes); err != nil {
			return nil, err
		}
	case resumes:
		r.cursor = resumeAfter(after/h.schedule.ticks, newest.step, every)
		if h.archive != nil {
			r.cursor.deep()
		}
	}
	r.cursor.lossless = request.Lossless
	r.beat = h.beats.join(r.wakes())
	return r, nil
}

// after is the base tick after which a stream goes on that does not start at the present.
func (h *Hub) after(request Request) (sequence uint64, resumes bool) {
	if request.StartTime.IsZero() {
		return request.AfterSequence, request.AfterSequence != 0
	}
	return uint64(max(0, request.StartTime.Sub(h.schedule.epoch)-1) / path.TickInterval), true
}

// checkResume refuses a sequence further in the future than replicas can be apart, and, without an archive, one before the
// retained window.
func (h *Hub) checkResume(after uint64, newest *entry) error {
	earliest := h.schedule.Sequence(h.ring.earliest(newest.step))
	ahead := h.schedule.Sequence(newest.step + h.schedule.Steps(ResumeLead))
	if h.archive != nil {
		earliest = 0
	}
	if earliest <= after && after <= ahead {
		return nil
	}
	return errs.New(errs.OutOfRange, "SEQUENCE_NOT_RETAINED",
		"the stream is to go on after sequence %d: there is %d to %d; resume within it, or start with the latest price", after, earliest, newest.sequence).
		With("field", "after_sequence").With("value", strconv.FormatUint(after, 10)).
		With("earliest", strconv.FormatUint(earliest, 10)).With("latest", strconv.FormatUint(newest.sequence, 10))
}

// errSending marks the errors of the connection.
var errSending = errors.New("sending")

// run sends what is due and waits for more. It returns why it ended, for the metrics, and the error of the stream.
func (r *reader) run(ctx context.Context, send func(*Frame) error) (reason string, err error) {
	pulse := newPulse(r.heartbeats)
	defer pulse.stop()
	for ctx.Err() == nil {
		due, newest := r.beat.due(), r.hub.ring.newest.Load()
		sent, err := r.advance(ctx, send)
		switch {
		case sent || err != nil:
		case pulse.overdue():
			err = pulse.beat(newest, r.hub.schedule, send)
		default:
			select {
			case <-due:
			case <-ctx.Done():
			case <-pulse.due():
			}
		}
		switch {
		case sent:
			pulse.sent()
		case ctx.Err() != nil:
		case errors.Is(err, errSending):
			return "broken", err
		case err != nil:
			return "failed", err
		}
	}
	return r.ended(ctx)
}

// advance sends what is due next; false when the reader is up to date.
func (r *reader) advance(ctx context.Context, send func(*Frame) error) (sent bool, err error) {
	if r.bars != nil {
		return r.advanceBars(ctx, send)
	}
	e, err := r.next(ctx)
	if e == nil || err != nil {
		return false, err
	}
	if err := r.send(e, send); err != nil {
		return false, err
	}
	return true, nil
}

// next returns the entry to send, nil when there is none yet.
func (r *reader) next(ctx context.Context) (*entry, error) {
	newest := r.hub.ring.newest.Load().step
	step, ok := r.cursor.next(r.hub.ring.earliest(newest), newest)
	if !ok {
		return nil, nil
	}
	if e := r.hub.ring.at(step); e != nil {
		r.pending = nil
		return e, nil
	}
	return r.fromArchive(ctx, step, newest)
}

// fromArchive returns an entry that is not retained.
func (r *reader) fromArchive(ctx context.Context, step, newest uint64) (*entry, error) {
	if r.hub.archive == nil {
		if r.cursor.lossless {
			return nil, errNoPast()
		}
		return nil, nil
	}
	if len(r.pending) == 0 || r.pending[0].step != step {
		made, err := r.hub.archive.entries(ctx, step, r, newest)
		if err != nil {
			return nil, err
		}
		r.pending = made
	}
	e := r.pending[0]
	r.pending = r.pending[1:]
	return e, nil
}

func errNoPast() error {
	return errs.New(errs.OutOfRange, "SEQUENCE_NOT_RETAINED", "this feed retains the last %s and computes nothing that lies further back", Retained)
}

// send sends the reader's instruments at one entry, which all have the same previous sequence.
func (r *reader) send(e *entry, send func(*Frame) error) error {
	ready := r.batch(e)
	for _, instrument := range r.instruments {
		if ready.frames[instrument].bytes == nil {
			continue // withheld by a fault: the next update names it as the one before
		}
		if err := send(&ready.frames[instrument]); err != nil {
			return fmt.Errorf("%w sequence %d: %w", errSending, e.sequence, err)
		}
	}
	if skipped := r.cursor.skips(e.step); skipped > 0 {
		r.hub.metrics.conflated.Add(float64(skipped))
	}
	r.cursor.sent(e.step)
	r.previous = e.sequence
	return nil
}

// batch returns the frames of an entry: those of all readers of the interval, unless this one is late or new,
// or reads the past.
func (r *reader) batch(e *entry) *batch {
	if r.trades {
		after := r.cursor.last
		if r.cursor.fresh {
			after = e.step - min(e.step, 1)
		}
		return r.hub.withTrades(newBatch(e, r.previous, r.instruments, false), r.instruments, after)
	}
	upToDate := !e.past && e.step > r.cursor.every && r.previous == r.hub.schedule.Sequence(e.step-r.cursor.every)
	if upToDate {
		return r.beat.regular(e, r.previous, r.hub.everything)
	}
	return newBatch(e, r.previous, r.instruments, false)
}

func (r *reader) ended(ctx context.Context) (reason string, err error) {
	if errs.KindOf(context.Cause(ctx)) != errs.Unavailable {
		return "reader", ctx.Err()
	}
	return "shutdown", errs.New(errs.Unavailable, "SHUTTING_DOWN",
		"shutting down; resume elsewhere with after_sequence %d", r.previous).
		With("after_sequence", strconv.FormatUint(r.previous, 10))
}
