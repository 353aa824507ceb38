// This file shows what the same commands come to under another setting: trades, fees and balances.

package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// difference is what the same commands come to under two settings.
type difference struct {
	moment
	From     uint64   `json:"from_command"` // the first one under the other setting
	Set      []string `json:"set"`
	Trades   change   `json:"trades"`
	Accounts []shift  `json:"accounts"`
}

// change is a figure under both settings.
type change struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

// shift is what became of one asset of an account. Amounts are decimals.
type shift struct {
	Account string `json:"account"`
	Asset   string `json:"asset"`
	Fees    change `json:"fees"`    // paid; what the venue took is negative
	Balance change `json:"balance"` // what is held included
}

// outcome is where the commands led under one setting.
type outcome struct {
	*records.Reached
	fees  map[holding]decimal.Wide
	count uint64 // trades
}

// holding is an asset of an account; numbers of accounts may differ between two outcomes.
type holding struct {
	account string
	asset   int32
}

func (c *Replay) difference(ctx context.Context, show *progress) (*difference, error) {
	other, err := c.setting()
	if err != nil {
		return nil, err
	}
	before, err := follow(ctx, c.past(show, "as it was"), other.note)
	if err != nil {
		return nil, err
	}
	if before.Last.Sequence == 0 {
		return nil, fmt.Errorf("no command is left of those that lead to event %d: want a later one", before.Venue.Sequence())
	}
	show.end()
	again := c.past(show, "as it would have been")
	again.Change, again.Event, again.Command = other.change, 0, before.Last.Sequence
	after, err := follow(ctx, again, nil)
	if err != nil {
		return nil, fmt.Errorf("under the other setting: %w", err)
	}
	found := &difference{
		moment: momentOf(before.Reached), From: before.First.Sequence, Accounts: []shift{},
		Trades: change{fmt.Sprint(before.count), fmt.Sprint(after.count)},
	}
	for _, name := range slices.Sorted(maps.Keys(c.Set)) {
		found.Set = append(found.Set, name+"="+c.Set[name])
	}
	numbers, err := c.numbers(before.Venue)
	if err != nil {
		return nil, err
	}
	for _, number := range numbers {
		found.Accounts = append(found.Accounts, compare(before, after, before.Venue.Ledger().Account(number).Name)...)
	}
	return found, nil
}

// follow replays from the first command that there is, and adds up what it costs.
func follow(ctx context.Context, past *records.Past, note func(*venue.Event)) (*outcome, error) {
	o := &outcome{fees: map[holding]decimal.Wide{}}
	paid := map[int32]map[int32]decimal.Wide{} // by account and asset, by their numbers
	pay := func(number int32, charge account.Charge) {
		if paid[number] == nil {
			paid[number] = map[int32]decimal.Wide{}
		}
		paid[number][charge.Asset] = paid[number][charge.Asset].Add(decimal.WideOf(charge.Fee))
		paid[account.Venue][charge.Asset] = paid[account.Venue][charge.Asset].Sub(decimal.WideOf(charge.Fee))
	}
	paid[account.Venue] = map[int32]decimal.Wide{}
	past.Whole = true
	past.Tell = func(_ int64, _ uint64, e *venue.Event) {
		if note != nil {
			note(e)
		}
		if e.Kind == venue.Traded {
			o.count++
			pay(e.Account, e.Fee)
			pay(e.MakerAccount, e.MakerFee)
		}
	}
	var err error
	if o.Reached, err = past.Read(ctx); err != nil {
		return nil, err
	}
	for number, amounts := range paid {
		for asset, amount := range amounts {
			o.fees[holding{o.Venue.Ledger().Account(number).Name, asset}] = amount
		}
	}
	return o, nil
}

// compare lists the assets of an account of which there is something, or a fee was paid, under either setting.
func compare(before, after *outcome, name string) []shift {
	var shifts []shift
	for n, asset := range before.Venue.Listing().Assets {
		key := holding{name, int32(n)}
		was, is := before.total(key), after.total(key)
		paid, pays := before.fees[key], after.fees[key]
		if was == 0 && is == 0 && paid == (decimal.Wide{}) && pays == (decimal.Wide{}) {
			continue
		}
		shifts = append(shifts, shift{
			Account: name, Asset: asset.Code, Fees: change{paid.Format(asset.Scale), pays.Format(asset.Scale)},
			Balance: change{asset.Format(was), asset.Format(is)},
		})
	}
	return shifts
}

// total is what an account has of an asset, 0 when it was not opened.
func (o *outcome) total(key holding) int64 {
	number, err := o.Venue.Ledger().Find(key.account)
	if err != nil {
		return 0
	}
	return o.Venue.Ledger().Balance(number, key.asset).Total()
}

func (d *difference) print(out io.Writer) error {
	fmt.Fprintf(out, "the same commands from %d on with %s, %s\n", d.From, strings.Join(d.Set, " and "), d.moment)
	fmt.Fprintf(out, "trades: %s before, %s after\n", d.Trades.Before, d.Trades.After)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "account\tasset\tfees before\tafter\tbalance before\tafter\t")
	last := ""
	for _, one := range d.Accounts {
		name := one.Account
		if name == last {
			name = ""
		}
		last = cmp.Or(name, last)
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, one.Asset, one.Fees.Before, one.Fees.After, one.Balance.Before, one.Balance.After)
	}
	return table.Flush()
}
