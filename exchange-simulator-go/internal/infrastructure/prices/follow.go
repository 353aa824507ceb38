package prices

// Following market data: one stream after another, for ever.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	// firstWait and maxWait bound the wait before a stream is opened again, doubled each time that brought nothing.
	firstWait = 200 * time.Millisecond
	maxWait   = 5 * time.Second
	// silence is how long a stream may bring nothing before it is given up: a connection can be dead without an error.
	silence = 5 * time.Second
	// page is how many instruments market data is asked for at a time.
	page = 1000
)

// follow keeps a stream open until the context ends.
func (f *Feed) follow(ctx context.Context) {
	retry := backoff.NewExponentialBackOff()
	retry.InitialInterval, retry.Multiplier, retry.MaxInterval = firstWait, 2, maxWait
	for ctx.Err() == nil {
		board, listed := f.current()
		if len(board.places) == 0 {
			select {
			case <-ctx.Done():
			case <-listed:
			}
			continue
		}
		came, err := f.read(ctx, board, listed)
		if ctx.Err() != nil {
			return
		}
		if came {
			retry.Reset()
		}
		f.mu.Lock()
		f.away = err
		f.mu.Unlock()
		wait := time.NewTimer(retry.NextBackOff())
		select {
		case <-ctx.Done():
		case <-listed:
			retry.Reset()
		case <-wait.C:
		}
		wait.Stop()
	}
}

func (f *Feed) current() (*board, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.board, f.listed
}

// errListed ends a stream because other symbols are to be followed.
var errListed = errors.New("the listing has changed")

// errSilent ends a stream that brings nothing.
var errSilent = fmt.Errorf("market-data has sent nothing for %s", silence)

// read reads one stream to its end, and tells whether anything came and why it ended.
func (f *Feed) read(ctx context.Context, board *board, listed <-chan struct{}) (came bool, err error) {
	ctx, end := context.WithCancelCause(ctx)
	var watcher sync.WaitGroup
	defer watcher.Wait()
	defer end(nil)
	watch := time.AfterFunc(silence, func() { end(errSilent) })
	defer watch.Stop()
	watcher.Go(func() {
		select {
		case <-listed:
			end(errListed)
		case <-ctx.Done():
		}
	})
	symbols, missing, err := f.known(ctx, board.symbols())
	if err != nil || len(symbols) == 0 {
		return false, because(ctx, cmp.Or(err, missing))
	}
	came, err = f.receive(ctx, board, symbols, missing, watch)
	return came, because(ctx, err)
}

// receive follows some symbols until the stream ends. Missing is what the others lack.
func (f *Feed) receive(ctx context.Context, board *board, symbols []string, missing error, watch *time.Timer) (came bool, err error) {
	stream, err := f.options.Prices.StreamPrices(ctx, &marketdatav1.StreamPricesRequest{
		Symbols: symbols, UpdateIntervalMs: uint32(Interval / time.Millisecond),
	})
	if err != nil {
		return false, err
	}
	for ; ; came = true {
		message, err := stream.Recv()
		if err != nil {
			return came, err
		}
		watch.Reset(silence)
		f.mu.Lock()
		f.away = missing
		board.put(message.GetUpdate(), time.Now())
		f.mu.Unlock()
	}
}

// because returns why a stream was ended here, or else what the other side said.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && err != nil {
		return cause
	}
	return err
}

// known returns those of the symbols that market data has prices for: one that it does not know yet, because it was listed after
// market data started, must not take the prices of the others away. Missing says which.
func (f *Feed) known(ctx context.Context, symbols []string) (known []string, missing, err error) {
	offered := map[string]bool{}
	for token := ""; ; {
		answer, err := f.options.Prices.ListInstruments(ctx, &marketdatav1.ListInstrumentsRequest{PageSize: page, PageToken: token})
		if err != nil {
			return nil, nil, err
		}
		for _, one := range answer.GetInstruments() {
			offered[one.GetSymbol()] = true
		}
		if token = answer.GetNextPageToken(); token == "" {
			break
		}
	}
	known = slices.DeleteFunc(slices.Clone(symbols), func(symbol string) bool { return !offered[symbol] })
	if len(known) < len(symbols) {
		lost := slices.DeleteFunc(slices.Clone(symbols), func(symbol string) bool { return offered[symbol] })
		missing = errs.New(errs.NotFound, "UNKNOWN_SYMBOL", "market-data has no price of %q: restart it, so that it reads the instruments anew", lost)
	}
	return known, missing, nil
}
