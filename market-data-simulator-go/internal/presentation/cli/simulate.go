// This file writes simulated bars: those of the live feed, if the seed and the profile are the feed's and the start is not
// before its epoch.

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

// Simulate writes the bars of a number of days.
type Simulate struct {
	Profile     string    `required:"" help:"Profile: a shipped name (lively, calm) or a file that calibrate wrote."`
	Model       string    `help:"Instead of the profile's process a textbook one on the profile's scale, from the start on: brownian-motion, mean-reversion, trend-following, jump-diffusion, heston, garch or regime-switching."`
	Start       time.Time `required:"" help:"Open time of the first bar, RFC 3339, on the grid of the interval. Before the price epoch (2026-01-01T00:00:00Z) the path starts at this time at the profile's level; after it the bars are those that a feed with this seed shows."`
	Days        int       `required:"" help:"Days of 24 hours."`
	Interval    string    `default:"1m" help:"Interval of the bars: whole seconds that divide a minute, or whole minutes that divide a day."`
	Seed        uint64    `default:"1" env:"SEED" help:"Seed of the prices; the same seed gives the same files."`
	Out         string    `required:"" help:"Folder for one file a pair, <BASE>-<QUOTE>-<interval>.csv.gz; it is made if need be, files of these names are replaced."`
	Pairs       []string  `help:"Pairs to write, e.g. BTC/USD,ETH/USD; by default all. They have the same prices as when all are written."`
	Plain       bool      `help:"Write .csv instead of .csv.gz."`
	Instruments string    `type:"existingfile" help:"Instruments document; by default the shipped one."`
	JSON        bool      `name:"json" help:"Print the summary as JSON."`
}

// Validate is bad usage, found before anything is read.
func (c *Simulate) Validate() error {
	interval, err := barcsv.ParseInterval(c.Interval)
	if err != nil {
		return fmt.Errorf("--interval: %w", err)
	}
	if c.Model != "" {
		if _, err := model.Named(c.Model); err != nil {
			return fmt.Errorf("--model: %w", err)
		}
	}
	if c.Days < 1 || c.Days > 36_600 {
		return fmt.Errorf("--days is %d: want 1 to 36600", c.Days)
	}
	if grid := max(interval, time.Minute); !c.Start.Equal(c.Start.Truncate(grid)) {
		return fmt.Errorf("--start is %s: want a time on the grid of %s", c.Start.Format(time.RFC3339Nano), barcsv.FormatInterval(grid))
	}
	return nil
}

// simulated is the summary of a simulation.
type simulated struct {
	Profile  string          `json:"profile"`
	Model    string          `json:"model,omitempty"`
	Seed     uint64          `json:"seed"`
	Start    time.Time       `json:"start"`
	Days     int             `json:"days"`
	Interval string          `json:"interval"`
	Seconds  float64         `json:"seconds"`
	Files    []simulatedFile `json:"files"`
}

type simulatedFile struct {
	Symbol string  `json:"symbol"`
	Path   string  `json:"path"`
	Bars   int     `json:"bars"`
	First  float64 `json:"open"`
	Last   float64 `json:"close"`
}

// Run simulates. When the context ends, or anything fails, no file is written.
func (c *Simulate) Run(ctx context.Context, console *kong.Kong) error {
	show := newProgress(console.Stderr)
	defer show.end()
	interval, err := barcsv.ParseInterval(c.Interval)
	if err != nil {
		return err
	}
	prices, err := c.prices()
	if err != nil {
		return err
	}
	chosen, err := c.choose(prices.Symbols())
	if err != nil {
		return err
	}
	written, err := c.run(ctx, show, prices, chosen, interval)
	if err != nil {
		return fmt.Errorf("simulate: %w", interrupted(ctx, err))
	}
	show.end()
	return c.report(console.Stdout, simulated{
		Profile: c.Profile, Model: c.Model, Seed: c.Seed, Start: c.Start.UTC(), Days: c.Days,
		Interval: barcsv.FormatInterval(interval), Seconds: time.Since(show.start).Seconds(), Files: written,
	})
}

// run writes the files into their folder, which goes again if it was made for nothing.
func (c *Simulate) run(ctx context.Context, show *progress, prices *path.Path, chosen []int, interval time.Duration) ([]simulatedFile, error) {
	_, missing := os.Stat(c.Out)
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for the bars: %w", err)
	}
	files, err := c.create(prices, chosen, interval)
	if err == nil {
		err = files.close(c.write(ctx, show, prices, chosen, interval, files))
	}
	if err != nil && missing != nil {
		_ = os.Remove(c.Out) // only if it is empty
	}
	if err != nil {
		return nil, err
	}
	return files.written, nil
}

// choose finds the positions of the pairs to write.
func (c *Simulate) choose(known []string) ([]int, error) {
	var chosen []int
	for _, symbol := range c.Pairs {
		if !slices.Contains(known, symbol) {
			return nil, fmt.Errorf("--pairs: profile %s has no %s: it has %s", c.Profile, symbol, strings.Join(known, ", "))
		}
	}
	for i, symbol := range known {
		if len(c.Pairs) == 0 || slices.Contains(c.Pairs, symbol) {
			chosen = append(chosen, i)
		}
	}
	return chosen, nil
}

// prices is the path of the profile; before the epoch one that starts at the start.
func (c *Simulate) prices() (*path.Path, error) {
	fitted, err := profiles.Load(c.Profile)
	if err != nil {
		return nil, err
	}
	document, err := readInstruments(c.Instruments)
	if err != nil {
		return nil, err
	}
	listed, err := fitted.Instruments(document)
	if err != nil {
		return nil, err
	}
	if c.Model != "" {
		return c.modelled(fitted, listed)
	}
	epoch := path.Epoch
	if c.Start.Before(epoch) {
		epoch = c.Start.UTC()
	}
	return path.New(fitted, listed, c.Seed, epoch)
}

// modelled is the path of a model on the scale of the profile.
func (c *Simulate) modelled(fitted profile.Profile, listed []instrument.Instrument) (*path.Path, error) {
	parameters, err := model.Named(c.Model)
	if err != nil {
		return nil, err
	}
	market := model.Of(fitted)
	shape, err := model.New(market, parameters, c.Start.UTC())
	if err != nil {
		return nil, fmt.Errorf("model %s on the scale of profile %q: %w", c.Model, fitted.Name, err)
	}
	return path.Over(shape.Process(c.Seed), market.Rows(), listed, c.Seed, c.Start.UTC())
}

// output is the files being written, one an instrument.
type output struct {
	writers []*barcsv.Writer
	written []simulatedFile
}

func (c *Simulate) create(prices *path.Path, chosen []int, interval time.Duration) (*output, error) {
	files, instruments := &output{}, prices.Instruments()
	for _, i := range chosen {
		one := instruments[i]
		name := filepath.Join(c.Out, barcsv.FileName(one.Symbol, interval, "", !c.Plain))
		writer, err := barcsv.Create(name, interval, barcsv.Decimals{Price: one.Tick.Decimals(), Volume: one.Lot.Decimals()})
		if err != nil {
			return nil, files.close(err)
		}
		files.writers = append(files.writers, writer)
		files.written = append(files.written, simulatedFile{Symbol: one.Symbol, Path: name})
	}
	return files, nil
}

// close puts the files in place together, or drops them all if there was an error.
func (o *output) close(err error) error {
	if err == nil {
		return barcsv.CloseAll(o.writers...)
	}
	for _, writer := range o.writers {
		err = errors.Join(err, writer.Abort())
	}
	return err
}

func (c *Simulate) write(ctx context.Context, show *progress, prices *path.Path, chosen []int, interval time.Duration, files *output) error {
	const day = 24 * time.Hour
	for d := range c.Days {
		from := c.Start.UTC().Add(time.Duration(d) * day)
		var failed error
		err := prices.BarsOf(chosen, from, from.Add(day), interval, func(bars []bar.Bar) bool {
			failed = errors.Join(ctx.Err(), files.add(bars))
			return failed == nil
		})
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		show.done(d+1, c.Days, "days")
	}
	return nil
}

func (o *output) add(bars []bar.Bar) error {
	for i, one := range bars {
		if err := o.writers[i].Write(one); err != nil {
			return err
		}
		if o.written[i].Bars == 0 {
			o.written[i].First = one.Open
		}
		o.written[i].Bars++
		o.written[i].Last = one.Close
	}
	return nil
}

func (c *Simulate) report(out io.Writer, summary simulated) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(summary)
	}
	process := "profile " + summary.Profile
	if summary.Model != "" {
		process = summary.Model + " on the scale of " + process
	}
	fmt.Fprintf(out, "%d days from %s, %s, seed %d, in %.1f s\n", summary.Days, summary.Start.Format(time.RFC3339),
		process, summary.Seed, summary.Seconds)
	for _, file := range summary.Files {
		fmt.Fprintf(out, "  %-10s %d bars, %v to %v: %s\n", file.Symbol, file.Bars, file.First, file.Last, file.Path)
	}
	return nil
}
