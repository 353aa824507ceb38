// Package trades follows the trades of the exchange, and shows each as a line.
package trades

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/orders"
	"github.com/trading-ecosystem/fleet/internal/subscription"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Line renders a trade as one line. The side is that of the order that took.
func Line(trade *exchangev1.PublicTrade) string {
	return fmt.Sprintf("%s %s %s %s at %s trade %d sequence %d", trade.GetTime().AsTime().UTC().Format("2006-01-02T15:04:05.000Z"),
		trade.GetSymbol(), orders.SideName(trade.GetTakerSide()), trade.GetQuantity(), trade.GetPrice(), trade.GetTradeId(), trade.GetSequence())
}

// Follow hands over each trade of a symbol after one that was seen, once and in order, until handle returns false or ctx ends; after nil
// it begins with what happens from now on. A stream that breaks is resumed, and trouble is told; when the trades between are no longer
// retained they are left out. Errors are those of subscription.Keep.
func Follow(ctx context.Context, client exchangev1.MarketServiceClient, symbol string, seen *exchangev1.PublicTrade,
	handle func(*exchangev1.PublicTrade) bool, trouble func(err error, retryIn time.Duration),
) error {
	from := seen.GetSequence() // again, since several trades may be of one event
	return subscription.Keep(ctx, func(ctx context.Context) (came bool, err error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := client.StreamTrades(ctx, &exchangev1.StreamTradesRequest{Symbols: []string{symbol}, FromSequence: from})
		if err != nil {
			return false, err
		}
		for {
			response, err := stream.Recv()
			if status.Code(err) == codes.OutOfRange {
				from, came = 0, true // it has answered: go on from now
			}
			if err != nil {
				return came, err
			}
			trade := response.GetTrade()
			came, from = true, trade.GetSequence()
			if trade.GetTradeId() <= seen.GetTradeId() {
				continue
			}
			seen = trade
			if !handle(trade) {
				return came, subscription.ErrEnough
			}
		}
	}, trouble)
}
