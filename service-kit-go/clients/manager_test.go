package clients

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

func TestEachDaemonHasOneChannelUnderItsName(t *testing.T) {
	fleet := newFleet(t, nil)
	assert.Empty(t, fleet.Dependencies(), "a peer appears once it is used")
	everybody := map[string]func() faultv1.FaultServiceClient{
		"peer:market-data":      func() faultv1.FaultServiceClient { return fleet.MarketData().Faults },
		"peer:risk-monitor":     func() faultv1.FaultServiceClient { return fleet.RiskMonitor().Faults },
		"peer:trading-engine":   func() faultv1.FaultServiceClient { return fleet.TradingEngine().Faults },
		"peer:test-coordinator": func() faultv1.FaultServiceClient { return fleet.TestCoordinator().Faults },
		"peer:audit":            func() faultv1.FaultServiceClient { return fleet.Audit().Faults },
		"peer:custodian":        func() faultv1.FaultServiceClient { return fleet.Custodian().Faults },
		"peer:exchange":         func() faultv1.FaultServiceClient { return fleet.Exchange().Faults },
	}
	var names []string
	for name, use := range everybody {
		names = append(names, name)
		first, second := use(), use()
		assert.Equal(t, first, second, "the same channel each time")
	}
	var known []string
	for _, dependency := range fleet.Dependencies() {
		known = append(known, dependency.Name)
	}
	assert.ElementsMatch(t, names, known)
	assert.IsIncreasing(t, known)
}

// The replica serves none of these, so the code tells that the call has reached it and gone no further.
func TestEachServiceOfTheExchangeIsCalledOverItsChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{}
		exchange := newFleet(t, []*replica{peer}).Exchange()
		peer.health.SetServingStatus("exchange", healthpb.HealthCheckResponse_SERVING)
		for name, call := range map[string]func() error{
			"orders":   func() error { _, err := exchange.Orders.GetOrder(t.Context(), nil); return err },
			"accounts": func() error { _, err := exchange.Accounts.GetAccount(t.Context(), nil); return err },
			"market":   func() error { _, err := exchange.Market.GetOrderBook(t.Context(), nil); return err },
			"venue":    func() error { _, err := exchange.Venue.GetVenueStatus(t.Context(), nil); return err },
		} {
			assert.Equal(t, codes.Unimplemented, status.Code(call()), name)
		}
	})
}

func TestTheSettlementServiceIsCalledOverTheChannelOfTheCustodian(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{}
		custodian := newFleet(t, []*replica{peer}).Custodian()
		peer.health.SetServingStatus("custodian", healthpb.HealthCheckResponse_SERVING)
		_, err := custodian.Settlement.SubmitInstructions(t.Context(), nil)
		assert.Equal(t, codes.Unimplemented, status.Code(err))
	})
}

func TestClosedManagerRefusesCallsToOldAndNewPeers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fleet := newFleet(t, []*replica{{}})
		require.NoError(t, fleet.get(t.Context()))
		fleet.Close()
		fleet.Close() // twice is safe
		assert.Equal(t, codes.Canceled, status.Code(fleet.get(t.Context())))
		_, err := fleet.Audit().Faults.ListFaults(t.Context(), &faultv1.ListFaultsRequest{})
		assert.Equal(t, codes.Canceled, status.Code(err))
		assert.ErrorContains(t, err, "closing")
	})
}

func TestCallCarriesTheCorrelationIDOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{}
		fleet := newFleet(t, []*replica{peer})
		require.NoError(t, fleet.get(telemetry.WithCorrelationID(t.Context(), "order-7")))
		assert.Equal(t, []string{"order-7"}, peer.incoming.Get(telemetry.CorrelationHeader))
		require.NoError(t, fleet.get(t.Context()))
		assert.Empty(t, peer.incoming.Get(telemetry.CorrelationHeader))
	})
}

// remote is a context as a traced caller leaves it.
func remote(ctx context.Context) (context.Context, trace.SpanContext) {
	span := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, Remote: true,
	})
	return trace.ContextWithRemoteSpanContext(ctx, span), span
}

func TestTraceContextPassesThroughADaemonThatDoesNotTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		peer := &replica{}
		ctx, _ := remote(t.Context())
		require.NoError(t, newFleet(t, []*replica{peer}).get(ctx))
		assert.Equal(t, []string{"00-01000000000000000000000000000000-0200000000000000-01"}, peer.incoming.Get("traceparent"))
	})
}

func TestTracedCallIsASpanUnderItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		recorder := tracetest.NewSpanRecorder()
		peer := &replica{}
		fleet := newFleet(t, []*replica{peer}, func(options *Options) {
			options.Tracing = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
		})
		ctx, caller := remote(t.Context())
		require.NoError(t, fleet.get(ctx))
		require.Len(t, recorder.Ended(), 1)
		span := recorder.Ended()[0]
		assert.Equal(t, "marketdata.v1.MarketDataService/GetPrice", span.Name())
		assert.Equal(t, caller, span.Parent())
		require.Len(t, peer.incoming.Get("traceparent"), 1)
		assert.Contains(t, peer.incoming.Get("traceparent")[0], span.SpanContext().SpanID().String())
	})
}

func TestReadyzAndMetricsTellHowAPeerIsDoing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now().UTC()
		var answer error
		fleet := newFleet(t, []*replica{{answer: func(context.Context, string) error {
			time.Sleep(8 * time.Millisecond)
			return answer
		}}})
		require.NoError(t, fleet.get(t.Context()))
		assert.Equal(t, []health.Dependency{{Name: "peer:market-data", State: health.Up, Since: began, Detail: map[string]any{
			"breaker": "closed", "requests": uint64(1), "errors": map[string]uint64{}, "refused": uint64(0), "latency_ms": 8.0,
		}}}, fleet.Dependencies())

		answer = status.Error(codes.NotFound, "no such symbol")
		require.Error(t, fleet.get(t.Context()))
		assert.Empty(t, fleet.Dependencies()[0].LastError, "an answer is no trouble of the peer")

		time.Sleep(time.Minute)
		answer = status.Error(codes.Internal, "broken")
		for range BreakerFailures + 2 {
			require.Error(t, fleet.get(t.Context()))
		}
		opened := began.Add(time.Minute + 7*8*time.Millisecond)
		assert.Equal(t, []health.Dependency{{
			Name: "peer:market-data", State: health.Degraded, Since: opened,
			LastError: "rpc error: code = Internal desc = broken", LastErrorAt: opened, Detail: map[string]any{
				"breaker": "open", "requests": uint64(7), "errors": map[string]uint64{"NotFound": 1, "Internal": 5},
				"refused": uint64(2), "latency_ms": 8.0, "probe_at": opened.Add(BreakerOpen),
			},
		}}, fleet.Dependencies())

		require.NoError(t, testutil.GatherAndCompare(fleet.registry, strings.NewReader(`
# HELP peer_breaker_state State of the circuit breaker of a peer: 0 closed, 1 half-open, 2 open.
# TYPE peer_breaker_state gauge
peer_breaker_state{peer="market-data"} 2
# HELP peer_refused_total Calls to a peer that were not made because its circuit was open.
# TYPE peer_refused_total counter
peer_refused_total{peer="market-data"} 2
# HELP peer_requests_total Calls to a peer by the code they ended with. A stream counts at its first message, and once more if it fails later.
# TYPE peer_requests_total counter
peer_requests_total{code="Internal",peer="market-data"} 5
peer_requests_total{code="NotFound",peer="market-data"} 1
peer_requests_total{code="OK",peer="market-data"} 1
`), "peer_breaker_state", "peer_refused_total", "peer_requests_total"))
		count, err := testutil.GatherAndCount(fleet.registry, "peer_latency_seconds")
		require.NoError(t, err)
		assert.Equal(t, 1, count)
	})
}
