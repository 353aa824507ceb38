package feed

import (
	"sync"
	"sync/atomic"
)

// beat wakes all readers of one interval at once, and keeps what they share.
type beat struct {
	every   uint64                        // steps
	readers int                           // guarded by beats.mu
	wake    atomic.Pointer[chan struct{}] // closed and replaced when an update is due
	recent  [32]atomic.Pointer[batch]     // by update; enough for readers that replay side by side
}

// due returns the channel that is closed when the next update is announced. Take it before looking at the ring, so
// that what is announced in between is not missed.
func (b *beat) due() <-chan struct{} { return *b.wake.Load() }

func (b *beat) strike() {
	next := make(chan struct{})
	close(*b.wake.Swap(&next))
}

// regular returns the frames of an update for readers that were sent the one an interval before, whose sequence is
// previous: made by the first who asks. When two ask at once both make them, which costs less than having one wait.
func (b *beat) regular(e *entry, previous uint64, everything []int) *batch {
	kept := &b.recent[e.step/b.every%uint64(len(b.recent))]
	if b.every == 1 {
		kept = &e.every // as long as it is retained: who replays it replays all of it
	}
	if made := kept.Load(); made != nil && made.entry == e {
		return made
	}
	made := newBatch(e, previous, everything, true)
	kept.Store(made)
	return made
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

// strike wakes the readers of each interval that has an update among the steps after `before`, up to `newest`.
func (b *beats) strike(before, newest uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for every, struck := range b.byEvery {
		if newest-newest%every > before {
			struck.strike()
		}
	}
}
