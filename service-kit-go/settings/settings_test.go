package settings_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/settings"
)

type grammar struct {
	settings.Common
	ran *settings.Common
	err error
}

func (g *grammar) Run(ctx context.Context) error {
	*g.ran = g.Common
	return errors.Join(g.err, ctx.Err())
}

func run(t *testing.T, failure error, arguments ...string) (code int, got settings.Common, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	program := settings.Program{
		Name: "exchange-simulator", Description: "A venue.", Stdout: &out, Stderr: &problems,
		Variables: kong.Vars{"grpc_addr": "127.0.0.1:50054", "http_addr": "127.0.0.1:8084"},
	}
	code = program.Main(&grammar{ran: &got, err: failure}, arguments)
	return code, got, out.String(), problems.String()
}

func TestAFlagBeatsTheEnvironmentWhichBeatsTheDefault(t *testing.T) {
	t.Setenv("GRPC_ADDR", "127.0.0.1:1111")
	t.Setenv("SEED", "42")
	code, got, _, _ := run(t, nil, "--grpc-addr", "127.0.0.1:2222")
	assert.Equal(t, settings.ExitOK, code)
	assert.Equal(t, "127.0.0.1:2222", got.GRPCAddr)
	assert.Equal(t, "127.0.0.1:8084", got.HTTPAddr)
	assert.Equal(t, uint64(42), got.Seed)
}

func TestHelpNamesEverySettingAndItsVariable(t *testing.T) {
	code, _, stdout, _ := run(t, nil, "--help")
	assert.Equal(t, settings.ExitOK, code)
	for _, variable := range []string{
		"GRPC_ADDR", "HTTP_ADDR", "ADVERTISE_ADDR", "REDIS_URL", "CONFIG_URL", "DATA_DIR", "LOG_LEVEL", "LOG_FORMAT",
		"SEED", "EXCHANGE_ADDR", "--check-config",
	} {
		assert.Contains(t, stdout, variable)
	}
}

func TestBadUsageExitsWithTwoAndAFailureWithOne(t *testing.T) {
	code, _, _, stderr := run(t, nil, "--no-such-flag")
	assert.Equal(t, settings.ExitUsage, code)
	assert.Contains(t, stderr, "--no-such-flag")
	code, _, stdout, stderr := run(t, errors.New("the disk is full"))
	assert.Equal(t, settings.ExitFailure, code)
	assert.Contains(t, stderr, "the disk is full")
	assert.Empty(t, stdout)
	code, _, _, stderr = run(t, nil, "--log-level", "loud")
	assert.Equal(t, settings.ExitUsage, code)
	assert.Contains(t, stderr, "loud")
}

func TestABadSettingIsNamedWithItsValue(t *testing.T) {
	good := settings.Common{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0"}
	require.NoError(t, good.Validate())
	for name, c := range map[string]func(*settings.Common){
		`GRPC_ADDR is "nowhere"`:      func(s *settings.Common) { s.GRPCAddr = "nowhere" },
		`HTTP_ADDR is "h:99999"`:      func(s *settings.Common) { s.HTTPAddr = "h:99999" },
		`ADVERTISE_ADDR is "host:1"`:  func(s *settings.Common) { s.AdvertiseAddr = "host:1" },
		`CONFIG_URL is "config:8090"`: func(s *settings.Common) { s.ConfigURL = "config:8090" },
		`MARKET_DATA_ADDR is "md"`:    func(s *settings.Common) { s.Peers.MarketData = "md" },
	} {
		broken := good
		c(&broken)
		assert.ErrorContains(t, broken.Validate(), name)
	}
}

func TestAPasswordNeverShows(t *testing.T) {
	secret := settings.Common{RedisURL: "redis://user:hunter2@redis:6379/0"}
	encoded, err := json.Marshal(secret)
	require.NoError(t, err)
	assert.NotContains(t, string(encoded), "hunter2")
	assert.NotContains(t, fmt.Sprintf("%v %+v %s", secret, secret, secret.RedisURL), "hunter2")
}

func TestOnlyPeersThatAreSetHaveAFallback(t *testing.T) {
	peers := settings.Peers{Exchange: "exchange:50054"}
	assert.Equal(t, map[string]string{"exchange": "exchange:50054"}, peers.Fallback())
}
