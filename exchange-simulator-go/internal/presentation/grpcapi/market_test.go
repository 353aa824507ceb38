package grpcapi

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

func TestInstrumentsAreListedInPagesWithTheirRulesAndPhases(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		g.must(&venue.Halt{Instrument: crowd.BTCUSD, Reason: "test"})
		first, err := g.ListInstruments(t.Context(), &exchangev1.ListInstrumentsRequest{PageSize: 1})
		require.NoError(t, err)
		require.Len(t, first.GetInstruments(), 1)
		want := &exchangev1.Instrument{
			Symbol: "ADA/BTC", Base: "ADA", Quote: "BTC", TickSize: "0.00000001", LotSize: "0.1", MinQuantity: "0.1", MaxQuantity: "100000",
			MinNotional: "0", MaxOpenOrders: 10_000, MaxPriceMultiple: "5", MinPriceMultiple: "0.2", Phase: exchangev1.Phase_PHASE_CONTINUOUS,
		}
		assert.True(t, proto.Equal(want, first.GetInstruments()[0]), first.GetInstruments()[0])
		second, err := g.ListInstruments(t.Context(), &exchangev1.ListInstrumentsRequest{PageToken: first.GetNextPageToken()})
		require.NoError(t, err)
		require.Len(t, second.GetInstruments(), 1)
		assert.Equal(t, "BTC/USD", second.GetInstruments()[0].GetSymbol())
		assert.Equal(t, exchangev1.Phase_PHASE_HALTED, second.GetInstruments()[0].GetPhase())
		assert.Empty(t, second.GetNextPageToken())
		for _, request := range []*exchangev1.ListInstrumentsRequest{
			{PageSize: -1}, {PageSize: 1001}, {PageToken: "?"}, {PageToken: pageToken(2, listInstruments)}, {PageToken: pageToken(1, "other")},
		} {
			_, err = g.ListInstruments(t.Context(), request)
			requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD")
		}
	})
}

func TestABookShowsWhatItsReaderWasAnsweredAndNothingHidden(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		empty, err := g.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ADA/BTC"})
		require.NoError(t, err)
		assert.Empty(t, empty.GetBids())
		assert.Empty(t, empty.GetLastPrice())
		g.place("alice", crowd.ADABTC, bid(3_990_000, 7))
		iceberg := ask(4_010_000, 50)
		iceberg.Display = 20
		g.place("bob", crowd.ADABTC, iceberg)
		g.place("bob", crowd.ADABTC, ask(4_010_000, 5))
		g.place("bob", crowd.ADABTC, ask(4_020_000, 1))
		g.place("alice", crowd.ADABTC, bid(4_010_000, 3))
		shown, err := g.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ADA/BTC", Depth: 1})
		require.NoError(t, err)
		assert.Equal(t, []*exchangev1.Level{{Price: "0.0399", Quantity: "0.7", Orders: 1}}, shown.GetBids())
		assert.Equal(t, []*exchangev1.Level{{Price: "0.0401", Quantity: "2.2", Orders: 2}}, shown.GetAsks())
		assert.Equal(t, "0.0401", shown.GetLastPrice())
		assert.Equal(t, 0.04, shown.GetReferencePrice())
		assert.Equal(t, exchangev1.Phase_PHASE_CONTINUOUS, shown.GetPhase())
		assert.Equal(t, g.desk.Machine.Stats().Events, shown.GetSequence())
		assert.Equal(t, time.Now().UTC(), shown.GetTime().AsTime())
		whole, err := g.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ADA/BTC", Depth: MaxDepth})
		require.NoError(t, err)
		assert.Len(t, whole.GetAsks(), 2)
		_, err = g.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ADA/BTC", Depth: MaxDepth + 1})
		requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD")
		_, err = g.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ADA/USD"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
	})
}

func TestABookIsStreamedByLevelAndByOrderAlsoCompressed(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		first := g.place("alice", crowd.ADABTC, bid(3_990_000, 7))
		synctest.Wait() // the feed follows
		request := &exchangev1.StreamOrderBookRequest{Symbol: "ADA/BTC"}
		levels, err := g.StreamOrderBook(t.Context(), request)
		require.NoError(t, err)
		packed, err := g.StreamOrderBook(t.Context(), request, grpc.UseCompressor(gzip.Name))
		require.NoError(t, err)
		orders, err := g.StreamOrderBook(t.Context(), &exchangev1.StreamOrderBookRequest{Symbol: "ADA/BTC", ByOrder: true})
		require.NoError(t, err)
		whole := take(t, levels, 1)[0]
		assert.True(t, whole.GetSnapshot())
		assert.Equal(t, []*exchangev1.Level{{Price: "0.0399", Quantity: "0.7", Orders: 1}}, whole.GetBids())
		assert.True(t, proto.Equal(whole, take(t, packed, 1)[0]))
		assert.Equal(t, first, take(t, orders, 1)[0].GetOrders()[0].GetOrderId())
		synctest.Wait()
		g.place("bob", crowd.ADABTC, ask(3_990_000, 2))
		synctest.Wait() // or both would be one change
		third := g.place("bob", crowd.ADABTC, ask(4_000_000, 2))
		change := take(t, levels, 2)
		assert.Equal(t, whole.GetSequence(), change[0].GetPreviousSequence())
		assert.Equal(t, []*exchangev1.Level{{Price: "0.0399", Quantity: "0.5", Orders: 1}}, change[0].GetBids())
		assert.Equal(t, []*exchangev1.Level{{Price: "0.04", Quantity: "0.2", Orders: 1}}, change[1].GetAsks())
		for n, same := range take(t, packed, 2) {
			assert.True(t, proto.Equal(change[n], same))
		}
		byOrder := take(t, orders, 2)
		assert.Equal(t, []*exchangev1.BookOrder{{OrderId: first, Side: buy, Price: "0.0399", Quantity: "0.5"}}, byOrder[0].GetOrders())
		assert.Equal(t, []*exchangev1.BookOrder{{OrderId: third, Side: sell, Price: "0.04", Quantity: "0.2"}}, byOrder[1].GetOrders())
		unknown, err := g.StreamOrderBook(t.Context(), &exchangev1.StreamOrderBookRequest{Symbol: "ADA"})
		require.NoError(t, err)
		_, err = unknown.Recv()
		requireSaid(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
	})
}

func TestMoreStreamsThanTheLimitAreToldWhenToTryAgain(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		for range 10 {
			one, err := g.StreamOrderBook(t.Context(), &exchangev1.StreamOrderBookRequest{Symbol: "ADA/BTC"})
			require.NoError(t, err)
			take(t, one, 1)
			two, err := g.StreamTrades(t.Context(), &exchangev1.StreamTradesRequest{})
			require.NoError(t, err)
			_, err = two.Header()
			require.NoError(t, err)
			three, err := g.trading.StreamExecutions(t.Context(), &exchangev1.StreamExecutionsRequest{})
			require.NoError(t, err)
			_, err = three.Header()
			require.NoError(t, err)
		}
		more, err := g.StreamTrades(t.Context(), &exchangev1.StreamTradesRequest{})
		require.NoError(t, err)
		_, err = more.Recv()
		refused := requireSaid(t, err, codes.ResourceExhausted, "TOO_MANY_SUBSCRIBERS")
		assert.Equal(t, marketfeed.RetryFullAfter, refused.retry.GetRetryDelay().AsDuration())
	})
}

func (g *gallery) tradesFrom(request *exchangev1.StreamTradesRequest) func(context.Context) (stream[exchangev1.StreamTradesResponse], error) {
	return func(ctx context.Context) (stream[exchangev1.StreamTradesResponse], error) {
		return g.StreamTrades(ctx, request)
	}
}

func TestTradesAreStreamedFromEverySequenceAndListedNewestFirst(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		g.mill(400)
		all := drain(t, g.tradesFrom(&exchangev1.StreamTradesRequest{FromSequence: 1}))
		require.Greater(t, len(all), 20)
		for from := uint64(1); from <= g.desk.Machine.Stats().Events+1; from += 1 + from/7 {
			rest := drain(t, g.tradesFrom(&exchangev1.StreamTradesRequest{FromSequence: from}))
			expected := all
			for len(expected) > 0 && expected[0].GetTrade().GetSequence() < from {
				expected = expected[1:]
			}
			require.Len(t, rest, len(expected), "from %d", from)
			for n := range rest {
				require.True(t, proto.Equal(expected[n], rest[n]))
			}
		}
		for _, symbol := range []string{"ADA/BTC", "BTC/USD"} {
			of := drain(t, g.tradesFrom(&exchangev1.StreamTradesRequest{FromSequence: 1, Symbols: []string{symbol}}))
			require.NotEmpty(t, of)
			listed := g.listTrades(t, symbol)
			require.Len(t, listed, len(of))
			for n := range of {
				require.True(t, proto.Equal(of[n].GetTrade(), listed[len(listed)-1-n]))
				require.Equal(t, symbol, listed[n].GetSymbol())
			}
		}
	})
}

// listTrades lists all trades of a symbol, a few at a time.
func (g *gallery) listTrades(t *testing.T, symbol string) (all []*exchangev1.PublicTrade) {
	for token := ""; ; {
		page, err := g.ListTrades(t.Context(), &exchangev1.MarketServiceListTradesRequest{Symbol: symbol, PageSize: 7, PageToken: token})
		require.NoError(t, err)
		all = append(all, page.GetTrades()...)
		if token = page.GetNextPageToken(); token == "" {
			return all
		}
		require.Len(t, page.GetTrades(), 7)
	}
}

func TestATradeNamesTheSideThatTookButNotOfAnAuction(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		live, err := g.StreamTrades(t.Context(), &exchangev1.StreamTradesRequest{Symbols: []string{"ADA/BTC"}})
		require.NoError(t, err)
		_, err = live.Header()
		require.NoError(t, err)
		g.place("alice", crowd.ADABTC, bid(4_000_000, 7))
		g.place("bob", crowd.ADABTC, ask(4_000_000, 3))
		trade := take(t, live, 1)[0].GetTrade()
		assert.Equal(t, sell, trade.GetTakerSide())
		assert.Equal(t, "0.04", trade.GetPrice())
		assert.Equal(t, "0.3", trade.GetQuantity())
		assert.Equal(t, time.Now().UTC(), trade.GetTime().AsTime())
		g.must(&venue.Halt{Instrument: crowd.ADABTC})
		g.must(&venue.Resume{Instrument: crowd.ADABTC})
		g.place("bob", crowd.ADABTC, ask(4_000_000, 3))
		time.Sleep(time.Second)
		g.must(&venue.Advance{})
		trade = take(t, live, 1)[0].GetTrade()
		assert.Equal(t, exchangev1.Side_SIDE_UNSPECIFIED, trade.GetTakerSide())
		assert.Equal(t, exchangev1.Side_SIDE_UNSPECIFIED, g.listTrades(t, "ADA/BTC")[0].GetTakerSide())
	})
}

func TestTradesThatCannotBeStreamedOrListedAreRefused(t *testing.T) {
	watch(t, func(t *testing.T, g *gallery) {
		for reason, request := range map[string]*exchangev1.StreamTradesRequest{
			"UNKNOWN_SYMBOL": {Symbols: []string{"BTC/USD", "USD/BTC"}},
			"INVALID_FIELD":  {Symbols: []string{"BTC/USD", "BTC/USD"}},
			"SEQUENCE_AHEAD": {FromSequence: 1 << 40},
		} {
			code := map[string]codes.Code{"UNKNOWN_SYMBOL": codes.NotFound, "INVALID_FIELD": codes.InvalidArgument, "SEQUENCE_AHEAD": codes.OutOfRange}[reason]
			refused, err := g.StreamTrades(t.Context(), request)
			require.NoError(t, err)
			_, err = refused.Recv()
			requireSaid(t, err, code, reason)
		}
		_, err := g.ListTrades(t.Context(), &exchangev1.MarketServiceListTradesRequest{Symbol: "USD/BTC"})
		requireSaid(t, err, codes.NotFound, "UNKNOWN_SYMBOL")
		for _, request := range []*exchangev1.MarketServiceListTradesRequest{
			{Symbol: "BTC/USD", PageSize: 1001}, {Symbol: "BTC/USD", PageToken: pageToken(5, listTrades, "ADA/BTC")},
		} {
			_, err = g.ListTrades(t.Context(), request)
			requireSaid(t, err, codes.InvalidArgument, "INVALID_FIELD")
		}
	})
}
