package grpcapi

// exchange.v1.VenueService: what the venue's operators see and do.

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxHaltReason is how long the reason of a halt may be, in characters.
const MaxHaltReason = 200

// VenueServer implements exchange.v1.VenueService.
type VenueServer struct {
	exchangev1.UnimplementedVenueServiceServer
	*Desk
}

// NewVenueServer makes the service.
func NewVenueServer(desk *Desk) *VenueServer { return &VenueServer{Desk: desk} }

// HaltTrading implements exchange.v1.VenueService.
func (s *VenueServer) HaltTrading(ctx context.Context, request *exchangev1.HaltTradingRequest) (*exchangev1.HaltTradingResponse, error) {
	if reason := request.GetReason(); utf8.RuneCountInString(reason) > MaxHaltReason {
		return nil, errs.InvalidField("reason", shown(reason), "up to "+strconv.Itoa(MaxHaltReason)+" characters")
	}
	asked, err := s.instrumentOrAll(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	if _, err = s.submit(ctx, &venue.Halt{Instrument: asked, Reason: request.GetReason()}); err != nil {
		return nil, err
	}
	symbols, err := s.statuses(ctx, func(n int32, now venue.State) bool {
		return n == asked || asked == venue.All && now.Phase == matching.Halted
	})
	return &exchangev1.HaltTradingResponse{Symbols: symbols}, err
}

// ResumeTrading implements exchange.v1.VenueService.
func (s *VenueServer) ResumeTrading(ctx context.Context, request *exchangev1.ResumeTradingRequest) (*exchangev1.ResumeTradingResponse, error) {
	asked, err := s.instrumentOrAll(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	halted := map[string]bool{}
	before, err := s.statuses(ctx, func(_ int32, now venue.State) bool { return now.Phase == matching.Halted })
	if err != nil {
		return nil, err
	}
	for _, one := range before {
		halted[one.GetSymbol()] = true
	}
	if _, err = s.submit(ctx, &venue.Resume{Instrument: asked, WithoutAuction: request.GetWithoutAuction()}); err != nil {
		return nil, err
	}
	symbols, err := s.statuses(ctx, func(n int32, _ venue.State) bool {
		return n == asked || asked == venue.All && halted[s.Listing.Instruments[n].Symbol]
	})
	return &exchangev1.ResumeTradingResponse{Symbols: symbols}, err
}

// SetSpread implements exchange.v1.VenueService.
func (s *VenueServer) SetSpread(ctx context.Context, request *exchangev1.SetSpreadRequest) (*exchangev1.SetSpreadResponse, error) {
	asked, err := s.instrumentOrAll(request.GetSymbol())
	if err != nil {
		return nil, err
	}
	if _, err = s.submit(ctx, &venue.SetSpread{Instrument: asked, Multiplier: request.GetMultiplier()}); err != nil {
		return nil, err
	}
	symbols, err := s.statuses(ctx, func(n int32, _ venue.State) bool { return n == asked || asked == venue.All })
	return &exchangev1.SetSpreadResponse{Symbols: symbols}, err
}

// GetVenueStatus implements exchange.v1.VenueService.
func (s *VenueServer) GetVenueStatus(ctx context.Context, _ *exchangev1.GetVenueStatusRequest) (*exchangev1.GetVenueStatusResponse, error) {
	_, business := s.Clock()
	status := &exchangev1.GetVenueStatusResponse{JournalId: s.JournalID, BusinessTime: timestamppb.New(business)}
	err := s.read(ctx, func(v *venue.Venue) {
		status.Sequence, status.Accounts = v.Sequence(), uint32(v.Ledger().Accounts())
		status.OpenOrders, status.Trades = uint64(v.OpenOrders()), v.Trades()
		status.Symbols = s.symbols(v, func(int32, venue.State) bool { return true })
	})
	if err != nil {
		return nil, err
	}
	return status, nil
}

// statuses shows those instruments that are wanted, ordered by symbol.
func (s *VenueServer) statuses(ctx context.Context, wanted func(int32, venue.State) bool) (symbols []*exchangev1.SymbolStatus, err error) {
	err = s.read(ctx, func(v *venue.Venue) { symbols = s.symbols(v, wanted) })
	return symbols, err
}

func (s *VenueServer) symbols(v *venue.Venue, wanted func(int32, venue.State) bool) (symbols []*exchangev1.SymbolStatus) {
	for n := range s.Listing.Instruments {
		if now := v.State(int32(n)); wanted(int32(n), now) {
			symbols = append(symbols, writeStatus(&s.Listing.Instruments[n], now))
		}
	}
	slices.SortFunc(symbols, func(a, b *exchangev1.SymbolStatus) int { return strings.Compare(a.GetSymbol(), b.GetSymbol()) })
	return symbols
}

func writeStatus(of *instrument.Instrument, now venue.State) *exchangev1.SymbolStatus {
	status := &exchangev1.SymbolStatus{
		Symbol: of.Symbol, Phase: statusPhases[now.Phase], Since: timestamp(now.Since), SpreadMultiplier: now.Multiplier,
		ReferencePrice: referencePrice(of, now.Reference), ReferenceStale: now.Stale, OpenOrders: uint64(now.Open),
	}
	if now.Phase == matching.Halted {
		status.Reason = now.Reason
	}
	return status
}

// statusPhases are the phases as the contract has them.
var statusPhases = map[matching.Phase]exchangev1.Phase{
	matching.PreOpen: exchangev1.Phase_PHASE_PRE_OPEN, matching.Calling: exchangev1.Phase_PHASE_CALL,
	matching.Continuous: exchangev1.Phase_PHASE_CONTINUOUS, matching.Halted: exchangev1.Phase_PHASE_HALTED,
}

// referencePrice writes a price in ticks as observed prices are written, rounded to a whole one.
func referencePrice(of *instrument.Instrument, ticks float64) float64 {
	price, _ := strconv.ParseFloat(of.FormatPrice(int64(math.Round(ticks))), 64) // a decimal is a number
	return price
}
