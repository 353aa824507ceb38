package grpcapi

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	inTransit = exchangev1.FundingState_FUNDING_STATE_IN_TRANSIT
	booked    = exchangev1.FundingState_FUNDING_STATE_BOOKED
	held      = exchangev1.FundingState_FUNDING_STATE_HELD
	settled   = exchangev1.FundingState_FUNDING_STATE_SETTLED
	released  = exchangev1.FundingState_FUNDING_STATE_RELEASED
)

func dollars(amount string) *exchangev1.Amount {
	return &exchangev1.Amount{Asset: "USD", Amount: amount}
}

// available is what an account can use of USD, as a decimal.
func (h *house) available(name string) (text string) {
	require.NoError(h.t, h.read(context.Background(), func(v *venue.Venue) {
		number, err := v.Ledger().Find(name)
		require.NoError(h.t, err)
		text = h.Listing.Assets[0].Format(v.Ledger().Balance(number, 0).Available)
	}))
	return text
}

// sequence is that of the last event.
func (h *house) sequence() (last uint64) {
	require.NoError(h.t, h.read(context.Background(), func(v *venue.Venue) { last = v.Sequence() }))
	return last
}

func TestADepositIsCreditedOnceAndBookedOnce(t *testing.T) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.must(&venue.Open{Account: "alice"})
	for _, c := range []struct {
		transit bool
		want    exchangev1.FundingState
		events  uint64
	}{{true, inTransit, 1}, {true, inTransit, 0}, {false, booked, 1}, {false, booked, 0}, {true, booked, 0}} {
		before := h.sequence()
		request := &exchangev1.CreditDepositRequest{MovementId: "d-1", Account: "alice", Amount: dollars("100.5"), InTransit: c.transit}
		answer, err := s.CreditDeposit(t.Context(), request)
		require.NoError(t, err)
		assert.True(t, proto.Equal(&exchangev1.Funding{
			MovementId: "d-1", Kind: exchangev1.FundingKind_FUNDING_KIND_DEPOSIT, State: c.want, Account: "alice", Amount: dollars("100.5"),
		}, answer.GetFunding()), answer)
		assert.Equal(t, before+c.events, answer.GetSequence(), "%+v", c)
		assert.Equal(t, "100.5", h.available("alice"))
	}
	got, err := s.GetFunding(t.Context(), &exchangev1.GetFundingRequest{MovementId: "d-1"})
	require.NoError(t, err)
	assert.Equal(t, booked, got.GetFunding().GetState())
	assert.Equal(t, h.sequence(), got.GetSequence())
}

func TestTheCustodianBooksWhatAnAccountWasOpenedWith(t *testing.T) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.fund("alice", "50")
	got, err := s.GetFunding(t.Context(), &exchangev1.GetFundingRequest{MovementId: "open/alice/USD"})
	require.NoError(t, err)
	assert.Equal(t, inTransit, got.GetFunding().GetState())
	_, err = s.CreditDeposit(t.Context(), &exchangev1.CreditDepositRequest{MovementId: "open/alice/USD", Account: "alice", Amount: dollars("50.00000")})
	require.NoError(t, err)
	assert.Equal(t, "50", h.available("alice"))
}

func TestAWithdrawalIsHeldAndThenGoesOutOnce(t *testing.T) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.fund("alice", "100")
	for range 2 {
		answer, err := s.HoldWithdrawal(t.Context(), &exchangev1.HoldWithdrawalRequest{MovementId: "w-1", Account: "alice", Amount: dollars("30")})
		require.NoError(t, err)
		assert.True(t, proto.Equal(&exchangev1.Funding{
			MovementId: "w-1", Kind: exchangev1.FundingKind_FUNDING_KIND_WITHDRAWAL, State: held, Account: "alice", Amount: dollars("30"),
		}, answer.GetFunding()), answer)
		assert.Equal(t, "70", h.available("alice"))
	}
	for range 2 {
		answer, err := s.SettleWithdrawal(t.Context(), &exchangev1.SettleWithdrawalRequest{MovementId: "w-1"})
		require.NoError(t, err)
		assert.Equal(t, settled, answer.GetFunding().GetState())
		assert.Equal(t, h.sequence(), answer.GetSequence())
	}
	again, err := s.HoldWithdrawal(t.Context(), &exchangev1.HoldWithdrawalRequest{MovementId: "w-1", Account: "alice", Amount: dollars("30")})
	require.NoError(t, err)
	assert.Equal(t, settled, again.GetFunding().GetState(), "a hold that comes late holds nothing again")
	assert.Equal(t, "70", h.available("alice"))
	_, err = s.ReleaseWithdrawal(t.Context(), &exchangev1.ReleaseWithdrawalRequest{MovementId: "w-1"})
	assertRefused(t, err, errs.FailedPrecondition, "WITHDRAWAL_SETTLED")
}

func TestAWithdrawalThatIsGivenUpFreesWhatWasHeld(t *testing.T) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.fund("alice", "100")
	hold := &exchangev1.HoldWithdrawalRequest{MovementId: "w-1", Account: "alice", Amount: dollars("30")}
	_, err := s.HoldWithdrawal(t.Context(), hold)
	require.NoError(t, err)
	for range 2 {
		answer, err := s.ReleaseWithdrawal(t.Context(), &exchangev1.ReleaseWithdrawalRequest{MovementId: "w-1"})
		require.NoError(t, err)
		assert.Equal(t, released, answer.GetFunding().GetState())
		assert.Equal(t, "30", answer.GetFunding().GetAmount().GetAmount())
		assert.Equal(t, "100", h.available("alice"))
	}
	_, err = s.HoldWithdrawal(t.Context(), hold)
	assertRefused(t, err, errs.FailedPrecondition, "WITHDRAWAL_RELEASED")
	_, err = s.SettleWithdrawal(t.Context(), &exchangev1.SettleWithdrawalRequest{MovementId: "w-1"})
	assertRefused(t, err, errs.FailedPrecondition, "WITHDRAWAL_RELEASED")
}

func TestAReleaseLeavesATombstoneThatALateHoldMeets(t *testing.T) {
	h := openHouse(t)
	s := NewFundingServer(h.Desk)
	h.fund("alice", "100")
	for range 2 {
		answer, err := s.ReleaseWithdrawal(t.Context(), &exchangev1.ReleaseWithdrawalRequest{MovementId: "w-1"})
		require.NoError(t, err)
		assert.True(t, proto.Equal(&exchangev1.Funding{
			MovementId: "w-1", Kind: exchangev1.FundingKind_FUNDING_KIND_WITHDRAWAL, State: released,
		}, answer.GetFunding()), answer)
	}
	h.stop()
	h.start()
	s.Desk = h.Desk
	_, err := s.HoldWithdrawal(t.Context(), &exchangev1.HoldWithdrawalRequest{MovementId: "w-1", Account: "alice", Amount: dollars("30")})
	assertRefused(t, err, errs.FailedPrecondition, "WITHDRAWAL_RELEASED")
	assert.Equal(t, "100", h.available("alice"))
}

// What is left of the answers when only refusals matter.

func (s *FundingServer) credits(ctx context.Context, id, name string, amount *exchangev1.Amount) error {
	_, err := s.CreditDeposit(ctx, &exchangev1.CreditDepositRequest{MovementId: id, Account: name, Amount: amount})
	return err
}

func (s *FundingServer) holds(ctx context.Context, id, name string, amount *exchangev1.Amount) error {
	_, err := s.HoldWithdrawal(ctx, &exchangev1.HoldWithdrawalRequest{MovementId: id, Account: name, Amount: amount})
	return err
}

func (s *FundingServer) settles(ctx context.Context, id string) error {
	_, err := s.SettleWithdrawal(ctx, &exchangev1.SettleWithdrawalRequest{MovementId: id})
	return err
}

func (s *FundingServer) releases(ctx context.Context, id string) error {
	_, err := s.ReleaseWithdrawal(ctx, &exchangev1.ReleaseWithdrawalRequest{MovementId: id})
	return err
}

func (s *FundingServer) gets(ctx context.Context, id string) error {
	_, err := s.GetFunding(ctx, &exchangev1.GetFundingRequest{MovementId: id})
	return err
}

func TestWhatCannotBeMovedIsRefusedAndChangesNothing(t *testing.T) {
	h, ctx := openHouse(t), t.Context()
	s := NewFundingServer(h.Desk)
	h.fund("alice", "100")
	h.must(&venue.Open{Account: "bob"})
	require.NoError(t, s.credits(ctx, "d-1", "alice", dollars("1")))
	require.NoError(t, s.holds(ctx, "w-1", "alice", dollars("1")))
	before := h.sequence()
	for n, c := range []struct {
		err    error
		kind   errs.Kind
		reason string
	}{
		{s.credits(ctx, "", "alice", dollars("1")), errs.Invalid, "INVALID_FIELD"},
		{s.credits(ctx, "d 2", "alice", dollars("1")), errs.Invalid, "INVALID_FIELD"},
		{s.credits(ctx, "d-2", "alice", dollars("0")), errs.Invalid, "INVALID_FIELD"},
		{s.credits(ctx, "d-2", "alice", dollars("-1")), errs.Invalid, "INVALID_FIELD"},
		{s.credits(ctx, "d-2", "alice", dollars("0.000001")), errs.Invalid, "INVALID_FIELD"},
		{s.credits(ctx, "d-2", "alice", nil), errs.NotFound, "UNKNOWN_ASSET"},
		{s.credits(ctx, "d-2", "nobody", dollars("1")), errs.NotFound, "UNKNOWN_ACCOUNT"},
		{s.credits(ctx, "d-1", "alice", dollars("2")), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.credits(ctx, "d-1", "bob", dollars("1")), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.credits(ctx, "w-1", "alice", dollars("1")), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.holds(ctx, "w 2", "alice", dollars("1")), errs.Invalid, "INVALID_FIELD"},
		{s.holds(ctx, "w-2", "alice", dollars("x")), errs.Invalid, "INVALID_FIELD"},
		{s.holds(ctx, "w-2", "nobody", dollars("1")), errs.NotFound, "UNKNOWN_ACCOUNT"},
		{s.holds(ctx, "w-2", "alice", &exchangev1.Amount{Asset: "DOGE", Amount: "1"}), errs.NotFound, "UNKNOWN_ASSET"},
		{s.holds(ctx, "w-2", "alice", dollars("100.00001")), errs.FailedPrecondition, "INSUFFICIENT_BALANCE"},
		{s.holds(ctx, "w-1", "alice", dollars("2")), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.holds(ctx, "d-1", "alice", dollars("1")), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.settles(ctx, ""), errs.Invalid, "INVALID_FIELD"},
		{s.settles(ctx, "w-2"), errs.NotFound, "UNKNOWN_MOVEMENT"},
		{s.settles(ctx, "d-1"), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.releases(ctx, ""), errs.Invalid, "INVALID_FIELD"},
		{s.releases(ctx, "d-1"), errs.AlreadyExists, "MOVEMENT_ID_REUSED"},
		{s.gets(ctx, ""), errs.Invalid, "INVALID_FIELD"},
		{s.gets(ctx, "w-2"), errs.NotFound, "UNKNOWN_MOVEMENT"},
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) { assertRefused(t, c.err, c.kind, c.reason) })
	}
	assert.Equal(t, before, h.sequence())
	assert.Equal(t, "100", h.available("alice"))
}
