package whereabouts

import (
	"io"
	"os"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func nothing(string) string { return "" }

func silent() *logrus.Logger {
	log := logrus.New()
	log.SetOutput(io.Discard)
	return log
}

// runningHere is the state directory of a fleet that runs.
func runningHere(t *testing.T, redisURL string) string {
	t.Helper()
	dir := t.TempDir()
	lock, err := state.Acquire(dir)
	require.NoError(t, err)
	t.Cleanup(lock.Release)
	require.NoError(t, state.Write(dir, state.State{
		PID: os.Getpid(), RedisURL: redisURL, ConfigURL: "http://127.0.0.1:18090",
		Daemons: []state.Daemon{
			{Name: "market-data", Label: "market-data", GRPCAddr: "127.0.0.1:1", HTTPAddr: "127.0.0.1:2"},
			{Name: "market-data", Label: "market-data-2", GRPCAddr: "127.0.0.1:3", HTTPAddr: "127.0.0.1:4"},
		},
	}))
	return dir
}

func TestFleetThatRunsHereIsFoundByItsState(t *testing.T) {
	fleet, err := Find(runningHere(t, "redis://mine"), "redis://of-the-shell", nothing)
	require.NoError(t, err)
	assert.Equal(t, "redis://mine", fleet.RedisURL)
	assert.Equal(t, []Address{{"127.0.0.1:1", "127.0.0.1:2"}, {"127.0.0.1:3", "127.0.0.1:4"}}, fleet.Static["market-data"])
	assert.Equal(t, []Address{{"", "127.0.0.1:18090"}}, fleet.Static["config"])
	assert.Equal(t, map[string]string{"market-data": "127.0.0.1:1"}, fleet.Fallback())
	assert.Contains(t, fleet.Found, "state.json")
}

func TestFleetElsewhereIsFoundByItsRedis(t *testing.T) {
	fleet, err := Find(t.TempDir(), "redis://:secret@there:6379", nothing)
	require.NoError(t, err)
	assert.Empty(t, fleet.Static)
	assert.Contains(t, fleet.Found, "there:6379")
	assert.NotContains(t, fleet.Found, "secret")
}

func TestFleetWithoutEitherIsLookedForAtTheUsualAddresses(t *testing.T) {
	environment := func(variable string) string {
		return map[string]string{"MARKET_DATA_ADDR": "there:7"}[variable]
	}
	fleet, err := Find(t.TempDir(), "", environment)
	require.NoError(t, err)
	assert.Equal(t, []Address{{"there:7", ""}}, fleet.Static["market-data"])
	assert.Equal(t, []Address{{"127.0.0.1:50054", "127.0.0.1:8084"}}, fleet.Static["exchange"])
	assert.Equal(t, []Address{{"", "127.0.0.1:8090"}}, fleet.Static["config"])
	assert.Contains(t, fleet.Found, "no fleet is running in")
}

func TestDamagedStateIsAnErrorAndNotAnotherPlace(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(state.Path(dir), []byte("{"), 0o600))
	_, err := Find(dir, "", nothing)
	require.ErrorContains(t, err, "is not a state file")
}

func TestInstancesAreThoseThatAreRegisteredElseTheStaticOnes(t *testing.T) {
	server := miniredis.RunT(t)
	_, err := server.SetAdd("fleet:instances:market-data", "a")
	require.NoError(t, err)
	require.NoError(t, server.Set("fleet:instance:market-data:a",
		`{"name":"market-data","instance_id":"a","grpc_addr":"127.0.0.1:9","http_addr":"127.0.0.1:10","health":"SERVING"}`))
	fleet, err := Find(runningHere(t, "redis://"+server.Addr()), "", nothing)
	require.NoError(t, err)
	directory, closeRedis, err := fleet.Open(silent())
	require.NoError(t, err)
	defer closeRedis()

	registered, err := fleet.Instances(t.Context(), directory, "market-data")
	require.NoError(t, err)
	require.Len(t, registered, 1)
	assert.Equal(t, "127.0.0.1:9", registered[0].GRPCAddr)

	static, err := fleet.Instances(t.Context(), directory, "config")
	require.NoError(t, err)
	assert.Equal(t, []discovery.Instance{{Name: "config", HTTPAddr: "127.0.0.1:18090"}}, static)
}

func TestRedisThatDoesNotAnswerLeavesTheStaticAddressesAndAnError(t *testing.T) {
	fleet, err := Find(runningHere(t, "redis://127.0.0.1:1"), "", nothing)
	require.NoError(t, err)
	directory, closeRedis, err := fleet.Open(silent())
	require.NoError(t, err)
	defer closeRedis()
	static, err := fleet.Instances(t.Context(), directory, "market-data")
	require.Error(t, err)
	assert.Len(t, static, 2)
}

func TestWithoutRedisThereIsNoDiscoveryAndNoError(t *testing.T) {
	fleet, err := Find(t.TempDir(), "", nothing)
	require.NoError(t, err)
	directory, closeRedis, err := fleet.Open(silent())
	require.NoError(t, err)
	defer closeRedis()
	static, err := fleet.Instances(t.Context(), directory, "audit")
	require.NoError(t, err)
	assert.Len(t, static, 1)
	guests, err := fleet.Instances(t.Context(), directory, "risk-monitor")
	require.NoError(t, err)
	assert.Empty(t, guests)
}
