// This file compares a folder of simulated bars with one of real ones.

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/draft"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/scorecard"
)

// Validate scores simulated bars against real ones.
type Validate struct {
	Real      string   `required:"" help:"Folder with the real bars, one file a pair: <BASE>-<QUOTE>-<interval>[-<label>].csv or .csv.gz."`
	Simulated string   `required:"" help:"Folder with the simulated bars, named alike."`
	Label     string   `help:"Which set of real bars, where several lie in the folder, e.g. 2021-09. Simulated bars with this label are taken if there are any, else those without one."`
	Interval  string   `default:"1m" enum:"1m,1h" help:"Interval of the bars: 1m or 1h."`
	Pairs     []string `help:"Pairs to compare, e.g. BTC/USD,ETH/USD; by default all that are in the folder of the real bars."`
	Profile   string   `help:"Profile that the simulated bars come from: whether its period is that of the real bars decides whether the scores are in sample."`
	Gate      bool     `help:"Exit with 1 when a score does not exceed its threshold. Without it a verdict of either kind exits with 0."`
	JSON      bool     `name:"json" help:"Print the scorecard as JSON."`
	HTML      string   `name:"html" help:"Write the scorecard with charts to this file, too: one page that needs no network."`
}

// Help is the long text of --help.
func (*Validate) Help() string {
	return `Six scores compare what returns do, never price levels, and stand beside two nulls and a ceiling. The whole UTC days that all
pairs cover are compared, from the first on, as many as both folders have; absent bars count as flat. It takes 14 days of
1-minute bars or one year of hourly ones.

Exit code 0: there is a verdict, "similar" or "different" (the field "verdict" of --json).
Exit code 1: there is none, because bars are bad, missing or too few; or, with --gate, the verdict is "different". The
scorecard is on stdout in the latter case; bars that are too few give the verdict "none" with a reason.
Exit code 2: bad usage.`
}

// Validate is bad usage, found before anything is read.
func (c *Validate) Validate() error {
	for _, folder := range []string{c.Real, c.Simulated} {
		if info, err := os.Stat(folder); err != nil || !info.IsDir() {
			return fmt.Errorf("%s is no folder: want one with a file of bars for each pair", folder)
		}
	}
	return nil
}

// nullsSeed keys nulls, ceiling and sampling errors: the same bars give the same scorecard.
const nullsSeed = 1

// errDifferent ends a gated validation that found scores short.
var errDifferent = errors.New("the simulated bars are not similar to the real ones")

// Run compares and answers.
func (c *Validate) Run(ctx context.Context, console *kong.Kong) error {
	show := newProgress(console.Stderr)
	defer show.end()
	card, pageOf, err := c.compare(ctx, show)
	if err != nil {
		return fmt.Errorf("validate: %w", interrupted(ctx, err))
	}
	if c.HTML != "" && pageOf != nil {
		if err := pageOf(c.HTML); err != nil {
			return fmt.Errorf("validate: %w", err)
		}
	}
	show.end()
	if c.JSON {
		err = json.NewEncoder(console.Stdout).Encode(card)
	} else {
		err = card.WriteText(console.Stdout)
	}
	switch {
	case err != nil:
		return fmt.Errorf("validate: print the scorecard: %w", err)
	case card.Verdict == scorecard.None:
		return fmt.Errorf("validate: no verdict: %s", card.Reason)
	case card.Verdict == scorecard.Different && c.Gate:
		return fmt.Errorf("validate: %w: %s", errDifferent, card.Reason)
	}
	return nil
}

// compare makes the card, and what writes its page; the latter is nil when there is no verdict.
func (c *Validate) compare(ctx context.Context, show *progress) (*scorecard.Card, func(path string) error, error) {
	real, simulated, err := c.read(ctx, show)
	if err != nil {
		return nil, nil, err
	}
	interval := real.panel.Interval
	card := &scorecard.Card{
		Interval: c.Interval, Real: real.Side, Simulated: simulated.Side, Pairs: []scorecard.Pair{}, Scores: []scorecard.Score{},
		FailedFacts: []scorecard.Fact{}, Notes: append(real.notes, simulated.notes...),
	}
	if err := c.sample(card); err != nil {
		return nil, nil, err
	}
	if !c.cut(card, &real.panel, &simulated.panel) {
		return card, nil, nil
	}
	reference, err := realism.BuildInStages(real.panel, nullsSeed, func(stage string) error {
		show.stage("measuring the real bars, %s", stage)
		return ctx.Err()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("real bars: %w", err)
	}
	show.stage("comparing the simulated bars with them")
	found, err := reference.Examine(simulated.panel)
	if err != nil {
		return nil, nil, fmt.Errorf("simulated bars: %w", err)
	}
	card.Judge(found, interval)
	return card, func(path string) error {
		var text bytes.Buffer
		if err := card.WritePage(&text, found, real.panel, simulated.panel); err != nil {
			return err
		}
		return draft.Replace(path, text.Bytes())
	}, nil
}

// cut leaves as many days as both have, or says that they are too few for a verdict.
func (c *Validate) cut(card *scorecard.Card, real, simulated *realism.Panel) (enough bool) {
	days := min(real.Days(), simulated.Days())
	if real.Days() != simulated.Days() {
		card.Notes = append(card.Notes, fmt.Sprintf("the real bars cover %d whole days, the simulated ones %d: the first %d of each are compared",
			real.Days(), simulated.Days(), days))
	}
	card.Days = days
	length := time.Duration(days) * 24 * time.Hour
	card.Real.To, card.Simulated.To = card.Real.From.Add(length), card.Simulated.From.Add(length)
	least, words, err := realism.MinimumDays(real.Interval)
	if err != nil || days < least {
		card.Verdict = scorecard.None
		card.Reason = fmt.Sprintf("a verdict takes %s; the real bars cover %d whole UTC days, the simulated ones %d: %d more are needed",
			words, real.Days(), simulated.Days(), least-days)
		return false
	}
	*real, *simulated = real.First(days), simulated.First(days)
	return true
}

// sample says whether the scores are in sample.
func (c *Validate) sample(card *scorecard.Card) error {
	card.InSample = "unknown"
	if c.Profile == "" {
		return nil
	}
	fitted, err := profiles.Load(c.Profile)
	if err != nil {
		return err
	}
	end := card.Real.From.Add(time.Duration(card.Real.Days) * 24 * time.Hour)
	card.InSample = "no"
	if fitted.Provenance.From.Before(end) && fitted.Provenance.To.After(card.Real.From) {
		card.InSample = "yes"
	}
	return nil
}

// side is the bars of one folder.
type side struct {
	scorecard.Side
	panel realism.Panel
	notes []string
}

// read loads the pairs that are asked for, of both folders.
func (c *Validate) read(ctx context.Context, show *progress) (real, simulated side, err error) {
	interval, err := barcsv.ParseInterval(c.Interval)
	if err != nil {
		return real, simulated, err
	}
	realFiles, err := barcsv.Open(c.Real, interval, c.Label)
	if err != nil {
		return real, simulated, fmt.Errorf("--real: %w", err)
	}
	simulatedFiles, err := barcsv.Open(c.Simulated, interval, c.Label)
	if err != nil && c.Label != "" {
		simulatedFiles, err = barcsv.Open(c.Simulated, interval, "")
	}
	if err != nil {
		return real, simulated, fmt.Errorf("--simulated: %w", err)
	}
	wanted := c.Pairs
	if len(wanted) == 0 {
		wanted = symbols(realFiles)
	}
	if realFiles, err = choose(realFiles, wanted, c.Real); err != nil {
		return real, simulated, err
	}
	known := symbols(simulatedFiles)
	if simulatedFiles, err = choose(simulatedFiles, wanted, c.Simulated); err != nil {
		return real, simulated, err
	}
	if real, err = load(ctx, show, c.Real, realFiles); err != nil {
		return real, simulated, err
	}
	simulated, err = load(ctx, show, c.Simulated, simulatedFiles)
	known = slices.DeleteFunc(known, func(symbol string) bool { return slices.Contains(wanted, symbol) })
	if len(known) > 0 {
		simulated.notes = append(simulated.notes, fmt.Sprintf("%s in %s: left out", strings.Join(known, ", "), c.Simulated))
	}
	return real, simulated, err
}

func symbols(files []barcsv.File) []string {
	var names []string
	for _, file := range files {
		names = append(names, file.Symbol)
	}
	return names
}

// choose picks the files of pairs.
func choose(files []barcsv.File, wanted []string, folder string) ([]barcsv.File, error) {
	var chosen []barcsv.File
	for _, symbol := range wanted {
		i := slices.IndexFunc(files, func(file barcsv.File) bool { return file.Symbol == symbol })
		if i < 0 {
			return nil, fmt.Errorf("%s has no %s: it has %s; --pairs chooses which are compared", folder, symbol, strings.Join(symbols(files), ", "))
		}
		chosen = append(chosen, files[i])
	}
	return chosen, nil
}

func load(ctx context.Context, show *progress, folder string, files []barcsv.File) (side, error) {
	show.stage("reading %s", folder)
	series, gaps, err := barcsv.LoadAll(files)
	if err := errors.Join(err, ctx.Err()); err != nil {
		return side{}, err
	}
	result := side{Side: scorecard.Side{Folder: folder, Label: files[0].Label, Pairs: symbols(files)}}
	for _, gap := range gaps {
		result.Missing += gap.Missing
	}
	if len(gaps) > 0 {
		first := gaps[0]
		result.notes = append(result.notes, fmt.Sprintf("%s: %d bars are absent in %d gaps and count as flat, the first %d of them %s from %s",
			folder, result.Missing, len(gaps), first.Missing, first.Symbol, first.Start.Format(time.RFC3339)))
	}
	return result, result.lay(series)
}

// lay makes the panel.
func (s *side) lay(series []bar.Series) error {
	var err error
	if s.panel, err = realism.FromSeries(series); err != nil {
		return fmt.Errorf("%s: %w", s.Folder, err)
	}
	s.From, s.To, err = realism.Period(series)
	s.Days = s.panel.Days()
	return err
}
