// This file decodes an order for a simulation. What the values may be, the domain knows; here is which fields go together.

package grpcapi

import (
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The most that a request may name, and how long a name may be: what is longer is a mistake, and would not fit an error.
const (
	mostSymbols   = 100
	longestSymbol = 32
)

// order decodes a request.
func order(request *marketdatav1.GenerateSimulationRequest) (simulation.Spec, error) {
	spec := simulation.Spec{Symbols: request.GetSymbols(), Seed: request.GetSeed(), FlatHours: request.GetFlatHours()}
	var err error
	if err = checkSymbols(spec.Symbols); err != nil {
		return spec, err
	}
	if spec.Start, err = timeOf("start", request.GetStart()); err != nil {
		return spec, err
	}
	if spec.End, err = timeOf("end", request.GetEnd()); err != nil {
		return spec, err
	}
	if spec.Interval, err = intervalOf("interval", request.GetInterval()); err != nil {
		return spec, err
	}
	for _, pair := range request.GetPairs() {
		if err := checkSymbols([]string{pair.GetSymbol()}); err != nil {
			return spec, err
		}
		spec.Adjustments = append(spec.Adjustments, simulation.Adjustment{
			Symbol: pair.GetSymbol(), Level: pair.StartPrice, Volatility: pair.Volatility, Drift: pair.Drift,
		})
	}
	spec.Method, err = methodOf(request)
	return spec, err
}

func checkSymbols(symbols []string) error {
	if len(symbols) > mostSymbols {
		return errs.InvalidField("symbols", len(symbols), "at most 100 of them")
	}
	for _, symbol := range symbols {
		if len(symbol) > longestSymbol {
			return errs.InvalidField("symbol", shown(symbol), "BASE/QUOTE, at most 32 bytes")
		}
	}
	return nil
}

func timeOf(field string, at *timestamppb.Timestamp) (time.Time, error) {
	if at == nil {
		return time.Time{}, errs.InvalidField(field, "", "a time, such as 2026-03-01T00:00:00Z")
	}
	if err := at.CheckValid(); err != nil {
		return time.Time{}, errs.InvalidField(field, at.GetSeconds(), "seconds since 1970 of a year from 1 to 9999")
	}
	return at.AsTime(), nil
}

func intervalOf(field, text string) (time.Duration, error) {
	if text == "" {
		return time.Minute, nil
	}
	interval, err := barcsv.ParseInterval(text)
	if err != nil {
		return 0, errs.InvalidField(field, shown(text), "a length that divides a day, such as 1s, 1m, 1h, 1d")
	}
	return interval, nil
}

// methodOf decodes type and parameters.
func methodOf(request *marketdatav1.GenerateSimulationRequest) (simulation.Method, error) {
	if err := checkParameters("", request.GetType(), request); err != nil {
		return nil, err
	}
	switch request.GetType() {
	case marketdatav1.SimulationType_SIMULATION_TYPE_MONTE_CARLO:
		return monteCarlo(request.GetMonteCarlo())
	case marketdatav1.SimulationType_SIMULATION_TYPE_STATIONARY_BOOTSTRAP:
		given := request.GetStationaryBootstrap()
		bars, err := seriesOf("stationary_bootstrap.bars", given.GetBars())
		return simulation.StationaryBootstrap{Bars: bars, MeanBlock: or(given.GetMeanBlock(), given != nil && given.MeanBlock != nil, 60)}, err
	case marketdatav1.SimulationType_SIMULATION_TYPE_DAY_BLOCK_BOOTSTRAP:
		bars, err := seriesOf("day_block_bootstrap.bars", request.GetDayBlockBootstrap().GetBars())
		return simulation.DayBlockBootstrap{Bars: bars}, err
	case marketdatav1.SimulationType_SIMULATION_TYPE_REPLAY:
		given := request.GetReplay()
		bars, err := seriesOf("replay.bars", given.GetBars())
		return simulation.Replay{Bars: bars, Speed: or(given.GetSpeed(), given != nil && given.Speed != nil, 1)}, err
	}
	return singleRun(request.GetType(), request)
}

// defaultRuns is the number of runs when none is given.
const defaultRuns = 100

func monteCarlo(given *marketdatav1.MonteCarloParameters) (simulation.Method, error) {
	process := given.GetProcess()
	if process == marketdatav1.SimulationType_SIMULATION_TYPE_UNSPECIFIED {
		process = marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY
	}
	if given == nil {
		given = &marketdatav1.MonteCarloParameters{}
	}
	if err := checkParameters("monte_carlo.", process, given); err != nil {
		return nil, err
	}
	of, err := singleRun(process, given)
	if err != nil {
		return nil, err
	}
	runs := defaultRuns
	if given.GetRuns() != 0 {
		runs = int(given.GetRuns())
	}
	return simulation.MonteCarlo{Of: of, Runs: runs, Quantiles: given.GetQuantiles()}, nil
}

// modelParameters has the parameters of one modelled type: an order, or the runs of a Monte Carlo order.
type modelParameters interface {
	GetMeanReversion() *marketdatav1.MeanReversionParameters
	GetTrendFollowing() *marketdatav1.TrendFollowingParameters
	GetJumpDiffusion() *marketdatav1.JumpDiffusionParameters
	GetHeston() *marketdatav1.HestonParameters
	GetGarch() *marketdatav1.GarchParameters
	GetRegimeSwitching() *marketdatav1.RegimeSwitchingParameters
}

// singleRun decodes a type that makes one path.
func singleRun(kind marketdatav1.SimulationType, given modelParameters) (simulation.Method, error) {
	var shape model.Parameters
	switch kind {
	case marketdatav1.SimulationType_SIMULATION_TYPE_STATISTICAL_SIMILARITY:
		return simulation.Fitted{}, nil
	case marketdatav1.SimulationType_SIMULATION_TYPE_BROWNIAN_MOTION:
		shape = model.BrownianMotion{}
	case marketdatav1.SimulationType_SIMULATION_TYPE_MEAN_REVERSION:
		shape = meanReversion(given.GetMeanReversion())
	case marketdatav1.SimulationType_SIMULATION_TYPE_TREND_FOLLOWING:
		shape = trendFollowing(given.GetTrendFollowing())
	case marketdatav1.SimulationType_SIMULATION_TYPE_JUMP_DIFFUSION:
		shape = jumpDiffusion(given.GetJumpDiffusion())
	case marketdatav1.SimulationType_SIMULATION_TYPE_HESTON:
		shape = heston(given.GetHeston())
	case marketdatav1.SimulationType_SIMULATION_TYPE_GARCH:
		shape = garch(given.GetGarch())
	case marketdatav1.SimulationType_SIMULATION_TYPE_REGIME_SWITCHING:
		shape = regimeSwitching(given.GetRegimeSwitching())
	default:
		return nil, errs.InvalidField("monte_carlo.process", shown(kind.String()), "STATISTICAL_SIMILARITY or a modelled type")
	}
	return simulation.Modelled{Parameters: shape}, nil
}

// checkParameters refuses a type that there is not, and parameters of another type.
func checkParameters(prefix string, kind marketdatav1.SimulationType, message protoreflect.ProtoMessage) error {
	const marker = "SIMULATION_TYPE_"
	value := kind.Descriptor().Values().ByNumber(kind.Number())
	if value == nil || kind == marketdatav1.SimulationType_SIMULATION_TYPE_UNSPECIFIED {
		return errs.InvalidField(prefix+"type", shown(kind.String()), "one of "+strings.Join(typeNames(), ", "))
	}
	reflected := message.ProtoReflect()
	given := reflected.WhichOneof(reflected.Descriptor().Oneofs().ByName("parameters"))
	if given == nil || string(given.Name()) == strings.ToLower(strings.TrimPrefix(string(value.Name()), marker)) {
		return nil
	}
	return errs.InvalidField(prefix+string(given.Name()), "set", "it only with type "+marker+strings.ToUpper(string(given.Name()))+
		", not with "+string(value.Name()))
}

// typeNames lists the types that can be ordered.
func typeNames() (names []string) {
	values := marketdatav1.SimulationType(0).Descriptor().Values()
	for i := 1; i < values.Len(); i++ {
		names = append(names, string(values.Get(i).Name()))
	}
	return names
}
