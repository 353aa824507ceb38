package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/orders"
	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/refusal"
	"github.com/trading-ecosystem/fleet/internal/subscription"
	"github.com/trading-ecosystem/fleet/internal/trades"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Trades shows trades of a pair, or fills of an account.
type Trades struct {
	Exchange
	Limit   int    `name:"limit" default:"20" placeholder:"N" help:"Most trades to show, the last ones; 0 shows all."`
	Pair    string `arg:"" optional:"" name:"pair" help:"The pair, e.g. BTC/USD; with --account only its fills in this pair."`
	Account string `name:"account" placeholder:"NAME" help:"Show the fills of this account instead of everybody's trades."`
	Follow  bool   `name:"follow" help:"Go on with trades as they happen."`
	Count   int    `name:"count" placeholder:"N" help:"With --follow: end after that many new trades."`
}

// Validate implements kong's check of the usage.
func (t *Trades) Validate() error {
	switch {
	case t.Pair == "" && t.Account == "":
		return errors.New("want a pair, e.g. BTC/USD, or --account")
	case t.Follow && t.Account != "":
		return errors.New("--follow shows everybody's trades of a pair: want no --account with it")
	case t.Count != 0 && !t.Follow, t.Count < 0:
		return fmt.Errorf("--count is %d: want 1 or more, with --follow", t.Count)
	}
	return ListFlags{t.Limit}.checkLimit()
}

// Run implements kong's command.
func (t *Trades) Run(ctx context.Context, app *kong.Context) error {
	switch {
	case t.Follow:
		return refusal.Error(t.stream(ctx, "exchange", func(ctx context.Context, channel grpc.ClientConnInterface) error {
			return t.follow(ctx, app, servicesOver(channel))
		}))
	case t.Account != "":
		return t.ask(ctx, func(ctx context.Context, exchange services) error { return t.fills(ctx, app, exchange) })
	}
	return t.ask(ctx, func(ctx context.Context, exchange services) error {
		last, err := t.last(ctx, exchange)
		if err != nil {
			return err
		}
		var text strings.Builder
		for _, trade := range slices.Backward(last.GetTrades()) {
			fmt.Fprintln(&text, trades.Line(trade))
		}
		return t.answer(app, last, text.String())
	})
}

// last lists the last trades of the pair, newest first.
func (t *Trades) last(ctx context.Context, exchange services) (*exchangev1.MarketServiceListTradesResponse, error) {
	all := &exchangev1.MarketServiceListTradesResponse{}
	err := ListFlags{t.Limit}.collect(func(size int32, token string) (int, string, error) {
		page, err := exchange.market.ListTrades(ctx, &exchangev1.MarketServiceListTradesRequest{Symbol: t.Pair, PageSize: size, PageToken: token})
		all.Trades = append(all.Trades, page.GetTrades()...)
		all.NextPageToken = page.GetNextPageToken()
		return len(page.GetTrades()), page.GetNextPageToken(), err
	})
	return all, err
}

// fills shows what the account has traded, newest first.
func (t *Trades) fills(ctx context.Context, app *kong.Context, exchange services) error {
	all := &exchangev1.ListTradesResponse{}
	if err := (ListFlags{t.Limit}).collect(func(size int32, token string) (int, string, error) {
		page, err := exchange.accounts.ListTrades(ctx, &exchangev1.ListTradesRequest{
			Account: t.Account, Symbol: t.Pair, PageSize: size, PageToken: token,
		})
		all.Fills = append(all.Fills, page.GetFills()...)
		all.NextPageToken = page.GetNextPageToken()
		return len(page.GetFills()), page.GetNextPageToken(), err
	}); err != nil {
		return err
	}
	return t.answer(app, all, orders.Fills(all.GetFills()))
}

// follow shows the last trades and goes on after the very last of them, so that none is missed between.
func (t *Trades) follow(ctx context.Context, app *kong.Context, exchange services) error {
	last, err := t.last(ctx, exchange)
	if status.Code(err) == codes.Unavailable {
		err = fmt.Errorf("%w: %s", subscription.ErrUnreachable, probe.Reason(err))
	}
	if err != nil {
		return err
	}
	show := func(trade *exchangev1.PublicTrade) error {
		if t.JSON {
			return printMessage(app, trade)
		}
		_, err := fmt.Fprintln(app.Stdout, trades.Line(trade))
		return err
	}
	var seen *exchangev1.PublicTrade
	for _, trade := range slices.Backward(last.GetTrades()) {
		if err := show(trade); err != nil {
			return err
		}
		seen = trade
	}
	var failure error
	shown := 0
	err = trades.Follow(ctx, exchange.market, t.Pair, seen, func(trade *exchangev1.PublicTrade) bool {
		failure = show(trade)
		shown++
		return failure == nil && (t.Count == 0 || shown < t.Count)
	}, troubleOnStderr(app))
	return cmp.Or(failure, err)
}
