package exchangesim_test

import (
	"context"
	"math/big"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// vault stands in for the custodian: it takes what follows on what it has, and remembers it.
type vault struct {
	custodianv1.UnimplementedSettlementServiceServer

	mu      sync.Mutex
	through uint64
	known   map[string]bool
	booked  []*custodianv1.Instruction
}

func (v *vault) SubmitInstructions(
	_ context.Context, request *custodianv1.SubmitInstructionsRequest,
) (*custodianv1.SubmitInstructionsResponse, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if request.GetFromSequence() > v.through+1 {
		return nil, errs.New(errs.FailedPrecondition, "SEQUENCE_GAP", "events are missing").With("next_sequence", strconv.FormatUint(v.through+1, 10))
	}
	answer := &custodianv1.SubmitInstructionsResponse{}
	for _, one := range request.GetInstructions() {
		outcome := custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_DUPLICATE
		if !v.known[one.GetInstructionId()] {
			outcome = custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_ACCEPTED
			v.known[one.GetInstructionId()] = true
			v.booked = append(v.booked, one)
		}
		answer.Acknowledgements = append(answer.Acknowledgements,
			&custodianv1.InstructionAcknowledgement{InstructionId: one.GetInstructionId(), Outcome: outcome})
	}
	v.through = max(v.through, request.GetThroughSequence())
	answer.HighestSequence = v.through
	return answer, nil
}

// keep starts a custodian on the network.
func keep(t *testing.T, network *kittest.Network) *vault {
	t.Helper()
	v := &vault{known: map[string]bool{}}
	chassis, err := daemon.New("custodian", kittest.Settings(), kittest.Options(t, network))
	require.NoError(t, err)
	daemon.StartTest(t, chassis, daemon.Service{
		Register: func(r grpc.ServiceRegistrar) { custodianv1.RegisterSettlementServiceServer(r, v) },
	})
	return v
}

// owned is what the instructions make of a participant's assets, and how many trades there were, which come in order.
func (v *vault) owned(t *testing.T, participant string) (assets map[string]*big.Rat, trades uint64) {
	t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	assets = map[string]*big.Rat{"USD": {}, "BTC": {}}
	book := func(whose, asset, amount string, sign int64) {
		exact, ok := new(big.Rat).SetString(amount)
		require.True(t, ok, amount)
		if whose == participant {
			assets[asset].Add(assets[asset], exact.Mul(exact, big.NewRat(sign, 1)))
		}
	}
	for _, one := range v.booked {
		if deposit := one.GetDeposit(); deposit != nil {
			book(deposit.GetParticipant(), deposit.GetAsset(), deposit.GetAmount(), 1)
			continue
		}
		trade := one.GetTrade()
		trades++
		require.Equal(t, trades, trade.GetTradeId())
		buyer, seller := trade.GetBuyer(), trade.GetSeller()
		book(buyer.GetParticipant(), trade.GetBaseAsset(), trade.GetBaseQuantity(), 1)
		book(buyer.GetParticipant(), trade.GetQuoteAsset(), trade.GetQuoteAmount(), -1)
		book(buyer.GetParticipant(), buyer.GetFeeAsset(), buyer.GetFee(), -1)
		book(seller.GetParticipant(), trade.GetBaseAsset(), trade.GetBaseQuantity(), -1)
		book(seller.GetParticipant(), trade.GetQuoteAsset(), trade.GetQuoteAmount(), 1)
		book(seller.GetParticipant(), seller.GetFeeAsset(), seller.GetFee(), -1)
	}
	return assets, trades
}

func TestWithoutACustodianItTradesAndTheCustodianThatComesLateReceivesEverything(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		quote(t, network, prices())
		folder := t.TempDir()
		e := start(t, network, folder)
		time.Sleep(5 * time.Second)
		e.open(t, "alice", "USD", "100000", "BTC", "1")
		for n := range 5 {
			time.Sleep(10 * time.Second)
			filled := e.place(t, "alice", "before-"+strconv.Itoa(n), &exchangev1.NewOrder{
				Symbol: "BTC/USD", Side: exchangev1.Side(1 + n%2), Type: exchangev1.OrderType_ORDER_TYPE_MARKET, Quantity: "0.1",
			})
			require.NotEmpty(t, filled.GetFills())
		}
		code, body := e.get(t, "/readyz")
		assert.Equal(t, http.StatusOK, code, "it serves on")
		assert.Contains(t, body, "custodian-settlement")
		assert.Contains(t, body, "no instance of custodian is registered")
		require.NoError(t, e.Stop())

		e = start(t, network, folder)
		custodian := keep(t, network)
		time.Sleep(2 * time.Minute)
		e.place(t, "alice", "after", limit(exchangev1.Side_SIDE_BUY, "0.1", "61000"))
		require.NoError(t, e.cancelAll(t, "alice"))
		time.Sleep(2 * time.Second)
		assets, trades := custodian.owned(t, "alice")
		assert.Greater(t, trades, uint64(5))
		for asset, balance := range e.balances(t, "alice") {
			want, ok := new(big.Rat).SetString(balance[0])
			require.True(t, ok)
			assert.Zero(t, want.Cmp(assets[asset]), "%s: %s at the exchange, %s by the instructions", asset, balance[0], assets[asset].FloatString(9))
		}
		_, body = e.get(t, "/metrics")
		assert.Contains(t, body, `settlement_instructions_total{outcome="accepted"}`)
		assert.Contains(t, body, "settlement_stopped_sequence 0")
	})
}

// cancelAll takes out what an account has in the books.
func (e *exchange) cancelAll(t *testing.T, account string) error {
	t.Helper()
	_, err := e.orders.CancelAllOrders(t.Context(), &exchangev1.CancelAllOrdersRequest{Account: account})
	return err
}
