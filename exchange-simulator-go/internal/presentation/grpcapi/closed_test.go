package grpcapi

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestWhileNoOrdersAreTakenThoseThereAreCanBeCancelled(t *testing.T) {
	h := openHouse(t)
	h.fund("alice", "1000")
	h.bid("alice", "first", 50_00, 1)
	full := errs.New(errs.ResourceExhausted, "EVENT_LOG_FULL", "no room")
	h.Closed = func() error { return full }
	s := NewTradingServer(h.Desk)
	request := &exchangev1.PlaceOrderRequest{Account: "alice", ClientOrderId: "second", Order: &exchangev1.NewOrder{
		Symbol: "BTC/USD", Side: exchangev1.Side_SIDE_BUY, Type: exchangev1.OrderType_ORDER_TYPE_LIMIT, Quantity: "0.001", Price: "50",
	}}
	_, err := s.PlaceOrder(t.Context(), request)
	assertRefused(t, err, errs.ResourceExhausted, "EVENT_LOG_FULL")
	cancelled, err := s.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: "first"})
	require.NoError(t, err)
	assert.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_CANCELLED, cancelled.GetOrder().GetStatus())
	h.Closed = func() error { return nil }
	_, err = s.PlaceOrder(t.Context(), request)
	require.NoError(t, err)
}
