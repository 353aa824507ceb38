package benchmark

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trading-ecosystem/proving-ground/internal/launch"
)

// How the start of a fleet is measured: by real processes, without a yardstick.
const (
	starts     = 5                // how often the fleet is started
	idle       = 3 * time.Second  // how long it is left alone before its memory is read
	startLimit = 30 * time.Second // for one start, and for one stop
)

// Start measures how long `bin/fleet up` takes until all four daemons are ready, over several starts from an empty state
// directory, and how much memory the largest daemon holds after a while without work. It has no yardstick.
func Start(ctx context.Context, root string, log io.Writer) Measured {
	measured := Measured{Row: Row{
		Path: "start", Workload: fmt.Sprintf("fleet up until all four are healthy, %d times; then idle", starts),
		Goal: "<= 2 s; resident <= 60 MB", Unit: "ms",
		Met: func(ours, _ Result) bool { return ours["ms"] <= 2000 && ours["resident-MB"] <= 60 },
	}}
	fmt.Fprintln(log, "bin/fleet up")
	var took []float64
	resident := 0.0
	for range starts {
		milliseconds, megabytes, err := startOnce(ctx, root)
		if err != nil {
			measured.Err = err
			return measured
		}
		took, resident = append(took, milliseconds), max(resident, megabytes)
	}
	slices.Sort(took)
	measured.OursResult = Result{"ms": took[len(took)-1], "p50-ms": took[len(took)/2], "resident-MB": resident}
	measured.Workload += fmt.Sprintf(": %s MB resident at most", figure(resident))
	return measured
}

// startOnce starts a fleet, waits until it is idle, stops it, and returns how long the start took, in milliseconds, and the
// memory of its largest daemon, in megabytes (0 where the system does not tell).
func startOnce(ctx context.Context, root string) (milliseconds, megabytes float64, err error) {
	directory, err := os.MkdirTemp("", "fleet-start-")
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = os.RemoveAll(directory) }()
	if err := os.Symlink(filepath.Join(root, "bin"), filepath.Join(directory, "bin")); err != nil {
		return 0, 0, err
	}
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	fleet, err := launch.Up(limited, directory, io.Discard)
	if err != nil {
		return 0, 0, err
	}
	select {
	case <-ctx.Done():
	case <-time.After(idle):
	}
	for _, daemon := range fleet.State.Daemons {
		megabytes = max(megabytes, residentMegabytes(daemon.PID))
	}
	stopping, cancelStop := context.WithTimeout(context.WithoutCancel(ctx), startLimit)
	defer cancelStop()
	return float64(fleet.Took.Microseconds()) / 1000, megabytes, fleet.Stop(stopping)
}

// residentMegabytes reads VmRSS of a process (proc(5)); 0 where there is no such file.
func residentMegabytes(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kibibytes, _ := strconv.ParseFloat(fields[0], 64)
	return kibibytes * 1024 / 1e6
}
