package journal

// Commands that wait, and the shape in which they go through a Machine.

import (
	"sync"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// How long a caller is told to wait before it tries again.
const (
	retryAfterFull  = time.Second
	retryAfterQueue = 10 * time.Millisecond
)

// batch is commands in the order in which they were accepted, each with what is called with its answer.
type batch[C, A any] struct {
	commands []C
	done     []func(A, error)
}

func (b *batch[C, A]) clear() {
	clear(b.commands)
	clear(b.done)
	b.commands, b.done = b.commands[:0], b.done[:0]
}

// queue is bounded; many put, one takes everything.
type queue[C, A any] struct {
	mu      sync.Mutex
	waiting batch[C, A]
	limit   int
	refusal error         // why nothing is accepted
	closed  bool          // nothing will be accepted any more
	ready   chan struct{} // holds one when something waits or the queue was closed
}

func (q *queue[C, A]) put(command C, done func(A, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.refusal != nil {
		return q.refusal
	}
	if len(q.waiting.commands) >= q.limit {
		return errs.New(errs.ResourceExhausted, "QUEUE_FULL", "%d commands wait to be journalled, which is the limit: try again later", q.limit).
			WithRetryAfter(retryAfterQueue)
	}
	q.waiting.commands = append(q.waiting.commands, command)
	q.waiting.done = append(q.waiting.done, done)
	q.wake()
	return nil
}

func (q *queue[C, A]) wake() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// take waits for commands and returns all of them in exchange for an empty batch. It is false when the queue is closed and empty.
func (q *queue[C, A]) take(empty *batch[C, A]) (*batch[C, A], bool) {
	for range q.ready {
		q.mu.Lock()
		taken := q.waiting
		if len(taken.commands) > 0 {
			q.waiting, *empty = *empty, taken
			if q.closed {
				q.wake()
			}
			q.mu.Unlock()
			return empty, true
		}
		closed := q.closed
		q.mu.Unlock()
		if closed {
			break
		}
	}
	return nil, false
}

// refuse makes put answer an error, until it is called with nil.
func (q *queue[C, A]) refuse(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.refusal = err
	}
}

// close lets what waits go through and refuses the rest, for good. It tells whether it was open.
func (q *queue[C, A]) close(refusal error) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.closed, q.refusal = true, refusal
	q.wake()
	return true
}

// state returns how many wait, and why nothing is accepted.
func (q *queue[C, A]) state() (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting.commands), q.refusal
}
