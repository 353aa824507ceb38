// bench measures the paths that must be fast against their yardsticks, prints the table and keeps it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/proving-ground/internal/benchmark"
)

// command is the command line.
type command struct {
	Root      string `default:".." help:"The repository." type:"path"`
	Out       string `default:"docs/benchmarks.md" help:"Where the table is kept, below the repository."`
	Benchtime string `default:"1s" help:"How long each benchmark runs, as for go test."`
	Row       string `help:"Measure only the rows whose path holds this text (also: start, scores); the table is printed and not kept."`
}

// Run implements kong's command.
func (c *command) Run(ctx context.Context) error {
	chosen := slices.DeleteFunc(slices.Clone(rows), func(row benchmark.Row) bool { return !strings.Contains(row.Path, c.Row) })
	measured := benchmark.Measure(ctx, c.Root, c.Benchtime, chosen, os.Stderr)
	if strings.Contains("start", c.Row) {
		measured = append(measured, benchmark.Start(ctx, c.Root, os.Stderr))
	}
	var page strings.Builder
	fmt.Fprintf(&page, "# Benchmarks\n\nThe last run of `make bench`: %s, %s/%s, %d processors. Yardsticks are measured in the same run;\n"+
		"what counts is the ratio to them.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if err := benchmark.Write(&page, measured); err != nil {
		return err
	}
	if strings.Contains("scores", c.Row) {
		page.WriteString("\n## How realistic the prices are\n\nIn sample: against the period that a profile was fitted on, " +
			"a month of minutes (lively, calm) or three years of hours.\n\n")
		if err := benchmark.Scores(ctx, c.Root, &page, os.Stderr); err != nil {
			return err
		}
	}
	fmt.Print(page.String())
	if c.Row != "" {
		return nil
	}
	return os.WriteFile(filepath.Join(c.Root, c.Out), []byte(page.String()), 0o644)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := kong.Parse(&command{}, kong.Name("bench"), kong.Description("Measures against the yardsticks."))
	run.BindTo(ctx, (*context.Context)(nil))
	run.FatalIfErrorf(run.Run())
}
