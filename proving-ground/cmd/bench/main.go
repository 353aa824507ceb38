// bench measures the paths that must be fast and the realism of the prices, prints both and keeps them in docs/benchmarks.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/proving-ground/internal/benchmark"
)

// command is the command line.
type command struct {
	Root      string `default:".." help:"The repository." type:"path"`
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
	var table strings.Builder
	if err := benchmark.Write(&table, measured); err != nil {
		return err
	}
	sections := []benchmark.Section{{Title: "Paths that must be fast", Body: "By `make bench`: " + benchmark.Machine() + ". Yardsticks are measured in the same run;\nwhat counts is the ratio to them.\n\n" + table.String()}}
	if strings.Contains("scores", c.Row) {
		var scores strings.Builder
		if err := benchmark.Scores(ctx, c.Root, &scores, os.Stderr); err != nil {
			return err
		}
		body := "By `make bench`. In sample: against the period that a profile was fitted on,\na month of minutes (lively, calm) or three years of hours.\n\n"
		sections = append(sections, benchmark.Section{Title: "How realistic the prices are", Body: body + scores.String()})
	}
	for _, section := range sections {
		fmt.Printf("## %s\n\n%s\n", section.Title, section.Body)
	}
	if c.Row == "" {
		return benchmark.Keep(c.Root, sections...)
	}
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	run := kong.Parse(&command{}, kong.Name("bench"), kong.Description("Measures against the yardsticks."))
	run.BindTo(ctx, (*context.Context)(nil))
	run.FatalIfErrorf(run.Run())
}
