package exchangesim_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestAUserCanStartItInATestOnFreePorts(t *testing.T) {
	d := exchangesim.StartTest(t)
	answer, err := healthpb.NewHealthClient(d.Conn).Check(context.Background(), &healthpb.HealthCheckRequest{Service: "exchange"})
	require.NoError(t, err)
	assert.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())
	response, err := d.HTTP.Get("http://exchange/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestItIsFoundUnderItsLogicalName(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		d := exchangesim.StartTest(t, func(config *exchangesim.Config, options *daemon.Options) {
			config.Common, *options = kittest.Settings(), kittest.Options(t, network)
		})
		time.Sleep(time.Second)
		found, err := d.Directory.Lookup(context.Background(), exchangesim.Name)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, d.GRPCAddr(), found[0].GRPCAddr)
	})
}

func TestASettingThatCannotBeRightIsRefused(t *testing.T) {
	_, err := exchangesim.New(exchangesim.Config{Common: settings.Common{GRPCAddr: "nowhere"}}, daemon.Options{})
	require.ErrorContains(t, err, `GRPC_ADDR is "nowhere"`)
	_, err = exchangesim.New(exchangesim.Config{Common: settings.FreePorts(), EventLogMB: 63}, daemon.Options{})
	require.ErrorContains(t, err, "EVENT_LOG_MB is 63: want 64 or more, or 0 for 512")
	_, err = exchangesim.New(exchangesim.Config{Common: settings.FreePorts(), MaxSubscribers: -1}, daemon.Options{})
	require.ErrorContains(t, err, "MAX_SUBSCRIBERS is -1")
}
