// Package launch runs `bin/fleet up` on free ports for those who want a fleet of real processes: the test of the documents
// and the benchmark of the start. It knows the fleet from outside only: a command, a state file, HTTP.
package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Daemons are the logical names of the daemons, with the ports at which the documents speak of them: gRPC and HTTP.
var Daemons = map[string][2]string{
	"audit":       {"50052", "8082"},
	"custodian":   {"50053", "8083"},
	"exchange":    {"50054", "8084"},
	"market-data": {"50055", "8085"},
}

// configPort is where the documents speak of the configuration server.
const configPort = "8090"

// pollInterval is how often a fleet that starts is asked whether it is ready; it bounds the error of Fleet.Took.
const pollInterval = 5 * time.Millisecond

var errEnded = errors.New("the command has ended")

var client = http.Client{Timeout: time.Second}

// State is as much of .fleet/state.json as anyone here reads.
type State struct {
	ConfigURL string `json:"config_url"`
	Daemons   []struct {
		Name     string `json:"name"`
		GRPCAddr string `json:"grpc_addr"`
		HTTPAddr string `json:"http_addr"`
		PID      int    `json:"pid"`
	} `json:"daemons"`
}

// Fleet is a running `bin/fleet up`.
type Fleet struct {
	State State         // where everything is
	Took  time.Duration // from the start of the command until every daemon was ready
	up    *exec.Cmd
	ended chan struct{} // closed when the command has ended, then err is how
	err   error
}

// Up starts bin/fleet in a directory, whose .fleet it uses, and returns once every daemon answers that it is ready. What
// the command prints goes to log. The caller stops the fleet; when Up fails there is none.
func Up(ctx context.Context, directory string, log io.Writer) (*Fleet, error) {
	up := exec.Command(filepath.Join(directory, "bin", "fleet"), "up", "--free-ports")
	up.Dir, up.Env = directory, Environment()
	up.Stdout, up.Stderr = log, log
	up.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	started := time.Now()
	if err := up.Start(); err != nil {
		return nil, fmt.Errorf("start bin/fleet up: %w", err)
	}
	fleet := &Fleet{up: up, ended: make(chan struct{})}
	go func() {
		fleet.err = up.Wait()
		close(fleet.ended)
	}()
	if err := fleet.awaitReady(ctx, filepath.Join(directory, ".fleet", "state.json")); err != nil {
		fleet.kill()
		return nil, err
	}
	fleet.Took = time.Since(started)
	return fleet, nil
}

// Addresses maps the ports of which the documents speak to the host and port at which this fleet listens.
func (f *Fleet) Addresses() (map[string]string, error) {
	config, err := url.Parse(f.State.ConfigURL)
	if err != nil {
		return nil, fmt.Errorf("config_url of the state: %w", err)
	}
	found := map[string]string{configPort: config.Host}
	for _, daemon := range f.State.Daemons {
		ports := Daemons[daemon.Name]
		found[ports[0]], found[ports[1]] = daemon.GRPCAddr, daemon.HTTPAddr
	}
	return found, nil
}

// Stop interrupts the fleet as Ctrl-C does and waits until it has ended; when the context ends first it is killed, and that
// is an error.
func (f *Fleet) Stop(ctx context.Context) error {
	_ = f.up.Process.Signal(os.Interrupt)
	select {
	case <-f.ended:
		if f.err != nil {
			return fmt.Errorf("bin/fleet up, interrupted: %w", f.err)
		}
		return nil
	case <-ctx.Done():
		f.kill()
		return errors.New("bin/fleet up did not stop when it was interrupted, and was killed")
	}
}

// kill ends the launcher; its daemons end by themselves when it is gone.
func (f *Fleet) kill() {
	_ = syscall.Kill(-f.up.Process.Pid, syscall.SIGKILL)
	<-f.ended
}

func (f *Fleet) awaitReady(ctx context.Context, stateFile string) error {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the fleet: %w", ctx.Err())
		case <-f.ended:
			return fmt.Errorf("bin/fleet up ended by itself, see its log: %w", errors.Join(errEnded, f.err))
		case <-poll.C:
			text, err := os.ReadFile(stateFile)
			if err == nil && json.Unmarshal(text, &f.State) == nil && f.State.ready(ctx) {
				return nil
			}
		}
	}
}

// ready tells whether all daemons are known and say that they can do their job.
func (s State) ready(ctx context.Context) bool {
	if len(s.Daemons) < len(Daemons) {
		return false
	}
	for _, daemon := range s.Daemons {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+daemon.HTTPAddr+"/readyz", http.NoBody)
		if err != nil {
			return false
		}
		response, err := client.Do(request)
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return false
		}
	}
	return true
}

// Environment is that of this process without the settings of a fleet, which would lead to somebody else's.
func Environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "REDIS_URL" || name == "CONFIG_URL" || name == "DATA_DIR" || strings.HasSuffix(name, "_ADDR") ||
			strings.HasPrefix(name, "OTEL_") || strings.HasPrefix(name, "FLEET_")
	})
}
