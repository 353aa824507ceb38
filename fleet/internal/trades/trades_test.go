package trades

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tape plays one part to each stream: trades of growing ids, two to a sequence, then an end.
type tape struct {
	exchangev1.UnimplementedMarketServiceServer
	parts []part
	asked []uint64 // from which sequence
}

type part struct {
	ids []uint64
	end error
}

func (p *tape) StreamTrades(request *exchangev1.StreamTradesRequest, stream grpc.ServerStreamingServer[exchangev1.StreamTradesResponse]) error {
	p.asked = append(p.asked, request.GetFromSequence())
	now := p.parts[len(p.asked)-1]
	for _, id := range now.ids {
		if err := stream.Send(&exchangev1.StreamTradesResponse{Trade: trade(id)}); err != nil {
			return err
		}
	}
	return now.end
}

func trade(id uint64) *exchangev1.PublicTrade {
	at := timestamppb.New(time.Date(2026, 11, 24, 12, 0, 0, 5e6, time.UTC))
	return &exchangev1.PublicTrade{TradeId: id, Sequence: 100 + id/2, Symbol: "BTC/USD", Price: "43000.10", Quantity: "0.5", Time: at}
}

// follow follows after a trade until the last id has come.
func follow(t *testing.T, service *tape, after *exchangev1.PublicTrade, last uint64) (ids []uint64, failure error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		listener, server := bufconn.Listen(1<<16), grpc.NewServer()
		exchangev1.RegisterMarketServiceServer(server, service)
		go func() { _ = server.Serve(listener) }()
		defer server.Stop()
		channel, err := grpc.NewClient("passthrough:///exchange", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
		require.NoError(t, err)
		defer func() { _ = channel.Close() }()
		failure = Follow(t.Context(), exchangev1.NewMarketServiceClient(channel), "BTC/USD", after, func(trade *exchangev1.PublicTrade) bool {
			ids = append(ids, trade.GetTradeId())
			return trade.GetTradeId() < last
		}, func(error, time.Duration) {})
	})
	return ids, failure
}

var shutdown = status.Error(codes.Unavailable, "shutting down")

func TestAStreamThatBreaksIsResumedWithoutALossOrARepetition(t *testing.T) {
	service := &tape{parts: []part{{[]uint64{2, 3, 4}, shutdown}, {[]uint64{4, 5, 6}, nil}}}
	ids, err := follow(t, service, trade(2), 6)
	require.NoError(t, err)
	assert.Equal(t, []uint64{3, 4, 5, 6}, ids)
	assert.Equal(t, []uint64{101, 102}, service.asked)
}

func TestTradesThatAreNotRetainedAreLeftOut(t *testing.T) {
	service := &tape{parts: []part{{nil, status.Error(codes.OutOfRange, "earliest is 500")}, {[]uint64{900}, nil}}}
	ids, err := follow(t, service, trade(2), 900)
	require.NoError(t, err)
	assert.Equal(t, []uint64{900}, ids)
	assert.Equal(t, []uint64{101, 0}, service.asked, "from now on")
}

func TestWithoutATradeItBeginsNow(t *testing.T) {
	service := &tape{parts: []part{{[]uint64{7}, nil}}}
	ids, err := follow(t, service, nil, 7)
	require.NoError(t, err)
	assert.Equal(t, []uint64{7}, ids)
	assert.Equal(t, []uint64{0}, service.asked)
}

func TestTradeOfAnAuctionHasNoSide(t *testing.T) {
	assert.Equal(t, "2026-11-24T12:00:00.005Z BTC/USD - 0.5 at 43000.10 trade 7 sequence 103", Line(trade(7)))
}
