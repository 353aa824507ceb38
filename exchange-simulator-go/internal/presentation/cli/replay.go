// Package cli has the commands of the exchange that work without the daemon, or beside it. Results go to stdout, everything
// else to stderr.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// Replay shows what the venue was after any of its events, and what would have become of the same commands under another setting.
type Replay struct {
	DataDir string            `required:"" type:"existingdir" env:"DATA_DIR" help:"Data directory of the exchange, which may be running; it is only read."`
	Until   uint64            `help:"Sequence of the event to go to, with all that came of the same command; by default the last one."`
	Show    string            `default:"book" enum:"book,accounts,fills" help:"What to print as of then: book, accounts or fills."`
	Set     map[string]string `placeholder:"DOCUMENT=FILE" help:"Print instead what the same commands come to under another document, fees or market: fees and balances, before and after."`
	Symbol  string            `help:"Only this instrument, e.g. BTC/USD; of books and fills."`
	Account string            `help:"Only this account, e.g. alice; of accounts, fills and differences."`
	JSON    bool              `name:"json" help:"Print JSON."`
}

// Validate is bad usage, found before anything is read.
func (c *Replay) Validate() error {
	for name := range c.Set {
		if !settable[name] {
			return fmt.Errorf("--set has %q: want fees=FILE or market=FILE", name)
		}
	}
	switch {
	case c.Symbol != "" && (c.Show == "accounts" || len(c.Set) > 0):
		return errors.New("--symbol goes with --show book or fills")
	case c.Account != "" && c.Show == "book" && len(c.Set) == 0:
		return errors.New("--account goes with --show accounts or fills, or with --set")
	}
	return nil
}

// Run replays and prints.
func (c *Replay) Run(ctx context.Context, console *kong.Kong) error {
	show := newProgress(console.Stderr)
	defer show.end()
	result, err := c.result(ctx, show)
	if err != nil {
		return fmt.Errorf("replay %s: %w", c.DataDir, interrupted(ctx, err))
	}
	show.end()
	if c.JSON {
		return json.NewEncoder(console.Stdout).Encode(result)
	}
	return result.print(console.Stdout)
}

// printed is what a replay answers: it is made into JSON, or printed for people.
type printed interface{ print(out io.Writer) error }

func (c *Replay) result(ctx context.Context, show *progress) (printed, error) {
	if len(c.Set) > 0 {
		return c.difference(ctx, show)
	}
	if c.Show == "fills" {
		return c.fills(ctx, show)
	}
	past := c.past(show, "replayed")
	reached, err := past.Read(ctx)
	if err != nil {
		return nil, err
	}
	if c.Show == "accounts" {
		return c.accounts(reached)
	}
	return c.books(reached)
}

func (c *Replay) past(show *progress, what string) *records.Past {
	return &records.Past{
		Directory: journal.ReadOnly(filepath.Join(c.DataDir, records.Folder)), Event: c.Until,
		Passed: func(commands uint64) { show.passed(what, commands) },
	}
}

// moment is the time of the result.
type moment struct {
	Event    uint64    `json:"event"`
	Command  uint64    `json:"command,omitempty"`      // the last one that was applied; missing when a snapshot was there already
	Business time.Time `json:"business_time,omitzero"` // of that command
}

func momentOf(reached *records.Reached) moment {
	return moment{Event: reached.Venue.Sequence(), Command: reached.Last.Sequence, Business: reached.Last.Business}
}

// String says it to people.
func (m moment) String() string {
	if m.Command == 0 {
		return fmt.Sprintf("after event %d", m.Event)
	}
	return fmt.Sprintf("after event %d (command %d, %s)", m.Event, m.Command, m.Business.Format(time.RFC3339Nano))
}

var errNotConfigured = errors.New("the venue had not read its documents yet: want a later event")

// instruments are the numbers of those that are asked for.
func (c *Replay) instruments(v *venue.Venue) ([]int32, error) {
	listing := v.Listing()
	if listing == nil {
		return nil, errNotConfigured
	}
	var numbers []int32
	var symbols []string
	for n := range listing.Instruments {
		symbols = append(symbols, listing.Instruments[n].Symbol)
		if c.Symbol == "" || c.Symbol == listing.Instruments[n].Symbol {
			numbers = append(numbers, int32(n))
		}
	}
	if len(numbers) == 0 {
		return nil, fmt.Errorf("--symbol is %q: want one of %q", c.Symbol, symbols)
	}
	return numbers, nil
}
