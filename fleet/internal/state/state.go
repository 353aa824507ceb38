// Package state keeps what the commands need to find a running fleet: .fleet/state.json, and a lock beside it that the launcher
// holds for as long as it lives, so that a state left behind by a killed launcher is known for what it is.
package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// DefaultDir is where `fleet up` keeps its things unless told otherwise.
const DefaultDir = ".fleet"

// ErrNoFleet says that no fleet runs in a state directory: there is no state, or it is stale.
var ErrNoFleet = errors.New("no fleet is running")

// State is where a running fleet can be found. Times are wall time, UTC.
type State struct {
	PID       int       `json:"pid"` // of the launcher
	StartedAt time.Time `json:"started_at"`
	Redis     string    `json:"redis"` // which Redis it is: "external", "redis-server" or "embedded"
	RedisURL  string    `json:"redis_url"`
	ConfigURL string    `json:"config_url"`
	Daemons   []Daemon  `json:"daemons"`
}

// Daemon is one process of the fleet.
type Daemon struct {
	Name     string `json:"name"`  // logical name
	Label    string `json:"label"` // name, with a number from the second replica on; also names its log and data
	GRPCAddr string `json:"grpc_addr"`
	HTTPAddr string `json:"http_addr"`
	PID      int    `json:"pid"` // 0 while it is down
	Log      string `json:"log"` // path of its log
}

// Path is the file of the state in a state directory.
func Path(dir string) string { return filepath.Join(dir, "state.json") }

// DataDir is the directory in which a daemon keeps its data.
func DataDir(dir, label string) string { return filepath.Join(dir, "data", label) }

// LogFile is the log of a daemon.
func LogFile(dir, label string) string { return filepath.Join(dir, "log", label+".log") }

// Write replaces the state atomically: a reader sees the old one or the new one, whole. Only its owner may read it, because the
// Redis URL may hold a password.
func Write(dir string, current State) error {
	text, err := json.MarshalIndent(current, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	file, err := os.CreateTemp(dir, "state-*.tmp")
	if err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), Path(dir))
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("write the state: %w", err)
	}
	return nil
}

// Read returns the state of the fleet that runs in a state directory; ErrNoFleet when none does.
func Read(dir string) (State, error) {
	var current State
	text, err := os.ReadFile(Path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return current, fmt.Errorf("%w in %s", ErrNoFleet, dir)
	}
	if err != nil {
		return current, fmt.Errorf("read the state: %w", err)
	}
	if err := json.Unmarshal(text, &current); err != nil {
		return current, fmt.Errorf("%s is not a state file (%w): remove it", Path(dir), err)
	}
	if _, held := Holder(dir); !held {
		return current, fmt.Errorf("%w in %s: its state.json was left behind by launcher %d, which is gone", ErrNoFleet, dir, current.PID)
	}
	return current, nil
}

// Remove takes the state away. It is no error when there is none.
func Remove(dir string) error {
	if err := os.Remove(Path(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the state: %w", err)
	}
	return nil
}
