package launcher

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/fleet/internal/state"
)

// addresses gives "label grpc http" of each placement.
func addresses(options Options) []string {
	var lines []string
	for _, placed := range plan(options) {
		lines = append(lines, placed.label+" "+placed.grpc.Address+" "+placed.http.Address)
	}
	return lines
}

func TestDaemonsAreAtTheirUsualPortsUnlessToldOtherwise(t *testing.T) {
	assert.Equal(t, []string{
		"market-data 127.0.0.1:50055 127.0.0.1:8085",
		"exchange 127.0.0.1:50054 127.0.0.1:8084",
		"custodian 127.0.0.1:50053 127.0.0.1:8083",
		"audit 127.0.0.1:50052 127.0.0.1:8082",
	}, addresses(Options{}))
	assert.Equal(t, "127.0.0.1:8090", planConfig(Options{}).Address)
	assert.Equal(t, "127.0.0.1:0", planRedis(Options{}).Address)
}

func TestPortBaseNumbersAllPortsFromThere(t *testing.T) {
	assert.Equal(t, []string{
		"market-data 127.0.0.1:60001 127.0.0.1:60002",
		"exchange 127.0.0.1:60003 127.0.0.1:60004",
		"custodian 127.0.0.1:60005 127.0.0.1:60006",
		"audit 127.0.0.1:60007 127.0.0.1:60008",
	}, addresses(Options{PortBase: 60000}))
	assert.Equal(t, "127.0.0.1:60000", planConfig(Options{PortBase: 60000}).Address)
}

func TestGivenAddressStandsBeforeFreePorts(t *testing.T) {
	lines := addresses(Options{FreePorts: true, GRPC: map[string]string{"exchange": "0.0.0.0:7000"}})
	assert.Equal(t, "exchange 0.0.0.0:7000 127.0.0.1:0", lines[1])
	assert.Equal(t, "audit 127.0.0.1:0 127.0.0.1:0", lines[3])
}

func TestReplicasAfterTheFirstAreNumberedAndOnFreePorts(t *testing.T) {
	lines := addresses(Options{Replicas: map[string]int{"market-data": 3}})
	assert.Equal(t, []string{
		"market-data 127.0.0.1:50055 127.0.0.1:8085",
		"market-data-2 127.0.0.1:0 127.0.0.1:0",
		"market-data-3 127.0.0.1:0 127.0.0.1:0",
	}, lines[:3])
}

func TestWantNamesItsPurposeAndTheSettingThatChangesIt(t *testing.T) {
	placed := plan(Options{})[1]
	assert.Equal(t, "HTTP of exchange", placed.http.Purpose)
	assert.Equal(t, "--http exchange=HOST:PORT", placed.http.Setting)
	assert.True(t, isFree(planRedis(Options{})))
	assert.False(t, isFree(placed.http))
}

func TestEnvironmentOfADaemonIsThatOfTheLauncherWithItsOwnSettings(t *testing.T) {
	around := surroundings{
		stateDir: "/x/.fleet", redisURL: "redis://r:1", configURL: "http://c:2", seed: 7, logLevel: "info", logFormat: "text",
		peers: map[string]string{"market-data": "m:3", "exchange": "e:4"},
	}
	inherited := []string{"PATH=/bin", "GRPC_ADDR=of the shell", "ADVERTISE_ADDR=of the shell", "EXCHANGE_ADDR=elsewhere:9", "OTEL_SDK_DISABLED=true"}

	got := environment(inherited, around, state.Daemon{Name: "audit", Label: "audit", GRPCAddr: "a:5", HTTPAddr: "a:6"})

	assert.Equal(t, []string{
		"CONFIG_URL=http://c:2", "DATA_DIR=/x/.fleet/data/audit", "EXCHANGE_ADDR=elsewhere:9", "GRPC_ADDR=a:5", "HTTP_ADDR=a:6",
		"LOG_FORMAT=text", "LOG_LEVEL=info", "MARKET_DATA_ADDR=m:3", "OTEL_SDK_DISABLED=true", "PATH=/bin", "REDIS_URL=redis://r:1",
		"SEED=7", "STOP_ON_STDIN_EOF=true",
	}, got)
	require.Len(t, inherited, 5, "the launcher's own is not touched")
	assert.Equal(t, 1, strings.Count(strings.Join(got, "\n"), "GRPC_ADDR="))
}
