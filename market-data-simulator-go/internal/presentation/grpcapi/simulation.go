package grpcapi

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/barcsv"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Simulations answers GenerateSimulation and ValidateSimulation.
type Simulations struct {
	world   *simulation.World
	profile string
	bench   *bench
}

// NewSimulations makes simulations of a world; profile is the name to show.
func NewSimulations(world *simulation.World, profile string) *Simulations {
	return &Simulations{world: world, profile: profile, bench: newBench()}
}

// sendSimulation sends one part of an answer.
type sendSimulation func(*marketdatav1.GenerateSimulationResponse) error

// generate carries out an order. What is malformed is refused at once, what is too large or unknown when there is a desk.
func (s *Simulations) generate(request *marketdatav1.GenerateSimulationRequest, stream marketdatav1.MarketDataService_GenerateSimulationServer) error {
	spec, err := order(request)
	if err != nil {
		return err
	}
	ctx := stream.Context()
	seat, err := s.bench.sit(ctx)
	if err != nil {
		return err
	}
	defer seat.leave()
	plan, err := s.world.Plan(spec)
	if err != nil {
		return err
	}
	// A reader that is slow holds up nobody: while a part is on its way, another simulation may compute.
	send := func(part *marketdatav1.GenerateSimulationResponse) error {
		seat.rise()
		return errors.Join(stream.Send(part), seat.resume(ctx))
	}
	if err := send(s.header(request, plan)); err != nil {
		return err
	}
	if plan.IsMonteCarlo() {
		err = sendQuantiles(ctx, plan, send)
	} else {
		err = sendBars(ctx, plan, send)
	}
	if err != nil {
		return err
	}
	verdict, err := plan.Verdict(ctx)
	if err != nil {
		return err
	}
	return send(&marketdatav1.GenerateSimulationResponse{
		Part: &marketdatav1.GenerateSimulationResponse_Verdict{Verdict: verdictMessage(verdict)},
	})
}

func (s *Simulations) header(request *marketdatav1.GenerateSimulationRequest, plan *simulation.Plan) *marketdatav1.GenerateSimulationResponse {
	return &marketdatav1.GenerateSimulationResponse{Part: &marketdatav1.GenerateSimulationResponse_Header{Header: &marketdatav1.SimulationHeader{
		Type: request.GetType(), Seed: plan.Seed, Profile: s.profile, Symbols: plan.Symbols,
		Start: timestamppb.New(plan.Start), Interval: barcsv.FormatInterval(plan.Interval), Bars: uint32(plan.Bars),
	}}}
}

// blockBars is the number of bars in a message: 80 kB of them.
const blockBars = 2000

// sendBars sends a block of each symbol, and again, until all bars are sent.
func sendBars(ctx context.Context, plan *simulation.Plan, send sendSimulation) error {
	blocks := newBlocks(plan)
	flush := func() error {
		for i := range blocks {
			if len(blocks[i].GetOpen()) == 0 {
				continue
			}
			if err := send(&marketdatav1.GenerateSimulationResponse{Part: &marketdatav1.GenerateSimulationResponse_Bars{Bars: blocks[i]}}); err != nil {
				return err
			}
		}
		blocks = newBlocks(plan)
		return nil
	}
	var failed error
	err := plan.EachBar(func(bars []bar.Bar) bool {
		for i, one := range bars {
			add(blocks[i], one)
		}
		failed = ctx.Err()
		if failed == nil && len(blocks[0].GetOpen()) == blockBars {
			failed = flush()
		}
		return failed == nil
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	return flush()
}

// sendQuantiles makes the runs and sends their quantiles, a block at a time.
func sendQuantiles(ctx context.Context, plan *simulation.Plan, send sendSimulation) error {
	paths, err := plan.Quantiles(ctx)
	if err != nil {
		return err
	}
	interval := barcsv.FormatInterval(plan.Interval)
	for _, one := range paths {
		for first := 0; first < len(one.Prices); first += 5 * blockBars {
			part := one.Prices[first:min(len(one.Prices), first+5*blockBars)]
			err := send(&marketdatav1.GenerateSimulationResponse{Part: &marketdatav1.GenerateSimulationResponse_Quantiles{
				Quantiles: &marketdatav1.QuantilePath{
					Symbol: one.Symbol, Quantile: one.Quantile, Interval: interval, Prices: part,
					Start: timestamppb.New(plan.Start.Add(time.Duration(first) * plan.Interval)),
				},
			}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// validate scores the bars of a stream.
func (s *Simulations) validate(stream marketdatav1.MarketDataService_ValidateSimulationServer) error {
	ctx := stream.Context()
	seat, err := s.bench.sit(ctx)
	if err != nil {
		return err
	}
	defer seat.leave()
	seat.rise() // while the caller sends, others may compute
	simulated, real := newCollection("simulated"), newCollection("real")
	for {
		request, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := takeIn(request, simulated, real); err != nil {
			return err
		}
	}
	if err := seat.resume(ctx); err != nil {
		return err
	}
	verdict, err := s.world.Validate(ctx, simulated.series(), real.series())
	if err != nil {
		return err
	}
	return stream.SendAndClose(&marketdatav1.ValidateSimulationResponse{Verdict: verdictMessage(verdict)})
}
