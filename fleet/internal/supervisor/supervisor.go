// Package supervisor keeps one process alive: it starts it, says when it serves, reports its death with its last words, starts it
// again, and stops it when told to. It never gives up.
package supervisor

import (
	"context"
	"time"
)

// LastLines is how many lines of the log of a dead process are reported.
const LastLines = 10

// Process is a running process.
type Process interface {
	PID() int
	// Done is closed when the process has ended.
	Done() <-chan struct{}
	// Exit says how it ended, e.g. "exit status 1"; only after Done.
	Exit() string
	// LastLines returns the last lines of this life's log, at most count.
	LastLines(count int) []string
	// Stop asks the process to end and waits until it has; when kill ends first, it is killed.
	Stop(kill context.Context)
}

// Kind of an Event.
type Kind int

// What happens to a process.
const (
	Started Kind = iota // it runs, but does not serve yet
	Serving             // it serves
	Died                // it ended without being told to, or could not be started; see Exit, LastLines, RestartIn
	Stopped             // it was told to stop and has
)

// Event is something that happened to a process.
type Event struct {
	Kind      Kind
	PID       int           // 0 when it could not be started
	Exit      string        // how it ended
	LastLines []string      // the end of its log
	RestartIn time.Duration // when it is started again
}

// Job says what is to be kept alive.
type Job struct {
	// Start starts the process. Served tells whether the life before this one got as far as serving (true for the first).
	Start func(served bool) (Process, error)
	// Ready waits until the process serves; it returns an error only when the context ended.
	Ready func(ctx context.Context) error
	// Notify is told what happens, in order, from one goroutine.
	Notify func(Event)
}

// Run keeps the job's process alive until stop ends, then stops it; when kill ends, it is killed.
func Run(stop, kill context.Context, job Job) {
	var backoff Backoff
	served := true
	for stop.Err() == nil {
		process, err := job.Start(served)
		died := Event{Kind: Died}
		var servedFor time.Duration
		if err != nil {
			died.Exit = err.Error()
		} else {
			servedFor = live(stop, process, job)
			if stop.Err() != nil {
				process.Stop(kill)
				job.Notify(Event{Kind: Stopped, PID: process.PID(), Exit: process.Exit()})
				return
			}
			died.PID, died.Exit, died.LastLines = process.PID(), process.Exit(), process.LastLines(LastLines)
		}
		served = servedFor > 0
		died.RestartIn = backoff.Next(servedFor)
		job.Notify(died)
		wait(stop, died.RestartIn)
	}
}

// live follows one life until the process ends or stop does, and returns for how long it served.
func live(stop context.Context, process Process, job Job) (served time.Duration) {
	job.Notify(Event{Kind: Started, PID: process.PID()})
	alive, end := context.WithCancel(stop)
	defer end()
	go func() { // ends with alive, or with the process
		select {
		case <-process.Done():
			end()
		case <-alive.Done():
		}
	}()
	if job.Ready(alive) != nil {
		<-alive.Done()
		return 0
	}
	since := time.Now()
	job.Notify(Event{Kind: Serving, PID: process.PID()})
	<-alive.Done()
	return max(time.Since(since), 1) // serving for no time at all is still having served
}

func wait(ctx context.Context, duration time.Duration) {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
