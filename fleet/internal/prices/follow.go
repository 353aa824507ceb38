package prices

// Following goes on where it stopped: when a stream ends, because a replica went away or the fleet was restarted, the next one resumes
// after the last update that every symbol has seen.

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/subscription"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Request says what is followed.
type Request struct {
	Symbols  []string
	Interval time.Duration // between two updates of a symbol; 0 leaves it to the feed
}

// Follow hands each update to handle, which returns false to end, until ctx ends. When a stream breaks it tells trouble, and opens another.
// It returns an error when the feed refuses the request or has never answered (subscription.ErrUnreachable).
func Follow(ctx context.Context, client marketdatav1.MarketDataServiceClient, request Request,
	handle func(Quote) bool, trouble func(err error, retryIn time.Duration),
) error {
	f := follower{client: client, request: request, handle: handle, seen: map[string]uint64{}}
	err := subscription.Keep(ctx, f.read, trouble)
	if err != nil {
		return fmt.Errorf("follow %v: %w", request.Symbols, err)
	}
	return nil
}

type follower struct {
	client  marketdatav1.MarketDataServiceClient
	request Request
	handle  func(Quote) bool
	seen    map[string]uint64 // latest sequence by symbol
	updates int
	anew    bool // do not resume: the feed said that it cannot
}

// read reads a stream to its end; when the feed says that it cannot resume it, because what lies between is not retained, another one
// that goes on with the latest.
func (f *follower) read(ctx context.Context) (came bool, err error) {
	before := f.updates
	err = f.stream(ctx)
	if status.Code(err) == codes.OutOfRange {
		f.anew = true
		err = f.stream(ctx)
	}
	return f.updates > before, err
}

func (f *follower) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.client.StreamPrices(ctx, &marketdatav1.StreamPricesRequest{
		Symbols: f.request.Symbols, UpdateIntervalMs: uint32(f.request.Interval.Milliseconds()), AfterSequence: f.resumeAfter(),
	})
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		f.anew = false
		quote := quoteOf(response)
		if quote.Sequence <= f.seen[quote.Symbol] {
			continue // sent again, because another symbol had not come as far
		}
		f.seen[quote.Symbol] = quote.Sequence
		f.updates++
		if !f.handle(quote) {
			return subscription.ErrEnough
		}
	}
}

// resumeAfter is the earliest of the latest sequences; 0, the latest price, while a symbol has none.
func (f *follower) resumeAfter() uint64 {
	if f.anew || len(f.seen) < len(f.request.Symbols) {
		return 0
	}
	var earliest uint64
	for _, sequence := range f.seen {
		if earliest == 0 || sequence < earliest {
			earliest = sequence
		}
	}
	return earliest
}

// Instruments lists what the feed has prices of; only the named symbols when there are any, in that order.
func Instruments(ctx context.Context, client marketdatav1.MarketDataServiceClient, symbols []string) ([]Instrument, error) {
	known := map[string]Instrument{}
	var all []Instrument
	for token := ""; ; {
		page, err := client.ListInstruments(ctx, &marketdatav1.ListInstrumentsRequest{PageToken: token})
		if err != nil {
			return nil, fmt.Errorf("%w: %s", subscription.ErrUnreachable, probe.Reason(err))
		}
		for _, listed := range page.GetInstruments() {
			instrument := instrumentOf(listed)
			known[instrument.Symbol] = instrument
			all = append(all, instrument)
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(symbols) == 0 {
		return all, nil
	}
	var chosen []Instrument
	for _, symbol := range symbols {
		instrument, there := known[symbol]
		if !there {
			instrument = Instrument{Symbol: symbol, Decimals: 2} // the feed will say that there is none, and which there are
		}
		chosen = append(chosen, instrument)
	}
	return chosen, nil
}
