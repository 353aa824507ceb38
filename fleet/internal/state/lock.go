package state

// The lock is a flock(2): the kernel gives it back when its holder ends, however it ends, so no process id has to be trusted
// to decide whether a fleet runs.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// HeldError says that another launcher runs in the state directory.
type HeldError struct {
	Dir string
	PID int // of the launcher; 0 when it has not written it yet
}

// Error says who holds it and how to end that.
func (e *HeldError) Error() string {
	return fmt.Sprintf("a fleet is running in %s already (launcher pid %d): stop it with `fleet down`, or choose another directory with --state-dir",
		e.Dir, e.PID)
}

// Lock is the right to run a fleet in a state directory.
type Lock struct{ file *os.File }

func lockPath(dir string) string { return filepath.Join(dir, "lock") }

// A reader that asks for the Holder has the lock for an instant; an Acquire that meets one tries again.
const (
	acquireAttempts = 5
	acquirePause    = 20 * time.Millisecond
)

// Acquire takes the lock of a state directory, which it makes if needed. A *HeldError says that another has it.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	file, err := os.OpenFile(lockPath(dir), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	for range acquireAttempts {
		if err = flock(file, syscall.LOCK_EX); err == nil {
			break
		}
		<-time.After(acquirePause)
	}
	if err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &HeldError{Dir: dir, PID: writtenPID(dir)}
		}
		return nil, fmt.Errorf("lock %s: %w", lockPath(dir), err)
	}
	if err := errors.Join(file.Truncate(0), writeAt(file, strconv.Itoa(os.Getpid())+"\n")); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("write the lock: %w", err)
	}
	return &Lock{file: file}, nil
}

// Release gives the lock back.
func (l *Lock) Release() { _ = l.file.Close() }

// Holder tells whether a launcher runs in the state directory, and its process id.
func Holder(dir string) (pid int, held bool) {
	file, err := os.Open(lockPath(dir))
	if err != nil {
		return 0, false
	}
	defer func() { _ = file.Close() }()
	if err := flock(file, syscall.LOCK_SH); !errors.Is(err, syscall.EWOULDBLOCK) {
		return 0, false
	}
	return writtenPID(dir), true
}

func flock(file *os.File, mode int) error {
	return syscall.Flock(int(file.Fd()), mode|syscall.LOCK_NB)
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

func writtenPID(dir string) int {
	text, _ := os.ReadFile(lockPath(dir))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}
