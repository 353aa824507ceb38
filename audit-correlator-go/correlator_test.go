package auditcorrelator_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	auditcorrelator "github.com/trading-ecosystem/audit-correlator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAUserCanStartItInATestOnFreePorts(t *testing.T) {
	d := auditcorrelator.StartTest(t)
	answer, err := healthpb.NewHealthClient(d.Conn).Check(context.Background(), &healthpb.HealthCheckRequest{Service: "audit"})
	require.NoError(t, err)
	assert.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())
	response, err := d.HTTP.Get("http://audit/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestItIsFoundUnderItsLogicalName(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		d := auditcorrelator.StartTest(t, func(config *auditcorrelator.Config, options *daemon.Options) {
			config.Common, *options = kittest.Settings(), kittest.Options(t, network)
		})
		time.Sleep(time.Second)
		found, err := d.Directory.Lookup(context.Background(), auditcorrelator.Name)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, d.GRPCAddr(), found[0].GRPCAddr)
	})
}

func TestASettingThatCannotBeRightIsRefused(t *testing.T) {
	_, err := auditcorrelator.New(auditcorrelator.Config{Common: settings.Common{GRPCAddr: "nowhere"}}, daemon.Options{})
	require.ErrorContains(t, err, `GRPC_ADDR is "nowhere"`)
}
