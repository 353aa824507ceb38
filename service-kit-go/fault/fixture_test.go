package fault

// The world of these tests: a market-data server on connections in memory, with the interceptors in front of it.

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	logtest "github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// market answers every price at once, and streams as many as the test puts into the channel.
type market struct {
	marketdatav1.UnimplementedMarketDataServiceServer
	sequences chan uint64
}

func (*market) GetPrice(_ context.Context, request *marketdatav1.GetPriceRequest) (*marketdatav1.GetPriceResponse, error) {
	return &marketdatav1.GetPriceResponse{Update: &marketdatav1.PriceUpdate{Symbol: request.Symbol}}, nil
}

func (m *market) StreamPrices(_ *marketdatav1.StreamPricesRequest, stream grpc.ServerStreamingServer[marketdatav1.StreamPricesResponse]) error {
	for sequence := range m.sequences {
		if err := stream.Send(&marketdatav1.StreamPricesResponse{PreviousSequence: sequence}); err != nil {
			return err
		}
	}
	return nil
}

// daemon is that server and its clients.
type daemon struct {
	*Injector
	*market
	registry *prometheus.Registry
	log      *logtest.Hook
	prices   marketdatav1.MarketDataServiceClient
	faults   faultv1.FaultServiceClient
	health   healthpb.HealthClient
}

func newInjector() (*Injector, *prometheus.Registry, *logtest.Hook) {
	log, lines := logtest.NewNullLogger()
	registry := prometheus.NewRegistry()
	return NewInjector(log, registry), registry, lines
}

func start(t testing.TB) *daemon {
	t.Helper()
	d := &daemon{market: &market{sequences: make(chan uint64)}}
	d.Injector, d.registry, d.log = newInjector()
	server := grpc.NewServer(
		grpc.ChainUnaryInterceptor(mapErrors, d.Unary), grpc.ChainStreamInterceptor(d.Stream))
	marketdatav1.RegisterMarketDataServiceServer(server, d.market)
	faultv1.RegisterFaultServiceServer(server, d.Injector)
	healthpb.RegisterHealthServer(server, grpchealth.NewServer())
	listener := bufconn.Listen(1 << 16)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///market-data", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	d.prices, d.faults, d.health = marketdatav1.NewMarketDataServiceClient(conn), faultv1.NewFaultServiceClient(conn), healthpb.NewHealthClient(conn)
	t.Cleanup(func() {
		d.Close()
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-served)
	})
	return d
}

// mapErrors does what the chassis does around the interceptors.
func mapErrors(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	reply, err := handle(ctx, request)
	return reply, errs.Status(err, "market-data").Err()
}

// get makes a unary call.
func (d *daemon) get(ctx context.Context) error {
	_, err := d.prices.GetPrice(ctx, &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
	return err
}

// inject injects a fault for a minute, changed as the test likes.
func (d *daemon) inject(t testing.TB, spec *faultv1.FaultSpec) *faultv1.Fault {
	t.Helper()
	if spec.Duration == nil {
		spec.Duration = durationpb.New(time.Minute)
	}
	response, err := d.InjectFault(t.Context(), &faultv1.InjectFaultRequest{Spec: spec})
	require.NoError(t, err)
	return response.Fault
}

func latency(delay, jitter time.Duration) *faultv1.FaultSpec {
	return &faultv1.FaultSpec{Effect: &faultv1.FaultSpec_Latency{Latency: &faultv1.Latency{Delay: durationpb.New(delay), Jitter: durationpb.New(jitter)}}}
}

func abort(code codes.Code) *faultv1.FaultSpec {
	return &faultv1.FaultSpec{Effect: &faultv1.FaultSpec_Abort{Abort: &faultv1.Abort{Code: int32(code)}}}
}

func blackHole() *faultv1.FaultSpec {
	return &faultv1.FaultSpec{Effect: &faultv1.FaultSpec_BlackHole{BlackHole: &faultv1.BlackHole{}}}
}

func dropMessages() *faultv1.FaultSpec {
	return &faultv1.FaultSpec{Effect: &faultv1.FaultSpec_DropMessages{DropMessages: &faultv1.DropMessages{}}}
}

func assertCode(t *testing.T, want codes.Code, err error) {
	t.Helper()
	assert.Equal(t, want.String(), status.Code(err).String())
}

// messages are the log's lines so far, with why a fault ended.
func (d *daemon) messages() (lines []string) {
	for _, entry := range d.log.AllEntries() {
		line := []string{entry.Message, entry.Data["fault_id"].(string), entry.Data["effect"].(string)}
		if why, ok := entry.Data["why"]; ok {
			line = append(line, why.(string))
		}
		lines = append(lines, strings.Join(line, ", "))
	}
	return lines
}
