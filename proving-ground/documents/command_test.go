// One command of a document: where it leads on this machine, and what running it must show.
package documents_test

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	patience  = 2 * time.Minute // for a command that ends by itself, and for the first output of one that does not
	listening = time.Second     // how long a command that does not end is heard after its first output
)

var (
	// neverRun is left to people: it starts a fleet of its own, or these very tests.
	neverRun = regexp.MustCompile(`^(?:make (?:run|test)|bin/fleet up)\b`)
	// endless goes on until the reader has had enough.
	endless = regexp.MustCompile(`/Stream[A-Z]|/v1/streams/|\bfleet prices(?:$|[^|]*$)|--watch\b`)
	// bounded limits an endless command by itself.
	bounded = regexp.MustCompile(`\| *head\b|--max-time\b|-max-time\b|--once\b|--count\b`)
	// defaultAddress is an address under which the documents speak of the fleet.
	defaultAddress = regexp.MustCompile(`\b(?:localhost|127\.0\.0\.1):(\d{4,5})\b`)
	curl           = regexp.MustCompile(`\bcurl `)
)

// isEndless tells commands that a test has to end.
func isEndless(command string) bool {
	return endless.MatchString(command) && !bounded.MatchString(command)
}

// here makes of a command of a document the one that is run: with the addresses of a running fleet for the default ones, and
// with curl failing where the answer is an error. It fails the test for an address that the fleet does not have: the document
// would send people nowhere.
func here(t *testing.T, command string, addresses map[string]string) string {
	t.Helper()
	command = curl.ReplaceAllString(command, "curl --fail-with-body ")
	return defaultAddress.ReplaceAllStringFunc(command, func(found string) string {
		port := defaultAddress.FindStringSubmatch(found)[1]
		actual, known := addresses[port]
		require.Truef(t, known, "%s: no part of the fleet has port %s by default", command, port)
		return actual
	})
}

// skipWithout skips the test when the program that a command starts with is not there to be run.
func skipWithout(t *testing.T, directory, command string) {
	t.Helper()
	program := strings.Fields(command)[0]
	if strings.Contains(program, "=") || strings.ContainsAny(program, "({") {
		return // a variable or a group: the shell will tell
	}
	if strings.HasPrefix(program, "bin/") {
		if _, err := exec.LookPath(filepath.Join(directory, program)); err != nil {
			t.Skipf("skipped: %s is not built here (make tools builds it)", program)
		}
		return
	}
	if err := exec.Command("sh", "-c", "command -v "+program).Run(); err != nil {
		t.Skipf("skipped: %s is not on this machine", program)
	}
}

// run runs a command in a shell and returns what it printed. A command that ends must succeed; an endless one
// must have printed something, and is then interrupted.
func run(t *testing.T, directory string, environment []string, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Dir, shell.Env = directory, environment
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that a whole pipeline can be ended
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	shell.WaitDelay = listening
	heard := &recorder{first: make(chan struct{})}
	var complaints bytes.Buffer
	shell.Stdout, shell.Stderr = heard, &complaints
	require.NoError(t, shell.Start(), command)
	interrupted := false
	if isEndless(command) {
		interrupted = interrupt(ctx, shell, heard)
	}
	err := shell.Wait()
	if interrupted {
		assert.NotEmptyf(t, heard.String(), "%s printed nothing", command)
	} else {
		require.NoErrorf(t, err, "%s\nstdout: %s\nstderr: %s", command, heard, &complaints)
	}
	return heard.String() + complaints.String()
}

// interrupt ends an endless command once it has been heard for a while, and tells whether it did so.
func interrupt(ctx context.Context, shell *exec.Cmd, heard *recorder) bool {
	select {
	case <-heard.first:
	case <-ctx.Done():
		return false // it was killed for its silence
	}
	enough, cancel := context.WithTimeout(ctx, listening)
	defer cancel()
	<-enough.Done()
	return syscall.Kill(-shell.Process.Pid, syscall.SIGINT) == nil
}

// recorder keeps what is written to it and says when the first of it came.
type recorder struct {
	mutex sync.Mutex
	text  bytes.Buffer
	once  sync.Once
	first chan struct{}
}

// Write implements io.Writer.
func (r *recorder) Write(output []byte) (int, error) {
	r.once.Do(func() { close(r.first) })
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.text.Write(output)
}

// String returns what was written so far.
func (r *recorder) String() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.text.String()
}

func TestACommandIsRunOnTheAddressesOfTheFleetUnderTestAndFailsOnAnErrorOverHTTP(t *testing.T) {
	addresses := map[string]string{"50055": "127.0.0.1:1", "8085": "127.0.0.1:2"}

	assert.Equal(t, "bin/grpcurl -plaintext 127.0.0.1:1 list", here(t, "bin/grpcurl -plaintext localhost:50055 list", addresses))
	assert.Equal(t, "curl --fail-with-body -s 127.0.0.1:2/readyz", here(t, "curl -s localhost:8085/readyz", addresses))
}

func TestCommandsThatNeverEndAreKnown(t *testing.T) {
	for command, want := range map[string]bool{
		"bin/grpcurl -plaintext localhost:50055 marketdata.v1.MarketDataService/StreamPrices": true,
		"bin/fleet prices":                                 true,
		"bin/fleet prices --json":                          true,
		"bin/fleet prices --json | head -n 3":              false,
		"bin/fleet status":                                 false,
		"curl -sN localhost:8085/v1/streams/prices":        true,
		"curl -s localhost:8085/v1/prices/BTC/USD":         false,
		"curl -s --max-time 2 localhost/v1/streams/prices": false,
	} {
		assert.Equal(t, want, isEndless(command), command)
	}
}

func TestAnEndlessCommandIsHeardAndEnded(t *testing.T) {
	output := run(t, t.TempDir(), nil, "while echo tick; do read line; done < /dev/zero # --watch")

	assert.Contains(t, output, "tick")
}
