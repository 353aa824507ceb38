package book

import (
	"context"
	"time"

	"github.com/trading-ecosystem/fleet/internal/subscription"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Follow hands over the messages of a book until take returns false or ctx ends. When the stream breaks, or take returns an error because it
// cannot apply a message, it tells trouble and begins anew with a snapshot. Errors are those of subscription.Keep.
func Follow(ctx context.Context, client exchangev1.MarketServiceClient, symbol string,
	take func(*exchangev1.StreamOrderBookResponse) (more bool, err error), trouble func(err error, retryIn time.Duration),
) error {
	return subscription.Keep(ctx, func(ctx context.Context) (came bool, err error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := client.StreamOrderBook(ctx, &exchangev1.StreamOrderBookRequest{Symbol: symbol})
		if err != nil {
			return false, err
		}
		for {
			message, err := stream.Recv()
			if err != nil {
				return came, err
			}
			more, err := take(message)
			if err != nil {
				return came, err
			}
			if !more {
				return true, subscription.ErrEnough
			}
			came = true
		}
	}, trouble)
}
