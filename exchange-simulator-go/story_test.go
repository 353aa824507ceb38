package exchangesim_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestFromAnAccountToItsStatement(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		quote(t, network, prices())
		e := start(t, network, "")
		time.Sleep(5 * time.Second)

		e.open(t, "alice", "USD", "100000")
		book, err := e.market.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "BTC/USD"})
		require.NoError(t, err)
		require.NotEmpty(t, book.GetBids(), "the venue's own makers quote")
		require.NotEmpty(t, book.GetAsks())
		assert.Equal(t, exchangev1.Phase_PHASE_CONTINUOUS, book.GetPhase())

		executions, err := e.orders.StreamExecutions(t.Context(), &exchangev1.StreamExecutionsRequest{Account: "alice"})
		require.NoError(t, err)
		_, err = executions.Header()
		require.NoError(t, err)
		bought := e.place(t, "alice", "buy-1", &exchangev1.NewOrder{
			Symbol: "BTC/USD", Side: exchangev1.Side_SIDE_BUY, Type: exchangev1.OrderType_ORDER_TYPE_MARKET, Quantity: "0.1",
		})
		assert.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_FILLED, bought.GetOrder().GetStatus())
		require.NotEmpty(t, bought.GetFills())
		for {
			message, err := executions.Recv()
			require.NoError(t, err)
			assert.Equal(t, "buy-1", message.GetClientOrderId())
			if message.GetType() == exchangev1.ExecutionType_EXECUTION_TYPE_FILL {
				assert.Equal(t, bought.GetFills()[0].GetTradeId(), message.GetFill().GetTradeId())
				break
			}
		}
		balances := e.balances(t, "alice")
		assert.True(t, strings.HasPrefix(balances["BTC"][0], "0.0999"), "what was bought but for the fee of 10 basis points: %v", balances)
		assert.True(t, strings.HasPrefix(balances["USD"][0], "9"), "%v", balances)

		orders, err := e.orders.ListOrders(t.Context(), &exchangev1.ListOrdersRequest{Account: "alice"})
		require.NoError(t, err)
		require.Len(t, orders.GetOrders(), 1)
		fills, err := e.accounts.ListTrades(t.Context(), &exchangev1.ListTradesRequest{Account: "alice"})
		require.NoError(t, err)
		assert.Len(t, fills.GetFills(), len(bought.GetFills()))
		trades, err := e.market.ListTrades(t.Context(), &exchangev1.MarketServiceListTradesRequest{Symbol: "BTC/USD"})
		require.NoError(t, err)
		assert.NotEmpty(t, trades.GetTrades())
		entries, err := e.accounts.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "alice"})
		require.NoError(t, err)
		assert.GreaterOrEqual(t, len(entries.GetEntries()), 4, "a deposit, two legs and a fee")

		for path, want := range map[string]string{
			"/v1/markets": "BTC/USD", "/v1/books/BTC/USD": "PHASE_CONTINUOUS", "/v1/trades/BTC/USD": "tradeId", "/v1/balances/alice": "BTC",
			"/v1/fills/alice": "buy-1", "/v1/venue": "BTC/USD", "/openapi.json": "/v1/orders", "/metrics": `exchange_phase{phase="continuous",symbol="BTC/USD"} 1`,
		} {
			code, body := e.get(t, path)
			assert.Equal(t, http.StatusOK, code, path)
			assert.Contains(t, body, want, path)
		}
	})
}

func TestWithoutMarketDataItServesAndSaysSoAndQuotesWhenItComes(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		e := start(t, network, "")
		time.Sleep(time.Minute)
		code, ready := e.get(t, "/readyz")
		assert.Equal(t, http.StatusOK, code)
		assert.Contains(t, ready, "no reference price of BTC/USD")
		e.open(t, "alice", "USD", "1000", "BTC", "1")
		e.open(t, "bob", "USD", "1000", "BTC", "1")
		assert.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_OPEN, e.place(t, "alice", "1", limit(exchangev1.Side_SIDE_SELL, "0.01", "50000")).GetOrder().GetStatus())
		assert.Len(t, e.place(t, "bob", "1", limit(exchangev1.Side_SIDE_BUY, "0.01", "50000")).GetFills(), 1)

		d := quote(t, network, prices())
		time.Sleep(time.Minute)
		_, ready = e.get(t, "/readyz")
		assert.NotContains(t, ready, `"name": "reference-prices",
      "state": "degraded"`)
		book := func() *exchangev1.GetOrderBookResponse {
			book, err := e.market.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "BTC/USD"})
			require.NoError(t, err)
			return book
		}
		assert.NotEmpty(t, book().GetBids())
		require.NoError(t, d.Stop())
		time.Sleep(time.Minute)
		assert.Empty(t, book().GetBids(), "makers do not quote from the past")
	})
}
