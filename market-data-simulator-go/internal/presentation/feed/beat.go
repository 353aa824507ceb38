package feed

import (
	"sync"
	"sync/atomic"
)

// beat wakes all readers of one interval at once, and carries what nearly all of them will send: the frames for readers
// that are up to date.
type beat struct {
	every   uint64                        // steps
	readers int                           // guarded by beats.mu
	wake    atomic.Pointer[chan struct{}] // closed and replaced when an update is due
	ready   atomic.Pointer[batch]
}

// due returns the channel that is closed when the next update is announced. Take it before looking at the ring, so
// that what is announced in between is not missed.
func (b *beat) due() <-chan struct{} { return *b.wake.Load() }

func (b *beat) strike(ready *batch) {
	b.ready.Store(ready)
	next := make(chan struct{})
	close(*b.wake.Swap(&next))
}

// beats are the intervals that have readers. Each is struck only when an update of its own is due, so that a reader of
// one update a second is not woken fifty times for it.
type beats struct {
	mu      sync.Mutex
	byEvery map[uint64]*beat
}

func newBeats() *beats { return &beats{byEvery: map[uint64]*beat{}} }

// join counts a reader in; every join needs its leave.
func (b *beats) join(every uint64) *beat {
	b.mu.Lock()
	defer b.mu.Unlock()
	joined, ok := b.byEvery[every]
	if !ok {
		joined = &beat{every: every}
		wake := make(chan struct{})
		joined.wake.Store(&wake)
		b.byEvery[every] = joined
	}
	joined.readers++
	return joined
}

// leave counts a reader out; the last one takes the interval with it.
func (b *beats) leave(left *beat) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if left.readers--; left.readers == 0 {
		delete(b.byEvery, left.every)
	}
}

// strike wakes the readers of each interval that has an update among the steps after `before`, up to `newest`. Prepare
// makes the frames of a step for readers that were sent the step `every` earlier.
func (b *beats) strike(before, newest uint64, prepare func(step, every uint64) *batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for every, struck := range b.byEvery {
		if due := newest - newest%every; due > before {
			struck.strike(prepare(due, every))
		}
	}
}
