package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestALimitOrderTradesWhatCrossesAndRestsForWhatIsLeft(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "ask", "0.4", "100")
		api.rest(t, buy, "bid", "1", "99")
		placed, err := api.TradingServiceClient.PlaceOrder(t.Context(), limit("mine", buy, "1", "101"))
		require.NoError(t, err)
		one := placed.GetOrder()
		assert.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_PARTIALLY_FILLED, one.GetStatus())
		assert.Equal(t, []string{"0.4", "40", "0.6", ""}, []string{one.GetFilledQuantity(), one.GetFilledQuote(), one.GetRemainingQuantity(), one.GetReason()})
		require.Len(t, placed.GetFills(), 1)
		fill := placed.GetFills()[0]
		t.Log(placed)
		assert.Equal(t, []string{"100", "0.4", "40", "0.0002", "BTC"}, []string{
			fill.GetPrice(), fill.GetQuantity(), fill.GetQuoteQuantity(), fill.GetFee(), fill.GetFeeAsset(),
		})
		assert.InDelta(t, 99.5, fill.GetArrivalMid(), 0)
		assert.InDelta(t, 10_000*0.5/99.5, fill.GetSlippageBps(), 1e-9)
	})
}
