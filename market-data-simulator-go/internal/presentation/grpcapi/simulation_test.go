package grpcapi

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// worldOf is the world of the shipped documents.
func worldOf(t testing.TB) *simulation.World {
	text, err := fs.ReadFile(documents.Documents, "instruments.json")
	require.NoError(t, err)
	listed, err := instrument.Parse(text)
	require.NoError(t, err)
	fitted, err := profiles.Load("calm")
	require.NoError(t, err)
	world, err := simulation.NewWorld(fitted, listed)
	require.NoError(t, err)
	return world
}

var monday = time.Date(2027, time.April, 5, 0, 0, 0, 0, time.UTC)

// ordered is an order for a length of minutes of two pairs.
func ordered(kind marketdatav1.SimulationType, length time.Duration) *marketdatav1.GenerateSimulationRequest {
	return &marketdatav1.GenerateSimulationRequest{
		Type: kind, Symbols: []string{"ETH/USD", "BTC/USD"}, Start: timestamppb.New(monday), End: timestamppb.New(monday.Add(length)), Seed: 4,
	}
}

// answer is the parts of an answer, and the error that ended it early.
type answer struct {
	header    *marketdatav1.SimulationHeader
	blocks    []*marketdatav1.BarBlock
	quantiles []*marketdatav1.QuantilePath
	verdict   *marketdatav1.SimulationVerdict
	largest   int
}

func generate(t *testing.T, api *served, request *marketdatav1.GenerateSimulationRequest) (all answer, err error) {
	t.Helper()
	stream, err := api.GenerateSimulation(t.Context(), request)
	require.NoError(t, err)
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		require.Nil(t, all.verdict, "the verdict is last")
		all.largest = max(all.largest, proto.Size(response))
		switch part := response.GetPart().(type) {
		case *marketdatav1.GenerateSimulationResponse_Header:
			require.Nil(t, all.header)
			all.header = part.Header
		case *marketdatav1.GenerateSimulationResponse_Bars:
			require.NotNil(t, all.header, "the header is first")
			all.blocks = append(all.blocks, part.Bars)
		case *marketdatav1.GenerateSimulationResponse_Quantiles:
			all.quantiles = append(all.quantiles, part.Quantiles)
		case *marketdatav1.GenerateSimulationResponse_Verdict:
			all.verdict = part.Verdict
		}
	}
}

func TestASimulationComesAsHeaderThenBlocksThenVerdict(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		got, err := generate(t, api, ordered(marketdatav1.SimulationType_SIMULATION_TYPE_HESTON, 48*time.Hour))
		require.NoError(t, err)
		assert.Equal(t, []string{"ETH/USD", "BTC/USD"}, got.header.GetSymbols())
		assert.Equal(t, uint32(48*60), got.header.GetBars())
		assert.Equal(t, "1m", got.header.GetInterval())
		assert.Contains(t, got.verdict.GetNoVerdictReason(), "14 days of 1-minute bars")
		assert.Less(t, got.largest, 200_000, "each message stays small")
		next := map[string]time.Time{"ETH/USD": monday, "BTC/USD": monday}
		for _, block := range got.blocks {
			require.Equal(t, next[block.GetSymbol()], block.GetStart().AsTime())
			require.Len(t, block.GetHigh(), len(block.GetClose()))
			next[block.GetSymbol()] = block.GetStart().AsTime().Add(time.Duration(len(block.GetClose())) * time.Minute)
		}
		assert.Equal(t, map[string]time.Time{"ETH/USD": monday.Add(48 * time.Hour), "BTC/USD": monday.Add(48 * time.Hour)}, next)
	})
}

func TestEveryTypeCanBeOrdered(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		given, err := generate(t, api, ordered(marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, 24*time.Hour))
		require.NoError(t, err)
		for number := int32(1); number <= 12; number++ {
			request := ordered(marketdatav1.SimulationType(number), 2*time.Hour)
			switch request.GetType() {
			case marketdatav1.SimulationType_SIMULATION_TYPE_STATIONARY_BOOTSTRAP:
				request.Parameters = &marketdatav1.GenerateSimulationRequest_StationaryBootstrap{StationaryBootstrap: &marketdatav1.StationaryBootstrapParameters{Bars: given.blocks}}
			case marketdatav1.SimulationType_SIMULATION_TYPE_DAY_BLOCK_BOOTSTRAP:
				request.Parameters = &marketdatav1.GenerateSimulationRequest_DayBlockBootstrap{DayBlockBootstrap: &marketdatav1.DayBlockBootstrapParameters{Bars: given.blocks}}
			case marketdatav1.SimulationType_SIMULATION_TYPE_REPLAY:
				request.Parameters = &marketdatav1.GenerateSimulationRequest_Replay{Replay: &marketdatav1.ReplayParameters{Bars: given.blocks}}
			}
			got, err := generate(t, api, request)
			require.NoError(t, err, request.GetType())
			assert.NotEmpty(t, got.verdict.GetNoVerdictReason())
			if request.GetType() == marketdatav1.SimulationType_SIMULATION_TYPE_MONTE_CARLO {
				assert.Len(t, got.quantiles, 2*5)
				assert.Len(t, got.quantiles[0].GetPrices(), 120)
				continue
			}
			assert.Len(t, got.blocks, 2, request.GetType())
			if request.GetType() == marketdatav1.SimulationType_SIMULATION_TYPE_REPLAY {
				assert.Equal(t, given.blocks[0].GetClose()[:120], got.blocks[0].GetClose())
			}
		}
	})
}

func TestAMonthIsScoredInTheAnswer(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		request := ordered(marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY, 14*24*time.Hour)
		request.Interval = "1d"
		got, err := generate(t, api, request)
		require.NoError(t, err)
		require.Empty(t, got.verdict.GetNoVerdictReason())
		assert.Equal(t, "1m", got.verdict.GetInterval())
		assert.Equal(t, uint32(14), got.verdict.GetDays())
		assert.Greater(t, got.verdict.GetScores().GetCorrelation(), got.verdict.GetNullBrownian().GetCorrelation())
		assert.Positive(t, got.verdict.GetCeiling().GetTrend())
		assert.NotNil(t, got.verdict.GetNullShuffled())
		assert.NotEmpty(t, got.verdict.GetFailedFacts())
	})
}

func TestACancelledSimulationLeavesItsSeat(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		for range MaxSimulations + 2 {
			ctx, cancel := context.WithCancel(t.Context())
			request := ordered(marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, 390*24*time.Hour)
			request.Interval = "1h"
			stream, err := api.GenerateSimulation(ctx, request)
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)
			cancel()
			synctest.Wait()
		}
	})
}

func TestOneSimulationTooManyIsToldWhenToTryAgainAndASlowReaderHoldsUpNobody(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		for range MaxSimulations - 1 {
			request := ordered(marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, 24*time.Hour)
			request.Interval = "1s" // many bars at little cost
			stream, err := api.GenerateSimulation(t.Context(), request)
			require.NoError(t, err)
			_, err = stream.Recv() // and never again
			require.NoError(t, err)
		}
		synctest.Wait()
		_, err := generate(t, api, ordered(marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, time.Hour))
		require.NoError(t, err, "the last seat")
		last, err := api.ValidateSimulation(t.Context())
		require.NoError(t, err)
		synctest.Wait()
		_, err = generate(t, api, ordered(marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION, time.Hour))
		refused := requireRefused(t, err, codes.ResourceExhausted, "SIMULATIONS_BUSY")
		assert.Equal(t, busyRetry, refused.retry.GetRetryDelay().AsDuration())
		_, err = last.CloseAndRecv()
		require.NoError(t, err)
	})
}

func TestBarsAreValidatedAsTheyWereGenerated(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		request := ordered(marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY, 14*24*time.Hour)
		request.Symbols = nil
		got, err := generate(t, api, request)
		require.NoError(t, err)
		stream, err := api.ValidateSimulation(t.Context())
		require.NoError(t, err)
		for _, block := range got.blocks {
			closes := &marketdatav1.BarBlock{Symbol: block.GetSymbol(), Start: block.GetStart(), Close: block.GetClose()}
			if block.GetStart().AsTime().Equal(monday) {
				closes.Open = block.GetOpen() // the first return is from the first open
			}
			require.NoError(t, stream.Send(&marketdatav1.ValidateSimulationRequest{Simulated: []*marketdatav1.BarBlock{closes}}))
		}
		response, err := stream.CloseAndRecv()
		require.NoError(t, err)
		assert.Contains(t, response.GetVerdict().GetComparedWith(), `profile "calm"`)
		assert.True(t, proto.Equal(got.verdict.GetScores(), response.GetVerdict().GetScores()), "%v %v", got.verdict.GetScores(), response.GetVerdict().GetScores())
	})
}
