package grpcapi

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Short names of the wire, for tables.
const (
	market        = exchangev1.OrderType_ORDER_TYPE_MARKET
	stop          = exchangev1.OrderType_ORDER_TYPE_STOP
	stopLimitType = exchangev1.OrderType_ORDER_TYPE_STOP_LIMIT
	takeProfit    = exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT
	profitLimit   = exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT_LIMIT
	trailingStop  = exchangev1.OrderType_ORDER_TYPE_TRAILING_STOP
	limitType     = exchangev1.OrderType_ORDER_TYPE_LIMIT

	gtc = exchangev1.TimeInForce_TIME_IN_FORCE_GTC
	ioc = exchangev1.TimeInForce_TIME_IN_FORCE_IOC
	fok = exchangev1.TimeInForce_TIME_IN_FORCE_FOK
	gtd = exchangev1.TimeInForce_TIME_IN_FORCE_GTD
	day = exchangev1.TimeInForce_TIME_IN_FORCE_DAY
)

// listed is a desk that can read requests, and nothing else.
func listed(t testing.TB) *Desk {
	rules := rulebook(t)
	listing, err := instrument.NewListing(rules.Assets, rules.Instruments)
	require.NoError(t, err)
	return &Desk{Listing: listing}
}

// placing is a request for 2 BTC in one order.
func placing(order *exchangev1.NewOrder, change ...func(*exchangev1.PlaceOrderRequest)) *exchangev1.PlaceOrderRequest {
	order.Symbol = "BTC/USD"
	request := &exchangev1.PlaceOrderRequest{Account: "alice", ClientOrderId: "x", Order: order}
	for _, one := range change {
		one(request)
	}
	return request
}

func legs(profit, loss *exchangev1.NewOrder) func(*exchangev1.PlaceOrderRequest) {
	return func(request *exchangev1.PlaceOrderRequest) { request.TakeProfit, request.StopLoss = profit, loss }
}

func other(order *exchangev1.NewOrder) func(*exchangev1.PlaceOrderRequest) {
	return func(request *exchangev1.PlaceOrderRequest) { request.OneCancelsOther = order }
}

func TestEveryKindOfOrderIsReadWithItsDefaults(t *testing.T) {
	friday := timestamppb.New(time.Date(2030, 1, 4, 12, 0, 0, 5, time.UTC))
	for name, c := range map[string]struct {
		asked *exchangev1.NewOrder
		want  venue.Order
	}{
		"a limit order rests until it is cancelled, and does not trade with its owner": {
			&exchangev1.NewOrder{Side: buy, Type: limitType, Quantity: "2", Price: "100.01"},
			venue.Order{Lots: 200_000, Price: 10_001, SelfTrade: matching.ExpireTaker},
		},
		"a post-only iceberg until a time": {
			&exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "2", Price: "100", PostOnly: true, DisplayQuantity: "0.5", TimeInForce: gtd, ExpireTime: friday},
			venue.Order{Side: 1, Lots: 200_000, Price: 10_000, PostOnly: true, Display: 50_000, Force: matching.GTD, Expiry: friday.AsTime().UnixNano(), SelfTrade: matching.ExpireTaker},
		},
		"a market order takes what it gets": {
			&exchangev1.NewOrder{Side: buy, Type: market, Quantity: "2"},
			venue.Order{Type: matching.Market, Force: matching.IOC, Lots: 200_000, SelfTrade: matching.ExpireTaker},
		},
		"a market order for an amount": {
			&exchangev1.NewOrder{Side: sell, Type: market, QuoteQuantity: "12.3456789", TimeInForce: ioc},
			venue.Order{Side: 1, Type: matching.Market, Force: matching.IOC, Quote: 123_456_789, SelfTrade: matching.ExpireTaker},
		},
		"all or nothing": {
			&exchangev1.NewOrder{Side: sell, Type: market, Quantity: "0.00001", TimeInForce: fok},
			venue.Order{Side: 1, Type: matching.Market, Force: matching.FOK, Lots: 1, SelfTrade: matching.ExpireTaker},
		},
		"a stop for a buy says what it may spend": {
			&exchangev1.NewOrder{Side: buy, Type: stop, Quantity: "1", StopPrice: "110", MaxQuote: "150", TriggerSource: exchangev1.TriggerSource_TRIGGER_SOURCE_BEST_PRICE},
			venue.Order{Type: matching.Stop, Lots: 100_000, Trigger: 11_000, MaxQuote: 1_500_000_000, TriggerBy: matching.BestPrice, SelfTrade: matching.ExpireTaker},
		},
		"a stop limit until midnight": {
			&exchangev1.NewOrder{Side: buy, Type: stopLimitType, Quantity: "1", StopPrice: "110", Price: "111", TimeInForce: day},
			venue.Order{Type: matching.StopLimit, Lots: 100_000, Trigger: 11_000, Price: 11_100, Force: matching.Day, SelfTrade: matching.ExpireTaker},
		},
		"a take-profit": {
			&exchangev1.NewOrder{Side: sell, Type: takeProfit, Quantity: "1", StopPrice: "110", SelfTradePrevention: exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE},
			venue.Order{Side: 1, Type: matching.TakeProfit, Lots: 100_000, Trigger: 11_000},
		},
		"a take-profit with a limit": {
			&exchangev1.NewOrder{Side: sell, Type: profitLimit, Quantity: "1", StopPrice: "110", Price: "109", SelfTradePrevention: exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_DECREMENT},
			venue.Order{Side: 1, Type: matching.TakeProfitLimit, Lots: 100_000, Trigger: 11_000, Price: 10_900, SelfTrade: matching.Decrement},
		},
		"a trailing stop starts from the market": {
			&exchangev1.NewOrder{Side: sell, Type: trailingStop, Quantity: "1", TrailingOffset: "5", TimeInForce: gtc},
			venue.Order{Side: 1, Type: matching.TrailingStop, Lots: 100_000, Trail: 500, SelfTrade: matching.ExpireTaker},
		},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := listed(t).place(placing(c.asked))
			require.NoError(t, err)
			assert.Equal(t, &venue.Place{Account: "alice", ClientID: "x", Instrument: bitcoin, Order: c.want}, read)
		})
	}
}

func TestPairsAndBracketsAreRead(t *testing.T) {
	desk := listed(t)
	pair, err := desk.place(placing(&exchangev1.NewOrder{Side: sell, Type: trailingStop, Quantity: "2", TrailingOffset: "5"},
		other(&exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "2.00000", Price: "120"})))
	require.NoError(t, err)
	assert.Equal(t, []matching.Type{matching.TrailingStop, matching.Limit}, []matching.Type{pair.Order.Type, pair.Other.Type})
	assert.EqualValues(t, 200_000, pair.Other.Lots)
	bracket, err := desk.place(placing(&exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "2", Price: "100"}, legs(
		&exchangev1.NewOrder{Symbol: "BTC/USD", Side: buy, Type: limitType, Price: "90", DisplayQuantity: "1"},
		&exchangev1.NewOrder{Side: buy, Type: stop, StopPrice: "110", MaxQuote: "300"},
	)))
	require.NoError(t, err)
	assert.Equal(t, venue.Order{Price: 9_000, Display: 100_000, SelfTrade: matching.ExpireTaker}, *bracket.TakeProfit)
	assert.Equal(t, venue.Order{Type: matching.Stop, Trigger: 11_000, MaxQuote: 3_000_000_000, SelfTrade: matching.ExpireTaker}, *bracket.StopLoss)
}

// The makers of requests with one change.
type newOrder = exchangev1.NewOrder

func limited() *newOrder { return &newOrder{Side: buy, Type: limitType, Quantity: "2", Price: "100"} }

func with(change func(*newOrder)) *exchangev1.PlaceOrderRequest {
	return placing(limited(), order(change))
}

func bracketed(profit, loss *newOrder) *exchangev1.PlaceOrderRequest {
	return placing(limited(), legs(profit, loss))
}

func changed(change func(*exchangev1.PlaceOrderRequest)) *exchangev1.PlaceOrderRequest {
	return placing(limited(), change)
}

// malformed are requests of which one field cannot be right, by its path.
type malformedCases = map[string]map[string]*exchangev1.PlaceOrderRequest

func malformed() malformedCases {
	all := malformedIDs()
	maps.Copy(all, malformedPrices())
	maps.Copy(all, malformedLegs())
	return all
}

func malformedIDs() malformedCases {
	return malformedCases{
		"account": {"none": changed(of(""))},
		"client_order_id": {
			"none": changed(func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "" }), "a blank": changed(func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "a b" }),
			"long":   changed(func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = strings.Repeat("x", 65) }),
			"umlaut": changed(func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "ü" }), "control": changed(func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "a\x7f" }),
		},
		"order":      {"none": {Account: "alice", ClientOrderId: "x"}},
		"order.side": {"none": with(func(o *newOrder) { o.Side = 0 }), "unknown": with(func(o *newOrder) { o.Side = 3 })},
		"order.type": {
			"none": with(func(o *newOrder) { o.Type = 0 }), "unknown": with(func(o *newOrder) { o.Type = 99 }),
			"a market order cannot carry legs": placing(&newOrder{Side: buy, Type: market, Quantity: "1"}, legs(&newOrder{Side: sell, Type: limitType, Price: "1"}, nil)),
		},
		"order.self_trade_prevention": {"unknown": with(func(o *newOrder) { o.SelfTradePrevention = 9 })},
		"order.trigger_source": {
			"unknown":          placing(&newOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "1", TriggerSource: 7}),
			"of a limit order": with(func(o *newOrder) { o.TriggerSource = exchangev1.TriggerSource_TRIGGER_SOURCE_LAST_TRADE }),
		},
		"order.time_in_force": {
			"unknown": with(func(o *newOrder) { o.TimeInForce = -1 }), "a market order does not rest": placing(&newOrder{Side: buy, Type: market, Quantity: "1", TimeInForce: gtc}),
			"all or nothing of an amount": placing(&newOrder{Side: buy, Type: market, QuoteQuantity: "10", TimeInForce: fok}),
		},
		"order.expire_time": {
			"none": with(func(o *newOrder) { o.TimeInForce = gtd }), "without GTD": with(func(o *newOrder) { o.ExpireTime = timestamppb.Now() }),
			"before 1970": with(func(o *newOrder) { o.TimeInForce, o.ExpireTime = gtd, &timestamppb.Timestamp{Seconds: -1} }),
			"1970":        with(func(o *newOrder) { o.TimeInForce, o.ExpireTime = gtd, &timestamppb.Timestamp{} }),
			"year 9999":   with(func(o *newOrder) { o.TimeInForce, o.ExpireTime = gtd, &timestamppb.Timestamp{Seconds: 253402300799} }),
			"bad nanos":   with(func(o *newOrder) { o.TimeInForce, o.ExpireTime = gtd, &timestamppb.Timestamp{Seconds: 2e9, Nanos: -5} }),
		},
		"order.quantity": {
			"none": with(func(o *newOrder) { o.Quantity = "" }), "zero": with(func(o *newOrder) { o.Quantity = "0" }), "negative": with(func(o *newOrder) { o.Quantity = "-1" }),
			"a digit too many": with(func(o *newOrder) { o.Quantity = "2.000000" }), "words": with(func(o *newOrder) { o.Quantity = "two" }),
			"exponent": with(func(o *newOrder) { o.Quantity = "1e3" }), "long": with(func(o *newOrder) { o.Quantity = strings.Repeat("9", 5000) }),
			"beyond what is counted":              with(func(o *newOrder) { o.Quantity = "900000000" }),
			"beyond what is counted at its price": with(func(o *newOrder) { o.Quantity, o.Price = "700000000", "700000000000" }),
		},
		"order.quote_quantity": {
			"of a limit order": with(func(o *newOrder) { o.QuoteQuantity = "5" }), "beside a quantity": placing(&newOrder{Side: buy, Type: market, Quantity: "1", QuoteQuantity: "5"}),
			"zero": placing(&newOrder{Side: buy, Type: market, QuoteQuantity: "0"}), "a digit too many": placing(&newOrder{Side: buy, Type: market, QuoteQuantity: "5.00000001"}),
		},
	}
}

func malformedPrices() malformedCases {
	return malformedCases{
		"order.price": {
			"none": with(func(o *newOrder) { o.Price = "" }), "zero": with(func(o *newOrder) { o.Price = "0.00" }), "negative": with(func(o *newOrder) { o.Price = "-3" }),
			"a digit too many": with(func(o *newOrder) { o.Price = "100.001" }), "of a market order": placing(&newOrder{Side: buy, Type: market, Quantity: "1", Price: "1"}),
			"beyond what is counted": with(func(o *newOrder) { o.Price = "800000000000" }), "of a stop": placing(&newOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "1", Price: "1"}),
		},
		"order.stop_price": {
			"none": placing(&newOrder{Side: sell, Type: stop, Quantity: "1"}), "of a limit order": with(func(o *newOrder) { o.StopPrice = "1" }),
			"a digit too many":   placing(&newOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "1.001"}),
			"of a trailing stop": placing(&newOrder{Side: sell, Type: trailingStop, Quantity: "1", TrailingOffset: "1", StopPrice: "90"}),
		},
		"order.trailing_offset": {
			"none": placing(&newOrder{Side: sell, Type: trailingStop, Quantity: "1"}), "of a limit order": with(func(o *newOrder) { o.TrailingOffset = "1" }),
			"zero": placing(&newOrder{Side: sell, Type: trailingStop, Quantity: "1", TrailingOffset: "0"}),
		},
		"order.max_quote": {
			"none of a stop": placing(&newOrder{Side: buy, Type: stop, Quantity: "1", StopPrice: "1"}), "none of a take-profit": placing(&newOrder{Side: buy, Type: takeProfit, Quantity: "1", StopPrice: "1"}),
			"none of a trailing stop": placing(&newOrder{Side: buy, Type: trailingStop, Quantity: "1", TrailingOffset: "1"}),
			"of a sell":               placing(&newOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "1", MaxQuote: "1"}),
			"of a stop limit":         placing(&newOrder{Side: buy, Type: stopLimitType, Quantity: "1", StopPrice: "1", Price: "1", MaxQuote: "1"}),
			"of a market order":       placing(&newOrder{Side: buy, Type: market, Quantity: "1", MaxQuote: "1"}),
			"zero":                    placing(&newOrder{Side: buy, Type: stop, Quantity: "1", StopPrice: "1", MaxQuote: "0"}),
		},
		"order.display_quantity": {
			"the whole": with(func(o *newOrder) { o.DisplayQuantity = "2" }), "a digit too many": with(func(o *newOrder) { o.DisplayQuantity = "0.123456" }),
			"of what never rests": with(func(o *newOrder) { o.DisplayQuantity, o.TimeInForce = "1", ioc }),
			"of a stop limit":     placing(&newOrder{Side: buy, Type: stopLimitType, Quantity: "2", StopPrice: "1", Price: "1", DisplayQuantity: "1"}),
		},
		"order.post_only": {
			"of what never rests": with(func(o *newOrder) { o.PostOnly, o.TimeInForce = true, fok }), "of a market order": placing(&newOrder{Side: buy, Type: market, Quantity: "1", PostOnly: true}),
		},
	}
}

func malformedLegs() malformedCases {
	return malformedCases{
		"one_cancels_other":          {"beside legs": placing(limited(), other(&newOrder{Side: buy, Type: stop, Quantity: "2", StopPrice: "110", MaxQuote: "1"}), legs(nil, &newOrder{}))},
		"one_cancels_other.symbol":   {"another": placing(limited(), other(&newOrder{Symbol: "ETH/USD", Side: buy, Type: stop, Quantity: "2", StopPrice: "110", MaxQuote: "1"}))},
		"one_cancels_other.side":     {"the other": placing(limited(), other(&newOrder{Side: sell, Type: stop, Quantity: "2", StopPrice: "110"}))},
		"one_cancels_other.quantity": {"another": placing(limited(), other(&newOrder{Side: buy, Type: stop, Quantity: "1", StopPrice: "110", MaxQuote: "1"})), "none": placing(limited(), other(&newOrder{Side: buy, Type: stop, StopPrice: "110", MaxQuote: "1"}))},
		"one_cancels_other.type": {
			"two limits": placing(limited(), other(limited())), "a take-profit": placing(limited(), other(&newOrder{Side: buy, Type: takeProfit, Quantity: "2", StopPrice: "90", MaxQuote: "1"})),
			"two stops":         placing(&newOrder{Side: sell, Type: stop, Quantity: "2", StopPrice: "90"}, other(&newOrder{Side: sell, Type: stop, Quantity: "2", StopPrice: "80"})),
			"to a market order": placing(&newOrder{Side: sell, Type: market, Quantity: "2"}, other(&newOrder{Side: sell, Type: stop, Quantity: "2", StopPrice: "80"})),
		},
		"one_cancels_other.price":      {"a digit too many": placing(&newOrder{Side: sell, Type: stop, Quantity: "2", StopPrice: "90"}, other(&newOrder{Side: sell, Type: limitType, Quantity: "2", Price: "0.001"}))},
		"take_profit.quantity":         {"given": bracketed(&newOrder{Side: sell, Type: limitType, Price: "110", Quantity: "2"}, nil)},
		"take_profit.quote_quantity":   {"given": bracketed(&newOrder{Side: sell, Type: limitType, Price: "110", QuoteQuantity: "2"}, nil)},
		"take_profit.side":             {"the same": bracketed(&newOrder{Side: buy, Type: limitType, Price: "110"}, nil), "none": bracketed(&newOrder{Type: limitType, Price: "110"}, nil)},
		"take_profit.type":             {"a stop": bracketed(&newOrder{Side: sell, Type: stop, StopPrice: "110"}, nil), "a market order": bracketed(&newOrder{Side: sell, Type: market}, nil)},
		"take_profit.symbol":           {"another": bracketed(&newOrder{Symbol: "ETH/USD", Side: sell, Type: limitType, Price: "110"}, nil)},
		"take_profit.display_quantity": {"the whole": bracketed(&newOrder{Side: sell, Type: limitType, Price: "110", DisplayQuantity: "2"}, nil)},
		"stop_loss.type":               {"a limit order": bracketed(nil, &newOrder{Side: sell, Type: limitType, Price: "90"})},
		"stop_loss.stop_price":         {"none": bracketed(nil, &newOrder{Side: sell, Type: stop})},
		"stop_loss.max_quote":          {"of a sell": bracketed(nil, &newOrder{Side: sell, Type: stop, StopPrice: "90", MaxQuote: "1"})},
	}
}

func TestAMalformedFieldIsRefusedByItsNameWithItsValueAndWhatIsWanted(t *testing.T) {
	desk := listed(t)
	for field, cases := range malformed() {
		for name, request := range cases {
			t.Run(field+"/"+name, func(t *testing.T) {
				_, err := desk.place(request)
				requireInvalid(t, err, field)
			})
		}
	}
}

// requireInvalid wants the error of a field, short enough for a header.
func requireInvalid(t *testing.T, err error, field string) {
	t.Helper()
	var refused *errs.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, errs.Invalid, refused.Kind, refused.Message)
	assert.Equal(t, field, refused.Metadata["field"], refused.Message)
	assert.Equal(t, field, refused.Violations[0].GetField())
	assert.Contains(t, refused.Metadata, "value")
	assert.True(t, strings.HasPrefix(refused.Message, field), refused.Message)
	assert.Less(t, len(refused.Message), 500)
}

func TestAnUnknownSymbolIsNotFoundByTheNameOfItsField(t *testing.T) {
	for _, symbol := range []string{"", "DOGE/USD", strings.Repeat("ü", 5000)} {
		_, err := listed(t).place(limit("x", buy, "1", "1", order(func(o *exchangev1.NewOrder) { o.Symbol = symbol })))
		var refused *errs.Error
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, errs.NotFound, refused.Kind)
		assert.Equal(t, "UNKNOWN_SYMBOL", refused.Reason)
		assert.Equal(t, "order.symbol", refused.Metadata["field"])
	}
}

func TestAnOrderIsNamedByOneOfItsIDs(t *testing.T) {
	for name, c := range map[string]struct {
		account, client string
		order           uint64
		field           string
	}{
		"no account": {"", "x", 0, "account"}, "no id": {"alice", "", 0, "order_id"}, "both": {"alice", "x", 7, "client_order_id"},
		"no such id": {"alice", "two words", 0, "client_order_id"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := target(c.account, c.order, c.client)
			requireInvalid(t, err, c.field)
		})
	}
	meant, err := target("alice", 7, "")
	require.NoError(t, err)
	assert.Equal(t, venue.Target{Account: "alice", Order: 7}, meant)
}

func TestAReplacementIsReadInTheStepsOfItsOrder(t *testing.T) {
	desk := listed(t)
	of := &venue.Record{ID: 7, Instrument: ether}
	read, err := desk.replacement(of, &exchangev1.ReplaceOrderRequest{Account: "alice", ClientOrderId: "x", RequestId: "r", Quantity: "1.5", Price: "20"})
	require.NoError(t, err)
	assert.Equal(t, &venue.Replace{Target: venue.Target{Account: "alice", Order: 7}, RequestID: "r", Lots: 15_000, Price: 2_000}, read)
	for field, asked := range map[string]*exchangev1.ReplaceOrderRequest{
		"quantity": {Quantity: "1.00001"}, "price": {Price: "-1"},
	} {
		_, err := desk.replacement(of, asked)
		requireInvalid(t, err, field)
	}
	requireInvalid(t, checkReplacement(&exchangev1.ReplaceOrderRequest{RequestId: "r"}), "quantity")
	requireInvalid(t, checkReplacement(&exchangev1.ReplaceOrderRequest{Price: "1"}), "request_id")
}
