package remoteconfig

import (
	"context"
	"reflect"
)

// Get returns a document as a T. It decodes strictly: an unknown field, a wrong type, or an error of T's Validate() error, where it
// has one, is a *DecodeError. The value is shared between callers: do not change what it points to.
//
// Once a document has been read as a T, Get returns at once: the cached value, and when TTL has passed it asks Run for a new one.
// Only the first Get, and the first after Invalidate, wait for the server (at most RequestTimeout). When it does not answer they
// return the last good value, or else the default. When it offers something that does not decode, the Get that waited returns
// the old good value together with the error, later ones the old value alone; without an old value each returns the error,
// because the default is not what the operator asked for. When ctx ends a wait, its error comes with the old value, if any.
func Get[T any](ctx context.Context, c *Client, name string) (value T, err error) {
	d := c.document(name)
	found := find[T](d.content.Load())
	switch {
	case found != nil && c.current(d):
		d.hits.Inc()
	case found != nil && !d.invalid.Load():
		d.stale.Inc()
		if len(d.turn) == 0 { // else a request is under way
			c.wake()
		}
	default:
		d.misses.Inc()
		if err = c.await(ctx, d); found == nil {
			found, err = add[T](d, err)
		} else {
			found = find[T](d.content.Load())
		}
	}
	if found == nil {
		return value, err
	}
	return *found, err
}

// content is a good body and what it decodes to: a pointer for each type that the document was ever read as. It never changes.
type content struct {
	body   []byte // nil before the first
	etag   string // "" for the default
	values []any
}

// renewed decodes another body as all types that this content was read as; a body that one of them refuses changes nothing.
func (c *content) renewed(document string, body []byte, etag string) (*content, error) {
	next := &content{body: body, etag: etag}
	for _, value := range c.values {
		decoded := reflect.New(reflect.TypeOf(value).Elem()).Interface()
		if err := decode(document, body, decoded); err != nil {
			return c, err
		}
		next.values = append(next.values, decoded)
	}
	return next, nil
}

// find returns the value as a T, nil when the content has never been read as one.
func find[T any](c *content) *T {
	for _, value := range c.values {
		if match, ok := value.(*T); ok {
			return match
		}
	}
	return nil
}

// add decodes the present content as a T and remembers it. Why tells why there is none.
func add[T any](d *document, why error) (*T, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.content.Load()
	if known := find[T](now); known != nil || now.body == nil {
		return known, why
	}
	value := new(T)
	if err := decode(d.name, now.body, value); err != nil {
		d.failure = err
		d.tracker.Observe(err)
		return nil, err
	}
	d.content.Store(&content{now.body, now.etag, append(now.values[:len(now.values):len(now.values)], value)})
	return value, nil
}
