// Package retention keeps the event log within its bound. Events go when every consumer has acknowledged them and a snapshot was
// taken, which the journal does by itself now and then; when that does not suffice, this package takes snapshots, drops what is kept
// for the audit alone, and at last has new orders refused: what is to be settled is never dropped.
package retention

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

const (
	// Interval is how often the log is looked at.
	Interval = time.Second
	// Pause is the least time between two snapshots that are taken for room.
	Pause = 10 * time.Second
	// DefaultMegabytes is what the event log may take on disk by default.
	DefaultMegabytes = 512
	// LeastMegabytes is the least that it may be bounded to: it goes in segments.
	LeastMegabytes = 64
)

// Machine is what is needed of records.Machine.
type Machine interface {
	Stats() journal.Stats
	Cursor(consumer string) uint64
	Acknowledge(consumer string, sequence uint64) error
	Snapshot(context.Context) error
}

// Keeper keeps one log within its bound. Make it with New; Refusal and Dependencies may be called at any time.
type Keeper struct {
	machine Machine
	bound   int64 // bytes
	log     logrus.FieldLogger
	tracker *health.Tracker
	saved   time.Time
	dropped atomic.Uint64 // events that the audit has lost
	refusal atomic.Pointer[errs.Error]
}

// New makes a keeper for a log of so many bytes.
func New(machine Machine, bound int64, log logrus.FieldLogger) *Keeper {
	return &Keeper{machine: machine, bound: bound, log: log, tracker: health.NewTracker("event-log", health.Degraded)}
}

// Refusal says why new orders are not taken at present, nil when they are: RESOURCE_EXHAUSTED (EVENT_LOG_FULL) with a time to try again.
func (k *Keeper) Refusal() error {
	if refusal := k.refusal.Load(); refusal != nil {
		return refusal
	}
	return nil
}

// Dropped returns how many events were dropped before the audit had them.
func (k *Keeper) Dropped() uint64 { return k.dropped.Load() }

// Dependencies implements health.Source: "event-log", degraded while it is too full for new orders.
func (k *Keeper) Dependencies() []health.Dependency { return k.tracker.Dependencies() }

// Run looks after the log until the context ends, which is its only end.
func (k *Keeper) Run(ctx context.Context) error {
	ticker := time.NewTicker(Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			k.look(ctx)
		}
	}
}

// look makes room from three quarters of the bound on, and decides about new orders.
func (k *Keeper) look(ctx context.Context) {
	stats := k.machine.Stats()
	if stats.EventBytes > k.bound/4*3 {
		k.dropAudit(stats)
		if now := time.Now(); now.Sub(k.saved) >= Pause {
			k.saved = now
			if err := k.machine.Snapshot(ctx); err != nil && ctx.Err() == nil {
				k.log.WithError(err).Warn("a snapshot for room in the event log failed")
			}
			stats = k.machine.Stats()
		}
	}
	if ctx.Err() == nil {
		k.decide(stats)
	}
}

// dropAudit acknowledges for the audit what is more than half of the bound, as far as nobody else needs it.
func (k *Keeper) dropAudit(stats journal.Stats) {
	held := stats.Events + 1 - stats.EarliestEvent
	excess := uint64(float64(held) * float64(stats.EventBytes-k.bound/2) / float64(stats.EventBytes))
	before, target := k.machine.Cursor(records.Audit), stats.EarliestEvent-1+excess
	target = min(target, k.machine.Cursor(records.History), k.machine.Cursor(records.Settlement))
	if target <= before {
		return
	}
	if err := k.machine.Acknowledge(records.Audit, target); err != nil {
		k.log.WithError(err).Error("the events that the audit has not fetched could not be dropped")
		return
	}
	k.dropped.Add(target - max(before, stats.EarliestEvent-1))
	k.log.WithFields(logrus.Fields{"from": before + 1, "to": target, "bound_bytes": k.bound}).
		Warn("events were dropped that the audit has not fetched, to keep the event log within its bound: it will see a gap")
}

// decide refuses new orders while the log is full, and takes them again once there is room for a while.
func (k *Keeper) decide(stats journal.Stats) {
	switch full := k.refusal.Load() != nil; {
	case stats.EventBytes >= k.bound:
		refusal := k.full(stats)
		k.refusal.Store(refusal)
		k.tracker.Note(k.log, refusal, "new orders are refused, everything else goes on")
	case full && stats.EventBytes > k.bound/8*7:
	default:
		k.refusal.Store(nil)
		k.tracker.Note(k.log, nil, "")
	}
}

func (k *Keeper) full(stats journal.Stats) *errs.Error {
	slowest, cursor := records.Settlement, k.machine.Cursor(records.Settlement)
	if kept := k.machine.Cursor(records.History); kept < cursor {
		slowest, cursor = records.History, kept
	}
	return errs.New(errs.ResourceExhausted, "EVENT_LOG_FULL",
		"new orders are refused: the event log takes %d MB of EVENT_LOG_MB %d, and %s has taken only the events up to %d of %d: "+
			"see in /readyz what holds it up, or raise EVENT_LOG_MB", stats.EventBytes>>20, k.bound>>20, slowest, cursor, stats.Events).
		WithRetryAfter(Pause)
}
