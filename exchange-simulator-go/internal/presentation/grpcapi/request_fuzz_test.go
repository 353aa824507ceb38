package grpcapi

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// asked decodes bytes as a request of its own and makes the call.
func asked[R proto.Message, A any](request R, call func(context.Context, R) (A, error)) func(context.Context, []byte) error {
	return func(ctx context.Context, bytes []byte) error {
		fresh := request.ProtoReflect().New().Interface().(R)
		if proto.Unmarshal(bytes, fresh) != nil {
			return nil
		}
		_, err := call(ctx, fresh)
		return err
	}
}

// Whatever bytes come as a request of the operators or the custodian: no panic, and an error that says whose fault it is.
func FuzzRequestsOfOperatorsAndCustodian(f *testing.F) {
	h := openHouse(f)
	h.fund("alice", "1000")
	funding, operators, faults := NewFundingServer(h.Desk), NewVenueServer(h.Desk), NewVenueFaultServer(h.Desk)
	calls := []func(context.Context, []byte) error{
		asked(&exchangev1.CreditDepositRequest{}, funding.CreditDeposit), asked(&exchangev1.HoldWithdrawalRequest{}, funding.HoldWithdrawal),
		asked(&exchangev1.SettleWithdrawalRequest{}, funding.SettleWithdrawal), asked(&exchangev1.ReleaseWithdrawalRequest{}, funding.ReleaseWithdrawal),
		asked(&exchangev1.GetFundingRequest{}, funding.GetFunding), asked(&exchangev1.GetBalanceDigestsRequest{}, funding.GetBalanceDigests),
		asked(&exchangev1.HaltTradingRequest{}, operators.HaltTrading), asked(&exchangev1.ResumeTradingRequest{}, operators.ResumeTrading),
		asked(&exchangev1.SetSpreadRequest{}, operators.SetSpread), asked(&exchangev1.GetVenueStatusRequest{}, operators.GetVenueStatus),
		asked(&exchangev1.InjectVenueFaultRequest{}, faults.InjectVenueFault), asked(&exchangev1.ListVenueFaultsRequest{}, faults.ListVenueFaults),
		asked(&exchangev1.ClearVenueFaultsRequest{}, faults.ClearVenueFaults),
	}
	for n, message := range []proto.Message{
		&exchangev1.CreditDepositRequest{MovementId: "d", Account: "alice", Amount: dollars("1"), InTransit: true},
		&exchangev1.HoldWithdrawalRequest{MovementId: "w", Account: "alice", Amount: dollars("1")},
		&exchangev1.SettleWithdrawalRequest{MovementId: "w"}, &exchangev1.ReleaseWithdrawalRequest{MovementId: "w"},
		&exchangev1.GetFundingRequest{MovementId: "w"}, &exchangev1.GetBalanceDigestsRequest{PageSize: 1, PageToken: sheetToken(1, 1)},
		&exchangev1.HaltTradingRequest{Symbol: "BTC/USD", Reason: "drill"}, &exchangev1.ResumeTradingRequest{Symbol: "BTC/USD"},
		&exchangev1.SetSpreadRequest{Symbol: "BTC/USD", Multiplier: 2}, &exchangev1.GetVenueStatusRequest{},
		&exchangev1.InjectVenueFaultRequest{FaultId: "f", Spec: &exchangev1.VenueFaultSpec{Type: rejectOrders, Share: 0.5, Reason: "X", Duration: durationpb.New(1)}},
		&exchangev1.ListVenueFaultsRequest{PageSize: 1, PageToken: faultToken(1, "f")}, &exchangev1.ClearVenueFaultsRequest{FaultIds: []string{"f"}},
	} {
		bytes, err := proto.Marshal(message)
		require.NoError(f, err)
		f.Add(byte(n), bytes)
	}
	f.Fuzz(func(t *testing.T, method byte, bytes []byte) {
		if err := calls[int(method)%len(calls)](t.Context(), bytes); err != nil {
			require.NotEqual(t, errs.Internal, errs.KindOf(err), "%v", err)
		}
	})
}
