package grpcapi

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

const (
	pending   = exchangev1.OrderStatus_ORDER_STATUS_PENDING
	open      = exchangev1.OrderStatus_ORDER_STATUS_OPEN
	partial   = exchangev1.OrderStatus_ORDER_STATUS_PARTIALLY_FILLED
	filled    = exchangev1.OrderStatus_ORDER_STATUS_FILLED
	cancelled = exchangev1.OrderStatus_ORDER_STATUS_CANCELLED
	expired   = exchangev1.OrderStatus_ORDER_STATUS_EXPIRED
)

// place places an order that must be taken.
func (s *served) placeOne(t testing.TB, request *exchangev1.PlaceOrderRequest) *exchangev1.PlaceOrderResponse {
	t.Helper()
	placed, err := s.TradingServiceClient.PlaceOrder(t.Context(), request)
	require.NoError(t, err)
	return placed
}

// now is how an order of alice stands.
func (s *served) now(t testing.TB, id string) *exchangev1.Order {
	t.Helper()
	found, err := s.TradingServiceClient.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "alice", ClientOrderId: id})
	require.NoError(t, err)
	return found.GetOrder()
}

// trades lets bob trade with himself at a price, so that it is the last one.
func (s *served) trades(t testing.TB, price string) {
	t.Helper()
	loose := order(func(o *exchangev1.NewOrder) {
		o.SelfTradePrevention = exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE
	})
	id := fmt.Sprint("trade-", s.Machine.Stats().Commands)
	s.placeOne(t, limit(id, sell, "0.1", price, of("bob"), loose))
	made := s.placeOne(t, limit(id+"-", buy, "0.1", price, of("bob"), loose))
	require.Equal(t, filled, made.GetOrder().GetStatus())
}

func TestALimitOrderTradesWhatCrossesAndRestsForWhatIsLeft(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "ask", "0.4", "100")
		api.rest(t, buy, "bid", "1", "99")
		placed := api.placeOne(t, limit("mine", buy, "1", "101"))
		one := placed.GetOrder()
		assert.Equal(t, partial, one.GetStatus())
		assert.Equal(t, []string{"0.4", "40", "0.6", ""}, []string{one.GetFilledQuantity(), one.GetFilledQuote(), one.GetRemainingQuantity(), one.GetReason()})
		require.Len(t, placed.GetFills(), 1)
		fill := placed.GetFills()[0]
		assert.Equal(t, []string{"100", "0.4", "40", "0.0002", "BTC"}, []string{
			fill.GetPrice(), fill.GetQuantity(), fill.GetQuoteQuantity(), fill.GetFee(), fill.GetFeeAsset(),
		})
		assert.InDelta(t, 99.5, fill.GetArrivalMid(), 0)
		assert.InDelta(t, 10_000*0.5/99.5, fill.GetSlippageBps(), 1e-9)
		assert.True(t, proto.Equal(one, api.now(t, "mine")))
	})
}

func TestTimesInForce(t *testing.T) {
	in := func(force exchangev1.TimeInForce) func(*exchangev1.PlaceOrderRequest) {
		return order(func(o *exchangev1.NewOrder) { o.TimeInForce = force })
	}
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "ask", "1", "100")
		one := api.placeOne(t, limit("fok", buy, "2", "100", in(fok))).GetOrder()
		assert.Equal(t, []any{expired, "0", "0"}, []any{one.GetStatus(), one.GetFilledQuantity(), one.GetRemainingQuantity()})
		assert.NotEmpty(t, one.GetReason())
		one = api.placeOne(t, limit("ioc", buy, "2", "100", in(ioc))).GetOrder()
		assert.Equal(t, []any{expired, "1", "0"}, []any{one.GetStatus(), one.GetFilledQuantity(), one.GetRemainingQuantity()})
		assert.NotEmpty(t, one.GetReason())
		ends := timestamppb.New(time.Now().Add(time.Minute))
		api.placeOne(t, limit("gtd", buy, "1", "90", in(gtd), order(func(o *exchangev1.NewOrder) { o.ExpireTime = ends })))
		api.placeOne(t, limit("day", buy, "1", "90", in(day)))
		pass(time.Minute)
		api.do(t, &venue.Advance{})
		assert.Equal(t, []any{expired, open}, []any{api.now(t, "gtd").GetStatus(), api.now(t, "day").GetStatus()})
		pass(24 * time.Hour)
		api.do(t, &venue.Advance{})
		assert.Equal(t, expired, api.now(t, "day").GetStatus())
		_, err := api.TradingServiceClient.PlaceOrder(t.Context(), limit("late", buy, "1", "90", in(gtd), order(func(o *exchangev1.NewOrder) { o.ExpireTime = ends })))
		assert.Equal(t, "order.expire_time", requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD").info.GetMetadata()["field"])
	})
}

func TestAMarketOrderTakesAQuantityOrSpendsAnAmount(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "near", "1", "100")
		api.rest(t, sell, "far", "1", "110")
		placed := api.placeOne(t, placing(&exchangev1.NewOrder{Side: buy, Type: market, Quantity: "1.5"}, of("alice")))
		assert.Equal(t, []any{filled, "155"}, []any{placed.GetOrder().GetStatus(), placed.GetOrder().GetFilledQuote()})
		assert.Len(t, placed.GetFills(), 2)
		spent := api.placeOne(t, placing(&exchangev1.NewOrder{Side: buy, Type: market, QuoteQuantity: "22"}, func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "q" }))
		assert.Equal(t, []any{filled, "22", "0.2", "22", ""}, []any{
			spent.GetOrder().GetStatus(), spent.GetOrder().GetFilledQuote(), spent.GetOrder().GetFilledQuantity(),
			spent.GetOrder().GetOrder().GetQuoteQuantity(), spent.GetOrder().GetOrder().GetQuantity(),
		})
		rest := api.placeOne(t, placing(&exchangev1.NewOrder{Side: buy, Type: market, Quantity: "10"}, func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "r" }))
		assert.Equal(t, []any{expired, "0.3"}, []any{rest.GetOrder().GetStatus(), rest.GetOrder().GetFilledQuantity()})
	})
}

func TestStopsAndTakeProfitsWaitForTheirPrice(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.trades(t, "100")
		api.rest(t, buy, "bid", "9", "89")
		waits := map[string]*exchangev1.NewOrder{
			"stop":         {Side: sell, Type: stop, Quantity: "1", StopPrice: "95"},
			"stop-limit":   {Side: sell, Type: stopLimitType, Quantity: "1", StopPrice: "96", Price: "94"},
			"profit":       {Side: buy, Type: takeProfit, Quantity: "0.1", StopPrice: "95", MaxQuote: "200"},
			"profit-limit": {Side: buy, Type: profitLimit, Quantity: "1", StopPrice: "94", Price: "80"},
			"trailing":     {Side: sell, Type: trailingStop, Quantity: "1", TrailingOffset: "5"},
		}
		for id, asked := range waits {
			placed := api.placeOne(t, placing(asked, func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = id }))
			assert.Equal(t, pending, placed.GetOrder().GetStatus(), id)
			assert.NotEmpty(t, placed.GetOrder().GetTriggerPrice(), id)
		}
		assert.Equal(t, "95", api.now(t, "trailing").GetTriggerPrice())
		api.trades(t, "104")
		assert.Equal(t, "99", api.now(t, "trailing").GetTriggerPrice(), "it follows the market")
		api.trades(t, "98")
		assert.Equal(t, []any{filled, "89"}, []any{api.now(t, "trailing").GetStatus(), api.now(t, "trailing").GetFilledQuote()})
		for id := range waits { // its trade at 89 has triggered the others
			assert.NotEqual(t, pending, api.now(t, id).GetStatus(), id)
			assert.Empty(t, api.now(t, id).GetTriggerPrice(), id)
		}
		assert.Equal(t, open, api.now(t, "stop-limit").GetStatus())
		assert.Equal(t, open, api.now(t, "profit-limit").GetStatus())
	})
}

func TestAnIcebergShowsAPartAndAPostOnlyOrderNeverTakes(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		iceberg := api.placeOne(t, limit("ice", sell, "1", "100", order(func(o *exchangev1.NewOrder) { o.DisplayQuantity = "0.2" })))
		assert.Equal(t, "0.2", iceberg.GetOrder().GetOrder().GetDisplayQuantity())
		post := order(func(o *exchangev1.NewOrder) { o.PostOnly = true })
		_, err := api.TradingServiceClient.PlaceOrder(t.Context(), limit("taker", buy, "1", "100", of("bob"), post))
		requireSaid(t, err, codes.FailedPrecondition, "WOULD_TAKE")
		assert.Equal(t, open, api.placeOne(t, limit("maker", buy, "1", "99", of("bob"), post)).GetOrder().GetStatus())
		api.placeOne(t, limit("take", buy, "0.5", "100", of("bob")))
		assert.Equal(t, []any{partial, "0.5"}, []any{api.now(t, "ice").GetStatus(), api.now(t, "ice").GetRemainingQuantity()})
	})
}

func TestOneOfAPairCancelsTheOther(t *testing.T) {
	for name, first := range map[string]exchangev1.OrderType{"limit first": limitType, "stop first": stop} {
		t.Run(name, func(t *testing.T) {
			trade(t, func(t *testing.T, api *served) {
				api.trades(t, "100")
				one := &exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "1", Price: "110"}
				two := &exchangev1.NewOrder{Symbol: "BTC/USD", Side: sell, Type: stop, Quantity: "1", StopPrice: "90"}
				if first == stop {
					one, two = two, one
				}
				placed := api.placeOne(t, placing(one, other(two)))
				require.Len(t, placed.GetLinkedOrders(), 1)
				linked := placed.GetLinkedOrders()[0]
				assert.Equal(t, []any{first, "x"}, []any{placed.GetOrder().GetOrder().GetType(), placed.GetOrder().GetClientOrderId()})
				assert.Equal(t, placed.GetOrder().GetListId(), linked.GetListId())
				assert.NotZero(t, linked.GetListId())
				api.placeOne(t, limit("lift", buy, "1", "110", of("bob")))
				after := map[exchangev1.OrderType]exchangev1.OrderStatus{}
				for _, id := range []uint64{placed.GetOrder().GetOrderId(), linked.GetOrderId()} {
					found, err := api.TradingServiceClient.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "alice", OrderId: id})
					require.NoError(t, err)
					after[found.GetOrder().GetOrder().GetType()] = found.GetOrder().GetStatus()
				}
				assert.Equal(t, map[exchangev1.OrderType]exchangev1.OrderStatus{limitType: filled, stop: cancelled}, after)
			})
		})
	}
}

func TestABracketIsPlacedForWhatTheOrderFilled(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.trades(t, "100")
		placed := api.placeOne(t, placing(&exchangev1.NewOrder{Side: buy, Type: limitType, Quantity: "2", Price: "99"}, legs(
			&exchangev1.NewOrder{Side: sell, Type: limitType, Price: "120"}, &exchangev1.NewOrder{Side: sell, Type: stop, StopPrice: "90"},
		)))
		require.Len(t, placed.GetLinkedOrders(), 2)
		for _, leg := range placed.GetLinkedOrders() {
			assert.Equal(t, []any{pending, placed.GetOrder().GetOrderId()}, []any{leg.GetStatus(), leg.GetListId()})
		}
		api.placeOne(t, limit("fill", sell, "2", "99", of("bob")))
		profit, err := api.TradingServiceClient.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "alice", OrderId: placed.GetLinkedOrders()[0].GetOrderId()})
		require.NoError(t, err)
		assert.Equal(t, []any{open, "2"}, []any{profit.GetOrder().GetStatus(), profit.GetOrder().GetRemainingQuantity()})
	})
}

func TestRulesOfTheVenueRefuseWithTheirReason(t *testing.T) {
	for reason, c := range map[string]struct {
		code    codes.Code
		prepare func(t *testing.T, api *served)
		request *exchangev1.PlaceOrderRequest
	}{
		"UNKNOWN_ACCOUNT":        {codes.NotFound, nil, limit("x", buy, "1", "100", of("carol"))},
		"UNKNOWN_SYMBOL":         {codes.NotFound, nil, limit("x", buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = "X/Y" }))},
		"INSUFFICIENT_BALANCE":   {codes.FailedPrecondition, nil, limit("x", buy, "8000", "2000")},
		"MIN_NOTIONAL":           {codes.FailedPrecondition, nil, limit("x", buy, "0.01", "100")},
		"MAX_QUANTITY":           {codes.FailedPrecondition, nil, limit("x", buy, "9000.00001", "100")},
		"CLIENT_ORDER_ID_REUSED": {codes.AlreadyExists, func(t *testing.T, api *served) { api.placeOne(t, limit("x", buy, "1", "100")) }, limit("x", buy, "1", "101")},
		"MARKET_HALTED":          {codes.FailedPrecondition, func(t *testing.T, api *served) { api.do(t, &venue.Halt{Instrument: bitcoin, Reason: "drill"}) }, limit("x", buy, "1", "100")},
		"ACCOUNT_BLOCKED": {codes.FailedPrecondition, func(t *testing.T, api *served) {
			api.do(t, &venue.SetLimits{Account: "alice", Limits: account.Limits{Blocked: true}})
		}, limit("x", buy, "1", "100")},
		"ORDER_RATE_EXCEEDED": {codes.ResourceExhausted, func(t *testing.T, api *served) {
			api.do(t, &venue.SetLimits{Account: "alice", Limits: account.Limits{PerSecond: 1}})
			api.placeOne(t, limit("first", buy, "1", "100"))
		}, limit("x", buy, "1", "100")},
		"PRICE_OUT_OF_BAND": {codes.FailedPrecondition, func(t *testing.T, api *served) {
			api.do(t, &venue.SetReferences{Quotes: []venue.Quote{{Instrument: bitcoin, Price: 10_000}}})
		}, limit("x", buy, "1", "501")},
		"WOULD_TRIGGER": {
			codes.FailedPrecondition, func(t *testing.T, api *served) { api.trades(t, "100") },
			placing(&exchangev1.NewOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "101"}),
		},
		"INSTRUMENT_UNAVAILABLE": {codes.Unavailable, func(t *testing.T, api *served) { api.fault(t, venue.Fault{Kind: venue.Outage, Instrument: bitcoin}) }, limit("x", buy, "1", "100")},
		"ODD_LOT": {codes.FailedPrecondition, func(t *testing.T, api *served) {
			api.fault(t, venue.Fault{Kind: venue.RejectOrders, Instrument: venue.All, Share: 1, Reason: "ODD_LOT"})
		}, limit("x", buy, "1", "100")},
	} {
		t.Run(reason, func(t *testing.T) {
			trade(t, func(t *testing.T, api *served) {
				if c.prepare != nil {
					c.prepare(t, api)
				}
				_, err := api.TradingServiceClient.PlaceOrder(t.Context(), c.request)
				refused := requireSaid(t, err, c.code, reason)
				assert.Equal(t, "exchange", refused.info.GetDomain())
				if c.code == codes.ResourceExhausted {
					assert.Positive(t, refused.retry.GetRetryDelay().AsDuration())
				}
				_, err = api.TradingServiceClient.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "bob", ClientOrderId: c.request.GetClientOrderId()})
				requireSaid(t, err, codes.NotFound, "UNKNOWN_ORDER")
			})
		})
	}
}

// fault injects a fault for an hour.
func (s *served) fault(t testing.TB, fault venue.Fault) {
	wall, _ := s.Clock()
	fault.ID, fault.From, fault.Until = fmt.Sprint("fault-", fault.Kind), wall.UnixNano(), wall.Add(time.Hour).UnixNano()
	s.do(t, &venue.InjectFault{Fault: fault})
}

func TestTheSameOrderAgainIsAnsweredWithTheOrderAsItIsNowAndTheFillsOfThatTime(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		for n := range 3 {
			api.rest(t, sell, fmt.Sprint("ask", n), "0.1", "100")
		}
		request := limit("mine", buy, "1", "100")
		first := api.placeOne(t, request)
		require.Len(t, first.GetFills(), 3)
		again := api.placeOne(t, request)
		assert.True(t, proto.Equal(first.GetOrder(), again.GetOrder()))
		assert.Equal(t, texts(first.GetFills()), texts(again.GetFills()))
		api.placeOne(t, limit("later", sell, "0.7", "100", of("bob")))
		again = api.placeOne(t, request)
		assert.Equal(t, []any{filled, "1"}, []any{again.GetOrder().GetStatus(), again.GetOrder().GetFilledQuantity()})
		assert.Equal(t, texts(first.GetFills()), texts(again.GetFills()), "what it traded later is not among them")
	})
}

func texts[M proto.Message](messages []M) (all []string) {
	for _, one := range messages {
		encoded, _ := proto.MarshalOptions{Deterministic: true}.Marshal(one)
		all = append(all, string(encoded))
	}
	return all
}

func TestTheSameOrderAgainIsTheSameAfterARestart(t *testing.T) {
	disk := memdisk.New()
	request := limit("mine", buy, "1", "100")
	f := openFloor(t, disk, wallClock)
	_, err := f.PlaceOrder(context.Background(), limit("ask", sell, "0.4", "100", of("bob")))
	require.NoError(t, err)
	first, err := f.PlaceOrder(context.Background(), request)
	require.NoError(t, err)
	disk.Kill()
	restarted := openFloor(t, disk, wallClock)
	again, err := restarted.PlaceOrder(context.Background(), request)
	require.NoError(t, err)
	assert.True(t, proto.Equal(first, again), "%v\n%v", first, again)
	restarted.close(t)
	_ = f.Machine.Close(context.Background()) // its disk is gone
}
