// Package cli has the commands that work on files: they fit profiles to real bars and write simulated ones. Results go to
// stdout, everything else to stderr.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/draft"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/calibration"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// version goes into the provenance of profiles. It changes when calibration would fit other figures to the same bars.
const version = "market-data-simulator calibrate 2"

// Calibrate fits a profile to the bars of a folder.
type Calibrate struct {
	Data        string `required:"" type:"existingdir" help:"Folder with one file a pair: <BASE>-<QUOTE>-<interval>[-<label>].csv or .csv.gz."`
	Out         string `required:"" help:"Profile to write, FILE.json; its name without .json becomes the profile's name."`
	Regime      string `help:"What the market was like in the period, e.g. lively; by default the profile's name."`
	Label       string `help:"Which set, where several lie in the folder, e.g. 2021-09."`
	Interval    string `default:"1m" enum:"1m,1h" help:"Interval of the bars, and base interval of the process: 1m or 1h."`
	Instruments string `type:"existingfile" help:"Instruments document with the tick sizes; by default the shipped one."`
	JSON        bool   `name:"json" help:"Print the summary as JSON."`
}

// Validate is bad usage, found before anything is read.
func (c *Calibrate) Validate() error {
	if !strings.HasSuffix(c.Out, ".json") {
		return fmt.Errorf("--out is %q: want a name that ends in .json", c.Out)
	}
	return nil
}

// calibrated is the summary of a fit.
type calibrated struct {
	Profile      string         `json:"profile"`
	Out          string         `json:"out"`
	Regime       string         `json:"regime"`
	BaseStep     string         `json:"base_step"`
	From         time.Time      `json:"from"`
	To           time.Time      `json:"to"`
	Bars         int            `json:"bars"`
	Pairs        []string       `json:"pairs"`
	Notes        []string       `json:"notes"`
	Seconds      float64        `json:"seconds"`
	NullGBM      realism.Scores `json:"null_gbm"`
	NullShuffled realism.Scores `json:"null_shuffled"`
	Ceiling      realism.Scores `json:"ceiling"`
}

// Run fits and writes the profile. When the context ends nothing is written.
func (c *Calibrate) Run(ctx context.Context, console *kong.Kong) error {
	show := newProgress(console.Stderr)
	defer show.end()
	listed, err := readInstruments(c.Instruments)
	if err != nil {
		return err
	}
	series, err := c.read(show)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(c.Out), ".json")
	if c.Regime == "" {
		c.Regime = name
	}
	fitted, notes, err := calibration.Fit(ctx, series, calibration.Options{
		Name: name, Regime: c.Regime, Tool: version, Instruments: listed,
		Progress: func(stage string) { show.stage("%s", stage) },
	})
	if err := errors.Join(err, ctx.Err()); err != nil {
		return fmt.Errorf("calibrate on %s: %w", c.Data, interrupted(ctx, err))
	}
	text, err := profiles.Encode(fitted)
	if err != nil {
		return err
	}
	if err := draft.Replace(c.Out, text); err != nil {
		return err
	}
	show.end()
	return c.report(console.Stdout, fitted, notes, time.Since(show.start))
}

func (c *Calibrate) report(out io.Writer, fitted profile.Profile, notes []string, took time.Duration) error {
	summary := calibrated{
		Profile: fitted.Name, Out: c.Out, Regime: fitted.Provenance.Regime,
		BaseStep: fitted.Provenance.BaseStep, From: fitted.Provenance.From,
		To: fitted.Provenance.To, Bars: fitted.Provenance.Bars, Notes: append([]string{}, notes...), Seconds: took.Seconds(),
		NullGBM: fitted.Reference.NullGBM, NullShuffled: fitted.Reference.NullShuffled, Ceiling: fitted.Reference.Ceiling,
	}
	for _, pair := range fitted.Pairs {
		summary.Pairs = append(summary.Pairs, pair.Symbol)
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(summary)
	}
	unit := map[string]string{"1m": "a minute", "1h": "an hour"}[summary.BaseStep]
	fmt.Fprintf(out, "%s: %d pairs, %d bars of %s from %s to %s, regime %s\n", c.Out, len(fitted.Pairs), summary.Bars, summary.BaseStep,
		summary.From.Format(time.RFC3339), summary.To.Format(time.RFC3339), summary.Regime)
	for _, pair := range fitted.Pairs {
		fmt.Fprintf(out, "  %-10s level %-10s %5.1f bps %s, %2.0f %% of its volatility's changes in common\n", pair.Symbol,
			pair.Tick.Format(pair.Tick.Round(pair.Level)), pair.Shock.Sigma*1e4, unit, 100*pair.Factors.Common)
	}
	for _, note := range notes {
		fmt.Fprintln(out, "  note:", note)
	}
	return nil
}

// read loads the series of the set.
func (c *Calibrate) read(show *progress) ([]bar.Series, error) {
	interval, err := barcsv.ParseInterval(c.Interval)
	if err != nil {
		return nil, err
	}
	files, err := barcsv.Open(c.Data, interval, c.Label)
	if err != nil {
		return nil, err
	}
	series, gaps, err := barcsv.LoadAll(files)
	for _, gap := range gaps {
		show.say("%s: %d bars are missing from %s", gap.Symbol, gap.Missing, gap.Start.Format(time.RFC3339))
	}
	return series, err
}

// readInstruments decodes an instruments document: a file, or the shipped one.
func readInstruments(path string) ([]instrument.Instrument, error) {
	text, err := documents.Documents.ReadFile("instruments.json")
	if path != "" {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the instruments: %w", err)
	}
	listed, err := instrument.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("instruments document %s: %w", path, err)
	}
	return listed, nil
}
