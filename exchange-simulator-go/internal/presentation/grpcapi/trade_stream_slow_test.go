package grpcapi

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestAClientThatDoesNotReadIsHeldUpAndLosesNothing(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{})
		const many = 20_000
		sent := make(chan error, 1)
		before := api.Machine.Stats().Commands
		go func() {
			for n := range many {
				if err := l.Send(&exchangev1.TradeRequest{RequestNumber: uint64(n), Command: cancelling("none").Command}); err != nil {
					sent <- err
					return
				}
			}
			sent <- nil
		}()
		synctest.Wait()
		taken := api.Machine.Stats().Commands - before
		assert.Less(t, taken, uint64(many/2), "the stream is not read on")
		assert.Greater(t, taken, uint64(MaxInFlight))
		for n := range many {
			response := l.answer(t)
			require.EqualValues(t, n, response.GetRequestNumber())
			require.Equal(t, "UNKNOWN_ORDER", response.GetRefusal().GetReason())
		}
		require.NoError(t, <-sent)
		l.end(t)
	})
}

func TestAClientThatDoesNotReadDoesNotKeepTheServerFromStopping(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{CancelOnDisconnect: true})
		l.send(t, placingOnStream(limit("a", buy, "1", "100")))
		l.answers(t, 1)
		go func() {
			for l.Send(cancelling("none")) == nil { // until it is cut off
			}
		}()
		synctest.Wait()
		began := time.Now()
		api.server.StopWithin(stopLimit)
		assert.LessOrEqual(t, time.Since(began), stopLimit)
		synctest.Wait()
		gone, err := api.order(t.Context(), venue.Target{Account: "alice", ClientID: "a"})
		require.NoError(t, err)
		assert.Equal(t, venue.Cancelled, gone.Status)
		l.hang()
	})
}

func TestALatencyFaultDelaysPipelinedCommandsTogetherAndKeepsTheirOrder(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		waits := []int64{9e8, 0, 5e8, 0, 1e8}
		drawn := 0
		api.Random = func(int64) int64 { drawn++; return waits[(drawn-1)%len(waits)] }
		api.faults.active.Store(&venue.Fault{Kind: venue.EntryLatency, Instrument: bitcoin, Delay: 1e9, Jitter: 1e9})
		l := api.line(t, &exchangev1.TradeStart{})
		began := time.Now()
		for n := range 5 {
			l.send(t, placingOnStream(limit(fmt.Sprint(n), buy, "1", "100")))
		}
		l.send(t, placingOnStream(limit("ether", buy, "1", "100", order(func(o *exchangev1.NewOrder) { o.Symbol = "ETH/USD" }))))
		got := l.answers(t, 6)
		assert.Equal(t, 1900*time.Millisecond, time.Since(began), "all were held up by the slowest before them, and no more")
		for n := range 5 {
			assert.Equal(t, got[0].GetPlaced().GetOrder().GetOrderId()+uint64(n), got[n].GetPlaced().GetOrder().GetOrderId())
		}
		api.faults.active.Store(nil)
		began = time.Now()
		l.send(t, cancelling("0"))
		assert.NotNil(t, l.answers(t, 1)[0].GetCancelled())
		assert.Zero(t, time.Since(began))
		l.end(t)
	})
}

func TestCommandsThatWaitWhenTheServerDrainsHaveNoEffect(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{})
		api.faults.active.Store(&venue.Fault{Kind: venue.EntryLatency, Instrument: venue.All, Delay: int64(time.Minute)})
		l.send(t, placingOnStream(limit("a", buy, "1", "100")), placingOnStream(limit("b", buy, "1", "100")))
		synctest.Wait()
		assert.True(t, api.server.StopWithin(stopLimit))
		for range 2 {
			assert.Equal(t, "STREAM_ENDED", l.answer(t).GetRefusal().GetReason())
		}
		_, err := l.Recv()
		requireSaid(t, err, codes.Unavailable, "SHUTTING_DOWN")
		_, err = api.order(t.Context(), venue.Target{Account: "alice", ClientID: "a"})
		assert.Equal(t, errs.NotFound, errs.KindOf(err))
	})
}

func TestACommandBehindTheEndOfTheClientIsStillAnswered(t *testing.T) {
	trade(t, func(t *testing.T, api *served) {
		l := api.line(t, &exchangev1.TradeStart{})
		api.faults.active.Store(&venue.Fault{Kind: venue.EntryLatency, Instrument: venue.All, Delay: int64(time.Minute)})
		l.send(t, placingOnStream(limit("a", buy, "1", "100")))
		require.NoError(t, l.CloseSend())
		assert.NotNil(t, l.answer(t).GetPlaced())
		_, err := l.Recv()
		require.ErrorIs(t, err, io.EOF)
	})
}

// drawCommand draws a command of alice or bob that may be right or wrong.
func drawCommand(t *rapid.T) *exchangev1.TradeRequest {
	id := func(name string) string { return fmt.Sprint(rapid.IntRange(0, 9).Draw(t, name)) }
	name := rapid.SampledFrom([]string{"alice", "bob", "alice/bot"}).Draw(t, "account")
	switch rapid.IntRange(0, 5).Draw(t, "command") {
	case 0:
		return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Cancel{Cancel: &exchangev1.CancelOrderRequest{Account: name, ClientOrderId: id("id")}}}
	case 1:
		return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Replace{Replace: &exchangev1.ReplaceOrderRequest{
			Account: name, ClientOrderId: id("id"), RequestId: "r" + id("request"), Price: fmt.Sprint(rapid.IntRange(98, 102).Draw(t, "price")),
		}}}
	case 2:
		if rapid.IntRange(0, 9).Draw(t, "all") == 0 {
			return &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_CancelAll{CancelAll: &exchangev1.CancelAllOrdersRequest{Account: name}}}
		}
		fallthrough
	default:
		return placingOnStream(limit(id("id"), exchangev1.Side(rapid.IntRange(0, 2).Draw(t, "side")), fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "lots")),
			fmt.Sprint(rapid.IntRange(98, 102).Draw(t, "price")), of(name)))
	}
}

// unary sends a command as the call of its own, and writes the answer as the stream would.
func (f *floor) unary(t testing.TB, request *exchangev1.TradeRequest) *exchangev1.TradeResponse {
	response, err := &exchangev1.TradeResponse{RequestNumber: request.GetRequestNumber()}, error(nil)
	switch asked := request.GetCommand().(type) {
	case *exchangev1.TradeRequest_Place:
		var done *exchangev1.PlaceOrderResponse
		done, err = f.PlaceOrder(t.Context(), asked.Place)
		response.Answer = &exchangev1.TradeResponse_Placed{Placed: done}
	case *exchangev1.TradeRequest_Cancel:
		var done *exchangev1.CancelOrderResponse
		done, err = f.CancelOrder(t.Context(), asked.Cancel)
		response.Answer = &exchangev1.TradeResponse_Cancelled{Cancelled: done}
	case *exchangev1.TradeRequest_Replace:
		var done *exchangev1.ReplaceOrderResponse
		done, err = f.ReplaceOrder(t.Context(), asked.Replace)
		response.Answer = &exchangev1.TradeResponse_Replaced{Replaced: done}
	case *exchangev1.TradeRequest_CancelAll:
		var done *exchangev1.CancelAllOrdersResponse
		done, err = f.CancelAllOrders(t.Context(), asked.CancelAll)
		response.Answer = &exchangev1.TradeResponse_AllCancelled{AllCancelled: done}
	}
	if err != nil {
		response.Answer = &exchangev1.TradeResponse_Refusal{Refusal: refusal(err)}
	}
	return response
}

func TestAPipelinedStreamAnswersAsOneCallAfterTheOther(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		commands := make([]*exchangev1.TradeRequest, rapid.IntRange(1, 60).Draw(r, "commands"))
		for n := range commands {
			commands[n] = drawCommand(r)
			commands[n].RequestNumber = uint64(n)
		}
		synctest.Test(t, func(t *testing.T) {
			api, alone := serveFloor(t, openFloor(t, memdisk.New(), wallClock)), openFloor(t, memdisk.New(), wallClock)
			t.Cleanup(func() { api.stop(t); alone.close(t) })
			l := api.line(t, &exchangev1.TradeStart{})
			for _, one := range commands {
				require.NoError(t, l.Send(one))
			}
			for _, one := range commands {
				want, got := alone.unary(t, one), l.answer(t)
				require.True(t, proto.Equal(want, got), "%v\nunary  %v\nstream %v", one, want, got)
			}
			l.end(t)
			mine, err := api.Machine.Hash(t.Context())
			require.NoError(t, err)
			theirs, err := alone.Machine.Hash(t.Context())
			require.NoError(t, err)
			require.Equal(t, theirs, mine)
		})
	})
}
