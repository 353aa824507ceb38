package custodiansim_test

import (
	"context"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	shipped "github.com/trading-ecosystem/config"
	custodiansim "github.com/trading-ecosystem/custodian-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAUserCanStartItInATestOnFreePorts(t *testing.T) {
	d := custodiansim.StartTest(t)
	answer, err := healthpb.NewHealthClient(d.Conn).Check(context.Background(), &healthpb.HealthCheckRequest{Service: "custodian"})
	require.NoError(t, err)
	assert.Equal(t, healthpb.HealthCheckResponse_SERVING, answer.GetStatus())
	response, err := d.HTTP.Get("http://custodian/readyz")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
}

func TestItIsFoundUnderItsLogicalName(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		d := custodiansim.StartTest(t, func(config *custodiansim.Config, options *daemon.Options) {
			config.Common, *options = kittest.Settings(), kittest.Options(t, network)
		})
		time.Sleep(time.Second)
		found, err := d.Directory.Lookup(context.Background(), custodiansim.Name)
		require.NoError(t, err)
		require.Len(t, found, 1)
		assert.Equal(t, d.GRPCAddr(), found[0].GRPCAddr)
	})
}

func TestASettingThatCannotBeRightIsRefused(t *testing.T) {
	_, err := custodiansim.New(custodiansim.Config{Common: settings.Common{GRPCAddr: "nowhere"}}, daemon.Options{})
	require.ErrorContains(t, err, `GRPC_ADDR is "nowhere"`)
}

func TestADocumentThatCannotBeRightIsRefused(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"instruments", "calendars", "settlement", "approvals", "clock"} {
		text, err := shipped.Documents.ReadFile(name + ".json")
		require.NoError(t, err)
		files[name+".json"] = &fstest.MapFile{Data: text}
	}
	files["calendars.json"].Data = []byte(`{"calendars": [{"name": "crypto"}]}`)
	config := custodiansim.Config{Common: settings.FreePorts()}
	config.CheckConfig = true
	_, err := custodiansim.New(config, daemon.Options{Defaults: files})
	require.ErrorContains(t, err, `configuration document "settlement": asset_calendars: calendars has "us-bank": want one of crypto`)
}
