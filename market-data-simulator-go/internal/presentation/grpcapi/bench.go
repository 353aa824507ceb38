// This file keeps simulations from starving the feed: only so many compute at a time, and only so many wait.

package grpcapi

import (
	"context"
	"runtime"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxSimulations is how many calls may be under way at once, most of them waiting: each may hold tens of megabytes.
const MaxSimulations = 16

// busyRetry is when one simulation too many is told to try again.
const busyRetry = 5 * time.Second

// bench has seats for all calls under way, and fewer desks at which they compute: one core is left to the feed where there
// are two or more.
type bench struct {
	seats chan struct{}
	desks chan struct{}
}

func newBench() *bench {
	return &bench{seats: make(chan struct{}, MaxSimulations), desks: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// seat is one call's. It may compute unless it has risen.
type seat struct {
	bench  *bench
	atDesk bool
}

// sit takes a seat, or refuses when there is none, and waits for a desk.
func (b *bench) sit(ctx context.Context) (*seat, error) {
	select {
	case b.seats <- struct{}{}:
	default:
		return nil, errs.New(errs.ResourceExhausted, "SIMULATIONS_BUSY", "%d simulations are under way or waiting, which is the limit: try again later", MaxSimulations).
			WithRetryAfter(busyRetry)
	}
	taken := &seat{bench: b}
	if err := taken.resume(ctx); err != nil {
		taken.leave()
		return nil, err
	}
	return taken, nil
}

// rise gives the desk to somebody else for a while.
func (s *seat) rise() {
	if s.atDesk {
		s.atDesk = false
		<-s.bench.desks
	}
}

// resume waits for a desk, as long as the context lasts.
func (s *seat) resume(ctx context.Context) error {
	select {
	case s.bench.desks <- struct{}{}:
		s.atDesk = true
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// leave gives up desk and seat.
func (s *seat) leave() {
	s.rise()
	<-s.bench.seats
}
