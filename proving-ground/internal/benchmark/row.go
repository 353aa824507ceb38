package benchmark

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Row is one line of the table: a path through the house that must be fast, and what it is measured against.
type Row struct {
	Path     string // e.g. "price feed, paced"
	Workload string // what is done, with its size
	Goal     string // in words

	Module, Package string // where its benchmarks are, e.g. "service-kit-go", "./clients"
	Ours, Yardstick string // names of the benchmarks without "Benchmark"; no yardstick when Ours reports it ("yardstick-ns/op")
	Unit            string // in which the two are compared, e.g. "ns/op"
	BenchTime       string // for benchmarks that know how long they take, e.g. "1x"; empty for that of Measure

	Met func(ours, yardstick Result) bool // whether the goal is reached
}

// Measured is a row with what was measured for it.
type Measured struct {
	Row
	OursResult, YardstickResult Result
	Err                         error // why there is nothing, or nil
}

// Measure runs the benchmarks of the rows, those of one package together so that ours and yardstick run one after the
// other, and returns the rows in their order. Root is the repository, benchTime goes to -benchtime, and log is told what runs.
func Measure(ctx context.Context, root, benchTime string, rows []Row, log io.Writer) []Measured {
	names, order := map[place][]string{}, []place(nil)
	for _, row := range rows {
		at := row.place(benchTime)
		if names[at] == nil {
			order = append(order, at)
		}
		names[at] = append(names[at], row.Ours, row.Yardstick)
	}
	results, failures := map[place]map[string]Result{}, map[place]error{}
	for _, at := range order {
		fmt.Fprintf(log, "%s %s\n", at.module, at.pkg)
		results[at], failures[at] = run(ctx, root, at, names[at])
	}
	measured := make([]Measured, len(rows))
	for i, row := range rows {
		at := row.place(benchTime)
		ours, reported := results[at][row.Ours]
		measured[i] = Measured{Row: row, Err: failures[at]}
		measured[i].OursResult, measured[i].YardstickResult = ours.split()
		if row.Yardstick != "" {
			measured[i].YardstickResult = results[at][row.Yardstick]
		}
		if failures[at] == nil && !reported {
			measured[i].Err = fmt.Errorf("%s %s has no Benchmark%s", row.Module, row.Package, row.Ours)
		}
	}
	return measured
}

// place is what runs in one `go test`.
type place struct{ module, pkg, benchTime string }

func (r Row) place(benchTime string) place {
	return place{r.Module, r.Package, cmp.Or(r.BenchTime, benchTime)}
}

// run runs the named benchmarks of one place.
func run(ctx context.Context, root string, at place, names []string) (map[string]Result, error) {
	bench := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern(names), "-benchmem",
		"-benchtime", at.benchTime, "-timeout", "30m", at.pkg)
	bench.Dir, bench.Env = filepath.Join(root, at.module), append(os.Environ(), "GOWORK=off")
	output, err := bench.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w\n%s", bench, at.module, err, output)
	}
	return parse(bytes.NewReader(output))
}

// pattern matches the top-level benchmarks of these names; what they do not share with their sub-benchmarks is cut.
func pattern(names []string) string {
	var alternatives []string
	for _, name := range names {
		if top, _, _ := strings.Cut(name, "/"); top != "" {
			alternatives = append(alternatives, top)
		}
	}
	return "^Benchmark(" + strings.Join(alternatives, "|") + ")$"
}
