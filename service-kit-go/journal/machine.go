package journal

// The journal with its two goroutines: while the writer syncs a group, callers gather the next one, and the owner of the state
// applies the one before.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Machine runs a state machine behind its journal. All methods may be called at the same time.
type Machine[C, E, A any] struct {
	journal *Journal[C, E, A]
	queue   queue[C, A]
	items   chan item[C, A]   // one is applied while the next is synced: more would only grow what a crash answers late
	free    chan *batch[C, A] // empty ones; as many as can be on their way
	reads   chan reading      // unbuffered: a caller can leave until its turn comes
	calls   sync.Pool         // of *call[A]
	failure atomic.Pointer[errs.Error]
	blocked bool // the owner has no room for events
	closing chan struct{}
	done    chan struct{} // closed when both goroutines have ended

	saving  chan struct{} // holds one while a snapshot is under way
	outcome atomic.Pointer[saved]
}

// item is a group that is durable, or a refusal, on its way to the owner of the state.
type item[C, A any] struct {
	group portion[C]
	done  []func(A, error)
	err   error
	whole *batch[C, A] // the batch that ends with it
}

type reading struct {
	view func()
	done chan struct{}
}

type saved struct {
	last uint64
	err  error
}

// call is a Submit that waits.
type call[A any] struct {
	answer A
	err    error
	ready  chan struct{}
	finish func(A, error)
}

// batchesUnderWay: one with the writer, one on its way, one with the owner.
const batchesUnderWay = 3

// Open restores the state, replays what came after the snapshot, and starts the machine.
func Open[C, E, A any](options Options[C, E, A]) (*Machine[C, E, A], error) {
	journal, err := Load(options)
	if err != nil {
		return nil, err
	}
	m := &Machine[C, E, A]{
		journal: journal, items: make(chan item[C, A], 1), free: make(chan *batch[C, A], batchesUnderWay), reads: make(chan reading),
		closing: make(chan struct{}), done: make(chan struct{}), saving: make(chan struct{}, 1),
	}
	m.queue.limit, m.queue.ready = journal.options.Queue, make(chan struct{}, 1)
	m.calls.New = func() any {
		waiting := &call[A]{ready: make(chan struct{}, 1)}
		waiting.finish = func(answer A, err error) {
			waiting.answer, waiting.err = answer, err
			waiting.ready <- struct{}{}
		}
		return waiting
	}
	for range batchesUnderWay {
		m.free <- &batch[C, A]{}
	}
	m.outcome.Store(&saved{last: journal.recovery.Snapshot})
	journal.full = m.awaitRoom
	var both sync.WaitGroup
	both.Go(m.write)
	both.Go(m.own)
	go func() {
		both.Wait()
		close(m.done)
	}()
	return m, nil
}

// Submit journals a command and returns its answer once it is durable and applied. When the context ends first, the command may
// still have its effect. Errors: RESOURCE_EXHAUSTED with a time to retry after when the queue (QUEUE_FULL) or the disk (DISK_FULL)
// is full, INVALID_ARGUMENT when the command is too large, UNAVAILABLE when the journal is closed or has failed (JOURNAL_FAILED:
// whether the command has its effect is known after the next start). The command must not be changed any more.
func (m *Machine[C, E, A]) Submit(ctx context.Context, command C) (answer A, err error) {
	if err := ctx.Err(); err != nil {
		return answer, err
	}
	waiting := m.calls.Get().(*call[A])
	if err := m.queue.put(command, waiting.finish); err != nil {
		m.calls.Put(waiting)
		return answer, err
	}
	select {
	case <-waiting.ready:
		answer, err = waiting.answer, waiting.err
		waiting.answer, waiting.err = *new(A), nil
		m.calls.Put(waiting)
		return answer, err
	case <-ctx.Done():
		return answer, ctx.Err()
	}
}

// SubmitAsync journals a command and calls done with what Submit would return; an error of its own means that done will not be
// called. Answers come in the order in which commands were accepted, on the goroutine that owns the state, which done must
// not block.
func (m *Machine[C, E, A]) SubmitAsync(command C, done func(answer A, err error)) error {
	return m.queue.put(command, done)
}

// Read runs view between two groups, on the goroutine that owns the state: what view reads is consistent, and includes every
// command that was answered before. Commands wait meanwhile, so view only copies what it needs.
func (m *Machine[C, E, A]) Read(ctx context.Context, view func()) error {
	request := reading{view: view, done: make(chan struct{})}
	select {
	case m.reads <- request:
		<-request.done
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-m.done:
		return errClosed
	}
}

// Events returns a reader of the events from a sequence on; see Journal.Events.
func (m *Machine[C, E, A]) Events(from uint64) (*Reader, error) { return m.journal.Events(from) }

// Acknowledge notes what a consumer needs no more; see Journal.Acknowledge.
func (m *Machine[C, E, A]) Acknowledge(consumer string, sequence uint64) error {
	return m.journal.Acknowledge(consumer, sequence)
}

// Cursor returns what a consumer has acknowledged last.
func (m *Machine[C, E, A]) Cursor(consumer string) uint64 { return m.journal.Cursor(consumer) }

// Recovery returns what Open found.
func (m *Machine[C, E, A]) Recovery() Recovery { return m.journal.recovery }

// ID returns the journal's ID.
func (m *Machine[C, E, A]) ID() ID { return m.journal.id }

// Hash returns the hash of the state between two groups.
func (m *Machine[C, E, A]) Hash(ctx context.Context) (hash Hash, err error) {
	ended := m.Read(ctx, func() { hash, err = m.journal.Hash() })
	return hash, errors.Join(ended, err)
}

// Health returns why commands are refused (full disk, failed journal, closed), or nil.
func (m *Machine[C, E, A]) Health(context.Context) error {
	_, refusal := m.queue.state()
	return refusal
}

// Stats returns the figures of the moment.
func (m *Machine[C, E, A]) Stats() Stats {
	outcome := m.outcome.Load()
	stats := Stats{
		Commands: m.journal.written.Load() - 1, Events: m.journal.published.Load() - 1, Groups: m.journal.groups.Load(),
		Snapshot: outcome.last, SnapshotError: outcome.err,
	}
	stats.EarliestEvent, stats.EventBytes = m.journal.events.retained()
	stats.Queued, _ = m.queue.state()
	return stats
}

var errClosed = errs.New(errs.Unavailable, "JOURNAL_CLOSED", "the journal is closed: try again when the daemon is up")

// Close refuses new commands, answers those that wait, takes a snapshot and closes. When the context is done before the snapshot
// is written, it is left out, and the next start replays the more. Only the first call does something.
func (m *Machine[C, E, A]) Close(ctx context.Context) error {
	if !m.queue.close(errClosed) {
		return nil
	}
	close(m.closing)
	<-m.done
	m.saving <- struct{}{} // waits for a snapshot that is under way
	var err error
	if failure := m.failure.Load(); failure != nil {
		err = failure
	} else if m.journal.applied.Next-1 > m.outcome.Load().last {
		err = m.journal.Snapshot(ctx)
	}
	return errors.Join(err, m.journal.Close())
}

// fail makes the machine refuse everything: what is on disk is known again after a restart.
func (m *Machine[C, E, A]) fail(err error) *errs.Error {
	if !m.failure.CompareAndSwap(nil, broken(err)) {
		return m.failure.Load()
	}
	failure := m.failure.Load()
	m.queue.refuse(failure)
	return failure
}

// awaitRoom waits a while for room for events, and tells whether to try again. Their commands are durable, so there is no way back.
func (m *Machine[C, E, A]) awaitRoom(err error) bool {
	m.blocked = true
	m.queue.refuse(err)
	timer := time.NewTimer(retryAfterFull / 10)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-m.closing:
		return false
	}
}

// resume accepts commands again once there was room.
func (m *Machine[C, E, A]) resume() {
	if !m.blocked {
		return
	}
	m.blocked = false
	m.queue.refuse(nil)
	if failure := m.failure.Load(); failure != nil {
		m.queue.refuse(failure)
	}
}

// Snapshot takes a snapshot now; the state's owner writes it, while commands wait, and it is synced beside them.
func (m *Machine[C, E, A]) Snapshot(ctx context.Context) error {
	select {
	case m.saving <- struct{}{}:
		defer func() { <-m.saving }()
	case <-ctx.Done():
		return ctx.Err()
	case <-m.done:
		return errClosed
	}
	var finish func() error
	var err error
	last := m.outcome.Load().last
	if ended := m.Read(ctx, func() { finish, err = m.journal.snapshot(ctx); last = m.journal.applied.Next - 1 }); ended != nil {
		return ended
	}
	if err != nil {
		m.note(last, err)
		return err
	}
	return m.finish(last, finish)
}

// finish runs what is left of a snapshot and notes the outcome. Should syncing fail, events may be lost that the next snapshot would
// vouch for, so the machine stops.
func (m *Machine[C, E, A]) finish(last uint64, finish func() error) error {
	err := finish()
	if err != nil && !isFull(err) {
		_ = m.fail(err)
	}
	m.note(last, err)
	return err
}

// note keeps the outcome of a snapshot.
func (m *Machine[C, E, A]) note(last uint64, err error) {
	if err != nil {
		last = m.outcome.Load().last
	}
	m.outcome.Store(&saved{last: last, err: err})
}
