package supervisor

// How long to wait before a daemon that died is started again is a pure plan: it depends on what happened, not on a clock.

import "time"

// The plan: the first restart comes soon, each further one after twice the wait, never more than MaxWait; a life that served
// for ServedLongEnough forgives what was before.
const (
	FirstWait        = 500 * time.Millisecond
	MaxWait          = 30 * time.Second
	ServedLongEnough = time.Minute
)

// Backoff is the state of the plan; its zero value is that of a daemon that never died.
type Backoff struct{ last time.Duration }

// Next returns how long to wait after a life that served for that long (0 when it never served).
func (b *Backoff) Next(served time.Duration) time.Duration {
	switch {
	case b.last == 0 || served >= ServedLongEnough:
		b.last = FirstWait
	default:
		b.last = min(2*b.last, MaxWait)
	}
	return b.last
}
