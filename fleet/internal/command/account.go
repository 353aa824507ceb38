package command

import (
	"cmp"
	"context"
	"fmt"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"github.com/trading-ecosystem/fleet/internal/accounts"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// AccountCommands are what one can do with accounts.
type AccountCommands struct {
	Create    AccountCreate    `cmd:"" help:"Open an account, and fund it."`
	Sub       AccountSub       `cmd:"" help:"Open an account below another one: same owner, own balances, orders and limits."`
	Show      AccountShow      `cmd:"" help:"Show balances, positions, limits and fees of an account."`
	Statement AccountStatement `cmd:"" help:"Show every posting to an account, newest first."`
	Limits    AccountLimits    `cmd:"" help:"Show or change what an account may do; --block is its kill switch."`
	Transfer  AccountTransfer  `cmd:"" help:"Move an amount between an account and its sub-accounts."`
}

// AccountCreate opens an account.
type AccountCreate struct {
	Exchange
	Name string   `arg:"" name:"name" help:"1 to 32 lower-case letters, digits, - and _, starting with a letter."`
	Fund []string `name:"fund" placeholder:"USD=100000,BTC=2" help:"What it is funded with."`
}

// Validate implements kong's check of the usage.
func (a *AccountCreate) Validate() error {
	_, err := accounts.ParseAmounts(a.Fund)
	return err
}

// Run implements kong's command.
func (a *AccountCreate) Run(ctx context.Context, app *kong.Context) error {
	amounts, err := accounts.ParseAmounts(a.Fund)
	if err != nil {
		return err
	}
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.accounts.CreateAccount(ctx, &exchangev1.CreateAccountRequest{Account: a.Name, Fund: amounts})
		if err != nil {
			return err
		}
		return a.answer(app, answer, accounts.Card(answer.GetAccount()))
	})
}

// AccountSub opens a sub-account.
type AccountSub struct {
	Exchange
	Parent string `arg:"" name:"parent" help:"The account at the top, e.g. alice."`
	Name   string `arg:"" name:"name" help:"Name below it: bot below alice is alice/bot."`
}

// Run implements kong's command.
func (a *AccountSub) Run(ctx context.Context, app *kong.Context) error {
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.accounts.CreateSubAccount(ctx, &exchangev1.CreateSubAccountRequest{Parent: a.Parent, Name: a.Name})
		if err != nil {
			return err
		}
		return a.answer(app, answer, accounts.Card(answer.GetAccount()))
	})
}

// AccountShow shows an account.
type AccountShow struct {
	Exchange
	AccountArgument
}

// Run implements kong's command.
func (a *AccountShow) Run(ctx context.Context, app *kong.Context) error {
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.accounts.GetAccount(ctx, &exchangev1.GetAccountRequest{Account: a.Account})
		if err != nil {
			return err
		}
		return a.answer(app, answer, accounts.Card(answer.GetAccount()))
	})
}

// AccountStatement shows the postings to an account.
type AccountStatement struct {
	Exchange
	ListFlags
	AccountArgument
	Asset string `name:"asset" placeholder:"USD" help:"Only those in this asset."`
}

// Validate implements kong's check of the usage.
func (a *AccountStatement) Validate() error {
	return cmp.Or(a.AccountArgument.Validate(), a.checkLimit())
}

// Run implements kong's command.
func (a *AccountStatement) Run(ctx context.Context, app *kong.Context) error {
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		all := &exchangev1.ListEntriesResponse{}
		if err := a.collect(func(size int32, token string) (int, string, error) {
			page, err := exchange.accounts.ListEntries(ctx, &exchangev1.ListEntriesRequest{
				Account: a.Account, Asset: a.Asset, PageSize: size, PageToken: token,
			})
			all.Entries = append(all.Entries, page.GetEntries()...)
			all.NextPageToken = page.GetNextPageToken()
			return len(page.GetEntries()), page.GetNextPageToken(), err
		}); err != nil {
			return err
		}
		return a.answer(app, all, accounts.Statement(all.GetEntries()))
	})
}

// AccountLimits shows or changes limits.
type AccountLimits struct {
	Exchange
	AccountArgument
	MaxOrderQuantity   *string `name:"max-order-quantity" placeholder:"QUANTITY" help:"Largest order in base units; 0 for no limit."`
	MaxOrderNotional   *string `name:"max-order-notional" placeholder:"AMOUNT" help:"Largest order in quote units; 0 for no limit."`
	MaxOrdersPerSecond *uint32 `name:"max-orders-per-second" placeholder:"N" help:"Most orders a second; 0 for no limit."`
	PriceCollarBPS     *uint32 `name:"price-collar" placeholder:"BPS" help:"Largest distance of a limit price from the reference price, in basis points; 0 for no limit."`
	MaxPosition        *string `name:"max-position" placeholder:"QUANTITY" help:"Largest position in base units, long or short; 0 for no limit."`
	Block              bool    `name:"block" help:"Cancel all its orders and refuse new ones."`
	Unblock            bool    `name:"unblock" help:"Let it trade again."`
}

func (a *AccountLimits) change() accounts.Change {
	return accounts.Change{
		MaxOrderQuantity: a.MaxOrderQuantity, MaxOrderNotional: a.MaxOrderNotional, MaxOrdersPerSecond: a.MaxOrdersPerSecond,
		PriceCollarBPS: a.PriceCollarBPS, MaxPosition: a.MaxPosition, Block: a.Block, Unblock: a.Unblock,
	}
}

// Validate implements kong's check of the usage.
func (a *AccountLimits) Validate() error {
	return cmp.Or(a.AccountArgument.Validate(), a.change().Check())
}

// Run implements kong's command. The exchange replaces all limits at once, so those that are not named are read first.
func (a *AccountLimits) Run(ctx context.Context, app *kong.Context) error {
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		now, err := exchange.accounts.GetAccount(ctx, &exchangev1.GetAccountRequest{Account: a.Account})
		if err != nil {
			return err
		}
		if a.change().IsEmpty() {
			return a.answer(app, now.GetAccount().GetLimits(), accounts.LimitsLine(now.GetAccount().GetLimits())+"\n")
		}
		answer, err := exchange.accounts.SetLimits(ctx, &exchangev1.SetLimitsRequest{
			Account: a.Account, Limits: a.change().Apply(now.GetAccount().GetLimits()),
		})
		if err != nil {
			return err
		}
		text := accounts.LimitsLine(answer.GetAccount().GetLimits()) + "\n"
		if a.Block {
			text += fmt.Sprintf("%d orders cancelled\n", answer.GetCancelledOrders())
		}
		return a.answer(app, answer, text)
	})
}

// AccountTransfer moves an amount.
type AccountTransfer struct {
	Exchange
	From   string `arg:"" name:"from" help:"Where it comes from, e.g. alice."`
	To     string `arg:"" name:"to" help:"Where it goes to, e.g. alice/bot."`
	Amount string `arg:"" name:"amount" help:"What, e.g. USD=100."`
	ID     string `name:"id" help:"The client's own id of the transfer, by which it is safe to repeat; one is made when not given."`
}

// Validate implements kong's check of the usage.
func (a *AccountTransfer) Validate() error {
	_, err := accounts.ParseAmount(a.Amount)
	return err
}

// Run implements kong's command.
func (a *AccountTransfer) Run(ctx context.Context, app *kong.Context) error {
	amount, err := accounts.ParseAmount(a.Amount)
	if err != nil {
		return err
	}
	id := a.ID
	if id == "" {
		id = "transfer-" + uuid.NewString()[:8]
	}
	return a.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.accounts.Transfer(ctx, &exchangev1.TransferRequest{
			TransferId: id, FromAccount: a.From, ToAccount: a.To, Amount: amount,
		})
		if isUnanswered(err) {
			return fmt.Errorf("nobody knows yet whether the exchange has made the transfer: the same command with --id %s is safe to repeat", id)
		}
		if err != nil {
			return err
		}
		return a.answer(app, answer, fmt.Sprintf("transfer %s\n", id), a.From+"\n"+accounts.Balances([]*exchangev1.Balance{answer.GetFromBalance()}),
			a.To+"\n"+accounts.Balances([]*exchangev1.Balance{answer.GetToBalance()}))
	})
}
