package grpcapi

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestAnOrderIsCancelledOnceByEitherID(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		mine := api.placeOne(t, limit("a", buy, "1", "100")).GetOrder()
		api.placeOne(t, limit("b", buy, "1", "100"))
		gone, err := api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", OrderId: mine.GetOrderId()})
		require.NoError(t, err)
		assert.Equal(t, []any{cancelled, "0"}, []any{gone.GetOrder().GetStatus(), gone.GetOrder().GetRemainingQuantity()})
		_, err = api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: "a"})
		requireSaid(t, err, codes.FailedPrecondition, "ORDER_ENDED")
		_, err = api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "bob", OrderId: mine.GetOrderId()})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_ORDER")
		_, err = api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: "b"})
		require.NoError(t, err)
		_, err = api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice"})
		requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD")
	})
}

func TestAReplacedOrderTradesIfItCrossesAndTheSameRequestAgainChangesNothing(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "ask", "0.4", "101")
		api.placeOne(t, limit("mine", buy, "1", "100"))
		request := &exchangev1.ReplaceOrderRequest{Account: "alice", ClientOrderId: "mine", RequestId: "r1", Quantity: "2", Price: "101"}
		changed, err := api.TradingServiceClient.ReplaceOrder(t.Context(), request)
		require.NoError(t, err)
		assert.Equal(t, []string{"2", "101", "0.4", "1.6"}, []string{
			changed.GetOrder().GetOrder().GetQuantity(), changed.GetOrder().GetOrder().GetPrice(), changed.GetOrder().GetFilledQuantity(), changed.GetOrder().GetRemainingQuantity(),
		})
		require.Len(t, changed.GetFills(), 1)
		again, err := api.TradingServiceClient.ReplaceOrder(t.Context(), request)
		require.NoError(t, err)
		assert.True(t, proto.Equal(changed.GetOrder(), again.GetOrder()))
		assert.Empty(t, again.GetFills())
		byOther := proto.CloneOf(request)
		byOther.ClientOrderId, byOther.OrderId = "", changed.GetOrder().GetOrderId()
		_, err = api.TradingServiceClient.ReplaceOrder(t.Context(), byOther)
		require.NoError(t, err, "the same by the other id")
		request.Price = "102"
		_, err = api.TradingServiceClient.ReplaceOrder(t.Context(), request)
		requireSaid(t, err, codes.AlreadyExists, "CLIENT_ORDER_ID_REUSED")
	})
}

func TestARefusedReplacementLeavesTheOrderAsItWas(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		mine := api.placeOne(t, limit("mine", buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.PostOnly = true }))).GetOrder()
		api.rest(t, sell, "ask", "1", "105")
		for name, c := range map[string]struct {
			request *exchangev1.ReplaceOrderRequest
			code    codes.Code
			reason  string
		}{
			"nothing changes":  {&exchangev1.ReplaceOrderRequest{}, codes.InvalidArgument, "INVALID_FIELD"},
			"a digit too many": {&exchangev1.ReplaceOrderRequest{Quantity: "1.000001"}, codes.InvalidArgument, "INVALID_FIELD"},
			"too dear":         {&exchangev1.ReplaceOrderRequest{Quantity: "8000", Price: "2000"}, codes.FailedPrecondition, "INSUFFICIENT_BALANCE"},
			"would take":       {&exchangev1.ReplaceOrderRequest{Price: "105"}, codes.FailedPrecondition, "WOULD_TAKE"},
			"another order":    {&exchangev1.ReplaceOrderRequest{ClientOrderId: "none", Price: "99"}, codes.NotFound, "UNKNOWN_ORDER"},
		} {
			c.request.Account, c.request.RequestId = "alice", "r"
			if c.request.GetClientOrderId() == "" {
				c.request.ClientOrderId = "mine"
			}
			before, err := api.Machine.Hash(t.Context())
			require.NoError(t, err)
			_, err = api.TradingServiceClient.ReplaceOrder(t.Context(), c.request)
			requireSaid(t, err, c.code, c.reason)
			after, err := api.Machine.Hash(t.Context())
			require.NoError(t, err)
			assert.Equal(t, before, after, name)
		}
		assert.True(t, proto.Equal(mine, api.now(t, "mine")))
	})
}

func TestAllOrdersOfAnAccountOrOfASymbolAreCancelled(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		for n, symbol := range []string{"BTC/USD", "BTC/USD", "ETH/USD"} {
			api.placeOne(t, limit(fmt.Sprint(n), buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = symbol })))
		}
		api.placeOne(t, limit("0", buy, "1", "100", of("alice/bot")))
		gone, err := api.TradingServiceClient.CancelAllOrders(t.Context(), &exchangev1.CancelAllOrdersRequest{Account: "alice", Symbol: "BTC/USD"})
		require.NoError(t, err)
		assert.EqualValues(t, 2, gone.GetCancelled())
		gone, err = api.TradingServiceClient.CancelAllOrders(t.Context(), &exchangev1.CancelAllOrdersRequest{Account: "alice"})
		require.NoError(t, err)
		assert.EqualValues(t, 1, gone.GetCancelled(), "those of the sub-account stay")
		_, err = api.TradingServiceClient.CancelAllOrders(t.Context(), &exchangev1.CancelAllOrdersRequest{Account: "alice", Symbol: "X/Y"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
		_, err = api.TradingServiceClient.CancelAllOrders(t.Context(), &exchangev1.CancelAllOrdersRequest{Account: "carol"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_ACCOUNT")
	})
}

func TestOrdersAreListedNewestFirstInPagesAndNarrowedDown(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		const many = 2*looksAtOnce + 7
		var ethers []string
		for n := range many {
			symbol := "BTC/USD"
			if n%100 == 0 {
				symbol = "ETH/USD"
			}
			id := fmt.Sprint(n)
			api.placeOne(t, limit(id, buy, "0.1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = symbol })))
			if n%500 == 0 {
				ethers = append(ethers, id)
				continue
			}
			_, err := api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: id})
			require.NoError(t, err)
		}
		slices.Reverse(ethers)
		assert.Len(t, api.list(t, &exchangev1.ListOrdersRequest{Account: "alice", PageSize: 1000}), many)
		got := api.list(t, &exchangev1.ListOrdersRequest{Account: "alice", Symbol: "ETH/USD", OpenOnly: true, PageSize: 1})
		assert.Equal(t, ethers, got)
		assert.Empty(t, api.list(t, &exchangev1.ListOrdersRequest{Account: "bob"}))
		page, err := api.TradingServiceClient.ListOrders(t.Context(), &exchangev1.ListOrdersRequest{Account: "alice"})
		require.NoError(t, err)
		assert.Len(t, page.GetOrders(), DefaultPage)
		for field, request := range map[string]*exchangev1.ListOrdersRequest{
			"account": {}, "page_size": {Account: "alice", PageSize: 1001}, "page_token": {Account: "alice", OpenOnly: true, PageToken: page.GetNextPageToken()},
		} {
			_, err := api.TradingServiceClient.ListOrders(t.Context(), request)
			assert.Equal(t, field, requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD").info.GetMetadata()["field"])
		}
		_, err = api.TradingServiceClient.ListOrders(t.Context(), &exchangev1.ListOrdersRequest{Account: "carol"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_ACCOUNT")
	})
}

// list reads all pages and returns the clients' ids.
func (s *served) list(t testing.TB, request *exchangev1.ListOrdersRequest) (ids []string) {
	for first := true; first || request.PageToken != ""; first = false {
		page, err := s.TradingServiceClient.ListOrders(t.Context(), request)
		require.NoError(t, err)
		for _, one := range page.GetOrders() {
			ids = append(ids, one.GetClientOrderId())
		}
		request.PageToken = page.GetNextPageToken()
	}
	return ids
}

func TestALatencyFaultHoldsOrdersOfItsInstrumentUp(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.Random = func(below int64) int64 { return below - 1 }
		api.faults.active.Store(&venue.Fault{Kind: venue.EntryLatency, Instrument: bitcoin, Delay: int64(2 * time.Second), Jitter: int64(time.Second)})
		took := func(call func() error) time.Duration {
			began := time.Now()
			require.NoError(t, call())
			return time.Since(began)
		}
		assert.Equal(t, 3*time.Second-1, took(func() error {
			_, err := api.TradingServiceClient.PlaceOrder(t.Context(), limit("x", buy, "1", "100"))
			return err
		}))
		assert.Zero(t, took(func() error {
			_, err := api.TradingServiceClient.PlaceOrder(t.Context(), limit("y", buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = "ETH/USD" })))
			return err
		}), "another instrument")
		assert.Zero(t, took(func() error { api.now(t, "x"); return nil }), "a look")
		assert.Equal(t, 3*time.Second-1, took(func() error {
			_, err := api.TradingServiceClient.ReplaceOrder(t.Context(), &exchangev1.ReplaceOrderRequest{Account: "alice", ClientOrderId: "x", RequestId: "r", Price: "99"})
			return err
		}))
		assert.Zero(t, took(func() error {
			_, err := api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: "y"})
			return err
		}))
		assert.Equal(t, 3*time.Second-1, took(func() error {
			_, err := api.TradingServiceClient.CancelOrder(t.Context(), &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: "x"})
			return err
		}))
	})
}

func TestACallerWhoseTimeEndsDuringALatencyFaultHasChangedNothing(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.faults.active.Store(&venue.Fault{Kind: venue.EntryLatency, Instrument: venue.All, Delay: int64(time.Minute)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := api.TradingServiceClient.PlaceOrder(ctx, limit("x", buy, "1", "100"))
		assert.Equal(t, codes.DeadlineExceeded, status.Code(err))
		pass(time.Hour)
		_, err = api.TradingServiceClient.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "alice", ClientOrderId: "x"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_ORDER")
	})
}
