package grpcapi

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// Commands of a stream.
func starting(start *exchangev1.TradeStart) *exchangev1.TradeRequest {
	return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Start{Start: start}}
}

func placingOnStream(request *exchangev1.PlaceOrderRequest) *exchangev1.TradeRequest {
	return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Place{Place: request}}
}

func cancelling(id string) *exchangev1.TradeRequest {
	return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Cancel{Cancel: &exchangev1.CancelOrderRequest{Account: "alice", ClientOrderId: id}}}
}

func replacing(id, request, price string) *exchangev1.TradeRequest {
	return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Replace{Replace: &exchangev1.ReplaceOrderRequest{
		Account: "alice", ClientOrderId: id, RequestId: request, Price: price,
	}}}
}

// entryLine is the client's end of a stream.
type entryLine struct {
	exchangev1.TradingService_TradeClient
	sent uint64
	hang context.CancelFunc
}

// line opens a stream and waits until it is started.
func (s *served) line(t testing.TB, start *exchangev1.TradeStart) *entryLine {
	t.Helper()
	ctx, hang := context.WithCancel(t.Context())
	stream, err := s.Trade(ctx)
	require.NoError(t, err)
	l := &entryLine{TradingService_TradeClient: stream, hang: hang}
	l.send(t, starting(start))
	require.NotNil(t, l.answer(t).GetStarted())
	return l
}

// Trade opens a stream as a client does.
func (s *served) Trade(ctx context.Context) (exchangev1.TradingService_TradeClient, error) {
	return s.TradingServiceClient.Trade(ctx)
}

// send sends commands without waiting, numbered from 1 on.
func (l *entryLine) send(t testing.TB, requests ...*exchangev1.TradeRequest) {
	t.Helper()
	for _, request := range requests {
		l.sent++
		request.RequestNumber = l.sent
		require.NoError(t, l.Send(request))
	}
}

func (l *entryLine) answer(t testing.TB) *exchangev1.TradeResponse {
	t.Helper()
	response, err := l.Recv()
	require.NoError(t, err)
	return response
}

// answers reads so many, which must come in the order of the commands.
func (l *entryLine) answers(t testing.TB, many int) (all []*exchangev1.TradeResponse) {
	t.Helper()
	for n := range many {
		all = append(all, l.answer(t))
		require.Equal(t, l.sent-uint64(many)+1+uint64(n), all[n].GetRequestNumber())
	}
	return all
}

// end closes the client's side and wants a clean end.
func (l *entryLine) end(t testing.TB) {
	t.Helper()
	require.NoError(t, l.CloseSend())
	_, err := l.Recv()
	require.ErrorIs(t, err, io.EOF)
	l.hang()
}

func TestCommandsThatFollowOneAnotherWithoutWaitingAreAnsweredInTheirOrder(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{Account: "alice"})
		l.send(t,
			placingOnStream(limit("a", buy, "1", "100")),
			replacing("a", "r", "99"), // of an order that may still be on its way
			placingOnStream(limit("b", sell, "0.5", "99", order(func(o *exchangev1.NewOrder) {
				o.SelfTradePrevention = exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE
			}))),
			cancelling("a"), cancelling("a"),
			placingOnStream(limit("c", buy, "1.000001", "100")),
			&exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_CancelAll{CancelAll: &exchangev1.CancelAllOrdersRequest{Account: "alice"}}},
		)
		got := l.answers(t, 7)
		assert.Equal(t, open, got[0].GetPlaced().GetOrder().GetStatus())
		assert.Equal(t, "99", got[1].GetReplaced().GetOrder().GetOrder().GetPrice())
		assert.Equal(t, filled, got[2].GetPlaced().GetOrder().GetStatus())
		assert.Len(t, got[2].GetPlaced().GetFills(), 1)
		assert.Equal(t, []any{cancelled, "0.5"}, []any{got[3].GetCancelled().GetOrder().GetStatus(), got[3].GetCancelled().GetOrder().GetFilledQuantity()})
		assert.Equal(t, []any{int32(codes.FailedPrecondition), "ORDER_ENDED"}, []any{got[4].GetRefusal().GetCode(), got[4].GetRefusal().GetReason()})
		assert.Equal(t, []any{int32(codes.InvalidArgument), "INVALID_FIELD", "order.quantity"},
			[]any{got[5].GetRefusal().GetCode(), got[5].GetRefusal().GetReason(), got[5].GetRefusal().GetMetadata()["field"]})
		assert.NotNil(t, got[6].GetAllCancelled())
		l.end(t)
	})
}

func TestAStreamBeginsWithAStartAndHasNoOther(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		for name, c := range map[string]struct {
			first  *exchangev1.TradeRequest
			code   codes.Code
			reason string
		}{
			"an order":        {placingOnStream(limit("a", buy, "1", "100")), codes.InvalidArgument, "INVALID_FIELD"},
			"nothing":         {&exchangev1.TradeRequest{}, codes.InvalidArgument, "INVALID_FIELD"},
			"unknown account": {starting(&exchangev1.TradeStart{Account: "carol"}), codes.NotFound, "UNKNOWN_ACCOUNT"},
			"long account":    {starting(&exchangev1.TradeStart{Account: strings.Repeat("ü", 9999)}), codes.NotFound, "UNKNOWN_ACCOUNT"},
		} {
			stream, err := api.Trade(t.Context())
			require.NoError(t, err)
			require.NoError(t, stream.Send(c.first))
			_, err = stream.Recv()
			requireSaid(t, err, c.code, c.reason)
			_ = name
		}
		l := api.line(t, &exchangev1.TradeStart{})
		l.send(t, starting(&exchangev1.TradeStart{}), &exchangev1.TradeRequest{}, placingOnStream(limit("a", buy, "1", "100")))
		got := l.answers(t, 3)
		assert.Equal(t, "start", got[0].GetRefusal().GetMetadata()["value"])
		assert.Equal(t, "command", got[1].GetRefusal().GetMetadata()["field"])
		assert.NotNil(t, got[2].GetPlaced(), "a refusal does not end the stream")
		l.end(t)
	})
}

func TestAStreamForOneAccountRefusesOthers(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{Account: "bob"})
		l.send(t, placingOnStream(limit("a", buy, "1", "100")), cancelling("a"), replacing("a", "r", "1"),
			&exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_CancelAll{CancelAll: &exchangev1.CancelAllOrdersRequest{Account: "alice"}}})
		for _, got := range l.answers(t, 4) {
			assert.Equal(t, []any{int32(codes.PermissionDenied), "OTHER_ACCOUNT"}, []any{got.GetRefusal().GetCode(), got.GetRefusal().GetReason()})
		}
		l.send(t, placingOnStream(limit("a", buy, "1", "100", of("bob"))))
		assert.NotNil(t, l.answers(t, 1)[0].GetPlaced())
		l.end(t)
	})
}

func TestOrdersOfAStreamAreCancelledHoweverItEnds(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, api *served, l *entryLine){
		"the client is done": func(t *testing.T, _ *served, l *entryLine) { l.end(t) },
		"the client is gone": func(t *testing.T, _ *served, l *entryLine) {
			l.hang()
			synctest.Wait()
			_, err := l.Recv()
			assert.Equal(t, codes.Canceled, status.Code(err))
		},
		"the server drains": func(t *testing.T, api *served, l *entryLine) {
			began := time.Now()
			assert.True(t, api.server.StopWithin(stopLimit))
			assert.Zero(t, time.Since(began))
			_, err := l.Recv()
			requireSaid(t, err, codes.Unavailable, "SHUTTING_DOWN")
		},
	} {
		t.Run(name, func(t *testing.T) {
			trade(t, func(t *testing.T, api *served) {
				stays := api.line(t, &exchangev1.TradeStart{})
				stays.send(t, placingOnStream(limit("stays", buy, "1", "100")))
				stays.answers(t, 1)
				goes := api.line(t, &exchangev1.TradeStart{CancelOnDisconnect: true})
				goes.send(t, placingOnStream(limit("a", buy, "1", "100")), placingOnStream(limit("b", buy, "1", "100", of("bob"))), placingOnStream(limit("c", buy, "1", "100")), cancelling("c"))
				goes.answers(t, 4)
				end(t, api, goes)
				synctest.Wait()
				gone, err := api.order(t.Context(), venue.Target{Account: "alice", ClientID: "a"})
				require.NoError(t, err)
				assert.Equal(t, []any{venue.Cancelled, "DISCONNECTED"}, []any{gone.Status, gone.Reason})
				gone, err = api.order(t.Context(), venue.Target{Account: "bob", ClientID: "b"})
				require.NoError(t, err)
				assert.Equal(t, venue.Cancelled, gone.Status)
				left, err := api.order(t.Context(), venue.Target{Account: "alice", ClientID: "stays"})
				require.NoError(t, err)
				assert.Equal(t, venue.Working, left.Status)
				stays.hang()
			})
		})
	}
}

func TestACancelOnDisconnectWaitsForRoomOnAFullDisk(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{CancelOnDisconnect: true})
		l.send(t, placingOnStream(limit("a", buy, "1", "100")))
		l.answers(t, 1)
		api.disk.Limit(api.disk.Used())
		for reason := ""; reason != "DISK_FULL"; reason = l.answers(t, 1)[0].GetRefusal().GetReason() {
			l.send(t, cancelling("none")) // it leaves no event, so that only commands need room
		}
		l.hang()
		time.Sleep(time.Minute)
		api.disk.Limit(0)
		time.Sleep(time.Minute)
		assert.Equal(t, cancelled, api.now(t, "a").GetStatus())
	})
}

func TestAStreamThatCameBackIsAnsweredAsBefore(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		api.rest(t, sell, "ask", "0.4", "100")
		l := api.line(t, &exchangev1.TradeStart{})
		commands := func() []*exchangev1.TradeRequest {
			return []*exchangev1.TradeRequest{placingOnStream(limit("a", buy, "1", "100")), replacing("a", "r", "99"), placingOnStream(limit("b", buy, "1", "98"))}
		}
		l.send(t, commands()...)
		first := l.answers(t, 3)
		l.hang()
		again := api.line(t, &exchangev1.TradeStart{CancelOnDisconnect: true})
		again.send(t, commands()...)
		second := again.answers(t, 3)
		assert.Equal(t, texts(first[0].GetPlaced().GetFills()), texts(second[0].GetPlaced().GetFills()))
		assert.Len(t, second[0].GetPlaced().GetFills(), 1)
		assert.True(t, proto.Equal(first[1].GetReplaced().GetOrder(), second[1].GetReplaced().GetOrder()))
		assert.True(t, proto.Equal(first[2].GetPlaced().GetOrder(), second[2].GetPlaced().GetOrder()))
		again.end(t)
		assert.Equal(t, open, api.now(t, "b").GetStatus(), "it belongs to the stream that placed it first")
	})
}
