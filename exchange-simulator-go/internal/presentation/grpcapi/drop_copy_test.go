package grpcapi

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

type execution = exchangev1.StreamExecutionsResponse

func (g *gallery) executionsFrom(request *exchangev1.StreamExecutionsRequest) func(context.Context) (stream[execution], error) {
	return func(ctx context.Context) (stream[execution], error) { return g.trading.StreamExecutions(ctx, request) }
}

// executions are all that there are by now.
func (g *gallery) executions(t *testing.T, request *exchangev1.StreamExecutionsRequest) []*execution {
	t.Helper()
	return drain(t, g.executionsFrom(request))
}

// copy opens a drop copy of what happens from now on.
func (g *gallery) copy(t *testing.T, request *exchangev1.StreamExecutionsRequest) stream[execution] {
	t.Helper()
	live, err := g.trading.StreamExecutions(t.Context(), request)
	require.NoError(t, err)
	_, err = live.Header()
	require.NoError(t, err)
	return live
}

// history is what the drop copy says of an order.
type orderHistory struct {
	filled    int64 // lots
	remaining string
	ended     exchangev1.ExecutionType
}

func TestTheDropCopyTellsEverythingThatHappenedToEveryOrder(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		g.mill(500)
		told, last, types := map[uint64]*orderHistory{}, uint64(0), map[exchangev1.ExecutionType]int{}
		for _, one := range g.executions(t, &exchangev1.StreamExecutionsRequest{FromSequence: 1}) {
			require.GreaterOrEqual(t, one.GetSequence(), last)
			last = one.GetSequence()
			types[one.GetType()]++
			of, known := told[one.GetOrderId()]
			require.Equal(t, known, one.GetType() != exchangev1.ExecutionType_EXECUTION_TYPE_ACCEPTED, one)
			if !known {
				of = &orderHistory{}
				told[one.GetOrderId()] = of
			}
			of.remaining = one.GetRemainingQuantity()
			switch one.GetType() {
			case exchangev1.ExecutionType_EXECUTION_TYPE_FILL:
				require.Equal(t, one.GetOrderId(), one.GetFill().GetOrderId())
				require.Equal(t, one.GetAccount(), one.GetFill().GetAccount())
				require.Equal(t, one.GetClientOrderId(), one.GetFill().GetClientOrderId())
				n, _ := g.desk.Listing.Instrument(one.GetSymbol())
				lots, err := g.desk.Listing.Instruments[n].ParseQuantity(one.GetFill().GetQuantity())
				require.NoError(t, err)
				of.filled += lots
			case exchangev1.ExecutionType_EXECUTION_TYPE_CANCELLED, exchangev1.ExecutionType_EXECUTION_TYPE_EXPIRED:
				of.ended = one.GetType()
				require.NotEmpty(t, one.GetReason())
				require.Equal(t, "0", of.remaining)
			}
		}
		for _, kind := range executions {
			assert.Positive(t, types[kind], kind)
		}
		g.requireTold(t, told)
	})
}

// requireTold compares what was told with the records of the orders.
func (g *gallery) requireTold(t *testing.T, told map[uint64]*orderHistory) {
	for _, account := range []string{"alice", "alice/bot", "bob"} {
		var records []venue.Record
		require.NoError(t, g.desk.read(t.Context(), func(v *venue.Venue) {
			records, _ = v.Orders(account, 0, func(*venue.Record) bool { return true }, 10_000, nil)
		}))
		require.NotEmpty(t, records)
		for _, r := range records {
			of := told[r.ID]
			require.NotNil(t, of, "order %d", r.ID)
			require.Equal(t, r.Filled, of.filled, "order %d", r.ID)
			require.Equal(t, r.Status == venue.Cancelled, of.ended == exchangev1.ExecutionType_EXECUTION_TYPE_CANCELLED, "order %d", r.ID)
			if r.Status == venue.Working || r.Status == venue.PartiallyFilled {
				require.Equal(t, g.desk.Listing.Instruments[r.Instrument].FormatQuantity(r.Remaining), of.remaining, "order %d", r.ID)
			}
		}
	}
}

func TestTheDropCopyGoesOnFromEverySequence(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		g.mill(80)
		all := g.executions(t, &exchangev1.StreamExecutionsRequest{FromSequence: 1})
		for from := uint64(1); from <= g.desk.Machine.Stats().Events+1; from++ {
			first := slices.IndexFunc(all, func(one *execution) bool { return one.GetSequence() >= from })
			if first < 0 {
				first = len(all)
			}
			rest := g.executions(t, &exchangev1.StreamExecutionsRequest{FromSequence: from})
			require.Len(t, rest, len(all)-first, "from %d", from)
			for n := range rest {
				require.True(t, proto.Equal(all[first+n], rest[n]))
			}
		}
	})
}

func TestTheDropCopyOfAnAccountIsItsPartOfTheWhole(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		alone := g.copy(t, &exchangev1.StreamExecutionsRequest{Account: "alice"})
		family := g.copy(t, &exchangev1.StreamExecutionsRequest{Account: "alice", IncludeSubAccounts: true})
		from := g.desk.Machine.Stats().Events + 1
		g.must(&venue.Open{Account: "alice/late", Fund: []venue.Amount{{Asset: 1, Units: 1 << 50}}})
		g.place("alice/late", crowd.ADABTC, bid(3_900_000, 1))
		g.mill(200)
		whole := g.executions(t, &exchangev1.StreamExecutionsRequest{FromSequence: from})
		for _, c := range []struct {
			live stream[execution]
			want func(account string) bool
		}{
			{alone, func(account string) bool { return account == "alice" }},
			{family, func(account string) bool { return account == "alice" || strings.HasPrefix(account, "alice/") }},
		} {
			part := slices.DeleteFunc(slices.Clone(whole), func(one *execution) bool { return !c.want(one.GetAccount()) })
			for n, one := range take(t, c.live, len(part)) {
				require.True(t, proto.Equal(part[n], one))
			}
		}
		unknown, err := g.trading.StreamExecutions(t.Context(), &exchangev1.StreamExecutionsRequest{Account: "carol"})
		require.NoError(t, err)
		_, err = unknown.Recv()
		requireSaid(t, err, codes.NotFound, "UNKNOWN_ACCOUNT")
	})
}

func TestATradeWithOneselfIsToldToBothOrders(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		live := g.copy(t, &exchangev1.StreamExecutionsRequest{Account: "alice"})
		maker := g.place("alice", crowd.ADABTC, bid(4_000_000, 2))
		taker := g.place("alice", crowd.ADABTC, ask(4_000_000, 2))
		told := take(t, live, 4)
		assert.Equal(t, []uint64{maker, taker, taker, maker}, []uint64{
			told[0].GetOrderId(), told[1].GetOrderId(), told[2].GetOrderId(), told[3].GetOrderId(),
		})
		assert.Equal(t, told[2].GetSequence(), told[3].GetSequence())
		assert.False(t, told[2].GetFill().GetMaker())
		assert.True(t, told[3].GetFill().GetMaker())
		decremented := bid(4_000_000, 2)
		g.place("alice", crowd.ADABTC, decremented)
		less := ask(4_000_000, 1)
		less.SelfTrade = matching.Decrement
		g.place("alice", crowd.ADABTC, less)
		told = take(t, live, 4)
		assert.Equal(t, exchangev1.ExecutionType_EXECUTION_TYPE_REPLACED, told[3].GetType())
		assert.Equal(t, "SELF_TRADE", told[3].GetReason())
		assert.Equal(t, "0.1", told[3].GetRemainingQuantity())
	})
}

// inject begins a fault that lasts for an hour.
func (g *gallery) inject(fault venue.Fault) {
	fault.From, fault.Until = time.Now().UnixNano(), time.Now().Add(time.Hour).UnixNano()
	g.must(&venue.InjectFault{Fault: fault})
	synctest.Wait()
}

func TestAFaultSendsAShareOfTheDropCopyTwiceTheSameForEveryReader(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		request := &exchangev1.StreamExecutionsRequest{FromSequence: 1}
		g.mill(200)
		once := g.executions(t, request)
		g.inject(venue.Fault{ID: "half", Kind: venue.DuplicateExecutions, Instrument: crowd.BTCUSD, Share: 0.5})
		struck, again := g.executions(t, request), g.executions(t, request)
		require.Len(t, again, len(struck))
		twice, ofBitcoin, next := 0, 0, 0
		for _, one := range once {
			require.True(t, proto.Equal(one, struck[next]))
			require.True(t, proto.Equal(one, again[next]))
			if next++; next < len(struck) && proto.Equal(one, struck[next]) {
				require.True(t, proto.Equal(one, again[next]))
				require.Equal(t, "BTC/USD", one.GetSymbol())
				twice++
				next++
			}
			if one.GetSymbol() == "BTC/USD" {
				ofBitcoin++
			}
		}
		assert.Len(t, struck, next)
		assert.InDelta(t, ofBitcoin/2, twice, float64(ofBitcoin)/5)
		g.must(&venue.ClearFaults{})
		synctest.Wait()
		assert.Len(t, g.executions(t, request), len(once))
	})
}

func TestAFaultBringsTheDropCopyLateButInOrder(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		g.inject(venue.Fault{ID: "late", Kind: venue.DelayExecutions, Instrument: crowd.ADABTC, Delay: int64(10 * time.Second), Jitter: int64(time.Second)})
		live := g.copy(t, &exchangev1.StreamExecutionsRequest{Account: "alice"})
		var placed []time.Time
		for n := range int64(20) {
			placed = append(placed, time.Now())
			g.place("alice", crowd.ADABTC, bid(3_900_000+n, 1))
			time.Sleep(100 * time.Millisecond)
		}
		last := uint64(0)
		for n := range placed {
			one := take(t, live, 1)[0]
			assert.Greater(t, one.GetSequence(), last)
			last = one.GetSequence()
			assert.GreaterOrEqual(t, time.Since(placed[n]), 10*time.Second)
			assert.Less(t, time.Since(placed[n]), 11*time.Second)
		}
		g.place("alice", crowd.ADABTC, bid(3_900_000, 1))
		time.Sleep(time.Second)
		before := time.Now()
		g.must(&venue.ClearFaults{})
		take(t, live, 1)
		assert.Equal(t, before, time.Now(), "nothing waits for a fault that has ended")
	})
}
