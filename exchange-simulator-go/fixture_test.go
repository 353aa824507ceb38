package exchangesim_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestMain(m *testing.M) {
	if child() {
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// market stands in for market data: bids are what the test says, asks a cent above.
type market struct {
	marketdatav1.UnimplementedMarketDataServiceServer

	mu   sync.Mutex
	bids map[string]float64
}

// prices are those of a quiet day.
func prices() *market {
	return &market{bids: map[string]float64{
		"BTC/USD": 60_000, "ETH/USD": 3_000, "ADA/BTC": 0.00001, "SOL/USD": 150, "DOT/USD": 6, "USDT/USD": 1, "BTC/USDT": 60_000,
	}}
}

func (m *market) ListInstruments(context.Context, *marketdatav1.ListInstrumentsRequest) (*marketdatav1.ListInstrumentsResponse, error) {
	answer := &marketdatav1.ListInstrumentsResponse{}
	for symbol := range m.bids {
		answer.Instruments = append(answer.Instruments, &marketdatav1.Instrument{Symbol: symbol})
	}
	return answer, nil
}

func (m *market) StreamPrices(request *marketdatav1.StreamPricesRequest, stream grpc.ServerStreamingServer[marketdatav1.StreamPricesResponse]) error {
	for {
		m.mu.Lock()
		for _, symbol := range request.GetSymbols() {
			update := &marketdatav1.PriceUpdate{Symbol: symbol, Price: m.bids[symbol]}
			if err := stream.Send(&marketdatav1.StreamPricesResponse{Update: update}); err != nil {
				m.mu.Unlock()
				return err
			}
		}
		m.mu.Unlock()
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-time.After(time.Duration(request.GetUpdateIntervalMs()) * time.Millisecond):
		}
	}
}

// quote starts market data on the network.
func quote(t *testing.T, network *kittest.Network, m *market) *daemon.TestDaemon {
	t.Helper()
	chassis, err := daemon.New("market-data", kittest.Settings(), kittest.Options(t, network))
	require.NoError(t, err)
	return daemon.StartTest(t, chassis, daemon.Service{
		Register: func(r grpc.ServiceRegistrar) { marketdatav1.RegisterMarketDataServiceServer(r, m) },
	})
}

// exchange is a daemon and its clients.
type exchange struct {
	*daemon.TestDaemon
	orders   exchangev1.TradingServiceClient
	accounts exchangev1.AccountServiceClient
	market   exchangev1.MarketServiceClient
	venue    exchangev1.VenueServiceClient
}

// start starts an exchange on the network; the folder may be empty.
func start(t *testing.T, network *kittest.Network, folder string, adjust ...func(*exchangesim.Config, *daemon.Options)) *exchange {
	t.Helper()
	d := exchangesim.StartTest(t, append([]func(*exchangesim.Config, *daemon.Options){
		func(config *exchangesim.Config, options *daemon.Options) {
			config.Common, *options = kittest.Settings(), kittest.Options(t, network)
			config.DataDir = folder
		},
	}, adjust...)...)
	return clients(d)
}

func clients(d *daemon.TestDaemon) *exchange {
	return &exchange{
		TestDaemon: d, orders: exchangev1.NewTradingServiceClient(d.Conn), accounts: exchangev1.NewAccountServiceClient(d.Conn),
		market: exchangev1.NewMarketServiceClient(d.Conn), venue: exchangev1.NewVenueServiceClient(d.Conn),
	}
}

// open opens an account with amounts of assets, given in turn.
func (e *exchange) open(t *testing.T, name string, funds ...string) {
	t.Helper()
	request := &exchangev1.CreateAccountRequest{Account: name}
	for n := 0; n < len(funds); n += 2 {
		request.Fund = append(request.Fund, &exchangev1.Amount{Asset: funds[n], Amount: funds[n+1]})
	}
	_, err := e.accounts.CreateAccount(t.Context(), request)
	require.NoError(t, err)
}

// place places an order.
func (e *exchange) place(t *testing.T, account, id string, order *exchangev1.NewOrder) *exchangev1.PlaceOrderResponse {
	t.Helper()
	answer, err := e.orders.PlaceOrder(t.Context(), &exchangev1.PlaceOrderRequest{Account: account, ClientOrderId: id, Order: order})
	require.NoError(t, err)
	return answer
}

func limit(side exchangev1.Side, quantity, price string) *exchangev1.NewOrder {
	return &exchangev1.NewOrder{
		Symbol: "BTC/USD", Side: side, Type: exchangev1.OrderType_ORDER_TYPE_LIMIT, Quantity: quantity, Price: price,
	}
}

// balances are those of an account, available and held, by asset.
func (e *exchange) balances(t *testing.T, account string) map[string][2]string {
	t.Helper()
	answer, err := e.accounts.GetBalances(t.Context(), &exchangev1.GetBalancesRequest{Account: account})
	require.NoError(t, err)
	all := map[string][2]string{}
	for _, one := range answer.GetBalances() {
		all[one.GetAsset()] = [2]string{one.GetAvailable(), one.GetHeld()}
	}
	return all
}

// get reads a page of the HTTP side.
func (e *exchange) get(t *testing.T, path string) (code int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://exchange"+path, nil)
	require.NoError(t, err)
	response, err := e.HTTP.Do(request)
	require.NoError(t, err)
	read, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(read)
}

// shipped returns the text of a document.
func shipped(t *testing.T, name string) string {
	t.Helper()
	content, err := fs.ReadFile(exchangesim.Documents(nil), name+".json")
	require.NoError(t, err)
	return string(content)
}

// listed returns the instruments with one more.
func listed(t *testing.T) string {
	t.Helper()
	const more = `, {"symbol": "ETH/BTC", "base": "ETH", "quote": "BTC", "tick_size": "0.00001", "lot_size": "0.0001", "price_source": "modelled",
		"trading": {"min_quantity": "0.001", "max_quantity": "9000", "min_notional": "0.0001", "max_open_orders": 200,
		"price_multiplier_up": "5", "price_multiplier_down": "0.2"}}]`
	text := shipped(t, "instruments")
	end := strings.LastIndex(text, "]")
	return text[:end] + more + text[end+1:]
}
