package command

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// scenarioDesk keeps what it is asked for.
type scenarioDesk struct {
	marketdatav1.UnimplementedScenarioServiceServer
	asked []*marketdatav1.InjectScenarioRequest
}

func (d *scenarioDesk) InjectScenario(_ context.Context, request *marketdatav1.InjectScenarioRequest) (*marketdatav1.InjectScenarioResponse, error) {
	d.asked = append(d.asked, request)
	if request.GetSpec().GetName() == "good-day" {
		return nil, status.Error(codes.NotFound, `no scenario "good-day" in the scenarios document: there are bank-run`)
	}
	return &marketdatav1.InjectScenarioResponse{Scenario: &marketdatav1.Scenario{ScenarioId: request.GetScenarioId(), Spec: request.GetSpec()}}, nil
}

// ListScenarios answers in pages of one.
func (d *scenarioDesk) ListScenarios(_ context.Context, request *marketdatav1.ListScenariosRequest) (*marketdatav1.ListScenariosResponse, error) {
	if request.GetPageToken() == "" {
		return &marketdatav1.ListScenariosResponse{Scenarios: []*marketdatav1.Scenario{{ScenarioId: "first"}}, NextPageToken: "more"}, nil
	}
	return &marketdatav1.ListScenariosResponse{Scenarios: []*marketdatav1.Scenario{{ScenarioId: "second"}}}, nil
}

func (d *scenarioDesk) CancelScenario(_ context.Context, request *marketdatav1.CancelScenarioRequest) (*marketdatav1.CancelScenarioResponse, error) {
	return &marketdatav1.CancelScenarioResponse{Scenario: &marketdatav1.Scenario{ScenarioId: request.GetScenarioId()}}, nil
}

// atADesk serves a desk at the address where the commands look for market data.
func atADesk(t *testing.T) *scenarioDesk {
	desk := &scenarioDesk{}
	serveAs(t, "MARKET_DATA_ADDR", func(server *grpc.Server) { marketdatav1.RegisterScenarioServiceServer(server, desk) })
	return desk
}

func TestAScenarioIsInjectedListedAndCancelled(t *testing.T) {
	desk := atADesk(t)
	injected := run("scenario", "inject", "crash", "--symbol", "BTC/USD,ETH/USD", "--intensity", "1.5", "--duration", "10m")
	require.Zero(t, injected.code, injected.stderr)
	assert.Regexp(t, `(?m)^crash-[0-9a-f]{8} +crash +1.5 +BTC/USD,ETH/USD `, injected.stdout)
	assert.Equal(t, []string{"BTC/USD", "ETH/USD"}, desk.asked[0].GetSpec().GetPhases()[0].GetSymbols())
	assert.Nil(t, desk.asked[0].GetStartTime())

	file := filepath.Join(t.TempDir(), "crash.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: mine\nphases: [{type: rally, hold: 1m}]"), 0o600))
	injected = run("scenario", "inject", "--file", file, "--id", "x", "--at", "2026-11-24T12:00:00Z", "--json")
	require.Zero(t, injected.code, injected.stderr)
	assert.Contains(t, injected.stdout, `"scenario_id":"x"`)
	assert.Equal(t, int64(1795521600), desk.asked[1].GetStartTime().GetSeconds())

	var listed struct{ Scenarios []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(run("scenario", "list", "--json").stdout), &listed))
	assert.Len(t, listed.Scenarios, 2, "all pages")
	assert.Contains(t, run("scenario", "cancel", "first").stdout, "first")
}

func TestWhatMarketDataRefusesIsToldAsItIs(t *testing.T) {
	atADesk(t)
	refused := run("scenario", "inject", "good-day")
	assert.Equal(t, 1, refused.code)
	assert.Contains(t, refused.stderr, `no scenario "good-day" in the scenarios document: there are bank-run`)
	t.Setenv("MARKET_DATA_ADDR", "127.0.0.1:1")
	refused = run("scenario", "list")
	assert.Equal(t, 1, refused.code)
	assert.Contains(t, refused.stderr, "market-data at 127.0.0.1:1")
}

func TestABadFileIsRefusedBeforeAnythingIsAsked(t *testing.T) {
	desk := atADesk(t)
	file := filepath.Join(t.TempDir(), "crash.yaml")
	require.NoError(t, os.WriteFile(file, []byte("phases:\n  - type: boom"), 0o600))
	refused := run("scenario", "inject", "--file", file)
	assert.Equal(t, 1, refused.code)
	assert.Contains(t, refused.stderr, "crash.yaml: ")
	assert.Contains(t, refused.stderr, `line 2: type is "boom"`)
	assert.Empty(t, desk.asked)
}
