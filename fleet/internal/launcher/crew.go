package launcher

// The crew is the one place that knows the present state of the daemons: it hears what happens to each, keeps state.json true and
// tells people.

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

// impatience is how long the start may go without news before people are told what it waits for.
const impatience = 10 * time.Second

type crew struct {
	stateDir string
	err      io.Writer

	mu      sync.Mutex
	current state.State
	waiting map[string]string // why each daemon that has not served yet does not, by label
	served  chan struct{}     // closed when all have served
}

func newCrew(stateDir string, current state.State, err io.Writer) *crew {
	c := &crew{stateDir: stateDir, err: err, current: current, waiting: map[string]string{}, served: make(chan struct{})}
	for _, daemon := range current.Daemons {
		c.waiting[daemon.Label] = "not started yet"
	}
	return c
}

// say prints a line for people.
func (c *crew) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.err, format+"\n", args...) // the terminal has gone: nobody is left to tell
}

// snapshot returns the state now.
func (c *crew) snapshot() state.State {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied := c.current
	copied.Daemons = slices.Clone(copied.Daemons)
	return copied
}

// moved notes that a daemon has other addresses from now on.
func (c *crew) moved(index int, grpcAddr, httpAddr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current.Daemons[index].GRPCAddr, c.current.Daemons[index].HTTPAddr = grpcAddr, httpAddr
}

// doubt notes why a daemon does not serve yet.
func (c *crew) doubt(label string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, waited := c.waiting[label]; waited {
		c.waiting[label] = err.Error()
	}
}

// hear takes what happened to the daemon at index.
func (c *crew) hear(index int, event supervisor.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	daemon := &c.current.Daemons[index]
	_, first := c.waiting[daemon.Label]
	switch event.Kind {
	case supervisor.Started:
		daemon.PID = event.PID
	case supervisor.Serving:
		if !first {
			c.say("%s serves again (pid %d)", daemon.Label, event.PID)
			break
		}
		delete(c.waiting, daemon.Label)
		if len(c.waiting) == 0 {
			close(c.served)
		}
	case supervisor.Died:
		daemon.PID = 0
		c.say("%s", obituary(*daemon, event))
	case supervisor.Stopped:
		daemon.PID = 0
		if strings.Contains(event.Exit, "killed") {
			c.say("%s did not stop in time and was killed", daemon.Label)
		}
	}
	c.save()
}

// save is best done each time; when it fails the fleet runs on, it is only harder to find.
func (c *crew) save() {
	if err := state.Write(c.stateDir, c.current); err != nil {
		c.say("%v", err)
	}
}

// awaitAll waits until every daemon has served, and now and then says what it waits for.
func (c *crew) awaitAll(ctx context.Context) error {
	ticker := time.NewTicker(impatience)
	defer ticker.Stop()
	for {
		select {
		case <-c.served:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			c.mu.Lock()
			for _, daemon := range c.current.Daemons {
				if why, waits := c.waiting[daemon.Label]; waits {
					c.say("still waiting for %s: %s (log: %s)", daemon.Label, why, daemon.Log)
				}
			}
			c.mu.Unlock()
		}
	}
}
