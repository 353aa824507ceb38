package journal

// The two loops of a Machine.

import (
	"context"

	"github.com/trading-ecosystem/service-kit-go/errs"
)

// write is the writer's loop: drain what waits, append it as one group, sync once, hand it on. A refusal takes the same way,
// so that answers keep their order.
func (m *Machine[C, E, A]) write() {
	defer close(m.items)
	for {
		taken, open := m.queue.take(<-m.free)
		if !open {
			return
		}
		wall, business := m.journal.options.Clock()
		commands, done := taken.commands, taken.done
		for len(commands) > 0 {
			next := item[C, A]{}
			if failure := m.failure.Load(); failure != nil {
				next.err = failure
				next.group.commands = commands
			} else if next.group, next.err = m.journal.encode(wall, business, commands); next.err != nil {
				next.group.commands = commands[:1]
			} else if err := m.journal.commit(&next.group); err != nil {
				next.err = m.refusal(err)
			}
			size := len(next.group.commands)
			next.done = done[:size]
			commands, done = commands[size:], done[size:]
			if len(commands) == 0 {
				next.whole = taken
			}
			m.items <- next
		}
	}
}

// refusal classifies an error of a group: without room it was not written, else the journal has failed.
func (m *Machine[C, E, A]) refusal(err error) error {
	if errs.KindOf(err) == errs.ResourceExhausted {
		return err
	}
	return m.fail(err)
}

// own is the loop of the goroutine that owns the state: apply, publish, answer; and let others read in between.
func (m *Machine[C, E, A]) own() {
	for {
		select {
		case next, open := <-m.items:
			if !open {
				return
			}
			m.settle(next)
			if m.journal.isDue() {
				m.save()
			}
		case request := <-m.reads:
			request.view()
			close(request.done)
		}
	}
}

// settle applies a group and answers its callers.
func (m *Machine[C, E, A]) settle(next item[C, A]) {
	var answers []A
	if failure := m.failure.Load(); next.err == nil && failure != nil {
		next.err = failure // it is durable, but the state has stopped before it
	}
	if next.err == nil {
		var err error
		if answers, err = m.journal.apply(next.group); err != nil {
			next.err = m.fail(err)
		}
		m.resume()
	}
	var none A
	for i, done := range next.done {
		if next.err != nil {
			done(none, next.err)
		} else {
			done(answers[i], nil)
		}
	}
	if next.whole != nil {
		next.whole.clear()
		m.free <- next.whole
	}
}

// save starts a snapshot unless one is under way. Its owner writes the state; syncing it needs no one's turn.
func (m *Machine[C, E, A]) save() {
	select {
	case m.saving <- struct{}{}:
	default:
		return
	}
	last := m.journal.applied.Next - 1
	finish, err := m.journal.snapshot(context.Background())
	if err != nil {
		m.note(last, err)
		<-m.saving
		return
	}
	go func() { // Close waits for it: see saving
		_ = m.finish(last, finish) // the outcome is in Stats
		<-m.saving
	}()
}
