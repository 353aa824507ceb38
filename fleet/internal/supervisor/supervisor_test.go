package supervisor

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mortal is a process that dies by itself after its lifetime, or when it is stopped.
type mortal struct {
	pid      int
	done     chan struct{}
	once     sync.Once
	exit     string
	stubborn bool
}

func newMortal(pid int, lifetime time.Duration) *mortal {
	process := &mortal{pid: pid, done: make(chan struct{})}
	if lifetime > 0 {
		time.AfterFunc(lifetime, func() { process.end("exit status 1") })
	}
	return process
}

func (m *mortal) end(exit string) {
	m.once.Do(func() {
		m.exit = exit
		close(m.done)
	})
}
func (m *mortal) PID() int               { return m.pid }
func (m *mortal) Done() <-chan struct{}  { return m.done }
func (m *mortal) Exit() string           { return m.exit }
func (m *mortal) LastLines(int) []string { return []string{"last words"} }
func (m *mortal) Stop(kill context.Context) {
	if !m.stubborn {
		m.end("exit status 0")
		return
	}
	<-kill.Done()
	m.end("signal: killed")
}

// diary notes what happened, and when, since it was opened.
type diary struct {
	opened  time.Time
	entries []entry
}

type entry struct {
	at    time.Duration
	event Event
}

func (d *diary) note(event Event) {
	d.entries = append(d.entries, entry{time.Since(d.opened), event})
}

func (d *diary) times(kind Kind) []time.Duration {
	var times []time.Duration
	for _, entry := range d.entries {
		if entry.event.Kind == kind {
			times = append(times, entry.at)
		}
	}
	return times
}

func ready(context.Context) error { return nil }

// run supervises processes that live for the given times, the last one for ever, until the given time has passed.
func run(t *testing.T, until time.Duration, job Job, lifetimes ...time.Duration) *diary {
	t.Helper()
	book := &diary{opened: time.Now()}
	stop, cancel := context.WithTimeout(t.Context(), until)
	defer cancel()
	lives := 0
	job.Notify = book.note
	if job.Start == nil {
		job.Start = func(bool) (Process, error) {
			lives++
			if lives <= len(lifetimes) {
				return newMortal(lives, lifetimes[lives-1]), nil
			}
			return newMortal(lives, 0), nil
		}
	}
	Run(stop, t.Context(), job)
	return book
}

func TestProcessThatDiesIsReportedWithItsLastLinesAndStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := run(t, time.Minute, Job{Ready: ready}, 2*time.Second)

		var events []Event
		for _, entry := range book.entries {
			events = append(events, entry.event)
		}
		assert.Equal(t, []Event{
			{Kind: Started, PID: 1},
			{Kind: Serving, PID: 1},
			{Kind: Died, PID: 1, Exit: "exit status 1", LastLines: []string{"last words"}, RestartIn: FirstWait},
			{Kind: Started, PID: 2},
			{Kind: Serving, PID: 2},
			{Kind: Stopped, PID: 2, Exit: "exit status 0"},
		}, events)
		assert.Equal(t, []time.Duration{0, 2*time.Second + FirstWait}, book.times(Started))
	})
}

func TestProcessThatKeepsDyingWaitsTwiceAsLongEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		second := time.Second
		book := run(t, time.Hour, Job{Ready: ready}, second, second, second)
		var waits []time.Duration
		for _, entry := range book.entries {
			if entry.event.Kind == Died {
				waits = append(waits, entry.event.RestartIn)
			}
		}
		assert.Equal(t, []time.Duration{FirstWait, 2 * FirstWait, 4 * FirstWait}, waits)
	})
}

func TestProcessThatCannotBeStartedIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		job := Job{Ready: ready, Start: func(bool) (Process, error) {
			attempts++
			if attempts == 1 {
				return nil, errors.New("no such file")
			}
			return newMortal(attempts, 0), nil
		}}
		book := run(t, time.Minute, job)
		require.GreaterOrEqual(t, len(book.entries), 2)
		assert.Equal(t, Event{Kind: Died, Exit: "no such file", RestartIn: FirstWait}, book.entries[0].event)
		assert.Equal(t, []time.Duration{FirstWait}, book.times(Serving))
	})
}

func TestStartIsToldWhetherTheLifeBeforeServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []bool
		never := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		job := Job{Ready: never, Start: func(served bool) (Process, error) {
			told = append(told, served)
			return newMortal(len(told), time.Second), nil
		}}
		run(t, 3*time.Second, job)
		assert.Equal(t, []bool{true, false}, told)
	})
}

func TestProcessThatDoesNotStopIsKilledWhenTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		book := &diary{opened: time.Now()}
		stop, cancelStop := context.WithTimeout(t.Context(), time.Second)
		defer cancelStop()
		kill, cancelKill := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancelKill()
		stubborn := newMortal(1, 0)
		stubborn.stubborn = true

		Run(stop, kill, Job{Ready: ready, Notify: book.note, Start: func(bool) (Process, error) { return stubborn, nil }})

		assert.Equal(t, "signal: killed", book.entries[len(book.entries)-1].event.Exit)
		assert.Equal(t, []time.Duration{9 * time.Second}, book.times(Stopped))
	})
}

func TestStopDuringTheWaitEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := time.Now()
		run(t, 1100*time.Millisecond, Job{Ready: ready}, time.Second)
		assert.Equal(t, 1100*time.Millisecond, time.Since(opened))
	})
}

func TestWaitsGrowToTheCapAndNeverBeyond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var backoff Backoff
		before := time.Duration(0)
		for range rapid.IntRange(1, 50).Draw(t, "deaths") {
			served := time.Duration(rapid.Int64Range(0, int64(2*time.Minute)).Draw(t, "served"))
			wait := backoff.Next(served)
			switch {
			case before == 0 || served >= ServedLongEnough:
				assert.Equal(t, FirstWait, wait)
			default:
				assert.Equal(t, min(2*before, MaxWait), wait)
			}
			before = wait
		}
	})
}
