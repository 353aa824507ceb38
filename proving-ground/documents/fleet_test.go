// A fleet for the documents: built from the sources as they are, on free ports, in a directory that looks like the
// repository to the commands, so that it never meets a fleet that somebody runs in the real one.
package documents_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// defaultPorts are the ports that the documents speak of: gRPC and HTTP of each daemon.
var defaultPorts = map[string][2]string{
	"audit":       {"50052", "8082"},
	"custodian":   {"50053", "8083"},
	"exchange":    {"50054", "8084"},
	"market-data": {"50055", "8085"},
}

const configPort = "8090"

// stateFile is as much of .fleet/state.json as the tests read.
type stateFile struct {
	ConfigURL string `json:"config_url"`
	Daemons   []struct {
		Name     string `json:"name"`
		GRPCAddr string `json:"grpc_addr"`
		HTTPAddr string `json:"http_addr"`
	} `json:"daemons"`
}

// mirror makes a directory that holds what the repository holds, with binaries built from its sources and no .fleet.
func mirror(t *testing.T, root string) string {
	t.Helper()
	directory := t.TempDir()
	bin := filepath.Join(directory, "bin")
	require.NoError(t, os.Mkdir(bin, 0o755))
	link(t, root, directory, "bin", ".fleet", ".git")
	commands, err := filepath.Glob(filepath.Join(root, "*", "cmd", "*"))
	require.NoError(t, err)
	for _, command := range commands {
		module := filepath.Dir(filepath.Dir(command))
		if filepath.Base(module) == "proving-ground" {
			continue
		}
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w",
			"-o", filepath.Join(bin, filepath.Base(command)), "./cmd/"+filepath.Base(command))
		build.Dir, build.Env = module, append(os.Environ(), "GOWORK=off")
		output, err := build.CombinedOutput()
		require.NoErrorf(t, err, "build %s: %s", command, output)
	}
	link(t, filepath.Join(root, "bin"), bin)
	return directory
}

// link puts links to the entries of one directory into another, but for those that are there already or excepted.
func link(t *testing.T, from, to string, excepted ...string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	require.NoError(t, err)
	for _, entry := range entries {
		if slices.Contains(excepted, entry.Name()) {
			continue
		}
		err := os.Symlink(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()))
		if !errors.Is(err, os.ErrExist) {
			require.NoError(t, err)
		}
	}
}

// environment is that of this process without the settings of a fleet, which would lead to somebody else's.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return name == "REDIS_URL" || name == "CONFIG_URL" || name == "DATA_DIR" || strings.HasSuffix(name, "_ADDR") ||
			strings.HasPrefix(name, "OTEL_")
	})
}

// startFleet starts a fleet in a mirror and returns its addresses by their default ports, once every daemon is ready. The
// fleet stops with the test, and must stop when asked.
func startFleet(t *testing.T, directory string) map[string]string {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "fleet.log"))
	require.NoError(t, err)
	fleet := exec.Command("bin/fleet", "up", "--free-ports")
	fleet.Dir, fleet.Env = directory, environment()
	fleet.Stdout, fleet.Stderr = log, log
	fleet.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, fleet.Start())
	ended := make(chan error, 1)
	go func() { ended <- fleet.Wait() }()
	t.Cleanup(func() { stop(t, fleet, ended, log) })

	var state stateFile
	ready := func() bool {
		text, err := os.ReadFile(filepath.Join(directory, ".fleet", "state.json"))
		return err == nil && json.Unmarshal(text, &state) == nil && allReady(state)
	}
	require.Eventually(t, ready, patience, 50*time.Millisecond, "the fleet has not become ready")
	return state.addresses(t)
}

// stop interrupts the fleet as Ctrl-C does, kills it when that does not help, and shows its log when the test has failed.
func stop(t *testing.T, fleet *exec.Cmd, ended <-chan error, log *os.File) {
	_ = fleet.Process.Signal(os.Interrupt)
	select {
	case err := <-ended:
		assert.NoError(t, err, "bin/fleet up, interrupted")
	case <-time.After(patience):
		_ = syscall.Kill(-fleet.Process.Pid, syscall.SIGKILL)
		assert.Fail(t, "bin/fleet up did not stop when it was interrupted")
	}
	if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
		t.Logf("bin/fleet up printed:\n%s", text)
	}
}

// allReady tells whether all daemons are known and answer that they can do their job.
func allReady(state stateFile) bool {
	if len(state.Daemons) < len(defaultPorts) {
		return false
	}
	for _, daemon := range state.Daemons {
		response, err := http.Get("http://" + daemon.HTTPAddr + "/readyz")
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

// addresses maps the default ports to where this fleet listens.
func (s stateFile) addresses(t *testing.T) map[string]string {
	t.Helper()
	config, err := url.Parse(s.ConfigURL)
	require.NoError(t, err)
	found := map[string]string{configPort: config.Host}
	for _, daemon := range s.Daemons {
		ports := defaultPorts[daemon.Name]
		found[ports[0]], found[ports[1]] = daemon.GRPCAddr, daemon.HTTPAddr
	}
	return found
}
