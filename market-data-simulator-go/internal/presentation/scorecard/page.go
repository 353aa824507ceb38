// This file puts the page together: one file that needs no network and no script.

package scorecard

import (
	_ "embed" // the page
	"fmt"
	"html/template"
	"io"
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// sheet is what the page shows.
type sheet struct {
	*Card
	Bullets       []bullet
	Distributions []*chart
	Clusterings   []*chart
	Hours         []*chart
	Terms         []*chart
	Matrices      []heatmap
	Paths         []pathPair
}

// WritePage writes the card as a page, with the curves behind it. The panels cover the compared days and hold the pairs of the
// comparison, in its order.
func (c *Card) WritePage(out io.Writer, found realism.Comparison, real, simulated realism.Panel) error {
	shown := sheet{Card: c, Bullets: bullets(c.Scores)}
	for i, pair := range found.Pairs {
		shown.Distributions = append(shown.Distributions, distribution(pair.Symbol, real.Returns[i], simulated.Returns[i], pair.RealSigma))
		shown.Clusterings = append(shown.Clusterings, clustering(found, i, real.Interval))
		shown.Hours = append(shown.Hours, hours(found, i))
		shown.Terms = append(shown.Terms, term(found, i, real.Interval))
		shown.Paths = append(shown.Paths, paths(real, simulated, i))
	}
	if len(found.Pairs) > 1 {
		shown.Matrices = matrices(real.Symbols, found)
	}
	if err := page.Execute(out, shown); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func matrices(symbols []string, found realism.Comparison) []heatmap {
	difference := make([]float64, len(found.Real.Correlation))
	for i := range difference {
		difference[i] = found.Simulated.Correlation[i] - found.Real.Correlation[i]
	}
	return []heatmap{
		matrix("Real", symbols, found.Real.Correlation, 1, 1),
		matrix("Simulated", symbols, found.Simulated.Correlation, 1, 1),
		matrix("Simulated less real", symbols, difference, 0, 0.3),
	}
}

// bullet is a score on a scale from 0 to 1, in percent of its width.
type bullet struct {
	Score
	Value, LevelSet, Threshold, NullGBM, NullShuffled, Ceiling string
}

func bullets(scores []Score) []bullet {
	scale := axis{low: 0, high: 1, from: bulletLeft, to: bulletRight}
	at := func(value float64) string { return pixel(scale.at(value)) }
	var shown []bullet
	for _, score := range scores {
		shown = append(shown, bullet{
			Score: score, Value: at(score.Value), LevelSet: at(score.LevelSet), Threshold: at(score.Threshold),
			NullGBM: at(score.NullGBM), NullShuffled: at(score.NullShuffled), Ceiling: at(score.Ceiling),
		})
	}
	return shown
}

// Edges of the scale of scores.
const bulletLeft, bulletRight = 8.0, 392.0

// BulletTicks are the marks of the scale of scores.
func (s sheet) BulletTicks() []tick {
	return axis{low: 0, high: 1, from: bulletLeft, to: bulletRight}.ticks(5, "")
}

// Two is a score for people.
func (s sheet) Two(value float64) string { return fmt.Sprintf("%.2f", value) }

// Exact is a score with one digit more, where the second decides.
func (s sheet) Exact(value float64) string { return fmt.Sprintf("%.3f", value) }

// Percent is a share for people.
func (s sheet) Percent(share float64) string { return fmt.Sprintf("%.0f %%", math.Round(100*share)) }

// Three is a figure for people.
func (s sheet) Three(value float64) string { return fmt.Sprintf("%.3g", value) }

// Date is a day for people.
func (s sheet) Date(at time.Time) string { return at.Format("2 January 2006") }
