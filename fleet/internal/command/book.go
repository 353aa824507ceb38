package command

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/fleet/internal/book"
	"github.com/trading-ecosystem/fleet/internal/refusal"
	"github.com/trading-ecosystem/fleet/internal/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Book shows an order book.
type Book struct {
	Search
	Pair  string `arg:"" name:"pair" help:"The pair, e.g. BTC/USD."`
	Depth int    `name:"depth" default:"10" help:"Levels of each side, 1 to 5000."`
	Count int    `name:"count" placeholder:"N" help:"End after that many messages of the book."`
	Once  bool   `name:"once" help:"Show the book as it is now, and end."`
	JSON  bool   `name:"json" help:"Print each message, the snapshot and its changes, as one JSON object on a line of its own; with --once the book."`
}

// Validate implements kong's check of the usage.
func (b *Book) Validate() error {
	if b.Depth < 1 || b.Depth > 5000 {
		return fmt.Errorf("--depth is %d: want 1 to 5000", b.Depth)
	}
	if b.Count < 0 {
		return fmt.Errorf("--count is %d: want 1 or more", b.Count)
	}
	return nil
}

// Run implements kong's command.
func (b *Book) Run(ctx context.Context, app *kong.Context) error {
	if b.Once {
		return b.show(ctx, app)
	}
	return refusal.Error(b.stream(ctx, "exchange", func(ctx context.Context, channel grpc.ClientConnInterface) error {
		client := exchangev1.NewMarketServiceClient(channel)
		if width, onTerminal := terminalWidth(app); onTerminal && !b.JSON {
			return b.draw(ctx, app, client, width)
		}
		return b.list(ctx, app, client)
	}))
}

// show shows the book as it is now.
func (b *Book) show(ctx context.Context, app *kong.Context) error {
	return Exchange{Search: b.Search, JSON: b.JSON}.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.market.GetOrderBook(ctx, &exchangev1.GetOrderBookRequest{Symbol: b.Pair, Depth: uint32(b.Depth)})
		if err != nil {
			return err
		}
		if b.JSON {
			return printMessage(app, answer)
		}
		made, err := book.Snapshot(answer)
		if err != nil {
			return err
		}
		head := b.Pair + "  " + venue.Phase(answer.GetPhase())
		if answer.GetLastPrice() != "" {
			head += "  last " + answer.GetLastPrice()
		}
		_, err = fmt.Fprintln(app.Stdout, strings.Join(made.Ladder(head, b.Depth, 0), "\n"))
		return err
	})
}

// list prints a line per message.
func (b *Book) list(ctx context.Context, app *kong.Context, client exchangev1.MarketServiceClient) error {
	var now book.Book
	var failure error
	seen := 0
	err := book.Follow(ctx, client, b.Pair, func(message *exchangev1.StreamOrderBookResponse) (bool, error) {
		if err := now.Apply(message); err != nil {
			return false, err
		}
		seen++
		if b.JSON {
			failure = printMessage(app, message)
		} else {
			_, failure = fmt.Fprintln(app.Stdout, now.Line(b.Pair))
		}
		return failure == nil && (b.Count == 0 || seen < b.Count), nil
	}, troubleOnStderr(app))
	return cmp.Or(failure, err)
}

// draw keeps a ladder on the terminal up to date.
func (b *Book) draw(ctx context.Context, app *kong.Context, client exchangev1.MarketServiceClient, width func() int) error {
	var now book.Book
	seen := 0
	picture := newPicture(app.Stdout, func() []string { return now.Ladder(b.Pair, b.Depth, width()) })
	return picture.show(ctx, func(ctx context.Context) error {
		return book.Follow(ctx, client, b.Pair, func(message *exchangev1.StreamOrderBookResponse) (more bool, err error) {
			picture.change(func() { err = now.Apply(message) })
			seen++
			return b.Count == 0 || seen < b.Count, err
		}, picture.trouble)
	})
}
