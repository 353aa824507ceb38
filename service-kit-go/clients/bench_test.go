package clients

// What a call through the Manager costs over a bare one: compare ns/op and allocs/op within one run.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

func benchmarkCall(ctx context.Context, b *testing.B, client marketdatav1.MarketDataServiceClient) {
	request := &price{Symbol: "BTC/USD"}
	_, err := client.GetPrice(ctx, request)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := client.GetPrice(ctx, request); err != nil {
			b.Fatal(err)
		}
	}
}

// bare is a channel as anybody would make it: no balancing, no breaker, no account.
func bare(b *testing.B) marketdatav1.MarketDataServiceClient {
	fleet := newFleet(b, []*replica{{}})
	conn, err := grpc.NewClient("passthrough:///a", grpc.WithContextDialer(fleet.dial), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, conn.Close()) })
	return marketdatav1.NewMarketDataServiceClient(conn)
}

func BenchmarkBareCall(b *testing.B) { benchmarkCall(context.Background(), b, bare(b)) }

func BenchmarkManagedCall(b *testing.B) {
	benchmarkCall(context.Background(), b, newFleet(b, []*replica{{}}).MarketData().Prices)
}

func BenchmarkBareCallWithCorrelationID(b *testing.B) {
	benchmarkCall(metadata.AppendToOutgoingContext(context.Background(), telemetry.CorrelationHeader, "order-7"), b, bare(b))
}

func BenchmarkManagedCallWithCorrelationID(b *testing.B) {
	benchmarkCall(telemetry.WithCorrelationID(context.Background(), "order-7"), b, newFleet(b, []*replica{{}}).MarketData().Prices)
}

// BenchmarkInterceptor is the part of a managed call that is ours, without gRPC around it.
func BenchmarkInterceptor(b *testing.B) {
	fleet := newFleet(b, []*replica{{}})
	fleet.MarketData()
	peer, ctx := fleet.peers["market-data"], context.Background()
	invoke := func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return nil }
	b.ReportAllocs()
	for b.Loop() {
		_ = peer.unary(ctx, "/s/m", nil, nil, nil, invoke)
	}
}
