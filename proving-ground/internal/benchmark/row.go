package benchmark

import (
	"bytes"
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
	Ours, Yardstick string // names of the benchmarks without "Benchmark"; the yardstick may be empty
	Unit            string // in which the two are compared, e.g. "ns/op"

	Met func(ours, yardstick Result) bool // whether the goal is reached
}

// Measured is a row with what was measured for it.
type Measured struct {
	Row
	OursResult, YardstickResult Result
	Err                         error // why there is nothing, or nil
}

// Measure runs the benchmarks of the rows, those of one package together, and returns the rows in their order. Root is the
// repository, benchTime goes to -benchtime, and log is told what runs.
func Measure(ctx context.Context, root, benchTime string, rows []Row, log io.Writer) []Measured {
	type place struct{ module, pkg string }
	names, order := map[place][]string{}, []place(nil)
	for _, row := range rows {
		at := place{row.Module, row.Package}
		if names[at] == nil {
			order = append(order, at)
		}
		names[at] = append(names[at], row.Ours, row.Yardstick)
	}
	results, failures := map[place]map[string]Result{}, map[place]error{}
	for _, at := range order {
		fmt.Fprintf(log, "%s %s\n", at.module, at.pkg)
		results[at], failures[at] = run(ctx, filepath.Join(root, at.module), at.pkg, benchTime, names[at])
	}
	measured := make([]Measured, len(rows))
	for i, row := range rows {
		at := place{row.Module, row.Package}
		measured[i] = Measured{Row: row, Err: failures[at], OursResult: results[at][row.Ours], YardstickResult: results[at][row.Yardstick]}
		if measured[i].Err == nil && measured[i].OursResult == nil {
			measured[i].Err = fmt.Errorf("%s %s has no Benchmark%s", row.Module, row.Package, row.Ours)
		}
	}
	return measured
}

// run runs the named benchmarks of one package.
func run(ctx context.Context, module, pkg, benchTime string, names []string) (map[string]Result, error) {
	bench := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern(names), "-benchmem", "-benchtime", benchTime, pkg)
	bench.Dir, bench.Env = module, append(os.Environ(), "GOWORK=off")
	output, err := bench.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%s in %s: %w\n%s", bench, module, err, output)
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
