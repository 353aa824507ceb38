package remoteconfig

import (
	"context"
	"errors"
	"sync/atomic"
)

// Get returns a document as a T. It decodes strictly: an unknown field, a wrong type, or an error of T's Validate() error, where it
// has one, is a *DecodeError. The value is shared between callers: do not change what it points to.
//
// Once a document has been read as a T, Get returns at once: the cached value, and when TTL has passed it starts one request
// behind the caller's back. Only the first Get, and the first after Invalidate, wait for the server (at most RequestTimeout).
// When the server does not answer they return the last good value, or else the default. When it offers something that does
// not decode, the Get that waited returns the old good value together with the error, later ones the old value alone; without
// an old value each returns the error, because the default is not what the operator asked for. When ctx ends a wait, its error
// comes with the old value, if there is one.
func Get[T any](ctx context.Context, c *Client, name string) (T, error) {
	d := c.document(name)
	s := find[T](d)
	if s != nil && c.current(d) {
		d.hits.Inc()
		return *s.value.Load(), nil
	}
	if s != nil && !d.invalidated() {
		d.stale.Inc()
		c.request(d)
		return *s.value.Load(), nil
	}
	d.misses.Inc()
	err := c.await(ctx, d)
	if s != nil {
		return *s.value.Load(), err
	}
	if s, err = add[T](d, err); err != nil {
		var none T
		return none, err
	}
	return *s.value.Load(), nil
}

// slot is a document decoded as one type.
type slot interface {
	// decode reads a body; keep makes the result the value. Apart, because a body that one type refuses must change none.
	decode(document string, body []byte) (keep func(), err error)
}

type typed[T any] struct{ value atomic.Pointer[T] }

func (s *typed[T]) decode(document string, body []byte) (func(), error) {
	value, err := decode[T](document, body)
	if err != nil {
		return nil, err
	}
	return func() { s.value.Store(value) }, nil
}

// find returns the slot of T, nil when the document has never been read as a T.
func find[T any](d *document) *typed[T] {
	for _, s := range *d.slots.Load() {
		if match, ok := s.(*typed[T]); ok {
			return match
		}
	}
	return nil
}

// add decodes the present body as a T and remembers it. Why is the reason for having no body.
func add[T any](d *document, why error) (*typed[T], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := find[T](d); s != nil {
		return s, nil // another caller was faster
	}
	if d.body == nil {
		return nil, errors.Join(d.failure, why)
	}
	s := &typed[T]{}
	keep, err := s.decode(d.name, d.body)
	d.unfit = err
	d.observe()
	if err != nil {
		return nil, err
	}
	keep()
	slots := append((*d.slots.Load())[:len(*d.slots.Load()):len(*d.slots.Load())], s)
	d.slots.Store(&slots)
	return s, nil
}
