package grpcapi

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/historian"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// counter is where accounts are served: a real venue behind a real journal, and the historian beside it.
type counter struct {
	*AccountServer
	t      testing.TB
	disk   *memdisk.Disk
	stop   context.CancelFunc
	ended  chan error
	orders int
}

// openCounter opens a venue that trades BTC/USD and ETH/USD, without participants of its own.
func openCounter(t testing.TB) *counter {
	c := &counter{t: t, disk: memdisk.New()}
	c.start()
	t.Cleanup(c.close)
	return c
}

// start opens what is on the disk.
func (c *counter) start() {
	state := records.NewState()
	clock := func() (wall, business time.Time) { return noon, noon.Add(time.Hour) }
	machine, err := journal.Open(records.Options{
		Directory: c.disk, State: state, Codec: records.Codec{}, Version: records.Version, Clock: clock, SegmentBytes: 1 << 16,
		Consumers: []string{historian.Consumer},
	})
	require.NoError(c.t, err)
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	keeper := historian.New(historian.Options{Machine: machine, State: state, Directory: c.disk, Log: silent, CheckpointEvents: 20})
	c.AccountServer = NewAccountServer(&Desk{Machine: machine, State: state, Clock: clock}, keeper)
	c.must(twoPairs(c.t))
	require.NoError(c.t, c.read(context.Background(), func(v *venue.Venue) { c.Listing = v.Listing() }))
	ctx, cancel := context.WithCancel(context.Background())
	c.stop, c.ended = cancel, make(chan error, 1)
	go func() { c.ended <- keeper.Run(ctx) }()
}

func (c *counter) close() {
	c.stop()
	require.NoError(c.t, <-c.ended)
	require.NoError(c.t, c.Machine.Close(context.Background()))
}

// must has a command carried out that no rule refuses.
func (c *counter) must(command venue.Command) venue.Answer {
	answer, err := c.submit(context.Background(), command)
	require.NoError(c.t, err)
	return answer
}

// create opens an account with what it is funded with, such as "100 USD".
func (c *counter) create(name string, fund ...string) *exchangev1.Account {
	made, err := c.CreateAccount(context.Background(), &exchangev1.CreateAccountRequest{Account: name, Fund: amounts(c.t, fund...)})
	require.NoError(c.t, err)
	return made.GetAccount()
}

func amounts(t testing.TB, texts ...string) (read []*exchangev1.Amount) {
	for _, text := range texts {
		one := &exchangev1.Amount{}
		_, err := fmt.Sscan(text, &one.Amount, &one.Asset)
		require.NoError(t, err)
		read = append(read, one)
	}
	return read
}

// order places a limit order in an instrument: ticks of 0.01 USD and lots of 0.001.
func (c *counter) order(name string, instrument int32, side book.Side, ticks, lots int64) venue.Answer {
	c.orders++
	return c.must(&venue.Place{
		Account: name, ClientID: fmt.Sprint("c", c.orders), Instrument: instrument, Order: venue.Order{Side: side, Price: ticks, Lots: lots},
	})
}

// get reads an account.
func (c *counter) get(name string) *exchangev1.Account {
	answer, err := c.GetAccount(context.Background(), &exchangev1.GetAccountRequest{Account: name})
	require.NoError(c.t, err)
	return answer.GetAccount()
}

// has is what an account has, such as "USD 100+0".
func has(balances []*exchangev1.Balance) (texts []string) {
	for _, one := range balances {
		texts = append(texts, one.GetAsset()+" "+one.GetAvailable()+"+"+one.GetHeld())
	}
	return texts
}

// statement reads all entries of an account in pages of a size.
func (c *counter) statement(name, asset string, size int32) (all []*exchangev1.Entry) {
	request := &exchangev1.ListEntriesRequest{Account: name, Asset: asset, PageSize: size}
	for {
		page, err := c.ListEntries(context.Background(), request)
		require.NoError(c.t, err)
		all = append(all, page.GetEntries()...)
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return all
		}
		require.Len(c.t, page.GetEntries(), int(size))
	}
}

// fills reads all fills of an account in pages of a size.
func (c *counter) fills(name, symbol string, size int32) (all []*exchangev1.Fill) {
	request := &exchangev1.ListTradesRequest{Account: name, Symbol: symbol, PageSize: size}
	for {
		page, err := c.ListTrades(context.Background(), request)
		require.NoError(c.t, err)
		all = append(all, page.GetFills()...)
		if request.PageToken = page.GetNextPageToken(); request.GetPageToken() == "" {
			return all
		}
		require.Len(c.t, page.GetFills(), int(size))
	}
}
