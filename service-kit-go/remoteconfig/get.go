package remoteconfig

import (
	"context"
	"sync/atomic"
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
	s := find[T](d)
	switch {
	case s != nil && c.current(d):
		d.hits.Inc()
	case s != nil && !d.invalid.Load():
		d.stale.Inc()
		if len(d.turn) == 0 { // else a request is under way
			c.wake()
		}
	default:
		d.misses.Inc()
		if err = c.await(ctx, d); s == nil {
			s, err = add[T](d, err)
		}
	}
	if s == nil {
		return value, err
	}
	return *s.value.Load(), err
}

// slot is a document decoded as one type.
type slot interface {
	// decode reads a body; keep makes the result the value. Apart, because a body that one type refuses must change none.
	decode(document string, body []byte) (keep func(), err error)
}

type typed[T any] struct{ value atomic.Pointer[T] }

func (s *typed[T]) decode(document string, body []byte) (keep func(), err error) {
	value, err := decode[T](document, body)
	return func() { s.value.Store(value) }, err
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

// add decodes the present content as a T and remembers it. Why tells why there is none.
func add[T any](d *document, why error) (*typed[T], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := find[T](d); s != nil || d.body == nil {
		return s, why
	}
	s := &typed[T]{}
	keep, err := s.decode(d.name, d.body)
	if err != nil {
		d.failure = err
		d.tracker.Observe(err)
		return nil, err
	}
	keep()
	slots := append([]slot{s}, *d.slots.Load()...)
	d.slots.Store(&slots)
	return s, nil
}
