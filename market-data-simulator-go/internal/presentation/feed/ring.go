package feed

import "sync/atomic"

// ring holds the published entries of the retained window, without a gap: one goroutine stores, any number read
// without waiting. A slot is reused after `window` further steps, so a reader must expect that an entry has gone.
type ring struct {
	slots  []atomic.Pointer[entry]
	newest atomic.Pointer[entry]
}

// newRing makes a ring whose earliest entry lies window steps before its newest.
func newRing(window uint64) *ring {
	return &ring{slots: make([]atomic.Pointer[entry], window+1)}
}

// window is the number of steps between the earliest and the newest entry.
func (r *ring) window() uint64 { return uint64(len(r.slots)) - 1 }

// store puts an entry into its slot; readers go on by the newest entry that announce has named.
func (r *ring) store(e *entry) { r.slots[e.step%uint64(len(r.slots))].Store(e) }

// announce makes a stored entry the newest.
func (r *ring) announce(e *entry) { r.newest.Store(e) }

// at returns the entry of a step, nil when it is not retained.
func (r *ring) at(step uint64) *entry {
	if e := r.slots[step%uint64(len(r.slots))].Load(); e != nil && e.step == step {
		return e
	}
	return nil
}

// earliest is the first retained step when newest is the last one.
func (r *ring) earliest(newest uint64) uint64 { return newest - min(newest, r.window()) }
