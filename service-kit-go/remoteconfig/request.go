package remoteconfig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/http"
	"net/url"
	"time"
)

var errStopped = errors.New("the configuration client has stopped")

// answer is content of a document and where it comes from. A nil body says that nothing has changed.
type answer struct {
	body         []byte
	etag, source string
}

// request starts asking for a document, unless that is under way, and returns a channel that is closed at the end.
func (c *Client) request(d *document) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inFlight != nil {
		return d.inFlight
	}
	done := make(chan struct{})
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lifetime.Err() != nil {
		d.got, d.failure = d.wanted, errStopped
		close(done)
		return done
	}
	d.inFlight = done
	serves, etag := d.wanted, d.etag
	c.requests.Go(func() { c.update(d, serves, etag) })
	return done
}

// await makes a Get wait as long as there is no value, or the one there is was invalidated. The second round is for a request
// that was under way when Invalidate came.
func (c *Client) await(ctx context.Context, d *document) error {
	for range 2 {
		if !d.invalidated() && (len(*d.slots.Load()) > 0 || c.current(d)) {
			break
		}
		select {
		case <-c.request(d):
		case <-ctx.Done():
			return fmt.Errorf("read configuration document %q: %w", d.name, ctx.Err())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if refused, ok := errors.AsType[*DecodeError](d.failure); ok {
		return refused
	}
	return nil
}

// update makes one request, takes what it brings and tells the watches. Serves is the invalidation that it satisfies.
func (c *Client) update(d *document, serves uint64, etag string) {
	began := time.Now()
	a, err := c.fetch(d.name, etag)
	changed, result := c.take(d, a, err, serves)
	c.metrics.requests.WithLabelValues(d.name, result).Observe(time.Since(began).Seconds())
	for _, onChange := range changed {
		onChange()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.inFlight)
	d.inFlight = nil
}

// take puts the outcome of a request into the document, and returns the watches to call and the result for the metrics.
func (c *Client) take(d *document, a answer, err error, serves uint64) (changed []func(), result string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wait := TTL
	switch {
	case err != nil:
		result, wait = "error", RetryInterval
		if fallback, missing := c.fallback(d.name); d.body == nil && missing == nil {
			changed, _ = d.accept(fallback) // nothing has been decoded yet that could refuse it
		}
	case a.body == nil:
		result, d.seen = "unchanged", time.Now()
	default:
		result = "ok"
		if changed, err = d.accept(a); err != nil {
			result, wait = "refused", RetryInterval
		} else {
			d.seen = time.Now()
		}
	}
	d.failure, d.got = err, serves
	d.due.Store(int64(time.Since(c.born) + wait))
	switch {
	case c.options.BaseURL == "":
		d.due.Store(math.MaxInt64)
	case d.got < d.wanted:
		d.due.Store(0)
	}
	c.report(d)
	return changed, result
}

// report logs a change between good and bad. Callers hold d.mu.
func (c *Client) report(d *document) {
	switch changed, err := d.observe(); {
	case changed && err != nil:
		c.options.Log.WithError(err).Warnf("configuration document %q stays as it was (%s)", d.name, d.source)
	case changed:
		c.options.Log.Infof("configuration document %q is current again", d.name)
	}
}

// fetch asks the server, or without one the defaults.
func (c *Client) fetch(name, etag string) (answer, error) {
	if c.options.BaseURL == "" {
		return c.fallback(name)
	}
	a, err := c.get(name, etag)
	if err != nil {
		return a, fmt.Errorf("fetch configuration document %q: %w", name, err)
	}
	return a, nil
}

func (c *Client) fallback(name string) (answer, error) {
	if c.options.Defaults == nil {
		return answer{}, fmt.Errorf("configuration document %q: no defaults are embedded: set CONFIG_URL", name)
	}
	body, err := fs.ReadFile(c.options.Defaults, name+".json")
	if err != nil {
		return answer{}, fmt.Errorf("configuration document %q has no default: %w", name, err)
	}
	return answer{body: body, source: "default"}, nil
}

func (c *Client) get(name, etag string) (answer, error) {
	ctx, cancel := context.WithTimeout(c.lifetime, RequestTimeout)
	defer cancel()
	address, err := url.JoinPath(c.options.BaseURL, "v1", "config", url.PathEscape(name))
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, err
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := c.options.HTTP.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotModified && etag != "":
		return answer{}, nil
	case response.StatusCode != http.StatusOK:
		return answer{}, fmt.Errorf("GET %s: %s", request.URL.Redacted(), response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxDocumentBytes+1))
	if err != nil {
		return answer{}, fmt.Errorf("GET %s: %w", request.URL.Redacted(), err)
	}
	if len(body) > MaxDocumentBytes {
		return answer{}, fmt.Errorf("GET %s: more than %d bytes", request.URL.Redacted(), MaxDocumentBytes)
	}
	return answer{body: body, etag: response.Header.Get("ETag"), source: "server"}, nil
}
