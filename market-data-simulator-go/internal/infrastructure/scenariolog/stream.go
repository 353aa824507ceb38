// This file reads the stream, and notes what makes this replica's prices differ from another's.

package scenariolog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/redis/go-redis/v9"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/scenarios"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	"github.com/trading-ecosystem/service-kit-go/health"
)

const (
	field    = "entry"                // of a message of the stream
	page     = 1000                   // messages that are read at a time
	longPoll = 500 * time.Millisecond // a blocked read does not look at its context, so it must not be long

	// LateMark is how long a late entry degrades the daemon: as long as the ticks that lack it can be replayed.
	LateMark = time.Minute
)

func encode(entry scenario.Entry) string { return string(scenarios.Encode(entry)) }

// Run reads the stream until the context ends, which is its only end.
func (b *Book) Run(ctx context.Context) error {
	if b.options.Redis == nil {
		<-ctx.Done()
		return nil
	}
	retry := backoff.NewExponentialBackOff()
	retry.MaxInterval = 5 * time.Second
	for failed := false; ctx.Err() == nil; {
		err := b.read(ctx, failed)
		if ctx.Err() != nil {
			return nil
		}
		b.note(err)
		if failed = err != nil; !failed {
			retry.Reset()
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry.NextBackOff()):
		}
	}
	return nil
}

// read takes what is new in the stream, and waits for it a little when there is nothing. After a failure, Redis may have come
// back without what it held.
func (b *Book) read(ctx context.Context, failed bool) error {
	if failed {
		length, err := b.options.Redis.XLen(ctx, Stream).Result()
		if err != nil {
			return err
		}
		b.compare(length)
	}
	args := &redis.XReadArgs{Streams: []string{Stream, b.last}, Count: page, Block: longPoll}
	if !b.isCaughtUp() {
		args.Block = -1 // do not wait
	}
	answer, err := b.options.Redis.XRead(ctx, args).Result()
	if errors.Is(err, redis.Nil) {
		b.markCaughtUp()
		return nil
	}
	if err != nil {
		return err
	}
	for _, stream := range answer {
		b.decode(stream.Messages)
	}
	return nil
}

func (b *Book) isCaughtUp() bool {
	select {
	case <-b.caught:
		return true
	default:
		return false
	}
}

func (b *Book) markCaughtUp() {
	if !b.isCaughtUp() { // only the goroutine of Run does
		close(b.caught)
	}
}

// decode takes messages into the log. What cannot be read is left out, and said: other replicas may understand it.
func (b *Book) decode(messages []redis.XMessage) {
	var entries []scenario.Entry
	for _, message := range messages {
		text, _ := message.Values[field].(string)
		entry, err := scenarios.Decode([]byte(text))
		if err != nil {
			b.unreadable(message.ID, err)
			continue
		}
		entries = append(entries, entry)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last, b.count = messages[len(messages)-1].ID, b.count+int64(len(messages))
	b.take(entries)
}

// older tells whether one id of a stream, <milliseconds>-<number>, comes before another.
func older(a, b string) bool {
	parts := func(id string) (milliseconds, number uint64) {
		first, second, _ := strings.Cut(id, "-")
		milliseconds, _ = strconv.ParseUint(first, 10, 64)
		number, _ = strconv.ParseUint(second, 10, 64)
		return milliseconds, number
	}
	aTime, aNumber := parts(a)
	bTime, bNumber := parts(b)
	return cmp.Or(cmp.Compare(aTime, bTime), cmp.Compare(aNumber, bNumber)) < 0
}

// ills are what makes, or may make, prices differ between replicas. All are visible in /readyz; the book's lock guards them.
type ills struct {
	away       error // Redis, at present
	lost       error // entries that Redis does not have any more
	bad        error // the latest entry that could not be read
	late       error // the latest entry that came late
	lateAt     time.Time
	lateCount  int
	unreadable int
	since      time.Time
	state      health.State
	last       error
	lastAt     time.Time
}

func (b *Book) note(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if (err != nil) != (b.ills.away != nil) {
		if err != nil {
			b.options.Log.WithError(err).Warn("the scenario log cannot be read: scenarios that others inject meanwhile will come late")
		} else {
			b.options.Log.Info("the scenario log is read again")
		}
	}
	b.ills.away = err
}

func (b *Book) unreadable(id string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ills.unreadable++
	b.ills.bad = fmt.Errorf("entry %s is left out, so prices may differ from those of other replicas: %w", id, err)
	b.options.Log.WithError(err).WithField("entry", id).Error("an entry of the scenario log cannot be read")
}

// late notes an entry that became effective before it was heard of. The caller holds the lock.
func (b *Book) late(entry scenario.Entry, now time.Time) {
	b.ills.lateCount++
	b.ills.lateAt = time.Now()
	b.ills.late = fmt.Errorf("scenario %s was heard of at %s, after it became effective at %s: prices of that time were published without it, those from now on follow it",
		entry.ID, now.Format(time.RFC3339), entry.Effective.Format(time.RFC3339))
	b.options.Log.WithError(b.ills.late).WithField("scenario_id", entry.ID).Warn("a scenario came late")
}

// compare notes when Redis holds less than was read from it.
func (b *Book) compare(length int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ills.lost = nil
	if length < b.count {
		b.ills.lost = fmt.Errorf("redis holds %d of the %d entries that were read from it: a replica that starts now publishes other prices; restart all together",
			length, b.count)
	}
}

// Dependencies implements health.Source: "scenario-log", degraded while prices may differ from those of other replicas.
func (b *Book) Dependencies() []health.Dependency {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := &b.ills
	worst := cmp.Or(i.lost, i.bad, i.away)
	if time.Since(i.lateAt) < LateMark {
		worst = cmp.Or(worst, i.late)
	}
	if !b.isCaughtUp() {
		worst = cmp.Or(worst, errors.New("the scenario log has not been read yet: prices may lack scenarios"))
	}
	state := health.Up
	if worst != nil {
		state, i.last, i.lastAt = health.Degraded, worst, time.Now()
	}
	if state != i.state {
		i.state, i.since = state, time.Now()
	}
	dependency := health.Dependency{
		Name: "scenario-log", State: state, Since: i.since.UTC(), LastErrorAt: i.lastAt.UTC(),
		Detail: map[string]any{"entries": len(b.Log()), "late": i.lateCount, "unreadable": i.unreadable},
	}
	if i.last != nil {
		dependency.LastError = i.last.Error()
	}
	return []health.Dependency{dependency}
}
