package benchmark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The benchmark that reports the scores, and the profiles and scores that it reports: "correlation/mean" and so on.
const (
	scoresModule, scoresPackage, scoresName = "market-data-simulator-go", "./internal/data/profiles", "Scores"
)

var (
	scoredProfiles = []string{"lively", "calm", "hours"}
	scores         = []string{"correlation", "volatility", "distribution", "trend", "confidence", "discriminative"}
)

// Scores measures how realistic the shipped profiles are, and a fit to three years of hours, over ten seeds each, and writes a table: a score is published
// only beside its nulls and its ceiling.
func Scores(ctx context.Context, root string, output, log io.Writer) error {
	fmt.Fprintf(log, "%s %s\n", scoresModule, scoresPackage)
	results, err := run(ctx, root, place{scoresModule, scoresPackage, "1x"}, []string{scoresName})
	if err != nil {
		return err
	}
	return writeScores(output, results)
}

func writeScores(output io.Writer, results map[string]Result) error {
	var text strings.Builder
	fmt.Fprintf(&text, "| profile | %s |\n|---|%s\n", strings.Join(scores, " | "), strings.Repeat("---|", len(scores)))
	for _, profile := range scoredProfiles {
		reported, found := results[scoresName+"/"+profile]
		if !found {
			return errors.New("no scores reported for profile " + profile)
		}
		for _, row := range []struct{ title, column string }{
			{"mean ± sd of 10 seeds", "mean"},
			{"null: correlated GBM", "gbm"},
			{"null: real bars shuffled", "shuffled"},
			{"ceiling: real half against real half", "ceiling"},
		} {
			cells := make([]string, len(scores))
			for i, score := range scores {
				cells[i] = fmt.Sprintf("%.3f", reported[score+"/"+row.column])
				if row.column == "mean" {
					cells[i] += fmt.Sprintf(" ± %.3f", reported[score+"/sd"])
				}
			}
			fmt.Fprintf(&text, "| %s, %s | %s |\n", profile, row.title, strings.Join(cells, " | "))
		}
	}
	_, err := io.WriteString(output, text.String())
	return err
}
