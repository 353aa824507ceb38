// Package realbars is test support: it finds the real bars that lie beside the repository, in shared/market-data. They are not
// part of it, so a test that wants them is skipped where they are not.
package realbars

import (
	"os"
	"path/filepath"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
)

// TB is the part of testing.TB that is needed here.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Skip(args ...any)
}

// Folder returns the folder of the real bars, or skips the test.
func Folder(t TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatalf("look for real bars: %v", err)
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		shared := filepath.Join(folder, "shared", "market-data")
		if _, err := os.Stat(shared); err == nil {
			return shared
		}
	}
	t.Skip("skipped: there is no folder shared/market-data beside the repository, and this test wants real bars")
	return ""
}

// Load returns the pairs of one set, e.g. of one-minute bars labelled "2021-09", or skips the test.
func Load(t TB, interval time.Duration, label string) []bar.Series {
	t.Helper()
	files, err := barcsv.Open(Folder(t), interval, label)
	if err != nil {
		t.Fatalf("open the real bars %q: %v", label, err)
	}
	series, _, err := barcsv.LoadAll(files)
	if err != nil {
		t.Fatalf("load the real bars %q: %v", label, err)
	}
	return series
}
