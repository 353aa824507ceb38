package marketfeed

// What the one goroutine does: copy the books once, then follow them event by event, and show what has changed after whole commands.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Run follows the venue until the context ends or the journal is closed. It starts with a copy of the books as they are. Should it ever
// be so far behind that its next event is gone, it starts again, and readers of books get new snapshots.
func (f *Feed) Run(ctx context.Context) error {
	for {
		err := f.follow(ctx)
		switch {
		case ctx.Err() != nil, errs.KindOf(err) == errs.Unavailable:
			return nil
		case errs.KindOf(err) == errs.OutOfRange:
			f.metrics.restarts.Inc()
			f.log.WithError(err).Warn("the market feed was left behind: it copies the books anew")
		default:
			return fmt.Errorf("follow the venue's events from %d on: %w", f.sequence.Load()+1, err)
		}
	}
}

// follow copies the books and follows them until something fails.
func (f *Feed) follow(ctx context.Context) error {
	sequence, err := f.copy(ctx)
	if err != nil {
		return err
	}
	reader, err := f.events(sequence + 1)
	if err != nil {
		return err
	}
	defer func() { _ = reader.Close() }()
	for {
		if err := f.batch(ctx, reader); err != nil {
			return err
		}
	}
}

// copy makes all books anew from the venue's own, and returns the sequence of the last event in them.
func (f *Feed) copy(ctx context.Context) (sequence uint64, err error) {
	books := make([]*depth.Book, len(f.boards))
	wall, business := f.faults.clock()
	var active []venue.Fault
	err = f.machine.Read(ctx, func() {
		v := f.state.Venue
		sequence, active = v.Sequence(), v.Faults(wall.UnixNano())
		for n := range books {
			if v.Listing() == nil { // before its first command
				books[n] = depth.New()
			} else {
				books[n] = depth.Of(v.Engine(int32(n)).Book())
			}
		}
	})
	if err != nil {
		return 0, err
	}
	for n, one := range f.boards {
		one.replace(books[n], sequence, business)
	}
	f.records = f.records[:0]
	f.tape.record(nil, false, sequence+1)
	f.faults.set(active)
	f.freeze()
	f.progress(sequence)
	return sequence, nil
}

// batch follows the events that are there, which end with a whole command, and shows what they have changed.
func (f *Feed) batch(ctx context.Context, reader *journal.Reader) error {
	e, err := f.next(ctx, reader)
	if err != nil {
		return err
	}
	last := e.Sequence + reader.Ahead()
	f.freeze() // faults begin and end by the clock, also between events
	f.recording = f.tape.wanted()
	defer f.release()
	for {
		if err := f.apply(&e); err != nil {
			return err
		}
		if e.Sequence == last {
			break
		}
		if e, err = reader.Next(ctx); err != nil {
			return err
		}
	}
	f.show()
	f.record(last + 1)
	if f.faultsMoved {
		if err := f.readFaults(ctx); err != nil {
			return err
		}
	}
	f.progress(last)
	return nil
}

// next returns the next event, and publishes until it comes what was put off.
func (f *Feed) next(ctx context.Context, reader *journal.Reader) (journal.Event, error) {
	for f.putOff {
		at := f.catchUp(time.Now())
		if f.putOff = !at.IsZero(); !f.putOff {
			break
		}
		until, cancel := context.WithDeadline(ctx, at)
		e, err := reader.Next(until)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return e, err
		}
	}
	return reader.Next(ctx)
}

// catchUp publishes what was put off until now, and returns when there is more to publish; the zero time is never.
func (f *Feed) catchUp(now time.Time) (next time.Time) {
	for _, one := range f.boards {
		next = earlier(next, one.catchUp(now))
	}
	return next
}

// most is how many events wait at most until they come on the tape.
const most = 1024

// apply decodes an event, once, and follows it.
func (f *Feed) apply(e *journal.Event) error {
	f.event = venue.Event{}
	if err := venue.DecodeEvent(e.Payload, &f.event); err != nil {
		return undecodable(e.Sequence, err)
	}
	switch kind := f.event.Kind; {
	case isOrders(kind):
		one := f.boards[f.event.Instrument]
		if !one.touched {
			one.begin()
			f.touched = append(f.touched, one)
		}
		one.apply(e, &f.event)
	case kind == venue.FaultBegan, kind == venue.FaultEnded:
		f.faultsMoved = true
	}
	if f.recording && isOrders(f.event.Kind) {
		f.records = append(f.records, newItem(e, &f.event))
		if len(f.records) >= most {
			f.record(e.Sequence + 1)
		}
	}
	return nil
}

// isOrders tells whether an event is about orders, and so about one instrument.
func isOrders(kind venue.EventKind) bool { return kind >= venue.OrderAccepted && kind <= venue.Traded }

// record puts what was gathered on the tape, which has all events before a sequence then.
func (f *Feed) record(until uint64) {
	f.tape.record(f.records, f.recording, until)
	clear(f.records)
	f.records = f.records[:0]
}

// show tells readers what whole commands have changed.
func (f *Feed) show() {
	now := time.Now()
	for _, one := range f.touched {
		if !one.publish(now) {
			f.putOff = true
		}
	}
	f.release()
}

// release lets readers look at the books again.
func (f *Feed) release() {
	for _, one := range f.touched {
		one.end()
	}
	f.touched = f.touched[:0]
}

// readFaults takes over what is active now. Events only say that something has changed.
func (f *Feed) readFaults(ctx context.Context) error {
	f.faultsMoved = false
	wall, _ := f.faults.clock()
	var active []venue.Fault
	if err := f.machine.Read(ctx, func() { active = f.state.Venue.Faults(wall.UnixNano()) }); err != nil {
		return err
	}
	f.faults.set(active)
	f.freeze()
	return nil
}

// freeze stops the books that a fault holds, and lets the others go on.
func (f *Feed) freeze() {
	if f.faults.quiet() && !f.holding {
		return
	}
	f.holding = false
	for n, one := range f.boards {
		_, stale := f.faults.Active(venue.StaleBook, int32(n))
		one.hold(stale)
		f.holding = f.holding || stale
	}
}

// progress notes how far the feed is.
func (f *Feed) progress(sequence uint64) {
	wall, _ := f.faults.clock()
	f.sequence.Store(sequence)
	f.moved.Store(wall.UnixNano())
}
