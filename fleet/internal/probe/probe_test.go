package probe

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

// serve runs a real health server and returns it with its address.
func serve(t *testing.T) (service *health.Server, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	service = health.NewServer()
	service.SetServingStatus("exchange", healthpb.HealthCheckResponse_NOT_SERVING)
	healthpb.RegisterHealthServer(server, service)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return service, listener.Addr().String()
}

func TestCheckSaysWhatADaemonSaysOfItself(t *testing.T) {
	service, address := serve(t)
	require.ErrorContains(t, Check(t.Context(), address, "exchange"), "it says NOT_SERVING")
	require.ErrorContains(t, Check(t.Context(), address, "audit"), "NotFound")
	service.SetServingStatus("exchange", healthpb.HealthCheckResponse_SERVING)
	require.NoError(t, Check(t.Context(), address, "exchange"))
}

func TestCheckOfNobodyGivesThePlainReason(t *testing.T) {
	err := Check(t.Context(), "127.0.0.1:1", "exchange")
	require.ErrorContains(t, err, "Unavailable: dial tcp 127.0.0.1:1: connect: connection refused")
	assert.NotContains(t, err.Error(), "transport")
}

func TestAwaitReturnsOnceTheDaemonServesAndTellsWhyItDidNotBefore(t *testing.T) {
	service, address := serve(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var notes []string
	err := Await(ctx, address, "exchange", func(err error) {
		notes = append(notes, err.Error())
		service.SetServingStatus("exchange", healthpb.HealthCheckResponse_SERVING)
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"it says NOT_SERVING"}, notes)
}

func TestAwaitEndsWithItsContext(t *testing.T) {
	_, address := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	require.ErrorIs(t, Await(ctx, address, "exchange", func(error) { cancel() }), context.Canceled)
}
