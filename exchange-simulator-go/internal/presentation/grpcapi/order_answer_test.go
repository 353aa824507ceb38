package grpcapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// drawOrder draws an order that is right in itself, with every default said and every decimal in its shortest form.
func drawOrder(t *rapid.T) *exchangev1.NewOrder {
	decimal := func(name string) string { return rapid.StringMatching(`[1-9][0-9]{0,3}(\.[0-9][1-9])?`).Draw(t, name) }
	o := &exchangev1.NewOrder{
		Symbol: "ETH/USD", Side: rapid.SampledFrom([]exchangev1.Side{buy, sell}).Draw(t, "side"), Quantity: decimal("quantity"),
		Type:                exchangev1.OrderType(rapid.Int32Range(1, 7).Draw(t, "type")),
		TimeInForce:         exchangev1.TimeInForce(rapid.Int32Range(1, 5).Draw(t, "force")),
		SelfTradePrevention: exchangev1.SelfTradePrevention(rapid.Int32Range(1, 5).Draw(t, "self trade")),
	}
	shape := shapes[o.Type]
	if o.Type == market {
		o.TimeInForce = rapid.SampledFrom([]exchangev1.TimeInForce{ioc, fok}).Draw(t, "market force")
		if o.TimeInForce == ioc && rapid.Bool().Draw(t, "by quote") {
			o.Quantity, o.QuoteQuantity = "", decimal("quote")
		}
	}
	if shape.price {
		o.Price = decimal("price")
	}
	if shape.stop {
		o.StopPrice = decimal("stop")
	}
	if shape.trail {
		o.TrailingOffset = decimal("trail")
	}
	if shape.waits() {
		o.TriggerSource = exchangev1.TriggerSource(rapid.Int32Range(1, 2).Draw(t, "trigger"))
		if o.Side == buy && !shape.price {
			o.MaxQuote = decimal("max quote")
		}
	}
	if o.TimeInForce == gtd {
		o.ExpireTime = timestamppb.New(time.Unix(rapid.Int64Range(1, 9e9).Draw(t, "end"), rapid.Int64Range(0, 999_999_999).Draw(t, "part")))
	}
	if o.Type == limitType && o.TimeInForce != ioc && o.TimeInForce != fok {
		o.PostOnly = rapid.Bool().Draw(t, "post only")
		o.DisplayQuantity = rapid.SampledFrom([]string{"", "0.0001", "0.9"}).Draw(t, "display")
	}
	return o
}

func TestAnOrderIsShownAsItWasAskedFor(t *testing.T) {
	desk := listed(t)
	rapid.Check(t, func(t *rapid.T) {
		asked := drawOrder(t)
		read, err := desk.newOrder("order", ether, asked)
		require.NoError(t, err)
		shown := desk.writeNewOrder(&desk.Listing.Instruments[ether], &read)
		require.True(t, proto.Equal(asked, shown), "asked %v\nshown %v", asked, shown)
	})
}

func TestAnOrderIsShownAsItStands(t *testing.T) {
	desk := listed(t)
	record := venue.Record{
		ID: 9, Instrument: bitcoin, ClientID: "x", Status: venue.Pending, Filled: 100_000, Spent: 123_456_789, Remaining: 300_000, Trigger: 9_500,
		List: 8, Created: 1e18 + 5, Updated: 1e18 + 7, Order: venue.Order{Side: 1, Type: matching.TrailingStop, Lots: 400_000, Trail: 500},
	}
	want := &exchangev1.Order{
		OrderId: 9, Account: "alice", ClientOrderId: "x", Status: exchangev1.OrderStatus_ORDER_STATUS_PENDING, FilledQuantity: "1", FilledQuote: "12.3456789",
		RemainingQuantity: "3", TriggerPrice: "95", ListId: 8,
		CreatedTime: &timestamppb.Timestamp{Seconds: 1e9, Nanos: 5}, UpdatedTime: &timestamppb.Timestamp{Seconds: 1e9, Nanos: 7},
		Order: &exchangev1.NewOrder{
			Symbol: "BTC/USD", Side: sell, Type: trailingStop, TimeInForce: gtc, Quantity: "4", TrailingOffset: "5",
			TriggerSource:       exchangev1.TriggerSource_TRIGGER_SOURCE_LAST_TRADE,
			SelfTradePrevention: exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE,
		},
	}
	assert.True(t, proto.Equal(want, desk.writeOrder("alice", &record)), desk.writeOrder("alice", &record))
	record.Status, record.Reason = venue.Expired, "IOC_REMAINDER"
	ended := desk.writeOrder("alice", &record)
	assert.Equal(t, []string{"0", "", "IOC_REMAINDER"}, []string{ended.GetRemainingQuantity(), ended.GetTriggerPrice(), ended.GetReason()})
	for status := venue.Pending; status <= venue.Expired; status++ {
		assert.NotZero(t, desk.writeOrder("alice", &venue.Record{Status: status}).GetStatus(), status)
	}
}

func TestSlippageIsHowMuchWorseThanTheMidAFillWasForItsOrder(t *testing.T) {
	desk := listed(t)
	fill := venue.Fill{Trade: 3, Order: 9, Price: 10_100, Lots: 50_000, Fee: -25, FeeAsset: 0, Mid: 20_000, Maker: true}
	for buys, want := range map[bool]float64{true: 100, false: -100} {
		fill.Buys = buys
		shown := desk.writeFill("alice", &fill)
		assert.InDelta(t, 100, shown.GetArrivalMid(), 0)
		assert.InDelta(t, want, shown.GetSlippageBps(), 1e-9)
		assert.Equal(t, []string{"101", "0.5", "50.5", "-0.0000025", "USD"}, []string{
			shown.GetPrice(), shown.GetQuantity(), shown.GetQuoteQuantity(), shown.GetFee(), shown.GetFeeAsset(),
		})
	}
	fill.Mid = 0
	assert.Zero(t, desk.writeFill("alice", &fill).GetSlippageBps())
	assert.Zero(t, desk.writeFill("alice", &fill).GetArrivalMid())
}
