package clients

// The world of these tests: replicas of market-data on connections in memory, found by a resolver that the test directs.

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/test/bufconn"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type (
	price  = marketdatav1.GetPriceRequest
	prices = marketdatav1.StreamPricesRequest
	feed   = grpc.ServerStreamingServer[marketdatav1.StreamPricesResponse]
)

// replica is one market-data server whose answers the test decides.
type replica struct {
	marketdatav1.UnimplementedMarketDataServiceServer
	faultv1.UnimplementedFaultServiceServer
	server   *grpc.Server
	health   *grpchealth.Server
	listener *bufconn.Listener

	answer func(ctx context.Context, symbol string) error // of GetPrice; nil means success
	serve  func(feed) error                               // of StreamPrices
	calls  atomic.Int64                                   // of GetPrice, retries included
	open   atomic.Int64                                   // connections

	mu        sync.Mutex
	times     []time.Time // of those calls
	incoming  metadata.MD // of the last of them
	mostTries string      // highest grpc-previous-rpc-attempts seen
}

func (r *replica) GetPrice(ctx context.Context, request *price) (*marketdatav1.GetPriceResponse, error) {
	r.calls.Add(1)
	r.mu.Lock()
	r.incoming, _ = metadata.FromIncomingContext(ctx)
	r.times = append(r.times, time.Now())
	if tries := r.incoming.Get("grpc-previous-rpc-attempts"); len(tries) > 0 {
		r.mostTries = max(r.mostTries, tries[0])
	}
	r.mu.Unlock()
	if r.answer != nil {
		if err := r.answer(ctx, request.Symbol); err != nil {
			return nil, err
		}
	}
	return &marketdatav1.GetPriceResponse{Update: &marketdatav1.PriceUpdate{Symbol: request.Symbol}}, nil
}

func (r *replica) StreamPrices(_ *prices, stream feed) error { return r.serve(stream) }

func (r *replica) ClearFaults(context.Context, *faultv1.ClearFaultsRequest) (*faultv1.ClearFaultsResponse, error) {
	r.calls.Add(1)
	return nil, r.answer(context.Background(), "")
}

// TagRPC, HandleRPC, TagConn and HandleConn implement stats.Handler, to count connections.
func (r *replica) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (r *replica) HandleRPC(context.Context, stats.RPCStats)                         {}
func (r *replica) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (r *replica) HandleConn(_ context.Context, event stats.ConnStats) {
	switch event.(type) {
	case *stats.ConnBegin:
		r.open.Add(1)
	case *stats.ConnEnd:
		r.open.Add(-1)
	}
}

// fleet is some replicas and a Manager that finds them.
type fleet struct {
	*Manager
	registry *prometheus.Registry
	found    *manual.Resolver
	replicas sync.Map // of *replica by address
}

type configure func(*Options)

// newFleet starts one replica for each answer.
func newFleet(t testing.TB, replicas []*replica, changes ...configure) *fleet {
	t.Helper()
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	made := &fleet{registry: prometheus.NewRegistry(), found: manual.NewBuilderWithScheme("fleet")}
	var state resolver.State
	for index, replica := range replicas {
		address := string(rune('a' + index))
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: address}}})
		made.replicas.Store(address, replica)
		replica.start(t)
	}
	made.found.InitialState(state)
	options := Options{
		Self: "exchange", Resolver: made.found, Log: silent, Registerer: made.registry,
		Dial: []grpc.DialOption{grpc.WithContextDialer(made.dial)},
	}
	for _, change := range changes {
		change(&options)
	}
	made.Manager = New(options)
	t.Cleanup(made.Close) // runs before the servers stop
	return made
}

func (f *fleet) dial(ctx context.Context, address string) (net.Conn, error) {
	if found, ok := f.replicas.Load(address); ok {
		return found.(*replica).listener.DialContext(ctx)
	}
	return nil, errors.New("nobody listens at " + address)
}

func (r *replica) start(t testing.TB) {
	r.listener = bufconn.Listen(1 << 16)
	r.server = grpc.NewServer(grpc.StatsHandler(r))
	r.health = grpchealth.NewServer()
	r.health.SetServingStatus("market-data", healthpb.HealthCheckResponse_SERVING)
	marketdatav1.RegisterMarketDataServiceServer(r.server, r)
	faultv1.RegisterFaultServiceServer(r.server, r)
	healthpb.RegisterHealthServer(r.server, r.health)
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(r.listener) }()
	t.Cleanup(func() {
		r.server.Stop()
		require.NoError(t, <-served)
	})
}

// get makes a unary call.
func (f *fleet) get(ctx context.Context) error {
	_, err := f.MarketData().Prices.GetPrice(ctx, &price{Symbol: "BTC/USD"})
	return err
}

// failing answers every call with err.
func failing(err error) *replica {
	return &replica{answer: func(context.Context, string) error { return err }}
}
