package grpcserver_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/grpcserver"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// handlers is a service whose methods a test sets.
type handlers struct {
	testpb.UnimplementedTestServiceServer
	unary  func(context.Context) error
	stream func(grpc.ServerStream) error
}

func (h *handlers) EmptyCall(ctx context.Context, _ *testpb.Empty) (*testpb.Empty, error) {
	return &testpb.Empty{}, h.unary(ctx)
}

func (h *handlers) StreamingOutputCall(_ *testpb.StreamingOutputCallRequest, stream grpc.ServerStreamingServer[testpb.StreamingOutputCallResponse]) error {
	return h.stream(stream)
}

type fixture struct {
	server   *grpcserver.Server
	registry *prometheus.Registry
	logs     *bytes.Buffer
	client   testpb.TestServiceClient
	health   healthpb.HealthClient
}

// serve starts a server on bufconn; it must be called inside a synctest bubble, which then checks that nothing is left.
func serve(t *testing.T, h *handlers) fixture {
	t.Helper()
	f := fixture{registry: prometheus.NewRegistry(), logs: &bytes.Buffer{}}
	log := logrus.New()
	log.SetOutput(f.logs)
	log.SetLevel(logrus.DebugLevel)
	f.server = grpcserver.New(grpcserver.Options{
		Name: "exchange", Log: log, Registry: f.registry,
	})
	testpb.RegisterTestServiceServer(f.server, h)
	socket := bufconn.Listen(1 << 16)
	go func() { _ = f.server.Serve(socket) }()
	conn, err := grpc.NewClient("passthrough:///server",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return socket.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		f.server.Stop()
		assert.NoError(t, conn.Close())
	})
	f.client, f.health = testpb.NewTestServiceClient(conn), healthpb.NewHealthClient(conn)
	return f
}

func call(f fixture, ctx context.Context) error { //nolint:revive // the fixture comes first, as a receiver would
	_, err := f.client.EmptyCall(ctx, &testpb.Empty{})
	return err
}

func TestADomainErrorArrivesAsItsStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, &handlers{unary: func(context.Context) error {
			return errs.New(errs.NotFound, "UNKNOWN_ORDER", "no order 7")
		}})
		err := call(f, context.Background())
		assert.Equal(t, codes.NotFound, status.Code(err))
		assert.Len(t, status.Convert(err).Details(), 1)
	})
}

func TestAPanicIsAnInternalErrorAndTheServerLivesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &handlers{unary: func(context.Context) error { panic("index out of range") }}
		f := serve(t, h)
		err := call(f, context.Background())
		assert.Equal(t, codes.Internal, status.Code(err))
		assert.Contains(t, f.logs.String(), "server_test.go", "the log has the stack")
		h.unary = func(context.Context) error { return nil }
		require.NoError(t, call(f, context.Background()))
		assert.NoError(t, testutil.GatherAndCompare(f.registry, strings.NewReader(`
			# HELP grpc_server_panics_total Handlers that panicked; each is a bug.
			# TYPE grpc_server_panics_total counter
			grpc_server_panics_total 1
			`), "grpc_server_panics_total"))
	})
}

func TestTheCallersCorrelationIDIsKeptAndAMissingOrUnfitOneReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen string
		f := serve(t, &handlers{unary: func(ctx context.Context) error {
			seen = telemetry.CorrelationID(ctx)
			return nil
		}})
		with := func(id string) context.Context {
			return metadata.AppendToOutgoingContext(context.Background(), telemetry.CorrelationHeader, id)
		}
		require.NoError(t, call(f, with("abc-1")))
		assert.Equal(t, "abc-1", seen)
		assert.Contains(t, f.logs.String(), "code=OK")
		require.NoError(t, call(f, context.Background()))
		assert.Len(t, seen, 36)
		require.NoError(t, call(f, with(strings.Repeat("x", 500))))
		assert.Len(t, seen, 36)
	})
}

func TestTheCallersTraceGoesOnAlsoWhereNoSpansAreMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen string
		f := serve(t, &handlers{unary: func(ctx context.Context) error {
			seen = trace.SpanContextFromContext(ctx).TraceID().String()
			return nil
		}})
		const id = "0af7651916cd43dd8448eb211c80319c"
		ctx := metadata.AppendToOutgoingContext(context.Background(), "traceparent", "00-"+id+"-b7ad6b7169203331-01")
		require.NoError(t, call(f, ctx))
		assert.Equal(t, id, seen)
		assert.Contains(t, f.logs.String(), "code=OK")
	})
}

func TestTwentyMillisecondsAreShavedOffTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left time.Duration
		f := serve(t, &handlers{unary: func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			<-ctx.Done()
			return errors.Join(errors.New("waited for the custodian"), ctx.Err())
		}})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := call(f, ctx)
		assert.InDelta(t, 980, left.Milliseconds(), 1)
		assert.Equal(t, codes.DeadlineExceeded, status.Code(err))
		assert.Contains(t, err.Error(), "waited for the custodian", "the callee's own words arrive in time")
	})
}

func TestHealthIsNotServingFromBirthAndPerName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, &handlers{})
		check := func(service string) healthpb.HealthCheckResponse_ServingStatus {
			response, err := f.health.Check(context.Background(), &healthpb.HealthCheckRequest{Service: service})
			require.NoError(t, err)
			return response.GetStatus()
		}
		for _, service := range []string{"", "exchange"} {
			assert.Equal(t, healthpb.HealthCheckResponse_NOT_SERVING, check(service))
		}
		f.server.SetServing(true)
		for _, service := range []string{"", "exchange"} {
			assert.Equal(t, healthpb.HealthCheckResponse_SERVING, check(service))
		}
		_, err := f.health.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "custodian"})
		assert.Equal(t, codes.NotFound, status.Code(err))
	})
}

func TestAHundredOpenStreamsEndAtOnceWhenTheServerStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, &handlers{stream: func(stream grpc.ServerStream) error {
			if err := stream.SendMsg(&testpb.StreamingOutputCallResponse{}); err != nil {
				return err
			}
			<-stream.Context().Done()
			return stream.Context().Err()
		}})
		streams := make([]grpc.ServerStreamingClient[testpb.StreamingOutputCallResponse], 100)
		for i := range streams {
			stream, err := f.client.StreamingOutputCall(context.Background(), &testpb.StreamingOutputCallRequest{})
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)
			streams[i] = stream
		}
		start := time.Now()
		assert.True(t, f.server.StopWithin(5*time.Second), "all ended by themselves")
		assert.Zero(t, time.Since(start))
		for _, stream := range streams {
			_, err := stream.Recv()
			assert.Equal(t, codes.Unavailable, status.Code(err))
			assert.ErrorContains(t, err, "shutting down")
		}
	})
}

func TestACallThatDoesNotEndIsCutOffAtTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := make(chan struct{})
		f := serve(t, &handlers{unary: func(ctx context.Context) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}})
		result := make(chan error, 1)
		go func() { result <- call(f, context.Background()) }()
		<-started
		start := time.Now()
		assert.False(t, f.server.StopWithin(5*time.Second))
		assert.Equal(t, 5*time.Second, time.Since(start))
		assert.Equal(t, codes.Unavailable, status.Code(<-result))
	})
}

func TestCallsAreCountedTimedAndLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &handlers{unary: func(context.Context) error { time.Sleep(2 * time.Second); return nil }}
		f := serve(t, h)
		require.NoError(t, call(f, context.Background()))
		h.unary = func(context.Context) error { return errors.New("a bug") }
		require.Error(t, call(f, context.Background()))
		families, err := f.registry.Gather()
		require.NoError(t, err)
		got := map[string]float64{}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				for _, label := range metric.GetLabel() {
					if label.GetName() == "code" && metric.GetCounter().GetValue() > 0 {
						got[label.GetValue()] = metric.GetCounter().GetValue()
					}
				}
				if h := metric.GetHistogram(); h != nil {
					got["seconds"] = h.GetSampleSum()
				}
			}
		}
		assert.Equal(t, map[string]float64{"OK": 1, "Internal": 1, "seconds": 2}, got)
		assert.Contains(t, f.logs.String(), "level=info msg=call code=OK")
		assert.Contains(t, f.logs.String(), `level=error msg=call code=Internal error="a bug"`)
		assert.InDelta(t, 1, testutil.ToFloat64(gauge(t, f.registry, "grpc_server_connections")), 0)
	})
}

// gauge rebuilds a gathered gauge, so that its value can be read.
func gauge(t *testing.T, registry *prometheus.Registry, name string) prometheus.Collector {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name})
			g.Set(family.GetMetric()[0].GetGauge().GetValue())
			return g
		}
	}
	t.Fatalf("no metric %s", name)
	return nil
}

func TestARequestBeyondTheLimitIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := serve(t, &handlers{})
		big := &testpb.SimpleRequest{Payload: &testpb.Payload{Body: make([]byte, grpcserver.MaxMessageBytes)}}
		_, err := f.client.UnaryCall(context.Background(), big)
		assert.Equal(t, codes.ResourceExhausted, status.Code(err))
	})
}
