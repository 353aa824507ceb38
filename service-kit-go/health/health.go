// Package health describes the things a daemon leans on, for /readyz and metrics: what state each is in, since when, and
// what its last error was.
package health

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/sirupsen/logrus"
)

// State of a dependency.
type State string

// The states. Only Down makes a daemon not ready; Degraded says that it serves on without full help, e.g. from cached
// addresses while Redis is away.
const (
	Up       State = "up"
	Degraded State = "degraded"
	Down     State = "down"
)

// Dependency is the state of one thing that a daemon leans on. Times are wall time, UTC.
type Dependency struct {
	Name        string         `json:"name"`
	State       State          `json:"state"`
	Since       time.Time      `json:"since"`
	LastError   string         `json:"last_error,omitempty"`
	LastErrorAt time.Time      `json:"last_error_at,omitzero"`
	Detail      map[string]any `json:"detail,omitempty"` // numbers and names of its own, e.g. the age of a cached document
}

// Source reports dependencies: the discovery client, the configuration client, the peers, the faults. It must not block.
type Source interface {
	Dependencies() []Dependency
}

// Tracker follows one dependency through its ups and downs. It is safe for use by several goroutines.
type Tracker struct {
	mu      sync.Mutex
	current Dependency
	broken  State
}

// NewTracker makes a tracker that is Up. Broken is the state that a failure means: Degraded or Down.
func NewTracker(name string, broken State) *Tracker {
	return &Tracker{current: Dependency{Name: name, State: Up, Since: time.Now().UTC()}, broken: broken}
}

// Observe takes the outcome of one use of the dependency: nil means that it worked. It reports whether the state changed.
func (t *Tracker) Observe(err error) (changed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	state, now := Up, time.Now().UTC()
	if err != nil {
		state = t.broken
		t.current.LastError, t.current.LastErrorAt = err.Error(), now
	}
	if state == t.current.State {
		return false
	}
	t.current.State, t.current.Since = state, now
	return true
}

// Note is Observe that logs each change of the state. Meanwhile says how the daemon gets by without the dependency.
func (t *Tracker) Note(log logrus.FieldLogger, err error, meanwhile string) {
	switch changed := t.Observe(err); {
	case changed && err != nil:
		log.WithError(err).WithField("dependency", t.current.Name).Warn("a dependency fails: " + meanwhile)
	case changed:
		log.WithField("dependency", t.current.Name).Info("a dependency is good again")
	}
}

// Dependencies implements Source: the state now.
func (t *Tracker) Dependencies() []Dependency {
	t.mu.Lock()
	defer t.mu.Unlock()
	return []Dependency{t.current}
}

// How often and how patiently a daemon's own health is asked for.
const (
	ProbeInterval  = time.Second           // while it serves
	ProbeEagerness = 50 * time.Millisecond // while it does not, so that it serves as soon as it can
	ProbeTimeout   = 5 * time.Second       // a check that hangs longer counts as failed
)

// Probe asks check for the daemon's health until the context ends, and reports each answer: nil means that it can do its
// job. At most one check is under way; one that ignores its context and hangs is reported after ProbeTimeout and
// then waited for, while the last report stands.
func Probe(ctx context.Context, check func(context.Context) error, report func(error)) {
	for ctx.Err() == nil {
		err := probeOnce(ctx, check, report)
		if ctx.Err() != nil {
			return
		}
		report(err)
		pause := ProbeInterval
		if err != nil {
			pause = ProbeEagerness
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// probeOnce returns the check's answer; when the check is late it reports that first.
func probeOnce(ctx context.Context, check func(context.Context) error, report func(error)) error {
	limited, cancel := context.WithTimeout(ctx, ProbeTimeout)
	defer cancel()
	answer := make(chan error, 1) // so that a check which nobody waits for any more can end
	go func() { answer <- check(limited) }()
	select {
	case err := <-answer:
		return err
	case <-limited.Done():
	}
	if ctx.Err() == nil {
		report(fmt.Errorf("the health check has not answered within %s", ProbeTimeout))
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
