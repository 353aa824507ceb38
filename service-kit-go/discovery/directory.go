package discovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// Directory answers who serves under a name and watches for changes. Make it with NewDirectory; all methods may be called from
// several goroutines.
type Directory struct {
	rdb     redis.UniversalClient
	log     logrus.FieldLogger
	tracker *health.Tracker
	metrics directoryMetrics

	poke chan struct{} // room for one: there is something in due

	mu      sync.Mutex
	entries map[string]*entry
	due     map[string]bool // names to read again
	reads   uint64          // number of the latest read begun
}

// NewDirectory makes a directory. With a nil rdb it knows nothing and reports itself degraded; a nil reg keeps the metrics private.
func NewDirectory(rdb redis.UniversalClient, log logrus.FieldLogger, reg prometheus.Registerer) *Directory {
	d := &Directory{
		rdb: rdb, log: log, tracker: health.NewTracker("discovery:directory", health.Degraded),
		metrics: newDirectoryMetrics(reg),
		poke:    make(chan struct{}, 1), entries: map[string]*entry{}, due: map[string]bool{},
	}
	if rdb == nil {
		d.tracker.Observe(errNotConfigured)
	}
	return d
}

// Run keeps what is watched up to date until ctx ends, which is its only end: one subscription tells of changes, and every
// HeartbeatInterval everything watched is read again, because an instance that expires tells nobody.
func (d *Directory) Run(ctx context.Context) error {
	if d.rdb == nil {
		<-ctx.Done()
		return nil
	}
	subscription := Subscription{
		Redis: d.rdb, Channel: Channel, Joined: d.rereadAll, Message: d.reread,
		Failed: func(err error) {
			d.metrics.reconnects.Inc()
			d.log.WithError(err).Debug("not subscribed to changes of the fleet")
			d.rereadAll() // which also tells whether Redis is away altogether
		},
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return subscription.Run(ctx) })
	group.Go(func() error { return d.refresh(ctx) })
	return group.Wait()
}

// Lookup reads the instances of a name, sorted by instance id, whatever their health, and prunes those that have expired.
// With an error come the last good ones.
func (d *Directory) Lookup(ctx context.Context, name string) ([]Instance, error) {
	if d.rdb == nil {
		return nil, errNotConfigured
	}
	instances, err := d.read(ctx, name)
	if err != nil {
		return d.lastGood(name), err
	}
	return instances, nil
}

// Dependencies implements health.Source. The detail is the number of instances known per watched name.
func (d *Directory) Dependencies() []health.Dependency {
	dependency := d.tracker.Dependency()
	dependency.Detail = map[string]any{}
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, e := range d.entries {
		dependency.Detail[name] = len(e.now.instances)
	}
	return []health.Dependency{dependency}
}

// refresh does the reading for all watches, so that one slow answer of Redis delays no caller.
func (d *Directory) refresh(ctx context.Context) error {
	ticker := time.NewTicker(HeartbeatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			d.rereadAll()
		case <-d.poke:
			for _, name := range d.takeDue() {
				_, _ = d.read(ctx, name) // an error is noted there, and the last good state stays
			}
		}
	}
}

// rereadAll asks for a reading of every name that was ever watched, so that a channel that wakes up finds it current.
func (d *Directory) rereadAll() {
	d.mu.Lock()
	names := slices.Collect(maps.Keys(d.entries))
	d.mu.Unlock()
	for _, name := range names {
		d.reread(name)
	}
}

// reread asks for a reading of a name if it was ever watched.
func (d *Directory) reread(name string) {
	d.mu.Lock()
	_, known := d.entries[name]
	if known {
		d.due[name] = true
	}
	d.mu.Unlock()
	if !known {
		return
	}
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

func (d *Directory) takeDue() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	names := slices.Sorted(maps.Keys(d.due))
	clear(d.due)
	return names
}

// read asks Redis and, if the name is watched, brings its entry up to date and tells its watches.
func (d *Directory) read(ctx context.Context, name string) ([]Instance, error) {
	d.mu.Lock()
	d.reads++
	number := d.reads
	d.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	instances, err := d.fetch(bounded, name)
	if err != nil {
		err = fmt.Errorf("look up %s in redis: %w", name, err)
	}
	if ctx.Err() == nil {
		d.observe(err)
	}
	d.metrics.lookup(err)
	d.apply(name, number, instances, err)
	return instances, err
}

// fetch asks Redis and prunes: an id without a key belongs to an instance that died. The heartbeat of one that lives after all
// puts it back.
func (d *Directory) fetch(ctx context.Context, name string) ([]Instance, error) {
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
	var instances []Instance
	var gone []any
	for i, id := range ids {
		text, present := texts[i].(string)
		if !present {
			gone = append(gone, id)
			continue
		}
		instance, err := decodeInstance(name, id, text)
		if err != nil {
			d.log.WithError(err).Warn("an unreadable registration is left out")
			continue
		}
		instances = append(instances, instance)
	}
	d.prune(ctx, name, gone)
	return instances, nil
}

// prune removes ids and, if this directory is the one that removed them, tells the others. What fails here is left to the next
// reader.
func (d *Directory) prune(ctx context.Context, name string, gone []any) {
	if len(gone) == 0 {
		return
	}
	removed, err := d.rdb.SRem(ctx, setKey(name), gone...).Result()
	if err != nil || removed == 0 {
		return
	}
	d.metrics.pruned.Add(float64(removed))
	d.rdb.Publish(ctx, Channel, name)
}

func (d *Directory) observe(err error) {
	switch changed := d.tracker.Observe(err); {
	case changed && err != nil:
		d.log.WithError(err).Warn("redis is away: the last good addresses stay in use")
	case changed:
		d.log.Info("redis is back: addresses are current")
	}
}
