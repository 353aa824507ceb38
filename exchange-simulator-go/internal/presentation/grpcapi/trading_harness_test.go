package grpcapi

import (
	"context"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/grpcserver"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// The instruments of the floor.
const (
	bitcoin int32 = iota // tick 0.01, lot 0.00001
	ether                // tick 0.01, lot 0.0001
)

// floor is a venue without participants of its own, where alice, alice/bot and bob have a million USD, and a thousand BTC and ETH each.
type floor struct {
	*TradingServer
	disk   *memdisk.Disk
	faults *latencies
}

func number(t testing.TB, text string) decimal.Number {
	value, err := decimal.ParseNumber(text)
	require.NoError(t, err)
	return value
}

// rulebook is what the floor trades, and how.
func rulebook(t testing.TB) *venue.Configure {
	assets := []instrument.Asset{{Code: "USD", Scale: 7}, {Code: "BTC", Scale: 9}, {Code: "ETH", Scale: 9}}
	c := &venue.Configure{
		Assets: assets, Fees: account.Fees{Tiers: []account.Tier{{Maker: 10_000, Taker: 50_000}}}, // 1 and 5 basis points
	}
	for base, lot := range map[int32]string{1: "0.00001", 2: "0.0001"} {
		one, err := instrument.New(assets, instrument.Instrument{
			Symbol: assets[base].Code + "/USD", Base: base, Quote: 0, Tick: number(t, "0.01"), Lot: number(t, lot),
			Filters: instrument.Filters{
				MinLots: 1, MaxLots: 900_000_000, MinNotional: 5_0000000, MaxOpenOrders: 200, PriceUp: number(t, "5"), PriceDown: number(t, "0.2"),
			},
		})
		require.NoError(t, err)
		quiet := liquidity.Default(1)
		quiet.Makers, quiet.Takers = 0, 0
		c.Instruments, c.Rules, c.Liquidity = append(c.Instruments, one), append(c.Rules, matching.Rules{}), append(c.Liquidity, quiet)
	}
	if c.Instruments[bitcoin].Symbol != "BTC/USD" {
		c.Instruments[bitcoin], c.Instruments[ether] = c.Instruments[ether], c.Instruments[bitcoin]
	}
	return c
}

// openFloor opens a floor on a disk; a fresh one is configured and funded.
func openFloor(t testing.TB, disk *memdisk.Disk, clock func() (time.Time, time.Time)) *floor {
	state, rules := records.NewState(), rulebook(t)
	listing, err := instrument.NewListing(rules.Assets, rules.Instruments)
	require.NoError(t, err)
	machine, err := journal.Open(records.Options{
		Directory: disk, State: state, Codec: records.Codec{}, Version: records.Version, Clock: clock, SegmentBytes: 1 << 17,
	})
	require.NoError(t, err)
	f := &floor{disk: disk, faults: &latencies{}, TradingServer: NewTradingServer(&Desk{Machine: machine, State: state, Listing: listing, Clock: clock})}
	f.Faults = f.faults
	fresh := false
	require.NoError(t, f.read(context.Background(), func(v *venue.Venue) { fresh = v.Configuration() == nil }))
	if fresh {
		f.do(t, rules)
		for _, name := range []string{"alice", "alice/bot", "bob"} {
			f.do(t, &venue.Open{Account: name, Fund: []venue.Amount{{Asset: 0, Units: 1e6 * 1e7}, {Asset: 1, Units: 1e3 * 1e9}, {Asset: 2, Units: 1e3 * 1e9}}})
		}
	}
	return f
}

// do has a command carried out that must not be refused.
func (f *floor) do(t testing.TB, command venue.Command) venue.Answer {
	t.Helper()
	answer, err := f.submit(context.Background(), command)
	require.NoError(t, err)
	return answer
}

func (f *floor) close(t testing.TB) { require.NoError(t, f.Machine.Close(context.Background())) }

func wallClock() (wall, business time.Time) {
	now := time.Now()
	return now, now
}

// served is a floor behind the fleet's own kind of server.
type served struct {
	exchangev1.TradingServiceClient
	*floor
	server *grpcserver.Server
	socket *bufconn.Listener
	conn   *grpc.ClientConn
}

// stopLimit is how long calls that do not end by themselves hold a server up.
const stopLimit = 5 * time.Second

// trade runs a test against a floor under virtual time; nothing may be left running at its end.
func trade(t *testing.T, body func(t *testing.T, api *served)) {
	synctest.Test(t, func(t *testing.T) {
		api := serveFloor(t, openFloor(t, memdisk.New(), wallClock))
		t.Cleanup(func() { api.stop(t) })
		body(t, api)
	})
}

func serveFloor(t testing.TB, f *floor) *served {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	api := &served{floor: f, socket: bufconn.Listen(1 << 16)}
	api.server = grpcserver.New(grpcserver.Options{Name: "exchange", Log: silent, Registry: prometheus.NewRegistry()})
	exchangev1.RegisterTradingServiceServer(api.server, f.TradingServer)
	go func() { _ = api.server.Serve(api.socket) }()
	api.conn = api.dial(t)
	api.TradingServiceClient = exchangev1.NewTradingServiceClient(api.conn)
	return api
}

func (s *served) dial(t testing.TB) *grpc.ClientConn {
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return s.socket.DialContext(ctx) }))
	require.NoError(t, err)
	return conn
}

func (s *served) stop(t testing.TB) {
	require.NoError(t, s.conn.Close())
	s.server.StopWithin(stopLimit)
	s.close(t)
}

// latencies are the latency faults of a test.
type latencies struct{ active atomic.Pointer[venue.Fault] }

// Active implements Faults.
func (l *latencies) Active(kind venue.FaultKind, instrument int32) (venue.Fault, bool) {
	fault := l.active.Load()
	if fault == nil || kind != venue.EntryLatency || fault.Instrument != venue.All && fault.Instrument != instrument {
		return venue.Fault{}, false
	}
	return *fault, true
}

// limit is a limit order of alice for BTC/USD, as the tests begin with; change makes of it what they want.
func limit(id string, side exchangev1.Side, quantity, price string, change ...func(*exchangev1.PlaceOrderRequest)) *exchangev1.PlaceOrderRequest {
	request := &exchangev1.PlaceOrderRequest{Account: "alice", ClientOrderId: id, Order: &exchangev1.NewOrder{
		Symbol: "BTC/USD", Side: side, Type: exchangev1.OrderType_ORDER_TYPE_LIMIT, Quantity: quantity, Price: price,
	}}
	for _, one := range change {
		one(request)
	}
	return request
}

func of(account string) func(*exchangev1.PlaceOrderRequest) {
	return func(request *exchangev1.PlaceOrderRequest) { request.Account = account }
}

func order(change func(*exchangev1.NewOrder)) func(*exchangev1.PlaceOrderRequest) {
	return func(request *exchangev1.PlaceOrderRequest) { change(request.Order) }
}

const (
	buy  = exchangev1.Side_SIDE_BUY
	sell = exchangev1.Side_SIDE_SELL
)

// rest places limit orders of bob's that stand in the book, e.g. "0.5 @ 100.00".
func (s *served) rest(t testing.TB, side exchangev1.Side, id, quantity, price string) *exchangev1.Order {
	t.Helper()
	placed, err := s.TradingServiceClient.PlaceOrder(t.Context(), limit(id, side, quantity, price, of("bob")))
	require.NoError(t, err)
	require.Equal(t, exchangev1.OrderStatus_ORDER_STATUS_OPEN, placed.GetOrder().GetStatus())
	return placed.GetOrder()
}

// said is a status with its details.
type said struct {
	*status.Status
	info  *errdetails.ErrorInfo
	retry *errdetails.RetryInfo
}

// requireRefused wants an error of a code and a reason.
func requireSaid(t testing.TB, err error, code codes.Code, reason string) said {
	t.Helper()
	require.Error(t, err)
	refused := said{Status: status.Convert(err)}
	require.Equal(t, code, refused.Code(), refused.Message())
	for _, detail := range refused.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			refused.info = detail
		case *errdetails.RetryInfo:
			refused.retry = detail
		}
	}
	require.NotNil(t, refused.info)
	require.Equal(t, reason, refused.info.GetReason(), refused.Message())
	return refused
}

// pass lets time go by in the bubble that a test of trade runs in, where it costs none.
func pass(span time.Duration) { time.Sleep(span) }
