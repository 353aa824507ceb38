package command

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/fleet/internal/fakedaemon"
	"github.com/trading-ecosystem/fleet/internal/process"
	"github.com/trading-ecosystem/fleet/internal/state"
)

// The test binary becomes a daemon or the fleet command when it is called by their names, so that these tests run real processes.
func TestMain(m *testing.M) {
	fakedaemon.Main()
	if filepath.Base(os.Args[0]) == "fleet" {
		os.Exit(Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	goleak.VerifyTestMain(m)
}

// patience bounds each wait for a real process.
const patience = 60 * time.Second

// bench is where a fleet is started: binaries and a state directory. Tests with benches of their own run side by side.
type bench struct {
	bin, dir string
}

func newBench(t *testing.T) bench {
	t.Helper()
	t.Parallel()
	return bench{bin: fakedaemon.Install(t, "fleet"), dir: t.TempDir()}
}

func (b bench) stateDir() string { return filepath.Join(b.dir, ".fleet") }

func (b bench) command(environment []string, arguments ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(b.bin, "fleet"), arguments...)
	command.Dir = b.dir
	command.Env = []string{"PATH=" + b.bin, "HOME=" + b.dir} // nothing of the machine: no REDIS_URL, no redis-server
	command.Env = append(command.Env, environment...)
	return command
}

// outcome is what a command that has ended left behind.
type outcome struct {
	stdout, stderr string
	code           int
}

func (b bench) run(t *testing.T, arguments ...string) outcome {
	t.Helper()
	return b.runWith(t, nil, arguments...)
}

func (b bench) runWith(t *testing.T, environment []string, arguments ...string) outcome {
	t.Helper()
	command := b.command(environment, arguments...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	require.NoError(t, command.Start())
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	defer timer.Stop()
	_ = command.Wait()
	return outcome{stdout.String(), stderr.String(), command.ProcessState.ExitCode()}
}

// launched is a `fleet up` that runs.
type launched struct {
	bench
	command        *exec.Cmd
	stdout, stderr *transcript
	ended          chan struct{}
}

// transcript is what a process has written so far.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *transcript) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(text)
}

func (w *transcript) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

// up starts a fleet on free ports and does not wait for it.
func (b bench) up(t *testing.T, environment []string, arguments ...string) *launched {
	t.Helper()
	l := &launched{
		bench: b, stdout: &transcript{}, stderr: &transcript{}, ended: make(chan struct{}),
		command: b.command(environment, append([]string{"up", "--free-ports"}, arguments...)...),
	}
	l.command.Stdout, l.command.Stderr = l.stdout, l.stderr
	require.NoError(t, l.command.Start())
	go func() {
		_ = l.command.Wait()
		close(l.ended)
	}()
	t.Cleanup(func() {
		_ = l.command.Process.Signal(syscall.SIGTERM)
		_ = l.command.Process.Signal(syscall.SIGTERM) // at once: nothing is left to drain for
		select {
		case <-l.ended:
		case <-time.After(patience):
			_ = l.command.Process.Kill()
			<-l.ended
		}
		if t.Failed() {
			t.Logf("stdout of fleet up:\n%s\nstderr:\n%s", l.stdout, l.stderr)
		}
	})
	return l
}

// serving starts a fleet and waits until it serves.
func (b bench) serving(t *testing.T, environment []string, arguments ...string) (*launched, state.State) {
	t.Helper()
	l := b.up(t, environment, append(arguments, "--json")...)
	l.await(t, "the fleet serves", func() bool { return strings.Contains(l.stdout.String(), "\n") })
	var current state.State
	require.NoError(t, json.Unmarshal([]byte(l.stdout.String()), &current))
	return l, current
}

func (l *launched) await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		return condition() || l.hasEnded()
	}, patience, 10*time.Millisecond, what)
	require.True(t, condition(), "%s, but fleet up has ended", what)
}

func (l *launched) hasEnded() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

func (l *launched) signal(t *testing.T, what syscall.Signal) {
	t.Helper()
	require.NoError(t, l.command.Process.Signal(what))
}

// exit waits until the launcher has ended and returns its exit code.
func (l *launched) exit(t *testing.T) (code int) {
	t.Helper()
	select {
	case <-l.ended:
	case <-time.After(patience):
		require.FailNow(t, "fleet up does not end")
	}
	return l.command.ProcessState.ExitCode()
}

// gone waits until none of the processes is there any more.
func gone(t *testing.T, pids ...int) {
	t.Helper()
	for _, pid := range pids {
		require.Eventually(t, func() bool { return syscall.Kill(pid, 0) != nil || isZombie(pid) }, patience, 10*time.Millisecond,
			"process %d is still there", pid)
	}
}

// isZombie tells of a process that has ended while its parent, which may be a container's first process, has not noticed.
func isZombie(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "stat"))
	return err == nil && strings.Contains(string(text), ") Z ")
}

func itoa(number int) string {
	text, _ := json.Marshal(number)
	return string(text)
}

func pidsOf(current state.State) []int {
	var pids []int
	for _, daemon := range current.Daemons {
		pids = append(pids, daemon.PID)
	}
	return pids
}

// stateNow reads the state until it satisfies the condition.
func (l *launched) stateNow(t *testing.T, condition func(state.State) bool) state.State {
	t.Helper()
	var current state.State
	l.await(t, "the state changes", func() bool {
		var err error
		current, err = state.Read(l.stateDir())
		return err == nil && condition(current)
	})
	return current
}

func TestFixtureProcessesAreRealOnes(t *testing.T) {
	b := newBench(t)
	child, err := process.Start(process.Command{
		Path: filepath.Join(b.bin, "audit-correlator"), Args: []string{"--check-config"}, Log: filepath.Join(b.dir, "x.log"),
	})
	require.NoError(t, err)
	assert.Equal(t, "exit status 0", child.Exit(), strings.Join(child.LastLines(10), "\n"))
}

// serveAs serves what is registered where the commands of this test look for a daemon: at the address in a variable.
func serveAs(t *testing.T, variable string, register func(*grpc.Server)) {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	register(server)
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(server.Stop)
	t.Setenv(variable, socket.Addr().String())
	t.Setenv("REDIS_URL", "")
	t.Setenv("FLEET_STATE_DIR", t.TempDir())
}
