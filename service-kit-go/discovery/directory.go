package discovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Directory answers who serves under a name and watches for changes. Make it with NewDirectory; all methods may be called from
// several goroutines.
type Directory struct {
	rdb                 redis.UniversalClient
	log                 logrus.FieldLogger
	tracker             *health.Tracker
	instances           *prometheus.GaugeVec
	lookups, reconnects prometheus.Counter
	loop                Loop // reads everything watched

	mu      sync.Mutex        // also held while watches are called, so that they see changes in their order
	entries map[string]*entry // every name that was ever watched, so that a channel that wakes up finds it current
}

// entry is what is known of a name, and who wants to know.
type entry struct {
	instances []Instance // the last good answer, sorted by instance id
	lastSome  []Instance // the last one that was not empty: an empty answer may come from a Redis that lost its data
	answered  bool       // Redis has answered, or failed to, at least once: there is nothing to wait for
	watches   map[*func(now, lastSome []Instance)]bool
}

// NewDirectory makes a directory. With a nil rdb it knows nothing and reports itself degraded; a nil reg keeps the metrics
// private.
func NewDirectory(rdb redis.UniversalClient, log logrus.FieldLogger, reg prometheus.Registerer) *Directory {
	metrics := telemetry.Metrics{Registerer: reg}
	return &Directory{
		rdb: rdb, log: log, tracker: newTracker("discovery:directory", rdb), loop: make(Loop, 1), entries: map[string]*entry{},
		lookups:    metrics.Counter("discovery_lookups_total", "Readings of the instances of a name.").WithLabelValues(),
		instances:  metrics.Gauge("discovery_instances", "Instances known of a watched name.", "name"),
		reconnects: metrics.Counter("discovery_watch_reconnects_total", "Times the subscription to changes broke or could not be made.").WithLabelValues(),
	}
}

// Run keeps what is watched up to date until ctx ends, which is its only end: one subscription tells of changes, and every
// HeartbeatInterval everything watched is read again, because an instance that expires tells nobody.
func (d *Directory) Run(ctx context.Context) error {
	if d.rdb == nil {
		<-ctx.Done()
		return nil
	}
	var reading sync.WaitGroup
	defer reading.Wait()
	reading.Go(func() { d.loop.Run(ctx, func() error { return d.readAll(ctx) }) })
	Subscribe(ctx, d.rdb, Channel, func(string) { d.loop.Poke() }, func(error) {
		d.reconnects.Inc()
		d.loop.Poke() // which tells whether Redis is away altogether
	})
	return nil
}

// Lookup reads the instances of a name from Redis, sorted by instance id, whatever their health, and prunes those that have
// expired.
func (d *Directory) Lookup(ctx context.Context, name string) ([]Instance, error) {
	if d.rdb == nil {
		return nil, errNotConfigured
	}
	bounded, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	instances, err := d.read(bounded, name)
	if err != nil {
		err = fmt.Errorf("look up %s in redis: %w", name, err)
	}
	d.lookups.Inc()
	if ctx.Err() == nil { // what failed because ctx ended says nothing of Redis
		d.tracker.Note(d.log, err, "the last good addresses stay in use")
	}
	return instances, err
}

// Watch calls onChange with the last good instances of a name, at once if there are any answers yet, and then on each change;
// heartbeats are no change. When Redis fails before it has answered, nobody is known. Beside who is there now it tells who was
// there when there last was anybody. Changes are seen while Run runs. onChange must not block, must not change what it is given,
// and must call neither Watch nor stop; it is not called any more once stop has returned.
func (d *Directory) Watch(name string, onChange func(now, lastSome []Instance)) (stop func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e, known := d.entries[name]
	if !known {
		e = &entry{watches: map[*func(now, lastSome []Instance)]bool{}, answered: d.rdb == nil}
		d.entries[name] = e
	}
	e.watches[&onChange] = true
	if e.answered {
		onChange(e.instances, e.lastSome)
	}
	d.loop.Poke()
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(e.watches, &onChange)
	}
}

// Dependencies implements health.Source.
func (d *Directory) Dependencies() []health.Dependency { return d.tracker.Dependencies() }

// readAll reads everything watched and tells the watches what is news.
func (d *Directory) readAll(ctx context.Context) (err error) {
	d.mu.Lock()
	names := slices.Sorted(maps.Keys(d.entries))
	d.mu.Unlock()
	for _, name := range names {
		var instances []Instance
		if err == nil { // else Redis is away, and nobody is made to wait for it again
			instances, err = d.Lookup(ctx, name)
		}
		d.apply(name, instances, err)
	}
	return err
}

// apply takes the outcome of a reading. News are other instances, or that there is nothing to wait for any more.
func (d *Directory) apply(name string, instances []Instance, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.entries[name]
	news := !e.answered || err == nil && !slices.EqualFunc(e.instances, instances, Instance.same)
	e.answered = true
	if err == nil {
		e.instances = instances
		d.instances.WithLabelValues(name).Set(float64(len(instances)))
		if len(instances) > 0 {
			e.lastSome = instances
		}
	}
	if news {
		for onChange := range e.watches {
			(*onChange)(e.instances, e.lastSome)
		}
	}
}

// read asks Redis. An id without a key belongs to an instance that died: it is pruned, and the others are told. The next
// heartbeat of one that lives after all puts it back.
func (d *Directory) read(ctx context.Context, name string) (instances []Instance, err error) {
	ids, err := d.rdb.SMembers(ctx, setKey(name)).Result()
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	slices.Sort(ids)
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = instanceKey(name, id)
	}
	texts, err := d.rdb.MGet(ctx, keys...).Result()
	if err != nil {
		return nil, err
	}
	var gone []any
	for i, id := range ids {
		if text, present := texts[i].(string); !present {
			gone = append(gone, id)
		} else if instance, err := decodeInstance(name, id, text); err != nil {
			d.log.WithError(err).Warn("an unreadable registration is left out")
		} else {
			instances = append(instances, instance)
		}
	}
	if len(gone) > 0 && d.rdb.SRem(ctx, setKey(name), gone...).Val() > 0 {
		d.rdb.Publish(ctx, Channel, name) // what fails here is left to the next reader
	}
	return instances, nil
}
