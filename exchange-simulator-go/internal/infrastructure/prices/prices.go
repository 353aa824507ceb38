// Package prices brings the venue its reference prices: it follows market data for ever, whichever starts first, and submits what
// changed, at most ten times a second. A symbol without an update for a while is told to be stale, so that the venue's own
// participants do not quote from the past.
//
//	StreamPrices -> board (latest of each symbol) -> SetReferences
package prices

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
)

const (
	// Interval is the wall time between two commands, and so between two references of a symbol.
	Interval = 100 * time.Millisecond
	// StaleAfter is the wall time without an update after which a symbol is stale.
	StaleAfter = 3 * time.Second
)

// Options say where prices come from and who is told. All are needed.
type Options struct {
	Prices marketdatav1.MarketDataServiceClient
	Submit func(context.Context, venue.Command) error
	Log    logrus.FieldLogger
}

// Feed is the reference prices of one venue. Make it with New, tell it what is listed, and run it once.
type Feed struct {
	options Options
	tracker *health.Tracker

	mu     sync.Mutex
	board  *board
	listed chan struct{} // closed when the board is replaced
	away   error         // why there is no stream at present
}

// New makes a feed that follows nothing yet.
func New(options Options) *Feed {
	f := &Feed{
		options: options, tracker: health.NewTracker("reference-prices", health.Degraded),
		board: newBoard(&instrument.Listing{}, time.Now()), listed: make(chan struct{}),
	}
	f.tracker.Observe(fmt.Errorf("no price has come from market-data yet"))
	return f
}

// List makes the feed follow what is listed from now on.
func (f *Feed) List(listing *instrument.Listing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.board = newBoard(listing, time.Now())
	close(f.listed)
	f.listed = make(chan struct{})
}

// Dependencies implements health.Source: "reference-prices", degraded while a symbol is without.
func (f *Feed) Dependencies() []health.Dependency { return f.tracker.Dependencies() }

// Ages returns the wall time since the last update of each symbol, or since the feed began to follow it.
func (f *Feed) Ages() map[string]time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.board.ages(time.Now())
}

// Run follows market data until the context ends, which is its only end.
func (f *Feed) Run(ctx context.Context) error {
	var follower sync.WaitGroup
	defer follower.Wait()
	follower.Go(func() { f.follow(ctx) })
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			f.publish(ctx)
		}
	}
}

// publish submits what changed since the last command. What the venue refuses, e.g. because its queue is full, is not tried
// again: the next prices are on their way. A change between stale and fresh stands until it was taken.
func (f *Feed) publish(ctx context.Context) {
	f.mu.Lock()
	board := f.board
	quotes, stale := board.take(time.Now())
	problem := f.problem(stale)
	f.mu.Unlock()
	if len(quotes) > 0 {
		if err := f.options.Submit(ctx, &venue.SetReferences{Quotes: quotes}); err == nil {
			f.mu.Lock()
			board.taken(quotes)
			f.mu.Unlock()
		}
	}
	if ctx.Err() == nil {
		f.tracker.Note(f.options.Log, problem, "the venue's own participants do not quote without reference prices")
	}
}

// problem says what is wrong with the prices of the stale symbols. The caller holds the lock.
func (f *Feed) problem(stale []string) error {
	switch {
	case len(stale) == 0:
		return nil
	case f.away != nil:
		return fmt.Errorf("no reference price of %s: %w", strings.Join(stale, ", "), f.away)
	default:
		return fmt.Errorf("no reference price of %s for %s", strings.Join(stale, ", "), StaleAfter)
	}
}
