// Package checkout finds the repository around a test, for the tests whose subject is the repository itself.
package checkout

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Root returns the absolute path of the repository. It skips the test where the module stands alone, e.g. in a module
// cache: then there is no house to inspect.
func Root(tb testing.TB) string {
	tb.Helper()
	directory, err := os.Getwd()
	if err != nil {
		tb.Fatalf("find the repository: %v", err)
	}
	for !exists(filepath.Join(directory, "go.work")) || !exists(filepath.Join(directory, "Makefile")) {
		parent := filepath.Dir(directory)
		if parent == directory {
			tb.Skip("skipped: no go.work and Makefile above this package, so this is not a checkout of the repository")
		}
		directory = parent
	}
	return directory
}

// Modules returns the folders below root that are Go modules, by name, in order; tools included.
func Modules(tb testing.TB, root string) []string {
	tb.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*", "go.mod"))
	if err != nil || len(found) == 0 {
		tb.Fatalf("no modules in %s: %v", root, err)
	}
	for i, path := range found {
		found[i] = filepath.Base(filepath.Dir(path))
	}
	slices.Sort(found)
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
