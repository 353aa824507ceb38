// This file shows a card in a terminal.

package scorecard

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// shownFacts is how many failed facts the text lists; JSON and page have them all.
const shownFacts = 12

// WriteText writes the card as text.
func (c *Card) WriteText(out io.Writer) error {
	var text bytes.Buffer
	c.side(&text, "real     ", c.Real)
	c.side(&text, "simulated", c.Simulated)
	if c.Verdict != None {
		fmt.Fprintf(&text, "\n%d whole UTC days of %s compared. %s\n\n", c.Days, c.Interval, c.Sampling())
		c.table(&text)
		text.WriteString("\n")
		c.pairs(&text)
		text.WriteString("\n")
		c.facts(&text)
	}
	for _, note := range c.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	switch c.Verdict {
	case Similar:
		text.WriteString("\nverdict: similar, every score exceeds its threshold\n")
	case Different:
		fmt.Fprintf(&text, "\nverdict: different, %s\n", c.Reason)
	default:
		fmt.Fprintf(&text, "\nno verdict: %s\n", c.Reason)
	}
	_, err := out.Write(text.Bytes())
	return err
}

func (c *Card) side(text io.Writer, name string, side Side) {
	label := ""
	if side.Label != "" {
		label = ", label " + side.Label
	}
	fmt.Fprintf(text, "%s  %s%s: %d pairs, %d whole days of %s from %s\n", name, side.Folder, label, len(side.Pairs), side.Days, c.Interval,
		side.From.Format(time.DateOnly))
}

func (c *Card) table(text io.Writer) {
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "score\tvalue\twant\t\tlevel set\tnull: GBM\tnull: shuffled\tceiling")
	for _, score := range c.Scores {
		want, mark := "-", ""
		if score.Threshold > 0 {
			want, mark = fmt.Sprintf("> %.2f", score.Threshold), "no"
			if score.Passes {
				mark = "ok"
			}
		}
		fmt.Fprintf(table, "%s\t%.3f\t%s\t%s\t%.2f\t%.2f\t%.2f\t%.2f\n", score.Name, score.Value, want, mark, score.LevelSet,
			score.NullGBM, score.NullShuffled, score.Ceiling)
	}
	_ = table.Flush() // into memory
}

func (c *Card) pairs(text io.Writer) {
	table := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "pair\tvolatility a year, real\tsimulated\tclustering\thours\tlevels\tmoods\tdistribution\ttrend\tfacts")
	for _, pair := range c.Pairs {
		fmt.Fprintf(table, "%s\t%.0f %%\t%.0f %%\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%d of %d\n", pair.Symbol, 100*pair.RealVolatility,
			100*pair.SimulatedVolatility, pair.Clustering, pair.Hours, pair.Levels, pair.Moods, pair.Distribution, pair.Trend, pair.FactsPassed, pair.Facts)
	}
	_ = table.Flush() // into memory
}

func (c *Card) facts(text io.Writer) {
	fmt.Fprintf(text, "%d of %d facts lie within sampling error\n", c.Facts-len(c.FailedFacts), c.Facts)
	for n, fact := range c.FailedFacts {
		if n == shownFacts {
			fmt.Fprintf(text, "  and %d more that do not: --json and --html have them\n", len(c.FailedFacts)-n)
			break
		}
		fmt.Fprintf(text, "  not %s: %s is %.3g, real %.3g +- %.2g\n", fact.Pair, fact.Fact, fact.Simulated, fact.Real, fact.Allowed)
	}
}
