package settings_test

import (
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/trading-ecosystem/service-kit-go/settings"
)

// serveHealth runs a real health server on all addresses of this machine.
func serveHealth(t *testing.T) (service *health.Server, address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	require.NoError(t, err)
	server, service := grpc.NewServer(), health.NewServer()
	healthpb.RegisterHealthServer(server, service)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		require.NoError(t, <-served)
	})
	return service, listener.Addr().String()
}

func TestHealthAsksTheDaemonThatRunsWithTheSameSettings(t *testing.T) {
	service, address := serveHealth(t)
	for _, flag := range []string{"-health", "--health"} {
		code, _, stdout, stderr := run(t, nil, "--grpc-addr", address, flag)
		assert.Equal(t, settings.ExitOK, code, stderr)
		assert.Equal(t, "healthy\n", stdout)
	}
	service.SetServingStatus("", healthpb.HealthCheckResponse_NOT_SERVING)
	code, got, _, stderr := run(t, nil, "--grpc-addr", address, "-health")
	assert.Equal(t, settings.ExitFailure, code)
	assert.Contains(t, stderr, "exchange-simulator: not healthy: ask "+settings.Local(address)+": it says NOT_SERVING")
	assert.Empty(t, got.GRPCAddr, "the daemon itself has not been run")
}

func TestHealthOfNobodyIsAFailureThatSaysWhoWasAsked(t *testing.T) {
	code, _, stdout, stderr := run(t, nil, "--grpc-addr", "127.0.0.1:1", "-health")
	assert.Equal(t, settings.ExitFailure, code)
	assert.Empty(t, stdout)
	assert.Contains(t, stderr, "not healthy: ask 127.0.0.1:1: ")
	assert.Contains(t, stderr, "connection refused")
}
