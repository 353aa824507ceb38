// The table is read off what `go test -bench` prints; these are its rules, by examples of that print.
package benchmark

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/proving-ground/internal/checkout"
)

const printed = `goos: linux
pkg: example
BenchmarkFeed/ours-2         	     100	  2000 ns/op	  12.5 p99-ms	   3.25 p50-ms	 0 B/op	 0 allocs/op
BenchmarkFeed/ours-2         	     100	  4000 ns/op	  13.5 p99-ms	   3.75 p50-ms	 0 B/op	 0 allocs/op
BenchmarkFeed/bare           	  100000	  1500 ns/op
PASS
ok  	example	3.2s
`

func TestResultsAreReadByNameAndUnitAndRunsAveraged(t *testing.T) {
	results, err := parse(strings.NewReader(printed))

	require.NoError(t, err)
	assert.Equal(t, map[string]Result{
		"Feed/ours": {"ns/op": 3000, "p99-ms": 13, "p50-ms": 3.5, "B/op": 0, "allocs/op": 0},
		"Feed/bare": {"ns/op": 1500},
	}, results)
}

func TestARowShowsOursTheYardstickAndTheirRatio(t *testing.T) {
	results, err := parse(strings.NewReader(printed))
	require.NoError(t, err)
	row := Row{
		Path: "feed", Workload: "one reader", Goal: "<= 2x", Unit: "ns/op",
		Met: func(ours, yardstick Result) bool { return ours["ns/op"] <= 2*yardstick["ns/op"] },
	}
	var table strings.Builder

	require.NoError(t, Write(&table, []Measured{{Row: row, OursResult: results["Feed/ours"], YardstickResult: results["Feed/bare"]}}))

	assert.Contains(t, table.String(), "| feed | one reader | 3000 ns/op | 1500 ns/op | 2 | 3.5 / 13 / - ms | 0 / - | <= 2x | yes |\n")
}

func TestARowThatCouldNotBeMeasuredSaysWhy(t *testing.T) {
	var table strings.Builder

	require.NoError(t, Write(&table, []Measured{{Row: Row{Path: "feed", Workload: "one reader"}, Err: errors.New("no such benchmark")}}))

	assert.Contains(t, table.String(), "Not measured: feed, one reader: no such benchmark")
}

func TestOnlyTheTopLevelOfABenchmarkIsAskedFor(t *testing.T) {
	assert.Equal(t, "^Benchmark(Feed|Bare)$", pattern([]string{"Feed/ours", "", "Bare"}))
}

func TestABenchmarkMayReportItsOwnYardstick(t *testing.T) {
	ours, yardstick := Result{"ours-msg/s": 90, "yardstick-msg/s": 100, "p99-ms": 3}.split()

	assert.Equal(t, Result{"msg/s": 90, "p99-ms": 3}, ours)
	assert.Equal(t, Result{"msg/s": 100}, yardstick)
}

func TestScoresStandBesideTheirNullsAndCeiling(t *testing.T) {
	results := map[string]Result{}
	for _, profile := range scoredProfiles {
		results["Scores/"+profile] = Result{
			"correlation/mean": 0.9, "correlation/sd": 0.01, "correlation/gbm": 0.4, "correlation/shuffled": 0.3, "correlation/ceiling": 0.95,
		}
	}
	var table strings.Builder
	require.NoError(t, writeScores(&table, results))
	assert.Contains(t, table.String(), "| lively, mean ± sd of 10 seeds | 0.900 ± 0.010 |")
	assert.Contains(t, table.String(), "| calm, null: correlated GBM | 0.400 |")
	assert.Contains(t, table.String(), "| calm, ceiling: real half against real half | 0.950 |")

	delete(results, "Scores/calm")
	require.ErrorContains(t, writeScores(&table, results), "calm")
}

func TestAPageKeepsTheSectionsThatOtherProgramsWrote(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "docs"), 0o755))
	fast, bare := Section{Title: "Fast", Body: "| a |\n|---|\n| 1 |\n"}, Section{Title: "In containers", Body: "26.6 MB\n"}

	require.NoError(t, Keep(root, fast))
	require.NoError(t, Keep(root, bare))
	fast.Body = "| a |\n|---|\n| 2 |\n"
	require.NoError(t, Keep(root, fast))
	require.NoError(t, Keep(root))

	page, err := os.ReadFile(filepath.Join(root, Page))
	require.NoError(t, err)
	assert.Equal(t, opening+"\n## Fast\n\n| a |\n|---|\n| 2 |\n\n## In containers\n\n26.6 MB\n", string(page))
}

func TestThePageThatIsCommittedIsOneThatIsKept(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(checkout.Root(t), Page))

	require.NoError(t, err)
	assert.Equal(t, string(page), with(string(page), nil))
}
