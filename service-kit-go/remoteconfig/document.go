package remoteconfig

import (
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
	turn                chan struct{} // has room for whoever asks the server
	due                 atomic.Int64  // when to ask again, ns after Client.born; or asking
	invalid             atomic.Bool   // the next Get waits for the server
	content             atomic.Pointer[content]

	mu      sync.Mutex // guards what follows, and changes of what stands above
	seen    time.Time  // when content was last confirmed, or else when the document was first asked for
	failure error      // of the last request; nil when it was good
	watches map[*func()]bool
}

// asking is when a request under way is due, until somebody says that what it brings may be old already.
const asking = -1

// document finds or makes the entry of a name.
func (c *Client) document(name string) *document {
	if known := (*c.documents.Load())[name]; known != nil {
		return known
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	grown := maps.Clone(*c.documents.Load())
	if known := grown[name]; known != nil {
		return known
	}
	d := &document{
		name: name, tracker: health.NewTracker("config:"+name, health.Degraded), turn: make(chan struct{}, 1),
		hits: c.reads.WithLabelValues(name, "hit"), stale: c.reads.WithLabelValues(name, "stale"),
		misses: c.reads.WithLabelValues(name, "miss"), seen: time.Now(), watches: map[*func()]bool{},
	}
	d.content.Store(&content{})
	promauto.With(c.options.Registerer).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "config_age_seconds",
		Help: "Time since the value in use was last confirmed.", ConstLabels: prometheus.Labels{"document": name},
	}, d.age)
	grown[name] = d
	c.documents.Store(&grown)
	return d
}

func (c *Client) current(d *document) bool { return int64(time.Since(c.born)) < d.due.Load() }

// expire makes a document due. Invalid makes the next Get wait.
func (d *document) expire(invalid bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due.Store(0)
	d.invalid.Store(invalid || d.invalid.Load())
}

// age is in seconds.
func (d *document) age() float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Since(d.seen).Seconds()
}
