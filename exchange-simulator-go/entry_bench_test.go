package exchangesim_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// These benchmarks are the rows "order entry" of the project's performance table: the whole daemon over loopback TCP with its journal on
// disk, beside an echo of messages of the same sizes. The orders are IOC and find nobody to trade with, so that the book stays as it is.

const (
	entryCallers  = 64
	entryPipeline = 1024 // commands under way on the stream
)

// BenchmarkOrderEntryUnary is 64 callers, each of which waits for its durable answer. The echo's handler waits for a group-committed
// append of the bytes of the request.
func BenchmarkOrderEntryUnary(b *testing.B) {
	b.Run("exchange", func(b *testing.B) { unary(b, exchangev1.NewTradingServiceClient(overLoopback(b).Conn)) })
	b.Run("echo", func(b *testing.B) { unary(b, echoOf(b, exampleAnswer(b))) })
}

// BenchmarkOrderEntryStream is one Trade stream, pipelined. The echo answers at once and keeps nothing.
func BenchmarkOrderEntryStream(b *testing.B) {
	b.Run("exchange", func(b *testing.B) { pipelined(b, exchangev1.NewTradingServiceClient(overLoopback(b).Conn)) })
	b.Run("echo", func(b *testing.B) { pipelined(b, echoOf(b, exampleAnswer(b))) })
}

func entry(n int64) *exchangev1.PlaceOrderRequest {
	order := limit(exchangev1.Side_SIDE_BUY, "0.5", "40000.01")
	order.TimeInForce = exchangev1.TimeInForce_TIME_IN_FORCE_IOC
	return &exchangev1.PlaceOrderRequest{Account: "alice", ClientOrderId: fmt.Sprintf("order-%010d", n), Order: order}
}

// overLoopback is an exchange without anybody of its own in it, and an account.
func overLoopback(b *testing.B) *daemon.TestDaemon {
	d := exchangesim.StartTest(b, func(config *exchangesim.Config, options *daemon.Options) {
		config.DataDir, config.LogLevel = b.TempDir(), "error"
		options.Defaults = exchangesim.Documents(map[string]string{"market": `{"auctions": {"opening": "0s"}, "liquidity": {"enabled": false}}`})
	})
	_, err := exchangev1.NewAccountServiceClient(d.Conn).CreateAccount(b.Context(), &exchangev1.CreateAccountRequest{
		Account: "alice", Fund: []*exchangev1.Amount{{Asset: "USD", Amount: "1000000000"}},
	})
	require.NoError(b, err)
	return d
}

// exampleAnswer is what the exchange answers to an entry.
func exampleAnswer(b *testing.B) *exchangev1.PlaceOrderResponse {
	d := overLoopback(b)
	answer, err := exchangev1.NewTradingServiceClient(d.Conn).PlaceOrder(b.Context(), entry(0))
	require.NoError(b, err)
	require.NoError(b, d.Stop())
	return answer
}

func unary(b *testing.B, orders exchangev1.TradingServiceClient) {
	var next atomic.Int64
	took := make([][]time.Duration, entryCallers)
	var callers sync.WaitGroup
	b.ResetTimer()
	for caller := range took {
		callers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				began := time.Now()
				if _, err := orders.PlaceOrder(context.Background(), entry(n)); err != nil {
					b.Error(err)
					return
				}
				took[caller] = append(took[caller], time.Since(began))
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	for name, share := range map[string]float64{"p50-us": 0.5, "p99-us": 0.99, "p99.9-us": 0.999} {
		b.ReportMetric(float64(all[int(share*float64(len(all)-1))].Microseconds()), name)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func pipelined(b *testing.B, orders exchangev1.TradingServiceClient) {
	stream, err := orders.Trade(b.Context())
	require.NoError(b, err)
	start := &exchangev1.TradeRequest{Command: &exchangev1.TradeRequest_Start{Start: &exchangev1.TradeStart{Account: "alice"}}}
	require.NoError(b, stream.Send(start))
	_, err = stream.Recv()
	require.NoError(b, err)
	room := make(chan struct{}, entryPipeline)
	b.ResetTimer()
	go func() {
		for n := range int64(b.N) {
			room <- struct{}{}
			place := &exchangev1.TradeRequest_Place{Place: entry(n + 1)}
			if err := stream.Send(&exchangev1.TradeRequest{RequestNumber: uint64(n) + 1, Command: place}); err != nil {
				return
			}
		}
	}()
	for range b.N {
		answer, err := stream.Recv()
		if err != nil || answer.GetPlaced() == nil {
			b.Fatal(answer, err)
		}
		<-room
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	require.NoError(b, stream.CloseSend())
}

// echo answers every order with the same answer.
type echo struct {
	exchangev1.UnimplementedTradingServiceServer
	answer  *exchangev1.PlaceOrderResponse
	waiting chan appended
}

// appended is bytes on their way to the disk.
type appended struct {
	bytes []byte
	done  chan struct{}
}

func echoOf(b *testing.B, answer *exchangev1.PlaceOrderResponse) exchangev1.TradingServiceClient {
	e := &echo{answer: answer, waiting: make(chan appended, entryCallers)}
	directory, err := journal.Dir(b.TempDir())
	require.NoError(b, err)
	file, err := directory.Create("log", journal.DefaultSegmentBytes)
	require.NoError(b, err)
	committed := make(chan struct{})
	go func() {
		defer close(committed)
		e.commit(b, file)
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := grpc.NewServer()
	exchangev1.RegisterTradingServiceServer(server, e)
	go server.Serve(listener) //nolint:errcheck // it ends with Stop
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() {
		require.NoError(b, conn.Close())
		server.Stop()
		close(e.waiting)
		<-committed
		require.NoError(b, file.Close())
	})
	return exchangev1.NewTradingServiceClient(conn)
}

// commit writes and syncs whatever waits, all of it at once.
func (e *echo) commit(b *testing.B, file journal.File) {
	var bytes []byte
	offset := int64(0)
	for first := range e.waiting {
		group := []appended{first}
		for range len(e.waiting) {
			group = append(group, <-e.waiting)
		}
		bytes = bytes[:0]
		for _, one := range group {
			bytes = append(bytes, one.bytes...)
		}
		_, err := file.WriteAt(bytes, offset)
		if err == nil {
			err = file.Sync()
		}
		if err != nil {
			b.Error(err)
		}
		offset = (offset + int64(len(bytes))) % (journal.DefaultSegmentBytes / 2)
		for _, one := range group {
			close(one.done)
		}
	}
}

func (e *echo) PlaceOrder(_ context.Context, request *exchangev1.PlaceOrderRequest) (*exchangev1.PlaceOrderResponse, error) {
	bytes, err := proto.Marshal(request)
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	e.waiting <- appended{bytes, done}
	<-done
	return e.answer, nil
}

func (e *echo) Trade(stream grpc.BidiStreamingServer[exchangev1.TradeRequest, exchangev1.TradeResponse]) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return nil
		}
		answer := &exchangev1.TradeResponse{RequestNumber: request.GetRequestNumber()}
		if request.GetStart() != nil {
			answer.Answer = &exchangev1.TradeResponse_Started{Started: &exchangev1.TradeStarted{}}
		} else {
			answer.Answer = &exchangev1.TradeResponse_Placed{Placed: e.answer}
		}
		if err := stream.Send(answer); err != nil {
			return err
		}
	}
}
