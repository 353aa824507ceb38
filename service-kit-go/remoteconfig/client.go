// Package remoteconfig reads configuration documents from a server over HTTP, or the embedded defaults, and keeps them: a read
// costs less than 100 ns, a document is asked for again after TTL or when somebody says that it changed, and while the server
// is away or offers something unusable the last good value stays, for ever, with its age in a metric.
package remoteconfig

import (
	"context"
	"io/fs"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"golang.org/x/sync/errgroup"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
)

const (
	// TTL is how long a document is taken for current after the server confirmed it.
	TTL = 5 * time.Minute
	// RetryInterval is the wait after a failed request, during which reads get the last good value without a new one.
	RetryInterval = 15 * time.Second
	// RequestTimeout bounds one request, and so the wait of a caller that has no value yet.
	RequestTimeout = 5 * time.Second
	// MaxDocumentBytes is the size limit of a document.
	MaxDocumentBytes = 1 << 20
	// Channel carries the name of whatever document has changed.
	Channel = "fleet:config-changed"
)

// Options of a client. The zero value of each field is good.
type Options struct {
	BaseURL    string                // of the configuration server; "" means defaults only
	HTTP       *http.Client          // nil makes one
	Redis      redis.UniversalClient // tells of changes; nil leaves it to TTL
	Defaults   fs.FS                 // holds <document>.json, for when the server has never answered
	Log        logrus.FieldLogger    // nil is silent
	Registerer prometheus.Registerer // nil keeps the metrics private
}

// Client keeps documents. Make it with New; it works without Run, but hears of changes only while Run runs.
type Client struct {
	options Options
	metrics metrics
	born    time.Time // monotonic origin of document.due

	documents atomic.Pointer[map[string]*document] // copied on write, so that reads take no lock

	mu       sync.Mutex // guards additions to documents and the start of requests
	lifetime context.Context
	end      context.CancelFunc
	requests sync.WaitGroup
}

// New makes a client. It asks for nothing before the first Get or Watch.
func New(options Options) *Client {
	if options.HTTP == nil {
		options.HTTP = &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, IdleConnTimeout: time.Minute}}
	}
	if options.Log == nil {
		silent := logrus.New()
		silent.SetLevel(logrus.PanicLevel)
		options.Log = silent
	}
	c := &Client{options: options, born: time.Now()}
	c.metrics = newMetrics(options.Registerer, c)
	c.documents.Store(&map[string]*document{})
	c.lifetime, c.end = context.WithCancel(context.Background())
	return c
}

// Run hears of changes and keeps every document that was asked for current, until ctx ends, which is its only end. After it no
// request is made any more: reads get the last good values.
func (c *Client) Run(ctx context.Context) error {
	defer c.close()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.keepCurrent(ctx) })
	if c.options.Redis != nil && c.options.BaseURL != "" {
		subscription := discovery.Subscription{
			Redis: c.options.Redis, Channel: Channel, Joined: c.renewAll, Message: c.renew,
			Failed: func(err error) { c.options.Log.WithError(err).Debug("not subscribed to changes of configuration") },
		}
		group.Go(func() error { return subscription.Run(ctx) })
	}
	return group.Wait()
}

// Invalidate makes the next Get of a document ask the server and wait for the answer. Whoever merely wants to hear of changes
// needs Watch instead.
func (c *Client) Invalidate(name string) {
	d := c.document(name)
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.options.BaseURL != "" {
		d.wanted++
		d.due.Store(0)
	}
}

// Watch calls onChange each time that other content of a document has been accepted; Get then returns it. The calls come from a
// goroutine of the client, one at a time for a document; onChange must not block.
func (c *Client) Watch(name string, onChange func()) (stop func()) {
	d, key := c.document(name), &onChange
	d.mu.Lock()
	defer d.mu.Unlock()
	d.watches[key] = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.watches, key)
	}
}

// Dependencies implements health.Source: one entry a document, degraded while its value is not the one that the server has.
func (c *Client) Dependencies() []health.Dependency {
	var all []health.Dependency
	for _, d := range c.sorted() {
		all = append(all, d.dependency())
	}
	return all
}

// keepCurrent asks again for what has become stale, so that watches hear of changes although nobody reads.
func (c *Client) keepCurrent(ctx context.Context) error {
	ticker := time.NewTicker(RetryInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			for _, d := range c.sorted() {
				if !c.current(d) {
					c.request(d)
				}
			}
		}
	}
}

func (c *Client) renewAll() {
	for _, d := range c.sorted() {
		c.request(d)
	}
}

// renew asks for a document that has changed, without making readers wait: they keep the old value until the new one is here.
func (c *Client) renew(name string) {
	if d, known := (*c.documents.Load())[name]; known {
		c.request(d)
	}
}

func (c *Client) close() {
	c.mu.Lock()
	c.end()
	c.mu.Unlock()
	c.requests.Wait()
	c.options.HTTP.CloseIdleConnections()
}

func (c *Client) current(d *document) bool { return int64(time.Since(c.born)) < d.due.Load() }
