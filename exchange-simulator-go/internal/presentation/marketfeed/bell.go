package marketfeed

import "sync"

// bell wakes all who listen. The zero value is ready.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // nil when nobody listens
}

// listen returns a channel that is closed at the next ring. Take it before looking at what the ring announces.
func (b *bell) listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == nil {
		b.rung = make(chan struct{})
	}
	return b.rung
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung != nil {
		close(b.rung)
		b.rung = nil
	}
}
