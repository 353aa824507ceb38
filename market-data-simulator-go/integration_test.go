package marketdatasim_test

// The suites by which users know this module: each drives whole daemons through their public doors.

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestIntegrationSuite_ComponentInitialization(t *testing.T) {
	t.Run("a user can start it in a test and ask for prices", testAUserCanStartItInATestAndAskForPrices)
	t.Run("it is found under its logical name", testItIsFoundUnderItsLogicalName)
	t.Run("what cannot be right is refused at the start", testWhatCannotBeRightIsRefusedAtTheStart)
	t.Run("shutdown with a hundred open streams ends in time", testShutdownWithAHundredOpenStreamsEndsInTime)
}

func TestIntegrationSuite_MarketDataScenarios(t *testing.T) {
	t.Run("two replicas with the same seed publish the same prices", testTwoReplicasWithTheSameSeedPublishTheSamePrices)
	t.Run("a stream goes on at another replica without a lost or repeated update", testAStreamGoesOnAtAnotherReplicaWithoutALostOrRepeatedUpdate)
	t.Run("a fast business clock streams business time", testAFastBusinessClockStreamsBusinessTime)
	t.Run("simulate writes the bars that the streamed prices fold to", testSimulateWritesTheBarsThatTheStreamedPricesFoldTo)
	t.Run("history is the fold of the streamed ticks to the last digit", testHistoryIsTheFoldOfTheStreamedTicksToTheLastDigit)
	t.Run("streamed trades add up to the volume of their minute", testStreamedTradesAddUpToTheVolumeOfTheirMinute)
	t.Run("an unknown symbol is refused with the known ones", func(t *testing.T) {
		d := marketdatasim.StartTest(t)
		client := marketdatav1.NewMarketDataServiceClient(d.Conn)
		_, err := client.GetPrice(t.Context(), &marketdatav1.GetPriceRequest{Symbol: "BTC/EUR"})
		require.Equal(t, codes.NotFound, status.Code(err))
		require.ErrorContains(t, err, "BTC/USDT")
		_, err = client.GetHistory(t.Context(), &marketdatav1.GetHistoryRequest{Symbols: []string{"BTC/EUR"}})
		require.Equal(t, codes.NotFound, status.Code(err))
		require.ErrorContains(t, err, "BTC/USDT")
	})
}

func testStreamedTradesAddUpToTheVolumeOfTheirMinute(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		_, client := startOn(t, network)
		time.Sleep(time.Minute)
		stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{
			Symbols: everySymbol, UpdateIntervalMs: 500, AfterSequence: sequenceOf(t, client)/3000*3000 - 1, IncludeTrades: true,
		})
		require.NoError(t, err)
		volumes, trades := map[string]float64{}, 0
		for range 2 * 60 * len(everySymbol) {
			response, err := stream.Recv()
			require.NoError(t, err)
			update := response.GetUpdate()
			require.Zero(t, response.GetTradesOmitted())
			for _, one := range response.GetTrades() {
				require.Greater(t, one.GetSequence(), response.GetPreviousSequence())
				require.LessOrEqual(t, one.GetSequence(), update.GetSequence())
				require.NotEqual(t, marketdatav1.AggressorSide_AGGRESSOR_SIDE_UNSPECIFIED, one.GetAggressorSide())
				volumes[update.GetSymbol()] += one.GetSize()
				trades++
			}
			if count := len(response.GetTrades()); count > 0 {
				require.True(t, proto.Equal(response.GetTrades()[count-1], update.GetLastTrade()))
			}
			require.InDelta(t, update.GetMinuteVolume(), volumes[update.GetSymbol()], 1e-9*(1+update.GetMinuteVolume()))
		}
		assert.Greater(t, trades, 1000)
	})
}

func TestIntegrationSuite_ServiceHealthAndMetrics(t *testing.T) {
	d := marketdatasim.StartTest(t)
	client := marketdatav1.NewMarketDataServiceClient(d.Conn)
	t.Run("gRPC health is serving once prices are published", func(t *testing.T) {
		answer, err := grpc_health_v1.NewHealthClient(d.Conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
		require.NoError(t, err)
		assert.Equal(t, grpc_health_v1.HealthCheckResponse_SERVING, answer.GetStatus())
		assert.Positive(t, sequenceOf(t, client))
	})
	t.Run("readiness shows each part", func(t *testing.T) {
		body := get(t, d, "/readyz", http.StatusOK)
		for _, part := range []string{"scenario-log", "feed-faults", "market-documents"} {
			assert.Contains(t, body, part)
		}
	})
	t.Run("metrics count what readers do", func(t *testing.T) {
		stream, err := client.StreamPrices(t.Context(), &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}, UpdateIntervalMs: 20})
		require.NoError(t, err)
		read(t, stream, 3)
		body := get(t, d, "/metrics", http.StatusOK)
		for _, name := range []string{"market_data_", "grpc_server_"} {
			assert.Contains(t, body, name)
		}
	})
	t.Run("a document that changes is named in the log because it needs a new start", testADocumentThatChangesIsNamedInTheLogBecauseItNeedsANewStart)
}

// get is the body of one answer.
func get(t *testing.T, d *daemon.TestDaemon, path string, want int) string {
	t.Helper()
	response, err := d.HTTP.Get("http://market-data" + path)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, want, response.StatusCode, "%s: %s", path, body)
	return string(body)
}

func TestIntegrationSuite_StatisticalSimilarityValidation(t *testing.T) {
	d := marketdatasim.StartTest(t)
	client := marketdatav1.NewMarketDataServiceClient(d.Conn)
	t.Run("two weeks are scored beside worthless simulators, and random walks lose", func(t *testing.T) {
		similar, _ := generate(t, client, marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY, 14)
		walk, _ := generate(t, client, marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, 14)
		require.Empty(t, similar.GetNoVerdictReason())
		require.Empty(t, walk.GetNoVerdictReason())
		for _, score := range []float64{
			similar.GetScores().GetCorrelation(), similar.GetScores().GetVolatility(), similar.GetScores().GetDistribution(),
			similar.GetScores().GetTrend(), similar.GetScores().GetConfidence(), similar.GetScores().GetDiscriminative(),
		} {
			assert.True(t, score >= 0 && score <= 1, score)
		}
		assert.Greater(t, similar.GetScores().GetCorrelation(), walk.GetScores().GetCorrelation())
		assert.Greater(t, similar.GetScores().GetConfidence(), walk.GetScores().GetConfidence())
		assert.Greater(t, similar.GetScores().GetDiscriminative(), walk.GetScores().GetDiscriminative())
		assert.NotNil(t, similar.GetCeiling())
	})
	t.Run("a day is too short for a verdict, and the answer says so", func(t *testing.T) {
		verdict, bars := generate(t, client, marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY, 1)
		assert.Contains(t, verdict.GetNoVerdictReason(), "14")
		assert.Nil(t, verdict.GetScores())
		assert.Equal(t, 1440, bars)
	})
	t.Run("a market is made to order over JSON", testAMarketIsMadeToOrderOverJSON)
}

// generate orders a simulation and returns its verdict and the number of bars of a symbol.
func generate(t *testing.T, client marketdatav1.MarketDataServiceClient, kind marketdatav1.SimulationType, days int) (verdict *marketdatav1.SimulationVerdict, bars int) {
	t.Helper()
	start := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	stream, err := client.GenerateSimulation(t.Context(), &marketdatav1.GenerateSimulationRequest{
		Type: kind, Symbols: []string{"BTC/USD", "ETH/USD", "ADA/BTC", "SOL/USD", "DOT/USD"}, Seed: 7,
		Start: timestamppb.New(start), End: timestamppb.New(start.AddDate(0, 0, days)),
	})
	require.NoError(t, err)
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return verdict, bars
		}
		require.NoError(t, err)
		if part.GetVerdict() != nil {
			verdict = part.GetVerdict()
		}
		if part.GetBars().GetSymbol() == "BTC/USD" {
			bars += len(part.GetBars().GetClose())
		}
	}
}

func TestIntegrationSuite_ScenarioSimulationBehavior(t *testing.T) {
	t.Run("a scenario acts on every replica from the same tick on", testAScenarioActsOnEveryReplicaFromTheSameTickOn)
	t.Run("a replica that starts in the middle of a scenario agrees", testAReplicaThatStartsInTheMiddleOfAScenarioAgrees)
	t.Run("a late scenario is visible and the prices agree from then on", testALateScenarioIsVisibleAndThePricesAgreeFromThenOn)
	t.Run("an injection is idempotent by its id across replicas", testAnInjectionIsIdempotentByItsIdAcrossReplicas)
	t.Run("scenarios are reached over JSON and by the names of the document", testScenariosAreReachedOverJSONAndByTheNamesOfTheDocument)
	t.Run("a preview shows what the live feed would do and leaves it alone", testAPreviewShowsWhatTheLiveFeedWouldDoAndLeavesItAlone)
}

func TestIntegrationSuite_ComponentInteraction(t *testing.T) {
	t.Run("without its Redis a replica refuses scenarios and serves on", testWithoutItsRedisAReplicaRefusesScenariosAndServesOn)
	t.Run("a Redis that lost the log is visible", testARedisThatLostTheLogIsVisible)
	t.Run("a feed fault spoils what one replica sends and nothing else", testAFeedFaultSpoilsWhatOneReplicaSendsAndNothingElse)
	t.Run("a scenario that one replica takes is in the history of the other", testAScenarioThatOneReplicaTakesIsInTheHistoryOfTheOther)
	t.Run("history over JSON, page after page", func(t *testing.T) {
		d := marketdatasim.StartTest(t)
		body := get(t, d, "/v1/history?symbols=BTC/USD&interval=1h&start=2026-02-01T00:00:00Z&end=2026-02-02T00:00:00Z&page_size=20", http.StatusOK)
		assert.Contains(t, body, `"start":"2026-02-01T00:00:00Z"`)
		assert.NotContains(t, body, `"nextPageToken":""`)
		assert.Contains(t, get(t, d, "/v1/history?start=2025-01-01T00:00:00Z", http.StatusBadRequest), "where prices begin")
	})
}

func testAScenarioThatOneReplicaTakesIsInTheHistoryOfTheOther(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		asked, first := startOn(t, network, shared)
		_, second := startOn(t, network, shared)
		_, alone := startOn(t, network)
		time.Sleep(time.Second)
		effective := inject(t, asked, crashOf("crash-1", "BTC/USD")).GetEffectiveTime().AsTime()
		time.Sleep(5 * time.Minute)
		var closes [3][]float64
		for n, client := range []marketdatav1.MarketDataServiceClient{first, second, alone} {
			page, err := client.GetHistory(context.Background(), &marketdatav1.GetHistoryRequest{
				Symbols: []string{"BTC/USD"}, Interval: "1s", Start: timestamppb.New(effective.Add(-time.Second)), PageSize: 120,
			})
			require.NoError(t, err)
			closes[n] = page.GetBars()[0].GetClose()
		}
		assert.Equal(t, closes[0], closes[1])
		assert.Equal(t, closes[0][0], closes[2][0], "before it")
		assert.InDelta(t, math.Log(0.8), math.Log(closes[0][60]/closes[2][60]), 0.02, "when it is at its worst")
	})
}
