// A fleet for the documents: built from the sources as they are, on free ports, in a directory that looks like the
// repository to the commands, so that it never meets a fleet that somebody runs in the real one.
package documents_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/launch"
)

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

// startFleet starts a fleet in a mirror and returns its addresses by the ports of which the documents speak. The fleet
// stops with the test, and must stop when asked.
func startFleet(t *testing.T, directory string) map[string]string {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "fleet.log"))
	require.NoError(t, err)
	t.Cleanup(func() {
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("bin/fleet up printed:\n%s", text)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	fleet, err := launch.Up(ctx, directory, log)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, fleet.Stop(ctx))
	})
	addresses, err := fleet.Addresses()
	require.NoError(t, err)
	return addresses
}
