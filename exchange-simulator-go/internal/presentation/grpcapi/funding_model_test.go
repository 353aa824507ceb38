package grpcapi

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// paper is funding as one would keep it on paper: what each id was used for, and what is free.
type paper struct {
	movements map[string]*note
	free      int64
}

type note struct {
	deposit bool
	amount  int64
	state   exchangev1.FundingState
}

// step tells how a movement stands after a call, and whether the call must be refused.
func (p *paper) step(call, id string, amount int64) (one *note, refused bool) {
	one = p.movements[id]
	switch call {
	case "credit", "transit":
		if one == nil {
			one = &note{deposit: true, amount: amount, state: inTransit}
			p.movements[id], p.free = one, p.free+amount
		}
		if !one.deposit || one.amount != amount {
			return one, true
		}
		if call == "credit" {
			one.state = booked
		}
	case "hold":
		if one == nil && amount <= p.free {
			one = &note{amount: amount, state: held}
			p.movements[id], p.free = one, p.free-amount
		}
		return one, one == nil || one.deposit || one.amount != amount || one.state == released
	case "settle":
		if one == nil || one.deposit || one.state == released {
			return one, true
		}
		one.state = settled
	case "release":
		if one == nil {
			one = &note{state: released}
			p.movements[id] = one
		}
		if one.deposit || one.state == settled {
			return one, true
		}
		if one.state == held {
			p.free += one.amount
		}
		one.state = released
	}
	return one, false
}

// call makes the call over the service.
func (s *FundingServer) call(ctx context.Context, call, id, amount string) (funding *exchangev1.Funding, err error) {
	switch call {
	case "credit", "transit":
		answer, err := s.CreditDeposit(ctx, &exchangev1.CreditDepositRequest{MovementId: id, Account: "alice", Amount: dollars(amount), InTransit: call == "transit"})
		return answer.GetFunding(), err
	case "hold":
		answer, err := s.HoldWithdrawal(ctx, &exchangev1.HoldWithdrawalRequest{MovementId: id, Account: "alice", Amount: dollars(amount)})
		return answer.GetFunding(), err
	case "settle":
		answer, err := s.SettleWithdrawal(ctx, &exchangev1.SettleWithdrawalRequest{MovementId: id})
		return answer.GetFunding(), err
	}
	answer, err := s.ReleaseWithdrawal(ctx, &exchangev1.ReleaseWithdrawalRequest{MovementId: id})
	return answer.GetFunding(), err
}

func TestFundingIsThatOnPaperHoweverOftenItIsAskedAlsoOverRestarts(t *testing.T) {
	rapid.Check(t, func(draw *rapid.T) {
		h, kept := &house{t: t, disk: memdisk.New()}, &paper{movements: map[string]*note{}}
		h.start()
		defer h.stop()
		h.must(&venue.Open{Account: "alice"})
		for range rapid.IntRange(1, 40).Draw(draw, "calls") {
			if rapid.IntRange(0, 19).Draw(draw, "restart") == 0 {
				h.stop()
				h.start()
			}
			call := rapid.SampledFrom([]string{"credit", "transit", "hold", "settle", "release"}).Draw(draw, "call")
			id := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(draw, "id")
			amount := rapid.Int64Range(1, 3).Draw(draw, "amount")
			want, refused := kept.step(call, id, amount)
			before := h.sequence()
			got, err := NewFundingServer(h.Desk).call(t.Context(), call, id, strconv.FormatInt(amount, 10))
			require.Equal(draw, refused, err != nil, "%s %s %d: %v", call, id, amount, err)
			require.Equal(draw, fmt.Sprint(kept.free), h.available("alice"))
			if refused {
				require.Equal(draw, before, h.sequence(), "a refusal is no event")
				continue
			}
			require.Equal(draw, want.state, got.GetState())
			require.LessOrEqual(draw, h.sequence(), before+1)
			require.Equal(draw, want.deposit, got.GetKind() == exchangev1.FundingKind_FUNDING_KIND_DEPOSIT)
		}
	})
}

func TestATransferOfAnOwnerIsNoFunding(t *testing.T) {
	h := openHouse(t)
	h.fund("alice", "10")
	h.must(&venue.Open{Account: "alice/bot"})
	h.must(&venue.Transfer{ID: "t-1", From: "alice", To: "alice/bot", Amount: venue.Amount{Units: 100}})
	funding, err := NewFundingServer(h.Desk).call(t.Context(), "credit", "t-1", "5")
	require.NoError(t, err, "owners and the custodian choose ids apart from each other")
	assert.Equal(t, booked, funding.GetState())
}
