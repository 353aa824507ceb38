package grpcapi

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/historian"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/marketfeed"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/grpcserver"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// gallery is a venue with a crowd and a real feed and history, and those who watch it over gRPC.
type gallery struct {
	exchangev1.MarketServiceClient
	trading exchangev1.TradingServiceClient
	t       testing.TB
	desk    *Desk
	feed    *marketfeed.Feed
	crowd   crowd.Crowd
	random  *rand.Rand
	last    uint64 // order
	client  int
}

// keeper is a history that answers as the daemon's does.
type keeper struct {
	*historian.Historian
	machine *records.Machine
}

// Trades implements TradeHistory.
func (k keeper) Trades(
	ctx context.Context, instrument int32, before history.Cursor, most int,
) (trades []history.Trade, next history.Cursor, err error) {
	err = k.Read(ctx, k.machine.Stats().Events, func(h *history.History) { trades, next = h.Trades(instrument, before, most, nil) })
	return trades, next, err
}

// watch runs a test of the market under virtual time.
func watch(t *testing.T, body func(t *testing.T, g *gallery)) {
	synctest.Test(t, func(t *testing.T) {
		g := &gallery{t: t, random: rand.New(rand.NewPCG(1, 2))}
		g.crowd.Draw = g.random.IntN
		g.open()
		silent := logrus.New()
		silent.SetOutput(io.Discard)
		registry := prometheus.NewRegistry()
		g.feed = marketfeed.New(marketfeed.Options{
			Machine: g.desk.Machine, State: g.desk.State, Listing: g.desk.Listing, Clock: g.desk.Clock, Registerer: registry, Log: silent, Subscribers: 30,
		})
		past := keeper{historian.New(historian.Options{
			Machine: g.desk.Machine, State: g.desk.State, Directory: memdisk.New(), Registerer: registry, Log: silent,
		}), g.desk.Machine}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		go func() { ended <- g.feed.Run(ctx) }()
		go func() { ended <- past.Run(ctx) }()
		stop := g.serve(past)
		defer func() { // also when the test has failed
			stop()
			cancel()
			assert.NoError(t, errors.Join(<-ended, <-ended))
			assert.NoError(t, g.desk.Machine.Close(context.Background()))
		}()
		synctest.Wait()
		body(t, g)
	})
}

// open opens the venue, and lets its first auctions pass.
func (g *gallery) open() {
	state := records.NewState()
	machine, err := journal.Open(records.Options{
		Directory: memdisk.New(), State: state, Codec: records.Codec{}, Version: records.Version, Clock: wallClock, Consumers: []string{"history"},
	})
	require.NoError(g.t, err)
	g.desk = &Desk{Machine: machine, State: state, Clock: wallClock}
	for _, command := range crowd.Opening() {
		g.must(command)
	}
	require.NoError(g.t, g.desk.read(context.Background(), func(v *venue.Venue) { g.desk.Listing = v.Listing() }))
	time.Sleep(time.Second)
	g.must(&venue.Advance{})
}

func (g *gallery) serve(past TradeHistory) (stop func()) {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	socket := bufconn.Listen(1 << 16)
	server := grpcserver.New(grpcserver.Options{Name: "exchange", Log: silent, Registry: prometheus.NewRegistry()})
	trading := NewTradingServer(g.desk)
	trading.DropCopy, trading.Faults = NewDropCopy(g.desk, g.feed), g.feed.Faults()
	exchangev1.RegisterTradingServiceServer(server, trading)
	exchangev1.RegisterMarketServiceServer(server, NewMarketServer(g.desk, g.feed, past))
	go func() { _ = server.Serve(socket) }()
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return socket.DialContext(ctx) }))
	require.NoError(g.t, err)
	g.MarketServiceClient, g.trading = exchangev1.NewMarketServiceClient(conn), exchangev1.NewTradingServiceClient(conn)
	return func() {
		assert.NoError(g.t, conn.Close())
		server.StopWithin(stopLimit)
	}
}

// must has a command carried out that no rule refuses.
func (g *gallery) must(command venue.Command) venue.Answer {
	g.t.Helper()
	answer, err := g.desk.submit(context.Background(), command)
	require.NoError(g.t, err)
	g.last = max(g.last, answer.Order.ID)
	return answer
}

// place places an order, and returns its number.
func (g *gallery) place(account string, instrument int32, o venue.Order) uint64 {
	g.t.Helper()
	g.client++
	return g.must(&venue.Place{Account: account, ClientID: "own" + string(rune('a'+g.client%26)) + string(rune('a'+g.client/26)), Instrument: instrument, Order: o}).Order.ID
}

func bid(price, lots int64) venue.Order { return venue.Order{Side: book.Buy, Price: price, Lots: lots} }

func ask(price, lots int64) venue.Order {
	return venue.Order{Side: book.Sell, Price: price, Lots: lots}
}

// mill lets the crowd do something.
func (g *gallery) mill(commands int) {
	for range commands {
		answer, err := g.desk.Machine.Submit(context.Background(), g.crowd.Command(g.last))
		require.NoError(g.t, err)
		g.last = max(g.last, answer.Order.ID)
		time.Sleep(time.Duration(g.random.IntN(30)) * time.Millisecond)
	}
}

// stream is a call that is open.
type stream[M any] interface {
	grpc.ClientStream
	Recv() (*M, error)
}

// take receives so many messages.
func take[M any](t testing.TB, from stream[M], count int) (all []*M) {
	t.Helper()
	for range count {
		message, err := from.Recv()
		require.NoError(t, err)
		all = append(all, message)
	}
	return all
}

// drain receives all that has come by now, and hangs up.
func drain[M any](t testing.TB, open func(context.Context) (stream[M], error)) []*M {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	from, err := open(ctx)
	require.NoError(t, err)
	messages, ended := make(chan *M, 1<<16), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			message, err := from.Recv()
			if err != nil {
				return
			}
			messages <- message
		}
	}()
	synctest.Wait()
	cancel()
	<-ended
	close(messages)
	var all []*M
	for message := range messages {
		all = append(all, message)
	}
	return slices.Clip(all)
}
