package remoteconfig

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// document is what is known of one document.
type document struct {
	name                string
	hits, stale, misses prometheus.Counter
	tracker             *health.Tracker

	due   atomic.Int64           // when to ask again, ns after Client.born
	slots atomic.Pointer[[]slot] // the values by type; all of the same body

	mu       sync.Mutex
	body     []byte        // the last good content; nil before the first
	etag     string        // of body; "" for the default
	source   string        // where body comes from: "server" or "default"
	seen     time.Time     // when the server last confirmed body, or else when the document was first asked for
	failure  error         // of the last request; nil when it was good
	unfit    error         // body does not decode as a type that somebody wants
	inFlight chan struct{} // closed at the end of the request under way; nil when there is none
	wanted   uint64        // counts calls of Invalidate
	got      uint64        // wanted at the start of the last request that has ended
	watches  map[*func()]bool
}

// document finds or makes the entry of a name.
func (c *Client) document(name string) *document {
	if d, known := (*c.documents.Load())[name]; known {
		return d
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, known := (*c.documents.Load())[name]; known {
		return d
	}
	d := &document{
		name: name, seen: time.Now(), tracker: health.NewTracker("config:"+name, health.Degraded), watches: map[*func()]bool{},
		hits:   c.metrics.reads.WithLabelValues(name, "hit"),
		stale:  c.metrics.reads.WithLabelValues(name, "stale"),
		misses: c.metrics.reads.WithLabelValues(name, "miss"),
	}
	d.slots.Store(&[]slot{})
	grown := maps.Clone(*c.documents.Load())
	grown[name] = d
	c.documents.Store(&grown)
	return d
}

func (c *Client) sorted() []*document {
	return slices.SortedFunc(maps.Values(*c.documents.Load()), func(a, b *document) int { return strings.Compare(a.name, b.name) })
}

// invalidated tells whether a Get must wait for the server although there is a value.
func (d *document) invalidated() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.got < d.wanted
}

// accept takes new content if every type that the document was read as can read it, and returns the watches to call. Callers
// hold d.mu.
func (d *document) accept(a answer) (changed []func(), err error) {
	if d.body == nil || !bytes.Equal(d.body, a.body) {
		var keeps []func()
		for _, s := range *d.slots.Load() {
			keep, err := s.decode(d.name, a.body)
			if err != nil {
				return nil, err
			}
			keeps = append(keeps, keep)
		}
		for _, keep := range keeps {
			keep()
		}
		for onChange := range d.watches {
			changed = append(changed, *onChange)
		}
		d.unfit = nil
	}
	d.body, d.etag, d.source = a.body, a.etag, a.source
	return changed, nil
}

// observe brings the dependency's state up to date and reports whether it changed. Callers hold d.mu.
func (d *document) observe() (changed bool, err error) {
	err = errors.Join(d.failure, d.unfit)
	return d.tracker.Observe(err), err
}

// age is the time since the server last confirmed the value; 0 without a server.
func (d *document) age() time.Duration {
	if d.due.Load() == math.MaxInt64 {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.seen)
}

func (d *document) dependency() health.Dependency {
	dependency, age := d.tracker.Dependency(), d.age()
	d.mu.Lock()
	defer d.mu.Unlock()
	dependency.Detail = map[string]any{"source": d.source, "age_seconds": age.Seconds()}
	if d.etag != "" {
		dependency.Detail["etag"] = d.etag
	}
	return dependency
}
