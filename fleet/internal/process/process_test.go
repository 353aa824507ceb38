package process

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds how long a test waits for a real process.
const patience = 30 * time.Second

func start(t *testing.T, script string) *Process {
	t.Helper()
	child, err := Start(Command{
		Path: "/bin/sh", Args: []string{"-c", script}, Env: os.Environ(),
		Log: filepath.Join(t.TempDir(), "log", "child.log"),
	})
	require.NoError(t, err)
	t.Cleanup(func() { child.Stop(ended()) })
	return child
}

func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func awaitEnd(t *testing.T, child *Process) string {
	t.Helper()
	select {
	case <-child.Done():
	case <-time.After(patience):
		require.FailNow(t, "the child has not ended")
	}
	return child.Exit()
}

// awaitLine waits until the child has logged a line, so that its traps are set.
func awaitLine(t *testing.T, child *Process, line string) {
	t.Helper()
	require.Eventually(t, func() bool {
		return strings.Contains(strings.Join(child.LastLines(10), "\n"), line)
	}, patience, 5*time.Millisecond)
}

func TestChildThatDiesTellsHowAndWithWhichLastLines(t *testing.T) {
	child := start(t, "echo one; echo two >&2; echo three; exit 3")
	assert.Equal(t, "exit status 3", awaitEnd(t, child))
	assert.Equal(t, []string{"two", "three"}, child.LastLines(2))
}

func TestLastLinesAreOfThisLifeOnly(t *testing.T) {
	command := Command{Path: "/bin/sh", Args: []string{"-c", "echo first"}, Log: filepath.Join(t.TempDir(), "child.log")}
	child, err := Start(command)
	require.NoError(t, err)
	awaitEnd(t, child)
	command.Args = []string{"-c", "echo second"}
	child, err = Start(command)
	require.NoError(t, err)
	awaitEnd(t, child)
	assert.Equal(t, []string{"second"}, child.LastLines(10))
}

func TestChildIsInAGroupOfItsOwn(t *testing.T) {
	child := start(t, "echo up; cat")
	group, err := syscall.Getpgid(child.PID())
	require.NoError(t, err)
	assert.Equal(t, child.PID(), group)
	assert.NotEqual(t, syscall.Getpgrp(), group)
}

func TestStopLetsTheChildEndInItsOwnWay(t *testing.T) {
	child := start(t, `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done`)
	awaitLine(t, child, "up")
	child.Stop(context.Background())
	assert.Equal(t, "exit status 0", child.Exit())
	assert.Contains(t, child.LastLines(5), "bye")
}

func TestChildThatIgnoresStopIsKilled(t *testing.T) {
	child := start(t, `trap '' TERM; echo up; while :; do sleep 0.01; done`)
	awaitLine(t, child, "up")
	child.Stop(ended())
	assert.Equal(t, "signal: killed", child.Exit())
}

func TestStandardInputStaysOpenWhileTheLauncherHoldsIt(t *testing.T) {
	child := start(t, "echo up; cat; echo end of file")
	awaitLine(t, child, "up")
	require.NoError(t, child.stdin.Close()) // as the kernel does when the launcher dies
	awaitEnd(t, child)
	assert.Contains(t, child.LastLines(5), "end of file")
}

func TestProgramThatIsNotThereIsAnError(t *testing.T) {
	_, err := Start(Command{Path: "/nonexistent/daemon", Log: filepath.Join(t.TempDir(), "child.log")})
	require.ErrorContains(t, err, "/nonexistent/daemon")
}

func TestLogIsCutWhenItOutgrowsItsLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "child.log")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))

	require.NoError(t, CutLog(path, 10))
	assert.FileExists(t, path)
	assert.NoFileExists(t, path+".1")

	require.NoError(t, CutLog(path, 9))
	old, err := os.ReadFile(path + ".1")
	require.NoError(t, err)
	assert.Equal(t, "0123456789", string(old))
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Zero(t, info.Size())
}

func TestLogOfAnEarlierFleetIsKeptAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "child.log")
	require.NoError(t, KeepOld(path), "none yet")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o600))
	require.NoError(t, KeepOld(path))
	assert.NoFileExists(t, path)
	assert.FileExists(t, path+".1")
}

func TestTailOfALogThatWasCutReadsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "child.log")
	require.NoError(t, os.WriteFile(path, []byte("new\n"), 0o600))
	assert.Equal(t, []string{"new"}, tail(path, 1000, 10))
	assert.Empty(t, tail(path+".none", 0, 10))
}
