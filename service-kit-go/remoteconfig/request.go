package remoteconfig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// await makes a Get wait until the document is current, which takes at most one request, and returns what the caller must know:
// that ctx has ended, that there is no value, or that a new one was refused.
func (c *Client) await(ctx context.Context, d *document) error {
	select {
	case d.turn <- struct{}{}:
		defer func() {
			if <-d.turn; !c.current(d) { // somebody said meanwhile that the document is old
				c.loop.Poke()
			}
		}()
	case <-ctx.Done():
	}
	if ctx.Err() == nil && !c.current(d) {
		c.update(ctx, d)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("read configuration document %q: %w", d.name, ctx.Err())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, refused := errors.AsType[*DecodeError](d.failure); refused || d.value.Load() == nil {
		return d.failure
	}
	return nil
}

// update makes one request, takes what it brings and tells the watches. Callers have the document's turn.
func (c *Client) update(ctx context.Context, d *document) {
	d.due.Store(asking)
	began := time.Now()
	body, etag, err := c.fetch(ctx, d.name, d.etag)
	if ctx.Err() != nil {
		return // the end of the caller says nothing about the server
	}
	result := map[bool]string{true: "ok", false: "error"}[err == nil]
	c.requests.WithLabelValues(d.name, result).Observe(time.Since(began).Seconds())
	changed := false
	if err == nil {
		changed, err = d.take(body, etag)
	} else if fallback, missing := c.fallback(d.name); d.value.Load() == nil && missing == nil {
		_, bad := d.take(fallback, "")
		err = cmp.Or(bad, err)
	}
	d.tracker.Note(c.options.Log, err, "the last good value stays in use")
	for _, onChange := range d.settle(err, time.Since(c.born), changed) {
		(*onChange)()
	}
}

// take decodes another body; nil says that there is none. What does not decode changes nothing.
func (d *document) take(body []byte, etag string) (changed bool, err error) {
	if body == nil || d.value.Load() != nil && string(body) == d.body {
		return false, nil
	}
	value, err := (*d.decode.Load())(body)
	if err != nil {
		return false, err
	}
	d.value.Store(value)
	d.body, d.etag = string(body), etag
	return true, nil
}

// settle notes how a request ended, and returns the watches to call.
func (d *document) settle(err error, now time.Duration, changed bool) (tell []*func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wait := RetryInterval
	if d.failure = err; err == nil {
		wait, d.seen = TTL, time.Now()
	}
	if d.due.CompareAndSwap(asking, int64(now+wait)) {
		d.invalid.Store(false)
	}
	if changed {
		tell = slices.Collect(maps.Keys(d.watches))
	}
	return tell
}

func (c *Client) fallback(name string) ([]byte, error) {
	if c.options.Defaults == nil {
		return nil, fmt.Errorf("configuration document %q has no default: set CONFIG_URL", name)
	}
	return fs.ReadFile(c.options.Defaults, name+".json")
}

// fetch asks the server, or without one the defaults. A nil body without an error says that etag is still the newest.
func (c *Client) fetch(ctx context.Context, name, etag string) (body []byte, newETag string, err error) {
	if c.options.BaseURL == "" {
		body, err = c.fallback(name)
		return body, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, RequestTimeout)
	defer cancel()
	address := strings.TrimRight(c.options.BaseURL, "/") + "/v1/config/" + url.PathEscape(name)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, "", fmt.Errorf("CONFIG_URL: %w", err)
	}
	if etag != "" {
		request.Header.Set("If-None-Match", etag)
	}
	response, err := c.options.HTTP.Do(request)
	if err != nil {
		return nil, "", err // which names method and address
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotModified && etag != "" {
		return nil, etag, nil
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, MaxDocumentBytes+1))
	switch {
	case err == nil && response.StatusCode != http.StatusOK:
		err = errors.New(response.Status)
	case len(body) > MaxDocumentBytes:
		err = fmt.Errorf("more than %d bytes", MaxDocumentBytes)
	}
	if err != nil {
		return nil, "", fmt.Errorf("get %s: %w", request.URL.Redacted(), err)
	}
	return body, response.Header.Get("ETag"), nil
}
