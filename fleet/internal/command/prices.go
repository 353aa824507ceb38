package command

// What is shown depends on who looks: a terminal gets a table that moves, anything else a line per update.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/fleet/internal/prices"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Prices follows the price feed.
type Prices struct {
	Search
	Symbols  []string      `name:"symbols" placeholder:"BTC/USD,..." help:"Pairs to follow; all when not given."`
	Interval time.Duration `name:"interval" default:"1s" help:"Time between two updates of a pair, 20ms to 1m."`
	Count    int           `name:"count" placeholder:"N" help:"End after that many updates in all."`
	Once     bool          `name:"once" help:"End after one update of each pair."`
	JSON     bool          `name:"json" help:"Print each update as one JSON object on a line of its own."`
	History  string        `name:"history" placeholder:"1h" help:"Print bars of the past instead: 1s, 1m, 5m, 15m, 1h, 4h or 1d long."`
	Since    time.Duration `name:"since" default:"24h" help:"How far back the bars go, in business time."`
}

// Validate implements kong's check of the usage.
func (p *Prices) Validate() error {
	if p.Interval < 20*time.Millisecond || p.Interval > time.Minute {
		return fmt.Errorf("--interval is %s: want 20ms to 1m", p.Interval)
	}
	if p.Count < 0 {
		return fmt.Errorf("--count is %d: want 1 or more", p.Count)
	}
	return nil
}

// Run implements kong's command.
func (p *Prices) Run(ctx context.Context, app *kong.Context) error {
	return p.stream(ctx, "market-data", func(ctx context.Context, channel grpc.ClientConnInterface) error {
		return p.follow(ctx, app, marketdatav1.NewMarketDataServiceClient(channel))
	})
}

func (p *Prices) follow(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient) error {
	instruments, err := prices.Instruments(ctx, client, p.Symbols)
	if err != nil {
		return err
	}
	if p.History != "" {
		return p.past(ctx, app, client, instruments)
	}
	request := prices.Request{Interval: p.Interval}
	for _, instrument := range instruments {
		request.Symbols = append(request.Symbols, instrument.Symbol)
	}
	limit := p.Count
	if p.Once {
		limit = len(instruments)
	}
	if width, onTerminal := terminalWidth(app); onTerminal && !p.JSON {
		return p.draw(ctx, app, client, request, instruments, limit, width)
	}
	return p.list(ctx, app, client, request, instruments, limit)
}

// past prints a line per bar.
func (p *Prices) past(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient, instruments []prices.Instrument) error {
	wanted, decimals := prices.Past{Interval: p.History, Since: p.Since}, map[string]int{}
	for _, instrument := range instruments {
		wanted.Symbols = append(wanted.Symbols, instrument.Symbol)
		decimals[instrument.Symbol] = instrument.Decimals
	}
	return prices.History(ctx, client, wanted, func(one prices.Bar) error {
		if p.JSON {
			return printJSON(app.Stdout, one)
		}
		_, err := fmt.Fprintln(app.Stdout, prices.BarLine(one, decimals[one.Symbol]))
		return err
	})
}

// list prints a line per update.
func (p *Prices) list(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient,
	request prices.Request, instruments []prices.Instrument, limit int,
) error {
	decimals := map[string]int{}
	for _, instrument := range instruments {
		decimals[instrument.Symbol] = instrument.Decimals
	}
	updates := 0
	var failure error
	err := prices.Follow(ctx, client, request, func(quote prices.Quote) bool {
		updates++
		if p.JSON {
			failure = printJSON(app.Stdout, quote)
		} else {
			_, failure = fmt.Fprintln(app.Stdout, prices.Line(quote, decimals[quote.Symbol]))
		}
		return failure == nil && (limit == 0 || updates < limit)
	}, troubleOnStderr(app))
	return errors.Join(err, failure)
}

// draw keeps a table on the terminal up to date.
func (p *Prices) draw(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient,
	request prices.Request, instruments []prices.Instrument, limit int, width func() int,
) error {
	board, updates := prices.NewBoard(instruments), 0
	picture := newPicture(app.Stdout, func() []string { return board.Render(width()) })
	return picture.show(ctx, func(ctx context.Context) error {
		return prices.Follow(ctx, client, request, func(quote prices.Quote) bool {
			picture.change(func() {
				board.Put(quote)
				updates++
			})
			return limit == 0 || updates < limit
		}, picture.trouble)
	})
}
