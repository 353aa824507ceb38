// Package timers brings the venue its timers: it waits until something is due and then submits Advance, whose times are those of
// the journal. The venue itself has no clock.
package timers

import (
	"context"
	"math"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/health"
)

const (
	// Interval is the least time between two Advances: something that stays due, because business time has not quite come or
	// because something else is due at once, does not turn into a busy loop.
	Interval = 20 * time.Millisecond
	// Pause is the wait after an Advance was refused, by a full queue or a full disk.
	Pause = 250 * time.Millisecond
	// Glance is how often the clock is looked at again while nothing is due, should somebody have set it.
	Glance = time.Minute
)

// Options say what is waited for and who is told. All are needed.
type Options struct {
	Due     func() (business, wall int64)      // nanoseconds since 1970 UTC, math.MaxInt64 for never
	Changed <-chan struct{}                    // receives after Due has changed
	Wall    func(business time.Time) time.Time // when it is that business time
	Submit  func(context.Context, venue.Command) error
	Log     logrus.FieldLogger
}

// Timers are the timers of one venue. Make them with New.
type Timers struct {
	options Options
	tracker *health.Tracker
}

// New makes timers that do not run yet.
func New(options Options) *Timers {
	return &Timers{options: options, tracker: health.NewTracker("timers", health.Degraded)}
}

// Dependencies implements health.Source: "timers", degraded while the venue refuses to be told that something is due.
func (t *Timers) Dependencies() []health.Dependency { return t.tracker.Dependencies() }

// Run submits an Advance whenever one is due, until the context ends, which is its only end.
func (t *Timers) Run(ctx context.Context) error {
	earliest := time.Now()
	for {
		if !t.await(ctx, earliest) {
			return nil
		}
		err := t.options.Submit(ctx, &venue.Advance{})
		if ctx.Err() != nil {
			return nil
		}
		t.tracker.Note(t.options.Log, err, "what is due at the venue waits")
		earliest = time.Now().Add(Interval)
		if err != nil {
			earliest = time.Now().Add(Pause)
		}
	}
}

// await returns true once something is due, but not before a time, and false when the context ends.
func (t *Timers) await(ctx context.Context, earliest time.Time) bool {
	for {
		now := time.Now()
		next := t.next(now)
		if next.Before(earliest) {
			next = earliest
		}
		if !next.After(now) {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(min(next.Sub(now), Glance))
		select {
		case <-ctx.Done():
		case <-t.options.Changed:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return false
		}
	}
}

// next is the wall time at which something is due, a day ahead when nothing is.
func (t *Timers) next(now time.Time) time.Time {
	business, wall := t.options.Due()
	next := now.Add(24 * time.Hour)
	if wall != math.MaxInt64 {
		next = earlier(next, time.Unix(0, wall))
	}
	switch {
	case business <= 0: // at once; it need not be a time
		next = now
	case business != math.MaxInt64:
		next = earlier(next, t.options.Wall(time.Unix(0, business)))
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
