package prices_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/prices"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// market stands in for market data: its prices are what the test says, sent at the pace that is asked for.
type market struct {
	marketdatav1.UnimplementedMarketDataServiceServer

	mu     sync.Mutex
	prices map[string]float64 // bid; the ask is a tick of 0.01 above
	silent bool
	opened int
}

func (m *market) set(symbol string, price float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.prices[symbol] = price
}

func (m *market) silence(silent bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.silent = silent
}

func (m *market) ListInstruments(context.Context, *marketdatav1.ListInstrumentsRequest) (*marketdatav1.ListInstrumentsResponse, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := &marketdatav1.ListInstrumentsResponse{}
	for symbol := range m.prices {
		answer.Instruments = append(answer.Instruments, &marketdatav1.Instrument{Symbol: symbol})
	}
	return answer, nil
}

func (m *market) StreamPrices(request *marketdatav1.StreamPricesRequest, stream grpc.ServerStreamingServer[marketdatav1.StreamPricesResponse]) error {
	m.mu.Lock()
	m.opened++
	m.mu.Unlock()
	ticker := time.NewTicker(time.Duration(request.GetUpdateIntervalMs()) * time.Millisecond)
	defer ticker.Stop()
	for {
		for _, update := range m.updates(request.GetSymbols()) {
			if err := stream.Send(&marketdatav1.StreamPricesResponse{Update: update}); err != nil {
				return err
			}
		}
		select {
		case <-stream.Context().Done():
			return stream.Context().Err()
		case <-ticker.C:
		}
	}
}

func (m *market) updates(symbols []string) (updates []*marketdatav1.PriceUpdate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, symbol := range symbols {
		if price, known := m.prices[symbol]; known && !m.silent {
			updates = append(updates, &marketdatav1.PriceUpdate{Symbol: symbol, Price: price, Bid: price, Ask: price + 0.01})
		}
	}
	return updates
}

// fixture is a feed that runs, and what the venue was told.
type fixture struct {
	*prices.Feed
	network *kittest.Network

	mu       sync.Mutex
	commands []told
	refuse   error
}

type told struct {
	at     time.Time
	quotes []venue.Quote
}

func (f *fixture) submit(_ context.Context, command venue.Command) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return f.refuse
	}
	f.commands = append(f.commands, told{time.Now(), command.(*venue.SetReferences).Quotes})
	return nil
}

// take returns what the venue was told since it was last asked.
func (f *fixture) take() []told {
	synctest.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.commands
	f.commands = nil
	return taken
}

func (f *fixture) state() health.Dependency {
	synctest.Wait()
	return f.Dependencies()[0]
}

func listing(t *testing.T, symbols ...string) *instrument.Listing {
	t.Helper()
	tick, err := decimal.ParseNumber("0.01")
	require.NoError(t, err)
	var instruments []instrument.Instrument
	for _, symbol := range symbols {
		instruments = append(instruments, instrument.Instrument{Symbol: symbol, Tick: tick})
	}
	listed, err := instrument.NewListing(nil, instruments)
	require.NoError(t, err)
	return listed
}

// run runs a feed in a bubble against the network, whose market data the test starts when it likes.
func run(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		kittest.Redis(t, network)
		chassis, err := daemon.New("exchange", kittest.Settings(), kittest.Options(t, network))
		require.NoError(t, err)
		f := &fixture{network: network}
		f.Feed = prices.New(prices.Options{Prices: chassis.Peers.MarketData().Prices, Submit: f.submit, Log: chassis.Log})
		f.List(listing(t, "BTC/USD", "ETH/USD"))
		d := daemon.StartTest(t, chassis, daemon.Service{Run: f.Run})
		test(t, f)
		require.NoError(t, d.Stop())
	})
}

func (f *fixture) start(t *testing.T, m *market) *daemon.TestDaemon {
	t.Helper()
	chassis, err := daemon.New("market-data", kittest.Settings(), kittest.Options(t, f.network))
	require.NoError(t, err)
	return daemon.StartTest(t, chassis, daemon.Service{
		Register: func(r grpc.ServiceRegistrar) { marketdatav1.RegisterMarketDataServiceServer(r, m) },
	})
}

func TestAllThatChangedComesInOneCommandTenTimesASecond(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		m := &market{prices: map[string]float64{"BTC/USD": 60_000, "ETH/USD": 3_000, "DOT/USD": 6}}
		f.start(t, m)
		time.Sleep(10 * time.Second)
		f.take()
		time.Sleep(10 * time.Second)
		commands := f.take()
		assert.InDelta(t, 100, len(commands), 2)
		for n, one := range commands {
			assert.Equal(t, []venue.Quote{{Instrument: 0, Price: 6_000_000.5}, {Instrument: 1, Price: 300_000.5}}, one.quotes,
				"the middle of the quotes in ticks, of what is listed")
			if n > 0 {
				assert.GreaterOrEqual(t, one.at.Sub(commands[n-1].at), prices.Interval)
			}
		}
		assert.Equal(t, health.Up, f.state().State)
		m.set("BTC/USD", 61_000)
		time.Sleep(2 * prices.Interval)
		commands = f.take()
		assert.InDelta(t, 6_100_000.5, commands[len(commands)-1].quotes[0].Price, 0)
	})
}

func TestPricesThatStayAwayAreStaleOnceAndFreshWithTheNext(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		m := &market{prices: map[string]float64{"BTC/USD": 60_000, "ETH/USD": 3_000}}
		f.start(t, m)
		time.Sleep(10 * time.Second)
		m.silence(true)
		time.Sleep(time.Second)
		f.take()
		time.Sleep(1800 * time.Millisecond)
		assert.Empty(t, f.take(), "not yet")
		time.Sleep(time.Minute)
		stale := f.take()
		require.Len(t, stale, 1)
		assert.Equal(t, []venue.Quote{{Instrument: 0, Stale: true}, {Instrument: 1, Stale: true}}, stale[0].quotes)
		assert.Equal(t, health.Degraded, f.state().State)
		assert.Contains(t, f.state().LastError, "no reference price of BTC/USD, ETH/USD")
		assert.Greater(t, f.Ages()["BTC/USD"], time.Minute)

		m.silence(false)
		time.Sleep(20 * time.Second)
		fresh := f.take()
		require.NotEmpty(t, fresh)
		assert.Equal(t, venue.Quote{Instrument: 0, Price: 6_000_000.5}, fresh[0].quotes[0])
		assert.Equal(t, health.Up, f.state().State)
	})
}

func TestTheStreamIsOpenedAgainForEverWhicheverStartsFirst(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		assert.Equal(t, health.Degraded, f.state().State)
		time.Sleep(time.Hour)
		commands := f.take()
		require.Len(t, commands, 1, "what the venue knew from before is stale")
		assert.True(t, commands[0].quotes[0].Stale)
		for range 3 {
			m := &market{prices: map[string]float64{"BTC/USD": 60_000, "ETH/USD": 3_000}}
			d := f.start(t, m)
			time.Sleep(time.Minute)
			assert.NotEmpty(t, f.take())
			assert.Equal(t, health.Up, f.state().State)
			require.NoError(t, d.Stop())
			time.Sleep(10 * time.Minute)
			assert.Equal(t, health.Degraded, f.state().State)
			f.take()
		}
	})
}

func TestASymbolThatMarketDataDoesNotKnowTakesNothingFromTheOthers(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		f.start(t, &market{prices: map[string]float64{"BTC/USD": 60_000, "ETH/USD": 3_000}})
		time.Sleep(10 * time.Second)
		f.List(listing(t, "BTC/USD", "ETH/USD", "NEW/USD"))
		time.Sleep(10 * time.Second)
		f.take()
		time.Sleep(time.Second)
		commands := f.take()
		require.NotEmpty(t, commands)
		assert.Len(t, commands[0].quotes, 2)
		assert.Equal(t, health.Degraded, f.state().State)
		assert.Contains(t, f.state().LastError, `no reference price of NEW/USD: market-data has no price of ["NEW/USD"]: restart it`)
	})
}

func TestWhatIsRefusedIsSkippedAndStalenessIsToldLater(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		m := &market{prices: map[string]float64{"BTC/USD": 60_000, "ETH/USD": 3_000}}
		f.start(t, m)
		time.Sleep(10 * time.Second)
		f.mu.Lock()
		f.refuse = errors.New("the queue is full")
		f.mu.Unlock()
		m.silence(true)
		time.Sleep(time.Minute)
		f.mu.Lock()
		f.refuse, f.commands = nil, nil
		f.mu.Unlock()
		time.Sleep(time.Second)
		commands := f.take()
		require.Len(t, commands, 1)
		assert.True(t, commands[0].quotes[1].Stale)
	})
}

func TestWhatIsNoPriceIsLeftOut(t *testing.T) {
	run(t, func(t *testing.T, f *fixture) {
		m := &market{prices: map[string]float64{"BTC/USD": math.NaN(), "ETH/USD": math.Inf(1)}}
		f.start(t, m)
		time.Sleep(10 * time.Second)
		commands := f.take()
		require.Len(t, commands, 1)
		assert.True(t, commands[0].quotes[0].Stale)
		assert.True(t, commands[0].quotes[1].Stale)
	})
}
