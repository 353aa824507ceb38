// Package remoteconfig reads configuration documents from a server over HTTP, or the embedded defaults, and keeps them: a read
// costs less than 100 ns, a document is asked for again after TTL or when somebody says that it changed, and while the server
// is away or offers something unusable the last good value stays, for ever, with its age in a metric.
package remoteconfig

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

const (
	// TTL is how long a document is taken for current after the server confirmed it.
	TTL = 5 * time.Minute
	// RetryInterval is the wait after a failed request, during which reads get the last good value without a new one.
	RetryInterval = discovery.HeartbeatInterval
	// RequestTimeout bounds one request, and so the wait of a caller that has no value yet.
	RequestTimeout = 5 * time.Second
	// MaxDocumentBytes is the size limit of a document.
	MaxDocumentBytes = 1 << 20
	// Channel carries the name of whatever document has changed.
	Channel = "fleet:config-changed"
)

// Options of a client. Log is needed; the zero value of each other field is good.
type Options struct {
	BaseURL    string                // of the configuration server; "" means defaults only
	HTTP       *http.Client          // nil makes one
	Redis      redis.UniversalClient // tells of changes; nil leaves it to TTL
	Defaults   fs.FS                 // holds <document>.json, for when the server does not answer
	Log        logrus.FieldLogger
	Registerer prometheus.Registerer // nil keeps the metrics private
}

// Client keeps documents. Make it with New; renewals behind the back of callers happen while Run runs.
type Client struct {
	options   Options
	born      time.Time // document.due counts from here
	reads     *prometheus.CounterVec
	requests  *prometheus.HistogramVec
	loop      discovery.Loop // asks for what is due
	documents sync.Map       // every *document that was ever asked for, by name
}

// New makes a client. It asks for nothing before the first Get.
func New(options Options) *Client {
	options.HTTP = cmp.Or(options.HTTP, &http.Client{Transport: &http.Transport{}})
	metrics := telemetry.Metrics{Registerer: options.Registerer}
	return &Client{
		options: options, born: time.Now(), loop: make(discovery.Loop, 1),
		reads: metrics.Counter("config_reads_total",
			"Reads of documents, by result: hit, stale (answered at once, renewed behind) or miss (waited).", "document", "result"),
		requests: metrics.Seconds("config_request_seconds",
			"Time of requests for documents, by result: ok or error.", "document", "result"),
	}
}

// Get returns a document as a T. It decodes strictly: an unknown field, a wrong type, or an error of T's Validate() error, where it
// has one, is a *DecodeError. A document is read as one type everywhere. The value is shared between callers: do not change what
// it points to.
//
// Once a document has been read, Get returns at once: the cached value, and when TTL has passed it asks Run for a new one.
// Only the first Get, and the first after Invalidate, wait for the server (at most RequestTimeout). When it does not answer they
// return the last good value, or else the default. When it offers something that does not decode, the Get that waited returns
// the old good value together with the error, later ones the old value alone; without an old value each returns the error,
// because the default is not what the operator asked for. When ctx ends a wait, its error comes with the old value, if any.
func Get[T any](ctx context.Context, c *Client, name string) (value T, err error) {
	d := c.document(name)
	found, known := d.value.Load().(*T)
	switch {
	case known && c.current(d):
		d.hits.Inc()
	case known && !d.invalid.Load():
		d.stale.Inc()
		if len(d.turn) == 0 { // else a request is under way
			c.loop.Poke()
		}
	default:
		d.misses.Inc()
		d.decode.CompareAndSwap(nil, new(func(body []byte) (any, error) { return decode[T](name, body) }))
		err = c.await(ctx, d)
		if found, known = d.value.Load().(*T); !known && err == nil {
			err = fmt.Errorf("configuration document %q is read as %T, so it cannot be read as %T", name, d.value.Load(), found)
		}
	}
	if !known {
		return value, err
	}
	return *found, err
}

// Run hears of changes and keeps every document that was asked for current, until ctx ends, which is its only end.
func (c *Client) Run(ctx context.Context) error {
	defer c.options.HTTP.CloseIdleConnections()
	var running sync.WaitGroup
	defer running.Wait()
	if c.options.Redis != nil {
		running.Go(func() {
			discovery.Subscribe(ctx, c.options.Redis, Channel, c.changed, func(error) {}) // TTL is the safety net
		})
	}
	c.loop.Run(ctx, func() error {
		for _, d := range c.sorted() {
			if !c.current(d) && len(d.turn) == 0 && d.decode.Load() != nil { // who is faster makes await find the document current
				running.Go(func() { _ = c.await(ctx, d) }) // noted there
			}
		}
		return nil
	})
	return nil
}

// Invalidate makes the next Get of a document ask the server and wait for the answer. Whoever merely wants to hear of changes
// needs Watch instead.
func (c *Client) Invalidate(name string) { c.document(name).expire(true) }

// Watch calls onChange each time that other content of a document has been accepted; Get then returns it. The calls come one at
// a time for a document, from whoever made the request; onChange must not block.
func (c *Client) Watch(name string, onChange func()) (stop func()) {
	d := c.document(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watches[&onChange] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watches, &onChange)
	}
}

// Dependencies implements health.Source: one entry a document, degraded while the server's version of it is not in use.
func (c *Client) Dependencies() (all []health.Dependency) {
	for _, d := range c.sorted() {
		dependency := d.tracker.Dependencies()[0]
		dependency.Detail = map[string]any{"age_seconds": d.age()}
		all = append(all, dependency)
	}
	return all
}

// changed makes a document due, or with "" all, without making readers wait: they keep the old value until the new one is here.
func (c *Client) changed(name string) {
	for _, d := range c.sorted() {
		if name == "" || name == d.name {
			d.expire(false)
		}
	}
	c.loop.Poke()
}

func (c *Client) sorted() (all []*document) {
	for _, known := range c.documents.Range {
		all = append(all, known.(*document))
	}
	slices.SortFunc(all, func(a, b *document) int { return cmp.Compare(a.name, b.name) })
	return all
}

// document is what is known of one document.
type document struct {
	name                string
	hits, stale, misses prometheus.Counter
	tracker             *health.Tracker
	turn                chan struct{}                             // has room for whoever asks the server
	due                 atomic.Int64                              // when to ask again, ns after Client.born; or asking
	invalid             atomic.Bool                               // the next Get waits for the server
	value               atomic.Value                              // the last good one, a pointer to what readers read it as
	decode              atomic.Pointer[func([]byte) (any, error)] // for that type; nil before the first Get
	body, etag          string                                    // of value, without an etag for the default; guarded by turn

	mu      sync.Mutex // guards what follows, and changes of due and invalid
	seen    time.Time  // when value was last confirmed, or else when the document was first asked for
	failure error      // of the last request; nil when it was good
	watches map[*func()]bool
}

// asking is when a request under way is due, until somebody says that what it brings may be old already.
const asking = -1

// document finds or makes the entry of a name.
func (c *Client) document(name string) *document {
	if known, ok := c.documents.Load(name); ok {
		return known.(*document)
	}
	made, known := c.documents.LoadOrStore(name, &document{
		name: name, tracker: health.NewTracker("config:"+name, health.Degraded), turn: make(chan struct{}, 1),
		hits: c.reads.WithLabelValues(name, "hit"), stale: c.reads.WithLabelValues(name, "stale"),
		misses: c.reads.WithLabelValues(name, "miss"), seen: time.Now(), watches: map[*func()]bool{},
	})
	d := made.(*document)
	if !known {
		promauto.With(c.options.Registerer).NewGaugeFunc(prometheus.GaugeOpts{
			Name: "config_age_seconds",
			Help: "Time since the value in use was last confirmed.", ConstLabels: prometheus.Labels{"document": name},
		}, d.age)
	}
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
