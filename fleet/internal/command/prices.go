package command

// What is shown depends on who looks: a terminal gets a table that moves, anything else a line per update.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/trading-ecosystem/fleet/internal/prices"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

const (
	redrawInterval = 100 * time.Millisecond // a picture that changes faster cannot be read
	answerPatience = 5 * time.Second        // how long the feed may take to list its instruments
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
	fleet, err := p.find()
	if err != nil {
		return err
	}
	defer fleet.close()
	channel, err := grpc.NewClient("fleet:///market-data", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithResolvers(fleet.directory.Resolver(fleet.Fallback())))
	if err != nil {
		return fmt.Errorf("dial market data: %w", err)
	}
	defer func() { _ = channel.Close() }()
	group, ctx := errgroup.WithContext(ctx)
	watching, stopWatching := context.WithCancel(ctx)
	group.Go(func() error { return fleet.directory.Run(watching) })
	group.Go(func() error {
		defer stopWatching()
		return p.follow(watching, app, marketdatav1.NewMarketDataServiceClient(channel))
	})
	err = group.Wait()
	if errors.Is(err, prices.ErrUnreachable) {
		return fleet.nothingThere(err.Error())
	}
	return err
}

func (p *Prices) follow(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient) error {
	limited, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	instruments, err := prices.Instruments(limited, client, p.Symbols)
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

func terminalWidth(app *kong.Context) (width func() int, onTerminal bool) {
	file, isFile := app.Stdout.(*os.File)
	if !isFile || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	return func() int {
		columns, _, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0
		}
		return columns
	}, true
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
	}, func(err error, retryIn time.Duration) {
		fmt.Fprintf(app.Stderr, "fleet: the stream ended (%v): again in %s\n", err, retryIn)
	})
	return errors.Join(err, failure)
}

// draw keeps a table on the terminal up to date.
func (p *Prices) draw(ctx context.Context, app *kong.Context, client marketdatav1.MarketDataServiceClient,
	request prices.Request, instruments []prices.Instrument, limit int, width func() int,
) error {
	screen := prices.NewScreen(app.Stdout)
	defer func() { _ = screen.Close() }()
	var mu sync.Mutex // guards the three below
	board, note, updates := prices.NewBoard(instruments), "Ctrl-C ends.", 0
	redraw := func() error {
		mu.Lock()
		defer mu.Unlock()
		return screen.Draw(append(board.Render(width()), "", note))
	}
	drawing, stopDrawing := context.WithCancel(ctx)
	group, drawing := errgroup.WithContext(drawing)
	group.Go(func() error {
		defer stopDrawing()
		return prices.Follow(drawing, client, request, func(quote prices.Quote) bool {
			mu.Lock()
			defer mu.Unlock()
			board.Put(quote)
			updates++
			note = "Ctrl-C ends."
			return limit == 0 || updates < limit
		}, func(err error, retryIn time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			note = fmt.Sprintf("The stream ended (%v): again in %s.", err, retryIn)
		})
	})
	group.Go(func() error {
		ticker := time.NewTicker(redrawInterval)
		defer ticker.Stop()
		for {
			select {
			case <-drawing.Done():
				return redraw()
			case <-ticker.C:
				if err := redraw(); err != nil {
					return err
				}
			}
		}
	})
	return group.Wait()
}
