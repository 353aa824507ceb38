// This file shows what accounts had.

package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

type accounts struct {
	moment
	Accounts []statement `json:"accounts"`
}

// statement is what an account has. Amounts are decimals.
type statement struct {
	Account    string    `json:"account"`
	OpenOrders int32     `json:"open_orders"`
	Balances   []balance `json:"balances"` // without assets of which there is nothing
}

type balance struct {
	Asset     string `json:"asset"`
	Available string `json:"available"`
	Held      string `json:"held"`
}

// accounts are those that are asked for, as they stand.
func (c *Replay) accounts(reached *records.Reached) (*accounts, error) {
	numbers, err := c.numbers(reached.Venue)
	if err != nil {
		return nil, err
	}
	all := &accounts{moment: momentOf(reached), Accounts: []statement{}}
	ledger := reached.Venue.Ledger()
	for _, number := range numbers {
		shown := statement{Account: ledger.Account(number).Name, OpenOrders: ledger.OpenOrders(number), Balances: []balance{}}
		for n := range ledger.Listing().Assets {
			asset, has := &ledger.Listing().Assets[n], ledger.Balance(number, int32(n))
			if has.Total() != 0 {
				shown.Balances = append(shown.Balances, balance{asset.Code, asset.Format(has.Available), asset.Format(has.Held)})
			}
		}
		all.Accounts = append(all.Accounts, shown)
	}
	return all, nil
}

// numbers are those of the accounts that are asked for: one, or all but those of the venue's own participants.
func (c *Replay) numbers(v *venue.Venue) ([]int32, error) {
	ledger := v.Ledger()
	if ledger == nil {
		return nil, errNotConfigured
	}
	if c.Account != "" {
		number, err := ledger.Find(c.Account)
		return []int32{number}, err
	}
	var numbers []int32
	for number := range ledger.Accounts() {
		if !ofTheVenue(ledger.Account(number).Name) {
			numbers = append(numbers, number)
		}
	}
	return numbers, nil
}

// ofTheVenue tells the accounts of the venue's own makers and takers.
func ofTheVenue(name string) bool { return strings.HasPrefix(name, account.VenueName+"/") }

func (a *accounts) print(out io.Writer) error {
	fmt.Fprintln(out, "accounts", a.moment)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "account\tasset\tavailable\theld\topen orders\t")
	for _, one := range a.Accounts {
		if len(one.Balances) == 0 {
			fmt.Fprintf(table, "%s\t\t\t\t%d\t\n", one.Account, one.OpenOrders)
		}
		for n, has := range one.Balances {
			name, orders := "", ""
			if n == 0 {
				name, orders = one.Account, fmt.Sprint(one.OpenOrders)
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t\n", name, has.Asset, has.Available, has.Held, orders)
		}
	}
	return table.Flush()
}
