package feed

import (
	"context"
	"fmt"
)

// barCourse is where a reader of bars is: each bar is due once it has closed, none is left out; and at the reader's pace the one
// under way.
type barCourse struct {
	line       *line
	length     uint64 // base ticks
	next       uint64 // bar to send when it has closed
	closedOnly bool
	pending    []*barBatch // from the archive, from next on
}

// openBars makes a reader one of bars. After is the base tick from which on a stream that does not start at the present goes on.
func (r *reader) openBars(request Request, newest *entry, after uint64, resumes bool) (err error) {
	if r.hub.archive == nil {
		return errNoPast()
	}
	b := &barCourse{length: ticksOf(request.Bars), closedOnly: request.ClosedOnly}
	if b.line, err = r.hub.chart.line(request.Bars, newest.sequence); err != nil {
		return err
	}
	closed := b.closedAt(newest.sequence)
	switch {
	case request.AfterSequence != 0:
		b.next = (after + 1) / b.length
	case resumes: // the first that opens then or later
		b.next = (after + b.length) / b.length
	case b.closedOnly && closed > 0:
		b.next = closed - 1
	default:
		b.next = closed
	}
	r.bars = b
	return nil
}

// wakes is the steps between two moments at which something may be due to the reader.
func (r *reader) wakes() uint64 {
	if r.bars == nil {
		return r.cursor.every
	}
	closes := uint64(1)
	if ticks := r.hub.schedule.ticks; r.bars.length%ticks == 0 {
		closes = greatestDivisor(r.bars.length/ticks, r.hub.ring.window())
	}
	if r.bars.closedOnly {
		return closes
	}
	return greatestDivisor(closes, r.cursor.every)
}

func greatestDivisor(a, b uint64) uint64 {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// closedAt is the number of bars that have closed when a base tick has gone.
func (b *barCourse) closedAt(sequence uint64) uint64 { return (sequence + 1) / b.length }

// advanceBars sends the next closed bar, or the one under way when it is due.
func (r *reader) advanceBars(ctx context.Context, send func(*Frame) error) (sent bool, err error) {
	b, newest := r.bars, r.hub.ring.newest.Load()
	if closed := b.closedAt(newest.sequence); b.next < closed {
		batch, err := r.closedBar(ctx, closed)
		if err != nil {
			return false, err
		}
		b.next++
		return true, r.sendBars(batch, send)
	}
	step, due := r.cursor.next(r.hub.ring.earliest(newest.step), newest.step)
	if !due || b.closedOnly {
		return false, nil
	}
	r.cursor.sent(step)
	sequence := r.hub.schedule.Sequence(step)
	if sequence/b.length != b.next {
		return true, nil // of a bar that was sent when it closed, or the stream starts later
	}
	batch, err := b.line.at(sequence)
	if batch == nil || err != nil {
		return err == nil, err // others are ahead: the next one is due soon
	}
	return true, r.sendBars(batch, send)
}

// closedBar is the bar to send next, one of those that have closed.
func (r *reader) closedBar(ctx context.Context, closed uint64) (batch *barBatch, err error) {
	b := r.bars
	if len(b.pending) == 0 && closed-b.next <= 1 {
		if batch, err = b.line.at((b.next+1)*b.length - 1); batch != nil || err != nil {
			return batch, err
		}
	}
	if len(b.pending) == 0 {
		if b.pending, err = r.hub.archive.closedBars(ctx, b.line.interval, b.next, closed); err != nil {
			return nil, err
		}
	}
	batch, b.pending = b.pending[0], b.pending[1:]
	return batch, nil
}

// sendBars sends the bars of the reader's instruments.
func (r *reader) sendBars(batch *barBatch, send func(*Frame) error) error {
	for _, instrument := range r.instruments {
		if err := send(&batch.frames[instrument]); err != nil {
			return fmt.Errorf("%w sequence %d: %w", errSending, batch.sequence, err)
		}
	}
	r.previous = batch.sequence
	return nil
}
