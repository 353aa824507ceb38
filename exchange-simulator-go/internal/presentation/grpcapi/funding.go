package grpcapi

// exchange.v1.FundingService: what the custodian moves in and out. The ledger remembers movements for ever, which makes each
// call idempotent; here requests are only read and movements written.

import (
	"context"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// FundingServer implements exchange.v1.FundingService.
type FundingServer struct {
	exchangev1.UnimplementedFundingServiceServer
	*Desk
	sheets sheets
}

// NewFundingServer makes the service.
func NewFundingServer(desk *Desk) *FundingServer { return &FundingServer{Desk: desk} }

// CreditDeposit implements exchange.v1.FundingService.
func (s *FundingServer) CreditDeposit(ctx context.Context, request *exchangev1.CreditDepositRequest) (*exchangev1.CreditDepositResponse, error) {
	amount, err := s.amount("amount", request.GetAmount())
	if err != nil {
		return nil, err
	}
	funding, sequence, err := s.move(ctx, request.GetMovementId(), &venue.Credit{
		ID: request.GetMovementId(), Account: request.GetAccount(), Amount: amount, InTransit: request.GetInTransit(),
	})
	return &exchangev1.CreditDepositResponse{Funding: funding, Sequence: sequence}, err
}

// HoldWithdrawal implements exchange.v1.FundingService.
func (s *FundingServer) HoldWithdrawal(ctx context.Context, request *exchangev1.HoldWithdrawalRequest) (*exchangev1.HoldWithdrawalResponse, error) {
	amount, err := s.amount("amount", request.GetAmount())
	if err != nil {
		return nil, err
	}
	funding, sequence, err := s.move(ctx, request.GetMovementId(), &venue.HoldWithdrawal{
		ID: request.GetMovementId(), Account: request.GetAccount(), Amount: amount,
	})
	return &exchangev1.HoldWithdrawalResponse{Funding: funding, Sequence: sequence}, err
}

// SettleWithdrawal implements exchange.v1.FundingService.
func (s *FundingServer) SettleWithdrawal(ctx context.Context, request *exchangev1.SettleWithdrawalRequest) (*exchangev1.SettleWithdrawalResponse, error) {
	funding, sequence, err := s.move(ctx, request.GetMovementId(), &venue.SettleWithdrawal{ID: request.GetMovementId()})
	return &exchangev1.SettleWithdrawalResponse{Funding: funding, Sequence: sequence}, err
}

// ReleaseWithdrawal implements exchange.v1.FundingService.
func (s *FundingServer) ReleaseWithdrawal(ctx context.Context, request *exchangev1.ReleaseWithdrawalRequest) (*exchangev1.ReleaseWithdrawalResponse, error) {
	funding, sequence, err := s.move(ctx, request.GetMovementId(), &venue.ReleaseWithdrawal{ID: request.GetMovementId()})
	return &exchangev1.ReleaseWithdrawalResponse{Funding: funding, Sequence: sequence}, err
}

// GetFunding implements exchange.v1.FundingService.
func (s *FundingServer) GetFunding(ctx context.Context, request *exchangev1.GetFundingRequest) (*exchangev1.GetFundingResponse, error) {
	if err := checkID("movement_id", request.GetMovementId()); err != nil {
		return nil, err
	}
	funding, sequence, err := s.funding(ctx, request.GetMovementId())
	return &exchangev1.GetFundingResponse{Funding: funding, Sequence: sequence}, err
}

// move takes one step of a movement and tells how it stands then.
func (s *FundingServer) move(ctx context.Context, id string, step venue.Command) (*exchangev1.Funding, uint64, error) {
	if err := checkID("movement_id", id); err != nil {
		return nil, 0, err
	}
	if _, err := s.submit(ctx, step); err != nil {
		return nil, 0, err
	}
	return s.funding(ctx, id)
}

// funding reads how a movement stands.
func (s *FundingServer) funding(ctx context.Context, id string) (funding *exchangev1.Funding, sequence uint64, err error) {
	ended := s.read(ctx, func(v *venue.Venue) {
		movement, unknown := v.Ledger().FindMovement(id)
		if unknown != nil {
			err = errs.New(errs.NotFound, "UNKNOWN_MOVEMENT", "no deposit or withdrawal has the id %q: it never reached the venue", id).
				With("field", "movement_id").With("value", id)
			return
		}
		funding, sequence = s.writeFunding(v.Ledger(), &movement), v.Sequence()
	})
	if ended != nil {
		return nil, 0, ended
	}
	return funding, sequence, err
}

func (s *FundingServer) writeFunding(ledger *account.Ledger, movement *account.Movement) *exchangev1.Funding {
	funding := &exchangev1.Funding{MovementId: movement.ID, Kind: exchangev1.FundingKind_FUNDING_KIND_DEPOSIT, State: fundingState(movement)}
	if movement.Kind == account.Withdrawal {
		funding.Kind = exchangev1.FundingKind_FUNDING_KIND_WITHDRAWAL
	}
	if movement.Account >= 0 {
		funding.Account, funding.Amount = ledger.Account(movement.Account).Name, s.writeAmount(movement.Asset, movement.Amount)
	}
	return funding
}

func fundingState(movement *account.Movement) exchangev1.FundingState {
	switch {
	case movement.State == account.Credited:
		return exchangev1.FundingState_FUNDING_STATE_IN_TRANSIT
	case movement.State == account.Held:
		return exchangev1.FundingState_FUNDING_STATE_HELD
	case movement.State == account.Released:
		return exchangev1.FundingState_FUNDING_STATE_RELEASED
	case movement.Kind == account.Withdrawal:
		return exchangev1.FundingState_FUNDING_STATE_SETTLED
	}
	return exchangev1.FundingState_FUNDING_STATE_BOOKED
}
