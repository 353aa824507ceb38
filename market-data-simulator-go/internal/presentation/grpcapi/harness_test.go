package grpcapi

import (
	"context"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/grpcserver"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rule is a source whose price is the sequence, in cents.
type rule struct{}

func (rule) At(sequence uint64, quotes []path.Quote) error {
	price := float64(sequence) / 100
	for i := range quotes {
		quotes[i] = path.Quote{Price: price, Bid: price, Ask: price + 0.01, Day: path.Day{Open: 100, High: price, Low: 100}}
	}
	return nil
}

// BarAt is the bar of a price that rises.
func (rule) BarAt(sequence uint64, interval time.Duration, bars []bar.Bar) error {
	opens := sequence - sequence%uint64(interval/path.TickInterval)
	for i := range bars {
		bars[i] = bar.Bar{
			Time: path.Epoch.Add(time.Duration(opens) * path.TickInterval), Volume: 1,
			Open: float64(opens) / 100, Low: float64(opens) / 100, High: float64(sequence) / 100, Close: float64(sequence) / 100,
		}
	}
	return nil
}

const (
	hourTicks = uint64(time.Hour / path.TickInterval)
	stopLimit = 5 * time.Second
)

func shop(t testing.TB) []instrument.Instrument {
	cent, err := instrument.ParseIncrement("0.01")
	require.NoError(t, err)
	return []instrument.Instrument{
		{Symbol: "ETH/USD", Base: "ETH", Quote: "USD", Tick: cent, Lot: cent, Source: instrument.Modelled},
		{Symbol: "BTC/USD", Base: "BTC", Quote: "USD", Tick: cent, Lot: cent, Source: instrument.Modelled},
		{Symbol: "USDT/USD", Base: "USDT", Quote: "USD", Tick: cent, Lot: cent, Source: instrument.Pegged},
		{Symbol: "BTC/USDT", Base: "BTC", Quote: "USDT", Tick: cent, Lot: cent, Source: instrument.Derived, Numerator: "BTC/USD", Denominator: "USDT/USD"},
	}
}

// served is the service on the fleet's own kind of server.
type served struct {
	marketdatav1.MarketDataServiceClient
	server *grpcserver.Server
	dial   func() *grpc.ClientConn
}

// serve runs the service under virtual time, an hour after the epoch, and stops it at the end.
func serve(t *testing.T, subscribers int, body func(t *testing.T, api *served)) {
	synctest.Test(t, func(t *testing.T) {
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		hub := feed.New(feed.Options{
			Source: rule{}, Instruments: shop(t), Subscribers: subscribers,
			Past:     func(uint64) (feed.Charted, error) { return rule{}, nil },
			Schedule: feed.NewSchedule(simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: path.Epoch.Add(time.Hour), Scale: 1}, path.Epoch),
		})
		api := &served{server: grpcserver.New(grpcserver.Options{
			Name: "market-data", Log: silent, Registry: prometheus.NewRegistry(),
			Extra: []grpc.ServerOption{grpc.ForceServerCodecV2(feed.Codec())},
		})}
		marketdatav1.RegisterMarketDataServiceServer(api.server, NewServer(hub, shop(t), NewSimulations(worldOf(t), "test")))
		socket := bufconn.Listen(1 << 16)
		api.dial = func() *grpc.ClientConn {
			conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
				grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return socket.DialContext(ctx) }))
			require.NoError(t, err)
			return conn
		}
		conn := api.dial()
		api.MarketDataServiceClient = marketdatav1.NewMarketDataServiceClient(conn)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = api.server.Serve(socket) }()
		go func() { _ = hub.Run(ctx) }()
		synctest.Wait()
		body(t, api)
		require.NoError(t, conn.Close())
		api.server.StopWithin(stopLimit)
		cancel()
		synctest.Wait()
	})
}

// refusal is a status with its details.
type refusal struct {
	*status.Status
	info  *errdetails.ErrorInfo
	retry *errdetails.RetryInfo
	bad   *errdetails.BadRequest
}

func requireRefused(t *testing.T, err error, code codes.Code, reason string) refusal {
	t.Helper()
	require.Error(t, err)
	refused := refusal{Status: status.Convert(err)}
	require.Equal(t, code, refused.Code(), refused.Message())
	for _, detail := range refused.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			refused.info = detail
		case *errdetails.RetryInfo:
			refused.retry = detail
		case *errdetails.BadRequest:
			refused.bad = detail
		}
	}
	require.NotNil(t, refused.info)
	require.Equal(t, reason, refused.info.GetReason())
	return refused
}
