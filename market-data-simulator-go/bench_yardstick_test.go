package marketdatasim_test

import (
	"context"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// readyMade is the yardstick: grpc-go streaming a message that was encoded once, as fast or at the pace asked for, on a
// server without interceptors.
type readyMade struct {
	marketdatav1.UnimplementedMarketDataServiceServer
	flatOut bool
}

// example is as large as a real update.
func example() *marketdatav1.StreamPricesResponse {
	return &marketdatav1.StreamPricesResponse{PreviousSequence: 1_400_000_000, ConflatedTicks: 0, Update: &marketdatav1.PriceUpdate{
		Symbol: "BTC/USD", Sequence: 1_400_000_001, BusinessTime: timestamppb.New(time.Unix(1_800_000_000, 20_000_000)),
		Price: 50_123.45, Bid: 50_123.45, Ask: 50_123.46, MinuteVolume: 12.345,
		DayChange: &marketdatav1.DayChange{Open: 49_000.01, Amount: 1_123.44, Percent: 2.2927, High: 51_000.11, Low: 48_500.5, Volume: 12_345.678},
	}}
}

// GetPrice implements marketdata.v1.MarketDataService, for readers that ask where to begin.
func (y readyMade) GetPrice(context.Context, *marketdatav1.GetPriceRequest) (*marketdatav1.GetPriceResponse, error) {
	return &marketdatav1.GetPriceResponse{Update: example().GetUpdate()}, nil
}

// StreamPrices implements marketdata.v1.MarketDataService.
func (y readyMade) StreamPrices(request *marketdatav1.StreamPricesRequest, stream marketdatav1.MarketDataService_StreamPricesServer) error {
	message := &grpc.PreparedMsg{}
	if err := message.Encode(stream, example()); err != nil {
		return err
	}
	if y.flatOut { // as many as the feed has to replay, and no more that nobody would count
		replayed := example().GetUpdate().GetSequence() - request.GetAfterSequence()
		for range replayed * uint64(len(request.GetSymbols())) {
			if err := stream.SendMsg(message); err != nil {
				return err
			}
		}
		<-stream.Context().Done()
		return nil
	}
	ticker := time.NewTicker(time.Duration(request.GetUpdateIntervalMs()) * time.Millisecond)
	defer ticker.Stop()
	for {
		if err := stream.SendMsg(message); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-stream.Context().Done():
			return nil
		}
	}
}

// serveYardstick runs a yardstick until the benchmark ends and returns its address.
func serveYardstick(b *testing.B, flatOut bool) (address string) {
	b.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := grpc.NewServer()
	marketdatav1.RegisterMarketDataServiceServer(server, readyMade{flatOut: flatOut})
	go func() { _ = server.Serve(socket) }()
	b.Cleanup(server.Stop) // waits for its goroutines
	return socket.Addr().String()
}

// usage is what this process has consumed.
type usage struct {
	cpu    time.Duration
	allocs uint64
	memory uint64 // bytes of heap and stacks in use after a collection
}

func usageNow() usage {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var spent syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &spent); err != nil {
		panic(err)
	}
	return usage{
		cpu:    time.Duration(spent.Utime.Nano() + spent.Stime.Nano()),
		allocs: memory.Mallocs, memory: memory.HeapAlloc + memory.StackInuse,
	}
}
