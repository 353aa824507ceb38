package grpcapi

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	brownian   = marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION
	monte      = marketdatav1.SimulationType_SIMULATION_TYPE_MONTE_CARLO
	replay     = marketdatav1.SimulationType_SIMULATION_TYPE_REPLAY
	stationary = marketdatav1.SimulationType_SIMULATION_TYPE_STATIONARY_BOOTSTRAP
)

func replayOf(blocks ...*marketdatav1.BarBlock) *marketdatav1.GenerateSimulationRequest_Replay {
	return &marketdatav1.GenerateSimulationRequest_Replay{Replay: &marketdatav1.ReplayParameters{Bars: blocks}}
}

func TestAMalformedOrderIsRefusedNamingTheField(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		closes := &marketdatav1.BarBlock{Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{1, 2}}
		for _, c := range []struct {
			field, message string
			change         func(*marketdatav1.GenerateSimulationRequest)
		}{
			{"type", "one of SIMULATION_TYPE_STATISTICAL_SIMILARITY", func(r *marketdatav1.GenerateSimulationRequest) { r.Type = 0 }},
			{"type", "SIMULATION_TYPE_REPLAY", func(r *marketdatav1.GenerateSimulationRequest) { r.Type = 99 }},
			{"start", "a time", func(r *marketdatav1.GenerateSimulationRequest) { r.Start = nil }},
			{"end", "a year from 1 to 9999", func(r *marketdatav1.GenerateSimulationRequest) { r.End.Seconds = math.MaxInt64 }},
			{"end", "after the start", func(r *marketdatav1.GenerateSimulationRequest) { r.End = r.GetStart() }},
			{"interval", "such as 1s, 1m, 1h, 1d", func(r *marketdatav1.GenerateSimulationRequest) { r.Interval = "soon" }},
			{"interval", "whole seconds that divide a minute", func(r *marketdatav1.GenerateSimulationRequest) { r.Interval = "90s" }},
			{"symbol", "at most 32 bytes", func(r *marketdatav1.GenerateSimulationRequest) { r.Symbols[0] = strings.Repeat("x", 99) }},
			{"symbols", "at most 100", func(r *marketdatav1.GenerateSimulationRequest) { r.Symbols = make([]string, 101) }},
			{"heston", "only with type SIMULATION_TYPE_HESTON", func(r *marketdatav1.GenerateSimulationRequest) {
				r.Parameters = &marketdatav1.GenerateSimulationRequest_Heston{Heston: &marketdatav1.HestonParameters{}}
			}},
			{"garch.nu", "2.1 to 1000", func(r *marketdatav1.GenerateSimulationRequest) {
				r.Type = marketdatav1.SimulationType_SIMULATION_TYPE_GARCH
				r.Parameters = &marketdatav1.GenerateSimulationRequest_Garch{Garch: &marketdatav1.GarchParameters{Nu: proto.Float64(1)}}
			}},
			{"monte_carlo.process", "a modelled type", func(r *marketdatav1.GenerateSimulationRequest) {
				r.Type, r.Parameters = monte, &marketdatav1.GenerateSimulationRequest_MonteCarlo{MonteCarlo: &marketdatav1.MonteCarloParameters{Process: monte}}
			}},
			{"replay.bars", "the bars to draw from", func(r *marketdatav1.GenerateSimulationRequest) { r.Type = replay }},
			{"replay.bars[0].close", "1 to 1000000", func(r *marketdatav1.GenerateSimulationRequest) {
				r.Type, r.Parameters = replay, replayOf(&marketdatav1.BarBlock{Symbol: "A/USD", Start: timestamppb.New(monday)})
			}},
			{"replay.bars[0].low", "2 values, as close has", func(r *marketdatav1.GenerateSimulationRequest) {
				r.Type, r.Parameters = replay, replayOf(&marketdatav1.BarBlock{Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{1, 2}, Low: []float64{1}})
			}},
			{"replay.bars[1].interval", "1m0s, as the block before", func(r *marketdatav1.GenerateSimulationRequest) {
				other := proto.Clone(closes).(*marketdatav1.BarBlock)
				other.Interval = "1h"
				r.Type, r.Parameters = replay, replayOf(closes, other)
			}},
		} {
			request := ordered(brownian, time.Hour)
			c.change(request)
			_, err := generate(t, api, request)
			refused := requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD")
			assert.Contains(t, refused.Message(), c.message)
			require.Len(t, refused.bad.GetFieldViolations(), 1)
			assert.Equal(t, c.field, refused.bad.GetFieldViolations()[0].GetField())
		}
	})
}

func TestAnOrderBeyondALimitNamesTheLimitAndAnUnknownSymbolTheKnownOnes(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		_, err := generate(t, api, ordered(brownian, 401*24*time.Hour))
		assert.Contains(t, requireRefused(t, err, codes.InvalidArgument, "SIMULATION_TOO_LARGE").Message(), "at most 400 days")
		request := ordered(brownian, time.Hour)
		request.Symbols[1] = "DOGE/USD"
		_, err = generate(t, api, request)
		refused := requireRefused(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
		assert.Contains(t, refused.Message(), `symbols[1] is "DOGE/USD": known are [BTC/USD`)
	})
}

func TestAbsentParametersHaveTheirDefaultsAndGivenOnesCount(t *testing.T) {
	heston := marketdatav1.SimulationType_SIMULATION_TYPE_HESTON
	bare, err := order(ordered(heston, time.Hour))
	require.NoError(t, err)
	empty := ordered(heston, time.Hour)
	empty.Parameters = &marketdatav1.GenerateSimulationRequest_Heston{Heston: &marketdatav1.HestonParameters{}}
	same, err := order(empty)
	require.NoError(t, err)
	assert.Equal(t, bare, same)
	empty.GetHeston().Leverage = proto.Float64(0)
	changed, err := order(empty)
	require.NoError(t, err)
	assert.NotEqual(t, bare.Method, changed.Method, "0 is a value")
	many, err := order(ordered(monte, time.Hour))
	require.NoError(t, err)
	assert.Equal(t, simulation.MonteCarlo{Of: simulation.Fitted{}, Runs: 100}, many.Method)
}

func TestBlocksBecomeSeriesAndFillInWhatFollowsFromTheCloses(t *testing.T) {
	series, err := seriesOf("bars", []*marketdatav1.BarBlock{
		{Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{2, 1}},
		{Symbol: "A/USD", Start: timestamppb.New(monday.Add(time.Hour)), Open: []float64{4}, High: []float64{6}, Low: []float64{3}, Close: []float64{5}, Volume: []float64{9}},
	})
	require.NoError(t, err)
	require.Len(t, series, 1)
	assert.Equal(t, []bar.Bar{
		{Time: monday, Open: 2, High: 2, Low: 2, Close: 2},
		{Time: monday.Add(time.Minute), Open: 2, High: 2, Low: 1, Close: 1},
		{Time: monday.Add(time.Hour), Open: 4, High: 6, Low: 3, Close: 5, Volume: 9},
	}, series[0].Bars)
	var many []*marketdatav1.BarBlock
	for i := range mostPairs + 1 {
		many = append(many, &marketdatav1.BarBlock{Symbol: strings.Repeat("A", i+1), Start: timestamppb.New(monday), Close: []float64{1}})
	}
	_, err = seriesOf("bars", many)
	require.ErrorContains(t, err, "at most 20 pairs")
}

func TestBarsThatAreNoneAreRefusedByValidation(t *testing.T) {
	serve(t, 0, func(t *testing.T, api *served) {
		for want, block := range map[string]*marketdatav1.BarBlock{
			"bars[0] of A/USD":      {Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{-1}},
			"simulated[0].start is": {Symbol: "A/USD", Close: []float64{1}},
			"simulated[0].symbol":   {Start: timestamppb.New(monday), Close: []float64{1}},
		} {
			stream, err := api.ValidateSimulation(t.Context())
			require.NoError(t, err)
			require.NoError(t, stream.Send(&marketdatav1.ValidateSimulationRequest{Simulated: []*marketdatav1.BarBlock{block}}))
			_, err = stream.CloseAndRecv()
			assert.Contains(t, requireRefused(t, err, codes.InvalidArgument, "INVALID_FIELD").Message(), want)
		}
	})
}

// requireSound accepts an error that blames the caller and fits a header.
func requireSound(t *testing.T, err error) {
	require.Contains(t, []errs.Kind{errs.Invalid, errs.NotFound}, errs.KindOf(err), err)
	require.Less(t, proto.Size(errs.Status(err, "market-data").Proto()), 8000, "it fits a header")
}

func FuzzGenerateSimulationRequestIsSoundOrRefused(f *testing.F) {
	closes := &marketdatav1.BarBlock{Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{1, 2, 3}}
	for _, request := range []*marketdatav1.GenerateSimulationRequest{
		{},
		ordered(brownian, time.Hour), ordered(monte, time.Hour),
		{Type: replay, Start: timestamppb.New(monday), End: timestamppb.New(monday.Add(time.Minute)), Parameters: replayOf(closes)},
		{Type: stationary, Start: timestamppb.New(monday), End: timestamppb.New(monday.Add(time.Minute)), Parameters: &marketdatav1.GenerateSimulationRequest_StationaryBootstrap{
			StationaryBootstrap: &marketdatav1.StationaryBootstrapParameters{Bars: []*marketdatav1.BarBlock{closes}, MeanBlock: proto.Float64(2)},
		}},
	} {
		encoded, err := proto.Marshal(request)
		require.NoError(f, err)
		f.Add(encoded)
	}
	world := worldOf(f)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request marketdatav1.GenerateSimulationRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		spec, err := order(&request)
		if err == nil {
			var plan *simulation.Plan
			if plan, err = world.Plan(spec); err == nil {
				require.Positive(t, plan.Bars)
				require.NotEmpty(t, plan.Symbols)
				return
			}
		}
		requireSound(t, err)
	})
}

func FuzzValidateSimulationRequestIsSoundOrRefused(f *testing.F) {
	for _, request := range []*marketdatav1.ValidateSimulationRequest{
		{},
		{Simulated: []*marketdatav1.BarBlock{{Symbol: "A/USD", Start: timestamppb.New(monday), Interval: "1h", Close: []float64{1, 2, 3}}}},
		{Real: []*marketdatav1.BarBlock{{Symbol: "A/USD", Start: timestamppb.New(monday), Close: []float64{math.NaN()}, Open: []float64{math.Inf(1)}}}},
	} {
		encoded, err := proto.Marshal(request)
		require.NoError(f, err)
		f.Add(encoded)
	}
	world := worldOf(f)
	f.Fuzz(func(t *testing.T, encoded []byte) {
		var request marketdatav1.ValidateSimulationRequest
		if proto.Unmarshal(encoded, &request) != nil {
			return
		}
		simulated, real := newCollection("simulated"), newCollection("real")
		err := takeIn(&request, simulated, real)
		if err == nil {
			_, err = world.Validate(t.Context(), simulated.series(), real.series())
		}
		if err != nil {
			requireSound(t, err)
		}
	})
}
