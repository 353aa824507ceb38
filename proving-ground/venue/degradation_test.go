package venue_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	documents "github.com/trading-ecosystem/config"
	custodiansim "github.com/trading-ecosystem/custodian-simulator-go"
	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

const configAddress = "10.0.0.2:8090"

// serveDocuments answers with the shipped documents as a configuration server does, until the test ends.
func serveDocuments(t *testing.T, network *kittest.Network, fallback func(name string) ([]byte, error)) {
	t.Helper()
	socket, err := network.Listen(context.Background(), configAddress)
	require.NoError(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := fallback(r.URL.Path[len("/v1/config/"):])
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"1"`)
		_, _ = w.Write(body)
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(socket) }()
	t.Cleanup(func() { _ = server.Close(); <-done })
}

func TestWithTheConfigurationServerGoneTheStaleValueIsServedAndVisible(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		shipped := marketdatasim.Documents(map[string]string{"market": `{"profile": "calm"}`})
		serveDocuments(t, network, func(name string) ([]byte, error) {
			if name == "clock" {
				return json.Marshal(map[string]any{
					"wall_anchor": "2000-01-01T00:00:00Z", "business_anchor": "2026-02-01T00:00:00Z", "scale": 1,
				})
			}
			file, err := shipped.Open(name + ".json")
			if err != nil {
				return nil, err
			}
			defer file.Close()
			body := make([]byte, 1<<16)
			n, err := file.Read(body)
			return body[:n], err
		})
		d := custodiansim.StartTest(t, func(c *custodiansim.Config, o *daemon.Options) {
			c.Common, *o = kittest.Settings(), kittest.Options(t, network)
			c.ConfigURL, o.Defaults = "http://"+configAddress, documents.Documents
		})
		profile := func() string {
			document, err := remoteconfig.Get[struct {
				Profile string `json:"profile"`
			}](context.Background(), d.Config, "market")
			require.NoError(t, err)
			return document.Profile
		}
		assert.Equal(t, "calm", profile())
		network.Cut(configAddress)
		time.Sleep(time.Hour)
		assert.Equal(t, "calm", profile(), "an hour later, from the cache and not from what is embedded")
		code, body := get(t, d, "/readyz")
		assert.Equal(t, http.StatusOK, code)
		assert.Contains(t, body, "config:market")
		assert.Contains(t, body, "connection refused")
		_, metrics := get(t, d, "/metrics")
		assert.Contains(t, metrics, "config_")

		network.Heal(configAddress)
		time.Sleep(time.Hour)
		_, body = get(t, d, "/readyz")
		assert.NotContains(t, body, `"state": "degraded"`)
	})
}

func TestABreakerOpensOnAFailingPeerAndClosesAfterItRecovers(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 1)
		time.Sleep(time.Second)
		peer := v.exchange.Peers.MarketData()
		ask := func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			_, err := peer.Prices.GetPrice(ctx, &marketdatav1.GetPriceRequest{Symbol: "BTC/USD"})
			return err
		}
		require.NoError(t, ask())
		_, err := peer.Faults.InjectFault(context.Background(), &faultv1.InjectFaultRequest{Spec: &faultv1.FaultSpec{
			MethodPattern: "/marketdata.v1.MarketDataService/*", Duration: durationpb.New(time.Minute),
			Effect: &faultv1.FaultSpec_Abort{Abort: &faultv1.Abort{Code: int32(codes.Internal), Message: "as asked"}},
		}})
		require.NoError(t, err)
		for range 5 {
			assert.Equal(t, codes.Internal, status.Code(ask()))
		}
		opened := time.Now()
		err = ask()
		assert.Equal(t, codes.Unavailable, status.Code(err), "the breaker is open")
		assert.ErrorContains(t, err, "market-data")
		assert.Zero(t, time.Since(opened), "an open breaker answers at once")
		_, body := get(t, v.exchange, "/readyz")
		assert.Contains(t, body, "open")

		time.Sleep(31 * time.Second)
		assert.Equal(t, codes.Internal, status.Code(ask()), "the probe meets the fault and the breaker stays open")
		assert.Equal(t, codes.Unavailable, status.Code(ask()))
		time.Sleep(31 * time.Second)
		require.NoError(t, ask(), "by now the fault has ended by itself: the probe succeeds")
		require.NoError(t, ask())
	})
}

func TestADaemonWithAHundredOpenStreamsStopsInTime(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		v := open(t, network, 1)
		prices := marketdatav1.NewMarketDataServiceClient(v.marketData[0].Conn)
		streams := make([]grpc.ServerStreamingClient[marketdatav1.StreamPricesResponse], 100)
		for i := range streams {
			stream, err := prices.StreamPrices(context.Background(), &marketdatav1.StreamPricesRequest{Symbols: []string{"BTC/USD"}})
			require.NoError(t, err)
			_, err = stream.Recv()
			require.NoError(t, err)
			streams[i] = stream
		}
		start := time.Now()
		require.NoError(t, v.marketData[0].Stop())
		assert.Less(t, time.Since(start), 10*time.Second)
		for _, stream := range streams {
			var err error
			for err == nil { // what was on its way still arrives
				_, err = stream.Recv()
			}
			assert.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
		}
	})
}
