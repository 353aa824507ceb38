package exchangesim_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

func TestARestartKeepsEverythingButWhatASessionTakesWithIt(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		folder := t.TempDir()
		e := start(t, network, folder)
		time.Sleep(5 * time.Second)
		e.open(t, "alice", "USD", "100000", "BTC", "1")
		e.open(t, "bob", "USD", "100000")
		e.place(t, "alice", "sell", limit(exchangev1.Side_SIDE_SELL, "0.5", "60000"))
		e.place(t, "bob", "buy", limit(exchangev1.Side_SIDE_BUY, "0.2", "60000"))
		session, err := e.orders.Trade(t.Context())
		require.NoError(t, err)
		require.NoError(t, session.Send(&exchangev1.TradeRequest{
			RequestNumber: 1, Command: &exchangev1.TradeRequest_Start{Start: &exchangev1.TradeStart{Account: "bob", CancelOnDisconnect: true}},
		}))
		_, err = session.Recv()
		require.NoError(t, err)
		require.NoError(t, session.Send(&exchangev1.TradeRequest{RequestNumber: 2, Command: &exchangev1.TradeRequest_Place{
			Place: &exchangev1.PlaceOrderRequest{Account: "bob", ClientOrderId: "session", Order: limit(exchangev1.Side_SIDE_BUY, "0.1", "59000")},
		}}))
		placed, err := session.Recv()
		require.NoError(t, err)
		require.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_OPEN, placed.GetPlaced().GetOrder().GetStatus(), placed)
		before := e.balances(t, "alice")
		require.NoError(t, e.Stop())

		for range 2 { // also the second start keeps what the first one kept
			e = start(t, network, folder)
			assert.Equal(t, before, e.balances(t, "alice"))
			open, err := e.orders.ListOrders(t.Context(), &exchangev1.ListOrdersRequest{Account: "alice", OpenOnly: true})
			require.NoError(t, err)
			require.Len(t, open.GetOrders(), 1)
			assert.Equal(t, "0.3", open.GetOrders()[0].GetRemainingQuantity())
			again := e.place(t, "alice", "sell", limit(exchangev1.Side_SIDE_SELL, "0.5", "60000"))
			assert.Equal(t, open.GetOrders()[0].GetOrderId(), again.GetOrder().GetOrderId(), "the same request again is the same order")
			ended, err := e.orders.GetOrder(t.Context(), &exchangev1.GetOrderRequest{Account: "bob", ClientOrderId: "session"})
			require.NoError(t, err)
			assert.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_CANCELLED, ended.GetOrder().GetStatus())
			fills, err := e.accounts.ListTrades(t.Context(), &exchangev1.ListTradesRequest{Account: "bob"})
			require.NoError(t, err)
			assert.Len(t, fills.GetFills(), 1)
			require.NoError(t, e.Stop())
		}
	})
}

func TestASecondDaemonInTheSameFolderIsToldWhoHoldsIt(t *testing.T) {
	folder := t.TempDir()
	settle := func(config *exchangesim.Config, _ *daemon.Options) { config.DataDir = folder }
	exchangesim.StartTest(t, settle)
	config := exchangesim.Config{Common: settings.FreePorts()}
	config.DataDir = folder
	_, err := exchangesim.New(config, daemon.Options{LogOutput: t.Output()})
	require.ErrorContains(t, err, "it is held by pid")
}

func TestDocumentsThatDoNotFitWhatWasListedStopTheStart(t *testing.T) {
	folder := t.TempDir()
	settle := func(config *exchangesim.Config, _ *daemon.Options) { config.DataDir = folder }
	d := exchangesim.StartTest(t, settle)
	require.NoError(t, d.Stop())
	config := exchangesim.Config{Common: settings.FreePorts()}
	config.DataDir = folder
	_, err := exchangesim.New(config, daemon.Options{LogOutput: t.Output(), Defaults: exchangesim.Documents(map[string]string{
		"instruments": strings.Replace(shipped(t, "instruments"), `"tick_size": "0.001"`, `"tick_size": "0.01"`, 1),
	})})
	require.ErrorContains(t, err, `configuration document "instruments": number 5 of the instruments with trading was DOT/USD, tick_size 0.001`)
	require.ErrorContains(t, err, "or give the exchange an empty DATA_DIR")
	more := exchangesim.Documents(map[string]string{"instruments": listed(t)})
	d = exchangesim.StartTest(t, settle, func(_ *exchangesim.Config, options *daemon.Options) { options.Defaults = more })
	_, err = clients(d).market.GetOrderBook(t.Context(), &exchangev1.GetOrderBookRequest{Symbol: "ETH/BTC"})
	require.NoError(t, err, "what is new is listed at the start")
}

func TestCheckConfigLooksAtTheDocumentsAndOpensNothing(t *testing.T) {
	config := exchangesim.Config{Common: settings.FreePorts()}
	config.CheckConfig, config.DataDir = true, t.TempDir()+"/not-made"
	s, err := exchangesim.New(config, daemon.Options{LogOutput: t.Output()})
	require.NoError(t, err)
	require.NoError(t, s.Run(t.Context()))
	assert.NoDirExists(t, config.DataDir)
	_, err = exchangesim.New(config, daemon.Options{LogOutput: t.Output(), Defaults: exchangesim.Documents(map[string]string{
		"fees": strings.Replace(shipped(t, "fees"), `"received"`, `"base"`, 1),
	})})
	require.ErrorContains(t, err, `configuration document "fees": taken_in is "base"`)
}

// library is a configuration server whose documents may be changed.
type library struct {
	mu        sync.Mutex
	documents map[string]string
	versions  map[string]string
}

const libraryAddress = "10.0.0.2:8090"

// lend starts a server with the shipped documents.
func lend(t *testing.T, network *kittest.Network) *library {
	t.Helper()
	l := &library{documents: map[string]string{}, versions: map[string]string{}}
	for _, name := range []string{"instruments", "fees", "market", "clock"} {
		l.put(name, shipped(t, name))
	}
	socket, err := network.Listen(context.Background(), libraryAddress)
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: l}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
	return l
}

func (l *library) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	content, known := l.documents[strings.TrimPrefix(r.URL.Path, "/v1/config/")]
	if !known {
		http.NotFound(w, r)
		return
	}
	_, _ = w.Write([]byte(content))
}

func (l *library) put(name, content string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.documents[name] = content
}

func TestDocumentsThatChangeTakeEffectAndBadOnesDoNot(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		l := lend(t, network)
		e := start(t, network, "", func(config *exchangesim.Config, _ *daemon.Options) { config.ConfigURL = "http://" + libraryAddress })
		e.open(t, "alice", "USD", "100000", "BTC", "1")
		fee := func() float64 {
			answer, err := e.accounts.GetAccount(t.Context(), &exchangev1.GetAccountRequest{Account: "alice"})
			require.NoError(t, err)
			return answer.GetAccount().GetTakerFeeBps()
		}
		assert.InDelta(t, 10, fee(), 0)
		change := func(name, old, now string) string {
			l.put(name, strings.Replace(shipped(t, name), old, now, 1))
			time.Sleep(10 * time.Minute)
			_, ready := e.get(t, "/readyz")
			return ready
		}
		ready := change("fees", `"taker_bps": "10"`, `"taker_bps": "12"`)
		assert.InDelta(t, 12, fee(), 0)
		assert.NotContains(t, ready, `configuration document`)

		ready = change("fees", `"volume_asset": "USD"`, `"volume_asset": "EUR"`)
		assert.InDelta(t, 12, fee(), 0, "the old one stays")
		assert.Contains(t, ready, `configuration document \"fees\": volume_asset is \"EUR\"`)
		code, _ := e.get(t, "/readyz")
		assert.Equal(t, http.StatusOK, code)
		ready = change("fees", "", "")
		assert.InDelta(t, 10, fee(), 0)
		assert.NotContains(t, ready, `"name": "venue-documents",
      "state": "degraded"`)

		change("instruments", `"min_quantity": "0.00001"`, `"min_quantity": "0.01"`)
		_, err := e.orders.PlaceOrder(t.Context(), &exchangev1.PlaceOrderRequest{
			Account: "alice", ClientOrderId: "small", Order: limit(exchangev1.Side_SIDE_SELL, "0.001", "60000"),
		})
		require.Error(t, err)
		instruments, err := e.market.ListInstruments(t.Context(), &exchangev1.ListInstrumentsRequest{})
		require.NoError(t, err)
		for _, one := range instruments.GetInstruments() {
			if one.GetSymbol() == "BTC/USD" {
				assert.Equal(t, "0.01", one.GetMinQuantity(), "what is shown is what is asked for")
			}
		}
		l.put("instruments", listed(t))
		time.Sleep(10 * time.Minute)
		_, ready = e.get(t, "/readyz")
		assert.Contains(t, ready, "lists new instruments or assets: restart to list them")
		assert.Contains(t, change("clock", `"scale": 1`, `"scale": 2`), `document \"clock\" has changed: restart to use it`)
	})
}
