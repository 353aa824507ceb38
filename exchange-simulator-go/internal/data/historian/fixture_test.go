package historian

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The assets of the tests.
const usd, btc int32 = 0, 1

// documents list BTC/USD with ticks of 0.01 and lots of 0.001, where the venue's own participants trade, too.
func documents(t require.TestingT) *venue.Configure {
	number := func(text string) decimal.Number {
		value, err := decimal.ParseNumber(text)
		require.NoError(t, err)
		return value
	}
	c := &venue.Configure{
		Assets: []instrument.Asset{{Code: "USD", Scale: 5}, {Code: "BTC", Scale: 10}},
		Fees:   account.Fees{Tiers: []account.Tier{{Maker: 10_0000, Taker: 20_0000}}},
		Rules:  []matching.Rules{{}}, Liquidity: []liquidity.Parameters{liquidity.Default(10_000)}, Seed: 7,
	}
	one, err := instrument.New(c.Assets, instrument.Instrument{
		Symbol: "BTC/USD", Base: btc, Quote: usd, Tick: number("0.01"), Lot: number("0.001"),
		Filters: instrument.Filters{MinLots: 1, MaxLots: 1_000_000, MaxOpenOrders: 1000, PriceUp: number("5"), PriceDown: number("0.2")},
	})
	require.NoError(t, err)
	c.Instruments = []instrument.Instrument{one}
	return c
}

// exchange is a venue behind its journal on a disk, with its historian.
type exchange struct {
	require.TestingT
	options   records.Options
	state     *records.State
	machine   *records.Machine
	historian *Historian
	logged    *test.Hook
	registry  *prometheus.Registry
	stop      func() error // ends the historian
	orders    int
}

// start opens the journal on a disk and runs a historian beside it; adjust may change the options of both first.
func start(t require.TestingT, disk *memdisk.Disk, adjust ...func(*records.Options, *Options)) *exchange {
	x := &exchange{TestingT: t, state: records.NewState(), registry: prometheus.NewRegistry()}
	var ticks atomic.Int64
	x.options = records.Options{
		Directory: disk, State: x.state, Codec: records.Codec{}, Version: records.Version, Consumers: []string{Consumer},
		Random: bytes.NewReader(make([]byte, 16)),
		Clock: func() (time.Time, time.Time) {
			now := time.Unix(1_700_000_000, ticks.Add(1_000_000))
			return now, now
		},
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	x.logged = test.NewLocal(log)
	options := Options{State: x.state, Directory: disk, Log: log, Registerer: x.registry}
	for _, change := range adjust {
		change(&x.options, &options)
	}
	var err error
	x.machine, err = journal.Open(x.options)
	require.NoError(t, err)
	options.Machine = x.machine
	x.historian = New(options)
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- x.historian.Run(ctx) }()
	x.stop = func() error {
		cancel()
		return <-result
	}
	if x.machine.Stats().Events == 0 {
		x.must(documents(t))
	}
	return x
}

// close ends everything in its order.
func (x *exchange) close() {
	require.NoError(x, x.stop())
	require.NoError(x, x.machine.Close(context.Background()))
}

// must has a command carried out that succeeds.
func (x *exchange) must(c venue.Command) venue.Answer {
	answer, err := x.machine.Submit(context.Background(), c)
	require.NoError(x, err)
	require.NoError(x, answer.Err)
	return answer
}

// fund opens an account with 1,000,000 USD and 100 BTC.
func (x *exchange) fund(name string) venue.Answer {
	return x.must(&venue.Open{Account: name, Fund: []venue.Amount{{Asset: usd, Units: 1e11}, {Asset: btc, Units: 1e12}}})
}

// order places a limit order, which may be refused.
func (x *exchange) order(name string, side book.Side, price, lots int64) venue.Answer {
	x.orders++
	answer, err := x.machine.Submit(context.Background(), &venue.Place{
		Account: name, ClientID: fmt.Sprint(x.machine.Stats().Events, "-", x.orders),
		Order: venue.Order{Side: side, Price: price, Lots: lots},
	})
	require.NoError(x, err)
	return answer
}

// trade has alice buy what bob sold, or what the venue's own makers sell.
func (x *exchange) trade() venue.Answer {
	x.order("bob", book.Sell, 95_00, 2)
	return x.order("alice", book.Buy, 105_00, 2)
}

// now is the history with everything that was answered, as bytes.
func (x *exchange) now() (encoded []byte) {
	var sequence uint64
	require.NoError(x, x.machine.Read(context.Background(), func() { sequence = x.state.Venue.Sequence() }))
	require.NoError(x, x.historian.Read(context.Background(), sequence, func(h *history.History) { encoded = h.Encode(nil) }))
	return encoded
}

// folded is the history as it follows from all events, which the journal must still have.
func (x *exchange) folded() []byte {
	whole := history.New()
	whole.List(x.state.Venue.Listing())
	reader, err := x.machine.Events(1)
	require.NoError(x, err)
	var e venue.Event
	for last := x.machine.Stats().Events; whole.Sequence() < last; {
		event, err := reader.Next(context.Background())
		require.NoError(x, err)
		require.NoError(x, venue.DecodeEvent(event.Payload, &e))
		whole.Apply(event.Sequence, event.Business.UnixNano(), &e)
	}
	require.NoError(x, reader.Close())
	return whole.Encode(nil)
}

// gauge reads one figure without labels, or the sum over its labels.
func (x *exchange) gauge(name string) (value float64) {
	families, err := x.registry.Gather()
	require.NoError(x, err)
	for _, family := range families {
		if family.GetName() == name {
			for _, metric := range family.GetMetric() {
				value += metric.GetGauge().GetValue() + metric.GetCounter().GetValue()
			}
			return value
		}
	}
	require.Fail(x, "no metric "+name)
	return 0
}
