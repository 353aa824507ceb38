package settlement

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// inWorld is a test in a world of its own, with an exporter that runs.
func inWorld(test func(t *testing.T, w *world)) func(*testing.T, *kittest.Network) {
	return func(t *testing.T, network *kittest.Network) {
		t.Helper()
		w := newWorld(t, network)
		w.start()
		defer w.end()
		test(t, w)
	}
}

func TestATradeArrivesWithTheNamesOfBothSidesAndExactAmounts(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		now := time.Now()
		w.do(t, w.opened("alice"), w.opened("alice/bot"), w.opened("bob"), &venue.Event{
			Kind: venue.Traded, Side: book.Sell, Account: 2, MakerAccount: 3, Order: 12, Maker: 7, Trade: 1, Price: 6_000_001, Lots: 50_000,
			Fee: account.Charge{Fee: 30_0000005, Asset: 0}, MakerFee: account.Charge{Fee: -1_0000000, Asset: 0},
		})
		time.Sleep(time.Second)
		require.Len(t, w.all(), 1)
		assertEqual(t, &custodianv1.Instruction{
			InstructionId: "exchange/trade/1", Sequence: 4, Time: timestamppb.New(now.Add(24 * time.Hour)), RecordedTime: timestamppb.New(now),
			Content: &custodianv1.Instruction_Trade{Trade: &custodianv1.Trade{
				TradeId: 1, Symbol: "BTC/USD", Price: "60000.01", BaseAsset: "BTC", BaseQuantity: "0.5", QuoteAsset: "USD", QuoteAmount: "30000.005",
				Buyer: &custodianv1.TradeSide{
					Participant: "bob", Account: "bob", OrderId: 7, Role: custodianv1.TradeRole_TRADE_ROLE_MAKER, Fee: "-1", FeeAsset: "USD",
				},
				Seller: &custodianv1.TradeSide{
					Participant: "alice", Account: "alice/bot", OrderId: 12, Role: custodianv1.TradeRole_TRADE_ROLE_TAKER, Fee: "30.0000005", FeeAsset: "USD",
				},
				FeeParticipant: "venue",
			}},
		}, w.all()[0])
	}))
}

func TestBothSidesOfACallAuctionAreTakersAndTheFirstOneBought(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.do(t, w.opened("alice"), w.opened("bob"), &venue.Event{
			Kind: venue.Traded, Side: book.Buy, Auction: true, Account: 1, MakerAccount: 2, Trade: 1, Price: 1, Lots: 1,
			Fee: account.Charge{Fee: 3, Asset: 1}, MakerFee: account.Charge{Fee: 4, Asset: 0},
		})
		time.Sleep(time.Second)
		require.Len(t, w.all(), 1)
		trade := w.all()[0].GetTrade()
		assertEqual(t, &custodianv1.TradeSide{
			Participant: "alice", Account: "alice", Role: custodianv1.TradeRole_TRADE_ROLE_TAKER, Fee: "0.000000003", FeeAsset: "BTC",
		}, trade.GetBuyer())
		assertEqual(t, &custodianv1.TradeSide{
			Participant: "bob", Account: "bob", Role: custodianv1.TradeRole_TRADE_ROLE_TAKER, Fee: "0.0000004", FeeAsset: "USD",
		}, trade.GetSeller())
	}))
}

func TestDepositsInTransitArriveInOrderWithTheTradesAndOthersDoNot(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		booked := deposited("from-custodian")
		booked.Reason = ""
		w.do(t, w.opened("alice"), deposited("open/venue"), w.traded(), booked,
			&venue.Event{Kind: venue.Deposited, Account: 1, Asset: 1, Amount: 1_500_000_000, Text: "open/alice", Reason: venue.InTransit})
		time.Sleep(time.Second)
		assert.Equal(t, []string{"exchange/deposit/open/venue", "exchange/trade/1", "exchange/deposit/open/alice"}, w.ids())
		assertEqual(t, &custodianv1.DepositInTransit{
			MovementId: "open/alice", Participant: "alice", Account: "alice", Asset: "BTC", Amount: "1.5",
		}, w.all()[2].GetDeposit())
	}))
}

func TestRangesFollowEachOtherAlsoWhereNothingIsToBeBooked(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.do(t, accepted(), accepted())
		time.Sleep(IdleLinger - time.Millisecond)
		assert.Zero(t, w.calls(), "there is no hurry")
		time.Sleep(2 * time.Millisecond)
		w.do(t, accepted(), w.traded(), accepted())
		time.Sleep(Linger + time.Millisecond)
		w.do(t, accepted())
		time.Sleep(IdleLinger + time.Millisecond)
		var ranges [][3]uint64
		requests, _ := w.seen()
		for _, request := range requests {
			assert.Equal(t, "exchange", request.GetVenue())
			assert.Equal(t, fmt.Sprintf("%x", w.machine.ID()), request.GetJournalId())
			ranges = append(ranges, [3]uint64{request.GetFromSequence(), request.GetThroughSequence(), uint64(len(request.GetInstructions()))})
		}
		assert.Equal(t, [][3]uint64{{1, 2, 0}, {3, 5, 1}, {6, 6, 0}}, ranges)
		assert.EqualValues(t, 6, w.machine.Cursor(Consumer))
	}))
}

func TestABatchIsCutWhenItIsFull(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		for range 2*MaxInstructions + 1 {
			w.do(t, w.traded())
		}
		w.listen(t, w.network)
		time.Sleep(time.Minute)
		var sizes []int
		requests, _ := w.seen()
		for _, request := range requests {
			sizes = append(sizes, len(request.GetInstructions()))
		}
		assert.Equal(t, []int{MaxInstructions, MaxInstructions, 1}, sizes[len(sizes)-3:])
		assertInOrder(t, w)
	}))
}

func TestACustodianThatComesLateReceivesEverything(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		for range 1000 {
			w.do(t, w.traded(), accepted(), deposited(fmt.Sprint("movement-", w.trades)))
			time.Sleep(time.Second)
		}
		events, bytes := w.Backlog()
		assert.EqualValues(t, 3000, events)
		assert.Positive(t, bytes)
		assert.Equal(t, health.Degraded, w.ready().State)
		assert.EqualValues(t, 3000, w.ready().Detail["lag_events"])
		assert.Contains(t, w.log.String(), "trading goes on, and what was executed waits in the event log until the custodian takes it")
		w.listen(t, w.network)
		time.Sleep(time.Minute)
		assertInOrder(t, w)
		assert.Len(t, w.all(), 2000)
		assert.Equal(t, health.Up, w.ready().State)
		events, bytes = w.Backlog()
		assert.Zero(t, events)
		assert.Zero(t, bytes)
	}))
}

func TestAnExporterThatIsStartedAgainGoesOnWhereItWas(t *testing.T) {
	kittest.Run(t, inWorld(func(t *testing.T, w *world) {
		w.listen(t, w.network)
		w.do(t, w.opened("alice"), w.traded())
		time.Sleep(time.Second)
		w.stop()
		before := w.calls()
		w.do(t, w.opened("bob"), &venue.Event{Kind: venue.Traded, Account: 1, MakerAccount: 2, Trade: 2, Price: 1, Lots: 1})
		w.start()
		time.Sleep(time.Second)
		requests, _ := w.seen()
		require.Len(t, requests, before+1)
		assert.EqualValues(t, 3, requests[before].GetFromSequence())
		assert.Equal(t, "bob", w.all()[1].GetTrade().GetSeller().GetAccount())
	}))
}

func TestTheKindOfAnEventIsItsFirstByte(t *testing.T) {
	for kind := venue.OrderAccepted; kind <= venue.Configured; kind++ {
		bytes := venue.AppendEvent(nil, &venue.Event{Kind: kind})
		assert.Equal(t, kind == venue.Traded || kind == venue.Deposited, isBooked(bytes), "kind %d", kind)
	}
}

func assertEqual(t *testing.T, want, got proto.Message) {
	t.Helper()
	assert.True(t, proto.Equal(want, got), "want %v\n got %v", want, got)
}

// assertInOrder checks that every trade of the venue was booked exactly once, in order.
func assertInOrder(t *testing.T, w *world) {
	t.Helper()
	assert.Equal(t, w.trades, lastTrade(t, w.custodian))
}
