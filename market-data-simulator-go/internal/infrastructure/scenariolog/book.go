// Package scenariolog is the scenario log that replicas share: a Redis stream, read from its beginning by each of them, so that
// all apply the same entries in the same order. Without Redis there is one replica, and the log is its own.
//
//	Append -> XADD fleet:scenarios -> every replica: XREAD -> Log -> Prices (what the feed asks)
//
// The stream is never trimmed: prices of the past follow from it. It is bounded by refusing entries past MaxEntries.
package scenariolog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

const (
	// Stream is the Redis stream of the log.
	Stream = "fleet:scenarios"

	// Lead is the wall time that lies at least between an entry and its effect, so that every replica hears of it before.
	Lead = 2 * time.Second

	// MaxEntries is how many entries the log holds at most: about 4 MB.
	MaxEntries = 10_000

	// Patience is how long an append may take.
	Patience = 3 * time.Second
)

// Options are what a book needs.
type Options struct {
	Redis redis.UniversalClient // nil: this replica is alone
	Clock simclock.Mapping
	Log   logrus.FieldLogger
}

// Book is the log as this replica knows it. Make it with New, and run it. It is safe for concurrent use.
type Book struct {
	options Options
	current atomic.Pointer[scenario.Log]

	mu      sync.Mutex
	last    string        // id of the newest entry of the stream that was read
	count   int64         // entries of the stream that were read
	grown   chan struct{} // closed and replaced when something was read
	caught  chan struct{} // closed when the stream was read to its end for the first time
	serving bool          // prices are published by now
	ills    ills
}

// New makes a book without entries.
func New(options Options) *Book {
	b := &Book{options: options, last: "0", grown: make(chan struct{}), caught: make(chan struct{})}
	b.current.Store(&scenario.Log{})
	b.ills.since, b.ills.state = time.Now(), health.Up
	if options.Redis == nil {
		close(b.caught)
	}
	return b
}

// Log is the entries that are known now.
func (b *Book) Log() scenario.Log { return *b.current.Load() }

// Now is the business time now.
func (b *Book) Now() time.Time { return b.options.Clock.Business(time.Now()) }

// Earliest is the earliest business time at which an entry that is appended now can be effective: a whole second.
func (b *Book) Earliest() time.Time {
	business := b.options.Clock.Business(time.Now().Add(Lead))
	if whole := business.Truncate(time.Second); whole.Before(business) {
		return whole.Add(time.Second)
	}
	return business
}

// CaughtUp waits until the log has been read for the first time, but not longer than a time; from then on prices are
// published, and an entry whose effective time has passed comes late.
func (b *Book) CaughtUp(ctx context.Context, patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-b.caught:
	case <-timer.C:
		b.options.Log.Warn("the scenario log could not be read in time: prices begin without it")
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.serving = true
}

// Append adds an entry and returns when it is in this replica's log. UNAVAILABLE when Redis does not answer: the entry may
// then be in the log nevertheless, and appending it again is safe, because of one id the first entry counts.
// RESOURCE_EXHAUSTED when the log is full.
func (b *Book) Append(ctx context.Context, entry scenario.Entry) error {
	if len(b.Log()) >= MaxEntries {
		return errs.New(errs.ResourceExhausted, "SCENARIO_LOG_FULL",
			"the scenario log holds %d entries, which is its limit, and prices of the past follow from it: to begin a new one, stop all replicas and delete the Redis key %s",
			MaxEntries, Stream).With("limit", strconv.Itoa(MaxEntries))
	}
	if b.options.Redis == nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.take([]scenario.Entry{entry})
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	id, err := b.options.Redis.XAdd(ctx, &redis.XAddArgs{Stream: Stream, Values: []any{field, encode(entry)}}).Result()
	if err != nil {
		return away(err)
	}
	return b.await(ctx, id)
}

// await waits until an entry of the stream has been read.
func (b *Book) await(ctx context.Context, id string) error {
	for {
		b.mu.Lock()
		read, grown := !older(b.last, id), b.grown
		b.mu.Unlock()
		if read {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return away(ctx.Err())
		}
	}
}

func away(err error) error {
	return errs.New(errs.Unavailable, "SCENARIO_LOG_AWAY",
		"Redis, through which the replicas agree on scenarios, does not answer: try again with the same scenario_id: %w", err).
		WithRetryAfter(Lead)
}

// take adds entries to the log, notes those that come late, and wakes who waits. The caller holds the lock.
func (b *Book) take(entries []scenario.Entry) {
	now := b.Now()
	for _, entry := range entries {
		b.say(entry)
		if b.serving && entry.Effective.Before(now) {
			b.late(entry, now)
		}
	}
	log := append(slices.Clip(b.Log()), entries...)
	b.current.Store(&log)
	close(b.grown)
	b.grown = make(chan struct{})
}

// say tells the log of the daemon what begins or ends.
func (b *Book) say(entry scenario.Entry) {
	line := b.options.Log.WithFields(logrus.Fields{"scenario_id": entry.ID, "effective": entry.Effective.Format(time.RFC3339)})
	if entry.Cancel {
		line.Info("scenario cancelled")
		return
	}
	kinds := ""
	for _, phase := range entry.Phases {
		kinds += fmt.Sprintf(" %s", phase.Kind)
	}
	line.WithField("phases", kinds).Info("scenario injected")
}
