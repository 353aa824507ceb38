package grpcapi

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// largestStatus is how many bytes of an error a gRPC client takes by default, as a part of its headers.
const largestStatus = 8000

// openedFloor is a floor with a book and orders of alice's: "mine" rests, "ice" is an iceberg, "stop" waits, and "done" has ended.
func openedFloor(t *testing.T) *floor {
	clock := wallClock
	f := openFloor(t, memdisk.New(), clock)
	t.Cleanup(func() { f.close(t) })
	for _, request := range []*exchangev1.PlaceOrderRequest{
		limit("ask", sell, "1", "101", of("bob")), limit("bid", buy, "1", "99", of("bob")), limit("mine", buy, "1", "98"),
		limit("ice", sell, "1", "103", order(func(o *exchangev1.NewOrder) { o.DisplayQuantity = "0.1" })), limit("done", buy, "0.1", "101"),
		placing(&exchangev1.NewOrder{Side: sell, Type: stop, Quantity: "1", StopPrice: "90"}, func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "stop" }),
		placing(&exchangev1.NewOrder{Side: buy, Type: limitType, Quantity: "2", Price: "95"}, legs(
			&exchangev1.NewOrder{Side: sell, Type: limitType, Price: "120"}, &exchangev1.NewOrder{Side: sell, Type: stop, StopPrice: "90"},
		), func(r *exchangev1.PlaceOrderRequest) { r.ClientOrderId = "bracket" }),
	} {
		_, err := f.PlaceOrder(t.Context(), request)
		require.NoError(t, err)
	}
	return f
}

func (f *floor) hash(t *testing.T) journal.Hash {
	hash, err := f.Machine.Hash(t.Context())
	require.NoError(t, err)
	return hash
}

// requireFair wants a refusal that blames the caller or the moment, and fits a header. It tells whether the venue must be as before.
func requireFair(t *testing.T, err error) (changesNothing bool) {
	t.Helper()
	refused := errs.Status(err, "exchange")
	require.NotNil(t, refused, "%v", err)
	require.NotContains(t, []codes.Code{codes.OK, codes.Internal, codes.Unknown, codes.Unavailable}, refused.Code(), refused.Message())
	require.NotEmpty(t, refused.Details(), "%v", err)
	require.Less(t, proto.Size(refused.Proto()), largestStatus)
	kind := errs.KindOf(err)
	return kind == errs.Invalid || kind == errs.NotFound || kind == errs.AlreadyExists
}

func add(f *testing.F, message proto.Message) {
	encoded, err := proto.Marshal(message)
	require.NoError(f, err)
	f.Add(encoded)
}

// seedOrders are orders of every kind, right and wrong.
func seedOrders() (all []*exchangev1.PlaceOrderRequest) {
	for _, cases := range malformed() {
		for _, request := range cases {
			all = append(all, request)
		}
	}
	long := strings.Repeat("€", 9999)
	return append(all,
		limit("new", buy, "2", "101"), limit("new", sell, "0.5", "99.5"), limit("mine", buy, "1", "98"), limit("mine", buy, "1", "97"), limit("new", buy, "9000", "9000"),
		limit("new", buy, "1", "100", of(long)), limit("new", buy, "1", "100", of("venue")), limit("new", buy, "1", "100", of("alice/bot")), limit(long, buy, long, long),
		limit("new", buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = long })),
		placing(&exchangev1.NewOrder{Side: buy, Type: market, QuoteQuantity: "55.5"}), placing(&exchangev1.NewOrder{Side: sell, Type: market, Quantity: "1", TimeInForce: fok}),
		placing(&exchangev1.NewOrder{Side: buy, Type: stop, Quantity: "1", StopPrice: "110", MaxQuote: "150"}),
		placing(&exchangev1.NewOrder{Side: buy, Type: trailingStop, Quantity: "1", TrailingOffset: "5", MaxQuote: "150"}),
		placing(&exchangev1.NewOrder{Side: sell, Type: profitLimit, Quantity: "1", StopPrice: "110", Price: "100", TimeInForce: day}),
		placing(&exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "1", Price: "110"}, other(&exchangev1.NewOrder{Side: sell, Type: stopLimitType, Quantity: "1", StopPrice: "95", Price: "94"})),
		placing(&exchangev1.NewOrder{Side: sell, Type: limitType, Quantity: "2", Price: "99"}, legs(
			&exchangev1.NewOrder{Side: buy, Type: takeProfit, StopPrice: "90", MaxQuote: "200"}, &exchangev1.NewOrder{Side: buy, Type: trailingStop, TrailingOffset: "4", MaxQuote: "300"})),
	)
}

func FuzzPlaceOrderIsTakenOrRefusedFairly(f *testing.F) {
	for _, request := range seedOrders() {
		add(f, request)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request exchangev1.PlaceOrderRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		house := openedFloor(t)
		before := house.hash(t)
		placed, err := house.PlaceOrder(t.Context(), &request)
		if err != nil {
			if requireFair(t, err) {
				require.Equal(t, before, house.hash(t), "%v", err)
			}
			return
		}
		_, err = proto.Marshal(placed)
		require.NoError(t, err)
		require.Equal(t, request.GetClientOrderId(), placed.GetOrder().GetClientOrderId())
		after := house.hash(t)
		again, err := house.PlaceOrder(t.Context(), &request)
		require.NoError(t, err)
		require.Equal(t, after, house.hash(t), "the same again changes nothing")
		placed.Sequence, again.Sequence = 0, 0
		require.True(t, proto.Equal(placed, again), "%v\n%v", placed, again)
	})
}

func FuzzReplaceOrderIsTakenOrRefusedFairly(f *testing.F) {
	long := strings.Repeat("€", 9999)
	for _, request := range []*exchangev1.ReplaceOrderRequest{
		{},
		{Account: "alice", ClientOrderId: "mine", RequestId: "r", Price: "101", Quantity: "2"},
		{Account: "alice", OrderId: 4, RequestId: "r", Quantity: "0.05"},
		{Account: "alice", ClientOrderId: "ice", RequestId: "r", Quantity: "3"},
		{Account: "alice", ClientOrderId: "stop", RequestId: "r", Quantity: "3"},
		{Account: "alice", ClientOrderId: "stop", RequestId: "r", Price: "3"},
		{Account: "alice", ClientOrderId: "done", RequestId: "r", Price: "3"},
		{Account: "alice", ClientOrderId: "bracket", RequestId: "r", Quantity: "8000"},
		{Account: "alice", OrderId: 9, RequestId: "r", Quantity: "1"},
		{Account: "alice", ClientOrderId: "mine", RequestId: "done", Price: "97"},
		{Account: "alice", ClientOrderId: "mine", RequestId: "r", Price: long, Quantity: long},
		{Account: long, ClientOrderId: "mine", RequestId: "r", Price: "1"},
		{Account: "alice", ClientOrderId: long, RequestId: "r", Price: "1"},
		{Account: "alice", OrderId: 1 << 63, RequestId: "r", Price: "1"},
		{Account: "alice", ClientOrderId: "bracket", RequestId: "r", Quantity: "1", Price: "102"},
	} {
		add(f, request)
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request exchangev1.ReplaceOrderRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		house := openedFloor(t)
		before := house.hash(t)
		replaced, err := house.ReplaceOrder(t.Context(), &request)
		if err != nil {
			requireFair(t, err)
			require.Equal(t, before, house.hash(t), "%v", err)
			return
		}
		_, err = proto.Marshal(replaced)
		require.NoError(t, err)
		after := house.hash(t)
		again, err := house.ReplaceOrder(t.Context(), &request)
		require.NoError(t, err)
		require.True(t, proto.Equal(replaced.GetOrder(), again.GetOrder()), "%v\n%v", replaced, again)
		require.Equal(t, after, house.hash(t), "the same again changes nothing")
	})
}

// wire is a stream of order entry without a network: what is to be received, and what was sent.
type wire struct {
	grpc.ServerStream
	ctx      context.Context
	requests []*exchangev1.TradeRequest
	sent     []*exchangev1.TradeResponse
}

func (w *wire) Context() context.Context { return w.ctx }

func (w *wire) Recv() (*exchangev1.TradeRequest, error) {
	if len(w.requests) == 0 {
		return nil, io.EOF
	}
	next := w.requests[0]
	w.requests = w.requests[1:]
	return next, nil
}

func (w *wire) Send(response *exchangev1.TradeResponse) error {
	w.sent = append(w.sent, response)
	return nil
}

func FuzzEveryCommandOfAStreamIsAnswered(f *testing.F) {
	add(f, &exchangev1.TradeRequest{})
	add(f, starting(&exchangev1.TradeStart{Account: strings.Repeat("€", 9999)}))
	add(f, starting(&exchangev1.TradeStart{Account: "alice", CancelOnDisconnect: true}))
	add(f, cancelling("mine"))
	add(f, cancelling("done"))
	add(f, cancelling(strings.Repeat("€", 9999)))
	add(f, replacing("mine", "r", "101"))
	add(f, &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_CancelAll{CancelAll: &exchangev1.CancelAllOrdersRequest{Account: "alice"}}})
	for _, request := range seedOrders() {
		add(f, placingOnStream(request))
	}
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request exchangev1.TradeRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		house := openedFloor(t)
		before := house.hash(t)
		first := &wire{ctx: t.Context(), requests: []*exchangev1.TradeRequest{&request}}
		if err := house.Trade(first); err != nil { // as the first message only a start is right
			require.True(t, requireFair(t, err))
			require.Empty(t, first.sent)
		}
		require.Equal(t, before, house.hash(t))
		second := &wire{ctx: t.Context(), requests: []*exchangev1.TradeRequest{starting(&exchangev1.TradeStart{CancelOnDisconnect: true}), &request, &request}}
		require.NoError(t, house.Trade(second))
		require.Len(t, second.sent, 3)
		for _, response := range second.sent[1:] {
			_, err := proto.Marshal(response)
			require.NoError(t, err)
			require.Equal(t, request.GetRequestNumber(), response.GetRequestNumber())
			code := codes.Code(response.GetRefusal().GetCode())
			require.NotContains(t, []codes.Code{codes.Internal, codes.Unknown, codes.Unavailable}, code, response)
			require.Equal(t, response.GetRefusal() != nil, code != codes.OK)
			require.Less(t, proto.Size(response.GetRefusal()), largestStatus)
		}
		for _, one := range []string{"x", "new"} { // those are open when the stream stays
			if order, err := house.order(t.Context(), venue.Target{Account: "alice", ClientID: one}); err == nil {
				require.True(t, order.Status.Ended())
			}
		}
	})
}
