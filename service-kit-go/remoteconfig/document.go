package remoteconfig

import (
	"bytes"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// document is what is known of one document.
type document struct {
	name                string
	hits, stale, misses prometheus.Counter
	tracker             *health.Tracker
	turn                chan struct{}          // has room for whoever asks the server
	due                 atomic.Int64           // when to ask again, ns after Client.born
	invalid             atomic.Bool            // the next Get waits for the server
	slots               atomic.Pointer[[]slot] // the values by type, all of the same body

	mu      sync.Mutex
	body    []byte    // the last good content; nil before the first
	etag    string    // of body; "" for the default
	seen    time.Time // when body was last confirmed, or else when the document was first asked for
	failure error     // of the last request; nil when it was good
	expired int       // counts the times somebody said that body is old
	watches map[*func()]bool
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
		name: name, tracker: health.NewTracker("config:"+name, health.Degraded), turn: make(chan struct{}, 1),
		hits: c.reads.WithLabelValues(name, "hit"), stale: c.reads.WithLabelValues(name, "stale"),
		misses: c.reads.WithLabelValues(name, "miss"), seen: time.Now(), watches: map[*func()]bool{},
	}
	d.slots.Store(&[]slot{})
	promauto.With(c.options.Registerer).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "config_age_seconds",
		Help: "Time since the value in use was last confirmed.", ConstLabels: prometheus.Labels{"document": name},
	}, d.age)
	grown := maps.Clone(*c.documents.Load())
	grown[name] = d
	c.documents.Store(&grown)
	return d
}

func (c *Client) current(d *document) bool { return int64(time.Since(c.born)) < d.due.Load() }

// expire makes a document due. Invalid makes the next Get wait.
func (d *document) expire(invalid bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expired++
	d.due.Store(0)
	d.invalid.Store(invalid || d.invalid.Load())
}

// accept takes new content if every type that the document was read as can read it, and reports whether it is other content.
// A nil body says that nothing has changed. Callers hold d.mu.
func (d *document) accept(body []byte, etag string) (changed bool, err error) {
	if body == nil || d.body != nil && bytes.Equal(d.body, body) {
		return false, nil
	}
	var keeps []func()
	for _, s := range *d.slots.Load() {
		keep, err := s.decode(d.name, body)
		if err != nil {
			return false, err
		}
		keeps = append(keeps, keep)
	}
	for _, keep := range keeps {
		keep()
	}
	d.body, d.etag = body, etag
	return true, nil
}

// age is in seconds.
func (d *document) age() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.seen).Seconds()
}
