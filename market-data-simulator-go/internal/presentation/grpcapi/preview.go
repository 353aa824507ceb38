package grpcapi

// StreamScenario: what a scenario would do, on a copy of the market that nobody else sees.

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxPreviews is how many previews may run at once. Each holds about a megabyte and computes as fast as its reader reads.
const MaxPreviews = 8

// maxPreviewInterval is the longest business time between two updates of a preview.
const maxPreviewInterval = time.Hour

// previewID is the id under which a preview's updates name their scenario.
const previewID = "preview"

// Copier makes copies of the market; a scenariolog.Copies is one.
type Copier interface {
	// Copy is a path of the caller's own that has saved states up to a base tick.
	Copy(until uint64) (*path.Path, error)
}

// Previewer answers StreamScenario.
type Previewer struct {
	log     ScenarioLog
	specs   specs
	copies  Copier
	running atomic.Int64
}

// NewPreviewer makes previews of what a scenario service accepts.
func NewPreviewer(service *ScenarioServer, copies Copier) *Previewer {
	return &Previewer{log: service.log, specs: service.specs, copies: copies}
}

// StreamScenario implements the method of marketdata.v1.MarketDataService; send is that of its stream.
func (p *Previewer) StreamScenario(ctx context.Context, request *marketdatav1.StreamScenarioRequest, send func(*marketdatav1.StreamScenarioResponse) error) error {
	_, phases, err := p.specs.decode(ctx, request.GetSpec())
	if err != nil {
		return err
	}
	step, positions, err := p.wanted(request)
	if err != nil {
		return err
	}
	if p.running.Add(1) > MaxPreviews {
		p.running.Add(-1)
		return errs.New(errs.ResourceExhausted, "TOO_MANY_PREVIEWS", "%d previews are running, which is the limit: try again when one has ended", MaxPreviews).
			With("limit", strconv.Itoa(MaxPreviews)).WithRetryAfter(time.Second)
	}
	defer p.running.Add(-1)
	one := scenario.Scenario{Entry: scenario.Entry{ID: previewID, Phases: phases, Effective: p.log.Now().Truncate(time.Second)}}
	return p.play(ctx, one, step, positions, send)
}

// wanted is the base ticks between two updates and the positions of the instruments.
func (p *Previewer) wanted(request *marketdatav1.StreamScenarioRequest) (step uint64, positions []int, err error) {
	interval := time.Second
	if asked := request.GetUpdateIntervalMs(); asked != 0 {
		interval = time.Duration(asked) * time.Millisecond
		if interval%path.TickInterval != 0 || interval > maxPreviewInterval {
			return 0, nil, errs.InvalidField("update_interval_ms", asked, fmt.Sprintf("a multiple of %d up to %d, or 0 for 1000",
				path.TickInterval.Milliseconds(), maxPreviewInterval.Milliseconds()))
		}
	}
	symbols := request.GetSymbols()
	if len(symbols) == 0 {
		symbols = p.specs.catalogue.symbols
	}
	wanted, err := p.specs.catalogue.subscription(&marketdatav1.StreamPricesRequest{Symbols: symbols})
	return uint64(interval / path.TickInterval), wanted.Instruments, err
}

func (p *Previewer) play(ctx context.Context, one scenario.Scenario, step uint64, positions []int, send func(*marketdatav1.StreamScenarioResponse) error) error {
	tickOf := func(at time.Time) uint64 { return uint64(max(0, at.Sub(path.Epoch)/path.TickInterval)) }
	private, err := p.copies.Copy(tickOf(one.Effective))
	if err != nil {
		return err
	}
	private.Follow(append(private.Log()[:len(private.Log()):len(private.Log())], one.Entry))
	updates := feed.NewUpdates(private, p.specs.instruments)
	for sequence, end := tickOf(one.Effective), tickOf(one.End()); sequence <= end && ctx.Err() == nil; sequence += step {
		made, err := updates.At(sequence, positions)
		if err != nil {
			return err
		}
		for _, update := range made {
			if err := send(&marketdatav1.StreamScenarioResponse{Update: update}); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// StreamScenario implements marketdata.v1.MarketDataService.
func (s *Server) StreamScenario(request *marketdatav1.StreamScenarioRequest, stream marketdatav1.MarketDataService_StreamScenarioServer) error {
	if s.Previewer == nil {
		return s.UnimplementedMarketDataServiceServer.StreamScenario(request, stream)
	}
	return s.Previewer.StreamScenario(stream.Context(), request, stream.Send)
}
