package marketdatasim_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// shared makes a replica use the Redis of its network.
func shared(config *marketdatasim.Config, _ *daemon.Options) { config.Common = kittest.Settings() }

// crashOf is a request for a crash of a minute, half of which comes back in another.
func crashOf(id string, symbols ...string) *marketdatav1.InjectScenarioRequest {
	return &marketdatav1.InjectScenarioRequest{ScenarioId: id, Spec: &marketdatav1.ScenarioSpec{Phases: []*marketdatav1.ScenarioPhase{{
		Type: marketdatav1.ScenarioType_SCENARIO_TYPE_CRASH, Symbols: symbols,
		Duration: durationpb.New(time.Minute), Recovery: durationpb.New(time.Minute),
	}}}}
}

// inject injects, and returns the scenario.
func inject(t *testing.T, d *daemon.TestDaemon, request *marketdatav1.InjectScenarioRequest) *marketdatav1.Scenario {
	t.Helper()
	response, err := marketdatav1.NewScenarioServiceClient(d.Conn).InjectScenario(t.Context(), request)
	require.NoError(t, err)
	return response.GetScenario()
}

// follow opens streams of all symbols, from one sequence on.
func follow(t *testing.T, clients ...marketdatav1.MarketDataServiceClient) (streams []marketdatav1.MarketDataService_StreamPricesClient) {
	t.Helper()
	request := &marketdatav1.StreamPricesRequest{
		Symbols: everySymbol, UpdateIntervalMs: 100, AfterSequence: (sequenceOf(t, clients[0]) - 50) / 5 * 5,
	}
	for _, client := range clients {
		stream, err := client.StreamPrices(t.Context(), request)
		require.NoError(t, err)
		streams = append(streams, stream)
	}
	return streams
}

// together reads a span of several streams, in step, so that none is late.
func together(t *testing.T, span time.Duration, streams ...marketdatav1.MarketDataService_StreamPricesClient) [][]*marketdatav1.StreamPricesResponse {
	t.Helper()
	all := make([][]*marketdatav1.StreamPricesResponse, len(streams))
	for range int(span / (100 * time.Millisecond)) {
		for n, stream := range streams {
			all[n] = append(all[n], read(t, stream, len(everySymbol))...)
		}
	}
	return all
}

// requireSame reads a span of the streams of two replicas and compares them.
func requireSame(t *testing.T, span time.Duration, one, other marketdatav1.MarketDataServiceClient) {
	t.Helper()
	all := together(t, span, follow(t, one, other)...)
	for i := range all[0] {
		require.True(t, proto.Equal(all[0][i], all[1][i]), "%v\n%v", all[0][i], all[1][i])
	}
}

func testAScenarioActsOnEveryReplicaFromTheSameTickOn(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		asked, first := startOn(t, network, shared)
		_, second := startOn(t, network, shared)
		_, alone := startOn(t, network)
		time.Sleep(time.Second)
		streams := follow(t, first, second, alone)
		before := time.Now()
		injected := inject(t, asked, crashOf("crash-1"))
		effective := injected.GetEffectiveTime().AsTime()
		assert.Less(t, time.Since(before), 100*time.Millisecond)
		assert.GreaterOrEqual(t, effective.Sub(virtualStart.Add(before.Sub(virtualAnchor))), 2*time.Second)
		assert.Zero(t, effective.Nanosecond())

		all, changed := together(t, 130*time.Second, streams...), 0
		for i, update := range all[0] {
			require.True(t, proto.Equal(update, all[1][i]), "%v\n%v", update, all[1][i])
			got, want := update.GetUpdate(), all[2][i].GetUpdate()
			at := got.GetBusinessTime().AsTime()
			acting := !at.Before(effective) && at.Before(injected.GetEndTime().AsTime()) && got.GetSymbol() != "USDT/USD"
			if at.Before(effective) {
				require.True(t, proto.Equal(want, got), "nothing before the effective time: %v\n%v", want, got)
			}
			if acting {
				require.Len(t, got.GetScenarios(), 1, "%v", got)
				require.Equal(t, "crash-1", got.GetScenarios()[0].GetScenarioId())
				require.Equal(t, effective, got.GetScenarios()[0].GetEffectiveTime().AsTime())
				changed++
			} else {
				require.Empty(t, got.GetScenarios())
			}
			if at.Equal(effective.Add(time.Minute)) && strings.HasSuffix(got.GetSymbol(), "/USD") && got.GetSymbol() != "USDT/USD" {
				assert.InDelta(t, 0.8, got.GetPrice()/want.GetPrice(), 0.03, got.GetSymbol())
			}
		}
		assert.Positive(t, changed)
	})
}

// virtualAnchor is the wall time of virtualStart: tests under virtual time begin then.
var virtualAnchor = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

func testAReplicaThatStartsInTheMiddleOfAScenarioAgrees(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		staying, first := startOn(t, network, shared)
		leaving, _ := startOn(t, network, shared)
		inject(t, leaving, crashOf("crash-1", "BTC/USD"))
		time.Sleep(30 * time.Second)
		require.NoError(t, leaving.Stop())
		_, again := startOn(t, network, shared)
		requireSame(t, 10*time.Second, first, again)
		scenarios := marketdatav1.NewScenarioServiceClient(staying.Conn)
		cancelled, err := scenarios.CancelScenario(t.Context(), &marketdatav1.CancelScenarioRequest{ScenarioId: "crash-1"})
		require.NoError(t, err)
		assert.Equal(t, cancelled.GetScenario().GetCancelTime().AsTime().Add(time.Minute), cancelled.GetScenario().GetEndTime().AsTime())
		requireSame(t, 90*time.Second, first, again)
		listed, err := scenarios.ListScenarios(t.Context(), &marketdatav1.ListScenariosRequest{})
		require.NoError(t, err)
		assert.Empty(t, listed.GetScenarios())
		listed, err = scenarios.ListScenarios(t.Context(), &marketdatav1.ListScenariosRequest{IncludeEnded: true})
		require.NoError(t, err)
		require.Len(t, listed.GetScenarios(), 1)
		assert.Equal(t, marketdatav1.ScenarioState_SCENARIO_STATE_ENDED, listed.GetScenarios()[0].GetState())
	})
}

func testWithoutItsRedisAReplicaRefusesScenariosAndServesOn(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		d, client := startOn(t, network, shared)
		network.Cut(kittest.RedisAddress)
		_, err := marketdatav1.NewScenarioServiceClient(d.Conn).InjectScenario(t.Context(), crashOf("a"))
		require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
		require.ErrorContains(t, err, "try again with the same scenario_id")
		time.Sleep(10 * time.Second)
		assert.Positive(t, sequenceOf(t, client))
		assert.Equal(t, "degraded", dependency(t, d, "scenario-log").State)
		network.Heal(kittest.RedisAddress)
		time.Sleep(10 * time.Second)
		assert.Equal(t, "up", dependency(t, d, "scenario-log").State)
		inject(t, d, crashOf("a"))
	})
}

// watched is a dependency as /readyz shows it.
type watched struct {
	Name, State string
	LastError   string `json:"last_error"`
	Detail      map[string]any
}

func dependency(t *testing.T, d *daemon.TestDaemon, name string) watched {
	t.Helper()
	var answer struct{ Dependencies []watched }
	require.NoError(t, json.Unmarshal([]byte(readiness(t, d)), &answer))
	for _, one := range answer.Dependencies {
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("no dependency %s in %v", name, answer)
	return watched{}
}

// A replica that was cut off hears of a scenario late: it says so, and agrees from then on.
func testALateScenarioIsVisibleAndThePricesAgreeFromThenOn(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		injecting, first := startOn(t, network, shared)
		private := &partition{Network: network}
		late, second := startOn(t, network, func(config *marketdatasim.Config, options *daemon.Options) {
			shared(config, options)
			options.Network = private
		})
		private.cut()
		inject(t, injecting, crashOf("a"))
		time.Sleep(20 * time.Second)
		private.heal()
		time.Sleep(10 * time.Second)
		seen := dependency(t, late, "scenario-log")
		assert.Equal(t, "degraded", seen.State)
		assert.Contains(t, seen.LastError, "scenario a was heard of at")
		assert.InDelta(t, 1, seen.Detail["late"], 0)
		assert.Equal(t, "up", dependency(t, injecting, "scenario-log").State)
		requireSame(t, 90*time.Second, first, second)
		assert.Equal(t, "up", dependency(t, late, "scenario-log").State, "what was published without it cannot be replayed any more")
	})
}

func testARedisThatLostTheLogIsVisible(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		server := kittest.Redis(t, network)
		d, _ := startOn(t, network, shared)
		inject(t, d, crashOf("a"))
		network.Cut(kittest.RedisAddress)
		time.Sleep(3 * time.Second)
		server.FlushAll()
		network.Heal(kittest.RedisAddress)
		time.Sleep(10 * time.Second)
		assert.Contains(t, dependency(t, d, "scenario-log").LastError, "redis holds 0 of the 1 entries")
	})
}

func testAnInjectionIsIdempotentByItsIdAcrossReplicas(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		one, _ := startOn(t, network, shared)
		other, _ := startOn(t, network, shared)
		first := inject(t, one, crashOf("a"))
		time.Sleep(5 * time.Second)
		again := inject(t, other, crashOf("a"))
		assert.Equal(t, first.GetEffectiveTime().AsTime(), again.GetEffectiveTime().AsTime())
		_, err := marketdatav1.NewScenarioServiceClient(other.Conn).InjectScenario(t.Context(), crashOf("a", "BTC/USD"))
		require.Equal(t, codes.AlreadyExists, status.Code(err))
		assert.NotEmpty(t, inject(t, one, crashOf("")).GetScenarioId())
	})
}

func testScenariosAreReachedOverJSONAndByTheNamesOfTheDocument(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		d, _ := startOn(t, network)
		call := func(method, path, body string) (int, string) {
			request, err := http.NewRequestWithContext(context.Background(), method, "http://market-data"+path, strings.NewReader(body))
			require.NoError(t, err)
			response, err := d.HTTP.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			return response.StatusCode, string(text)
		}
		code, text := call(http.MethodPost, "/v1/scenarios", `{"scenario_id": "x", "spec": {"name": "bank-run"}}`)
		assert.Equal(t, http.StatusOK, code, text)
		assert.Contains(t, text, `"SCENARIO_TYPE_DEPEG"`)
		code, text = call(http.MethodPost, "/v1/scenarios", `{"spec": {"phases": [{"type": "SCENARIO_TYPE_CRASH", "symbols": ["BTC/USD"], "intensity": 1.5, "duration": "600s"}]}}`)
		assert.Equal(t, http.StatusOK, code, text)
		code, text = call(http.MethodGet, "/v1/scenarios", "")
		assert.Equal(t, http.StatusOK, code, text)
		assert.Contains(t, text, `"bank-run"`)
		code, text = call(http.MethodDelete, "/v1/scenarios/x", "")
		assert.Equal(t, http.StatusOK, code, text)
		assert.Contains(t, text, `"cancelTime"`)
		code, text = call(http.MethodPost, "/v1/scenarios", `{"spec": {"name": "good-day"}}`)
		assert.Equal(t, http.StatusNotFound, code)
		assert.Contains(t, text, "there are bank-run, calm-before-the-storm, lost-leader")
	})
}

// What a preview shows is what the live feed does when the scenario is injected at the same time.
func testAPreviewShowsWhatTheLiveFeedWouldDoAndLeavesItAlone(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		_, client := startOn(t, network)
		live, usual := startOn(t, network)
		spec := crashOf("").GetSpec()
		begins := inject(t, live, &marketdatav1.InjectScenarioRequest{Spec: spec}).GetEffectiveTime().AsTime()
		time.Sleep(begins.Sub(virtualStart.Add(time.Since(virtualAnchor))) + 10*time.Millisecond)
		stream, err := client.StreamScenario(t.Context(), &marketdatav1.StreamScenarioRequest{Spec: spec, Symbols: []string{"BTC/USD", "BTC/USDT"}})
		require.NoError(t, err)
		shown := map[uint64]*marketdatav1.PriceUpdate{}
		for {
			response, err := stream.Recv()
			if err == io.EOF { //nolint:errorlint // a stream ends with this very value
				break
			}
			require.NoError(t, err)
			if response.GetUpdate().GetSymbol() == "BTC/USD" {
				shown[response.GetUpdate().GetSequence()] = response.GetUpdate()
			}
		}
		assert.Len(t, shown, 121)
		compared := 0
		prices, err := usual.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 1000})
		require.NoError(t, err)
		for _, response := range read(t, prices, 125) {
			if preview := shown[response.GetUpdate().GetSequence()]; preview != nil {
				assert.Equal(t, preview.GetPrice(), response.GetUpdate().GetPrice())
				assert.Equal(t, preview.GetMinuteVolume(), response.GetUpdate().GetMinuteVolume())
				compared++
			}
		}
		assert.Greater(t, compared, 115)
		price, err := client.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
		require.NoError(t, err)
		assert.Empty(t, price.GetUpdate().GetScenarios())
	})
}

// A fault of the feed is told to one replica and leaves prices, and the other replicas, alone.
func testAFeedFaultSpoilsWhatOneReplicaSendsAndNothingElse(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		spoiled, first := startOn(t, network)
		_, second := startOn(t, network)
		response, err := spoiled.HTTP.Post("http://market-data/v1/feed-faults", "application/json",
			strings.NewReader(`{"spec": {"type": "FEED_FAULT_TYPE_BAD_TICK", "symbols": ["BTC/USD"], "duration": "5s", "magnitude": 0.5}}`))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		time.Sleep(time.Second + time.Millisecond)
		bad, good := 0.0, 0.0
		for at, client := range map[*float64]marketdatav1.MarketDataServiceClient{&bad: first, &good: second} {
			price, err := client.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
			require.NoError(t, err)
			*at = price.GetUpdate().GetPrice()
		}
		assert.InDelta(t, 0.5, math.Abs(bad/good-1), 1e-6)
		assert.Equal(t, "degraded", dependency(t, spoiled, "feed-faults").State)
		time.Sleep(5 * time.Second)
		requireSame(t, 5*time.Second, first, second)
		listed, err := marketdatav1.NewFeedFaultServiceClient(spoiled.Conn).ListFeedFaults(t.Context(), &marketdatav1.ListFeedFaultsRequest{IncludeEnded: true})
		require.NoError(t, err)
		assert.InDelta(t, 250, float64(listed.GetFaults()[0].GetHits()), 1, "each tick of five seconds")
	})
}
