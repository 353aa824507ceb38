// Package feed publishes prices: each base tick is computed once, encoded once for all its readers and kept for a minute,
// so that a reader who was away can go on where it stopped.
//
//	Run (one goroutine) -> Source.At -> encode -> ring of the last 60 s -> beat of each interval -> N readers
//
// Readers have no queues. Each is a cursor into the ring, moved by the goroutine of its own stream: one that is slow finds
// newer entries when it comes back, is told how many it missed, and has cost nobody else anything. A stream costs its
// goroutine and its cursor, however slow it is.
//
// What is no longer in the ring is computed again from the same source (archive), for streams that start in the past and for those
// that must not miss a tick. Bars are folded from it, too (chart).
package feed

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Source computes prices; a path.Path is one. Only one goroutine asks it.
type Source interface {
	// At fills in the quote of each instrument at a base tick. It is asked for rising sequences.
	At(sequence uint64, quotes []path.Quote) error
}

// Options are what a hub needs.
type Options struct {
	Source        Source
	Instruments   []instrument.Instrument // in the order of the source's quotes
	Schedule      Schedule
	Subscribers   int // most open streams; 0 means DefaultSubscribers
	Subscriptions int // most symbols of all streams together; 0 means DefaultSubscriptions
	Registerer    prometheus.Registerer
	Log           logrus.FieldLogger // nil: of its own

	// Past opens a source of its own with the same prices, which has been at a base tick. Nil: streams begin no earlier than the
	// retained window, and there are no bars.
	Past func(until uint64) (Charted, error)
}

// Hub computes, keeps and hands out the published ticks. Make it with New, and run it.
type Hub struct {
	schedule   Schedule
	maker      *maker
	everything []int // the positions of all instruments
	ring       *ring
	beats      *beats
	archive    *archive
	chart      *chart
	metrics    *metrics
	faults     *Faults
	limits     limits
}

// New makes a hub; it publishes nothing before Run.
func New(options Options) *Hub {
	h := &Hub{
		schedule: options.Schedule,
		maker:    newMaker(options.Source, options.Schedule, options.Instruments),
		ring:     newRing(options.Schedule.Steps(Retained)),
		beats:    newBeats(),
		archive:  newArchive(options),
		chart:    newChart(options),
		metrics:  newMetrics(options.Registerer),
		faults:   newFaults(options.Schedule, options.Log, options.Registerer),
		limits:   newLimits(options),
	}
	for position := range options.Instruments {
		h.everything = append(h.everything, position)
	}
	return h
}

// longestSleep bounds how long a step of the wall clock can go unnoticed.
const longestSleep = time.Second

// Run publishes each step when it is due, until the context ends. It starts with the steps of the last 60 s, as if it
// had always run, so that a reader can resume here what it read from another replica. After a pause (a suspended
// machine, a clock set forward) it goes on at the present in the same way. A clock set back publishes nothing until it
// has caught up: sequences never fall.
func (h *Hub) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		now := time.Now()
		if err := h.publishDue(now); err != nil {
			return err
		}
		timer.Reset(min(h.schedule.Wall(h.following()).Sub(now), longestSleep))
	}
}

// following is the step to publish next.
func (h *Hub) following() uint64 {
	if newest := h.ring.newest.Load(); newest != nil {
		return newest.step + 1
	}
	return 0
}

func (h *Hub) publishDue(now time.Time) error {
	due, ok := h.schedule.Due(now)
	if !ok || due < h.following() {
		return nil
	}
	return h.publish(h.following(), due, now)
}

// publish computes the steps from one to another, as far as they are retained, and wakes the readers once.
func (h *Hub) publish(from, to uint64, now time.Time) error {
	var last *entry
	for step := max(from, h.ring.earliest(to)); step <= to; step++ {
		computed, err := h.compute(step, now)
		if err != nil {
			return err
		}
		h.ring.store(computed)
		last = computed
	}
	h.ring.announce(last)
	h.beats.strike(max(from, 1)-1, to)
	return nil
}

func (h *Hub) compute(step uint64, now time.Time) (computed *entry, err error) {
	start := time.Now()
	if computed, err = h.maker.entry(step); err != nil {
		return nil, err
	}
	computed.publishedAt = now
	if err = h.maker.addTrades(computed, computed.sequence-min(computed.sequence, h.schedule.ticks), tradesKept(h.schedule.ticks)); err != nil {
		return nil, err
	}
	if computed.updates, err = h.faults.strike(computed.sequence, now, computed.updates); err != nil {
		return nil, fmt.Errorf("making a fault of sequence %d: %w", computed.sequence, err)
	}
	h.metrics.published(time.Since(start))
	return computed, nil
}

// Latest returns the newest update of an instrument, by its position: an encoded GetPriceResponse, or (the field is
// the same) StreamPricesResponse; not to be changed. UNAVAILABLE before the first tick.
func (h *Hub) Latest(instrument int) ([]byte, error) {
	newest := h.ring.newest.Load()
	if newest == nil {
		return nil, errNothingYet()
	}
	if latest := h.lastSent(instrument, newest); latest != nil {
		return latest, nil
	}
	return nil, errs.New(errs.Unavailable, "FEED_OUTAGE", "the feed has sent nothing for this symbol for a second: an injected fault withholds it").
		WithRetryAfter(time.Second)
}

// lastSent is the newest update of an instrument that no fault has withheld, of the last second.
func (h *Hub) lastSent(instrument int, newest *entry) []byte {
	for back := range min(h.schedule.Steps(time.Second), newest.step+1) {
		if e := h.ring.at(newest.step - back); e != nil && e.updates[instrument] != nil {
			return e.updates[instrument]
		}
	}
	return nil
}

// Faults are those of this feed.
func (h *Hub) Faults() *Faults { return h.faults }

func errNothingYet() error {
	return errs.New(errs.Unavailable, "NO_PRICE_YET", "no price has been published yet: try again in a moment").
		WithRetryAfter(time.Second)
}

// StaleAfter is the age of the newest tick, in wall time, from which the feed is not healthy.
const StaleAfter = 5 * time.Second

// Health says why the feed cannot do its job: no tick yet, or none for 5 s.
func (h *Hub) Health(context.Context) error {
	newest := h.ring.newest.Load()
	if newest == nil {
		business := h.schedule.clock.Business(time.Now())
		return fmt.Errorf("no price published yet; business time is %s, prices begin at %s",
			business.Format(time.RFC3339), h.schedule.epoch.Format(time.RFC3339))
	}
	if age := time.Since(newest.publishedAt); age > StaleAfter {
		return fmt.Errorf("the newest tick, sequence %d, was published %s ago (more than %s): the machine is overloaded or its clock was set back",
			newest.sequence, age.Round(time.Second), StaleAfter)
	}
	return nil
}
