package state

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sample() State {
	return State{
		PID: os.Getpid(), StartedAt: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Redis: "embedded", RedisURL: "redis://127.0.0.1:6379", ConfigURL: "http://127.0.0.1:8090",
		Daemons: []Daemon{{
			Name: "market-data", Label: "market-data", GRPCAddr: "127.0.0.1:50055", HTTPAddr: "127.0.0.1:8085",
			PID: 4711, Log: ".fleet/log/market-data.log",
		}},
	}
}

func running(t *testing.T) (dir string, lock *Lock) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "fleet")
	lock, err := Acquire(dir)
	require.NoError(t, err)
	t.Cleanup(lock.Release)
	return dir, lock
}

func TestStateOfARunningFleetIsReadAsItWasWritten(t *testing.T) {
	dir, _ := running(t)
	require.NoError(t, Write(dir, sample()))

	read, err := Read(dir)

	require.NoError(t, err)
	assert.Equal(t, sample(), read)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "state.json and lock; nothing temporary is left")
}

func TestStateIsStaleWhenItsLauncherIsGone(t *testing.T) {
	dir, lock := running(t)
	require.NoError(t, Write(dir, sample()))
	lock.Release() // as the kernel does when the launcher is killed

	_, err := Read(dir)

	require.ErrorIs(t, err, ErrNoFleet)
	assert.Contains(t, err.Error(), "left behind by launcher")
}

func TestNoFleetRunsWhereThereIsNoState(t *testing.T) {
	_, err := Read(t.TempDir())
	require.ErrorIs(t, err, ErrNoFleet)
}

func TestDamagedStateIsAnErrorThatSaysWhatToDo(t *testing.T) {
	dir, _ := running(t)
	require.NoError(t, os.WriteFile(Path(dir), []byte("{half"), 0o600))
	_, err := Read(dir)
	require.ErrorContains(t, err, "remove it")
	require.NotErrorIs(t, err, ErrNoFleet)
}

func TestSecondLauncherInTheSameDirectoryIsRefusedAndToldWhoHoldsIt(t *testing.T) {
	dir, _ := running(t)

	_, err := Acquire(dir)

	var held *HeldError
	require.ErrorAs(t, err, &held)
	assert.Equal(t, os.Getpid(), held.PID)
	assert.Contains(t, err.Error(), "fleet down")
}

func TestHolderIsKnownWhileTheLockIsHeldAndNotAfterwards(t *testing.T) {
	dir, lock := running(t)
	pid, held := Holder(dir)
	require.True(t, held)
	assert.Equal(t, os.Getpid(), pid)

	lock.Release()
	_, held = Holder(dir)
	assert.False(t, held)
	again, err := Acquire(dir)
	require.NoError(t, err)
	again.Release()
}

func TestRemovingAStateTwiceIsNoError(t *testing.T) {
	dir, _ := running(t)
	require.NoError(t, Write(dir, sample()))
	require.NoError(t, Remove(dir))
	require.NoError(t, Remove(dir))
	_, err := Read(dir)
	require.ErrorIs(t, err, ErrNoFleet)
}
