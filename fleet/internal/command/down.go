package command

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/fleet/internal/state"
)

// A fleet stops within ten seconds; how often it is looked at meanwhile.
const (
	downPatience = 15 * time.Second
	downInterval = 20 * time.Millisecond
)

// Down stops a running fleet.
type Down struct {
	Place
}

// Run implements kong's command.
func (d *Down) Run(ctx context.Context, app *kong.Context) error {
	pid, held := state.Holder(d.StateDir)
	if !held {
		fmt.Fprintf(app.Stderr, "fleet: %v in %s\n", state.ErrNoFleet, d.StateDir)
		return state.Remove(d.StateDir) // one that was left behind
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the launcher (pid %d): %w", pid, err)
	}
	fmt.Fprintf(app.Stderr, "fleet: asked the launcher (pid %d) to stop\n", pid)
	ctx, cancel := context.WithTimeout(ctx, downPatience)
	defer cancel()
	ticker := time.NewTicker(downInterval)
	defer ticker.Stop()
	for {
		if _, held := state.Holder(d.StateDir); !held {
			_, err := fmt.Fprintln(app.Stdout, "the fleet has stopped")
			return err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("the launcher (pid %d) has not ended within %s: kill -9 %d ends it, and the daemons end with it", pid, downPatience, pid)
		}
	}
}
