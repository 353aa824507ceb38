package records_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log is the journal of a venue, one thing at a time.
type log = journal.Journal[venue.Command, *venue.Event, venue.Answer]

var morning = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const second = int64(time.Second)

// on returns options for small segments on a disk; the ID is the same every time.
func on(disk journal.Directory) records.Options {
	return records.Options{
		Directory: disk, State: records.NewState(), Codec: records.Codec{}, Version: records.Version, SegmentBytes: 1 << 15,
		Consumers: []string{records.Audit}, // who has not read anything yet, so that all events stay
		Random:    bytes.NewReader(make([]byte, 16)), Clock: func() (time.Time, time.Time) { return morning, morning },
	}
}

func load(t require.TestingT, o records.Options) *log {
	j, err := journal.Load(o)
	require.NoError(t, err)
	return j
}

func hashOf(t require.TestingT, j *log) journal.Hash {
	hash, err := j.Hash()
	require.NoError(t, err)
	return hash
}

// told reads all events that there are, each as its sequence, times and bytes.
func told(t require.TestingT, j *log) []string {
	reader, err := j.Events(0)
	require.NoError(t, err)
	defer func() { require.NoError(t, reader.Close()) }()
	done, cancel := context.WithCancel(context.Background())
	cancel() // what is not published yet is not waited for
	var all []string
	for {
		event, err := reader.Next(done)
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
			return all
		}
		all = append(all, fmt.Sprintf("%d %d %d %x", event.Sequence, event.Wall.UnixNano(), event.Business.UnixNano(), event.Payload))
	}
}

// copyOf returns a disk with the same files, but for those that are changed; nil removes one.
func copyOf(t require.TestingT, disk *memdisk.Disk, changed map[string][]byte) *memdisk.Disk {
	other := memdisk.New()
	for _, name := range files(t, disk, "") {
		content, is := changed[name]
		if !is {
			content = disk.Bytes(name)
		}
		if content != nil {
			other.Put(name, content)
		}
	}
	return other
}

func files(t require.TestingT, disk *memdisk.Disk, prefix string) []string {
	names, err := disk.List()
	require.NoError(t, err)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// configured is what the shipped documents say.
func configured(t require.TestingT) *venue.Configure {
	read := func(name string, into any) {
		text, err := shipped.Documents.ReadFile(name + ".json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, into))
	}
	var instruments documents.Instruments
	var rates documents.Fees
	var market documents.Market
	read("instruments", &instruments)
	read("fees", &rates)
	read("market", &market)
	c, err := documents.Configure(instruments, rates, market, 7)
	require.NoError(t, err)
	return c
}

// one is a venue with its first instrument alone, and nobody of its own in it: small enough to be harmed bit by bit.
func one(t require.TestingT) *venue.Configure {
	c := configured(t)
	c.Instruments, c.Rules, c.Liquidity = c.Instruments[:1], c.Rules[:1], c.Liquidity[:1]
	c.Liquidity[0].Makers, c.Liquidity[0].Takers, c.Opening = 0, 0, 0
	return c
}

// crowd makes up commands of traders, the market data, an operator and a custodian. The same seed makes the same.
type crowd struct {
	*rand.Rand
	setup *venue.Configure
	count int
	moved []string
}

func newCrowd(t require.TestingT, seed uint64) *crowd {
	return &crowd{Rand: rand.New(rand.NewPCG(seed, 1)), setup: configured(t)}
}

var names = []string{"alice", "alice/bot", "bob", "carol"}

// opening lists, opens and funds.
func (c *crowd) opening() []venue.Command {
	all := []venue.Command{c.setup}
	for _, name := range names {
		open := &venue.Open{Account: name}
		for asset := range c.setup.Assets {
			open.Fund = append(open.Fund, venue.Amount{Asset: int32(asset), Units: 1_000_000_000_000})
		}
		all = append(all, open)
	}
	return append(all, c.references(0))
}

func (c *crowd) name() string      { return names[c.IntN(len(names))] }
func (c *crowd) instrument() int32 { return int32(c.IntN(min(2, len(c.setup.Instruments)))) }
func (c *crowd) price() int64      { return 1_000_000 + c.Int64N(41)*100 - 2000 }

func (c *crowd) id() string {
	c.count++
	return fmt.Sprintf("c%d", c.count-c.IntN(20)/19) // now and then one twice
}

func (c *crowd) references(walk float64) venue.Command {
	quotes := []venue.Quote{{Instrument: 0, Price: 1_000_000 + walk}}
	if len(c.setup.Instruments) > 1 {
		quotes = append(quotes, venue.Quote{Instrument: 1, Price: 1_000_000 - walk})
	}
	return &venue.SetReferences{Quotes: quotes}
}

func (c *crowd) command() venue.Command {
	switch c.IntN(40) {
	case 0, 1, 2:
		return c.references(float64(c.IntN(2000)) - 1000.25)
	case 3:
		return &venue.SetReferences{Quotes: []venue.Quote{{Instrument: c.instrument(), Stale: true}}}
	case 4, 5, 6, 7:
		return &venue.Cancel{Target: venue.Target{Account: c.name(), ClientID: fmt.Sprintf("c%d", c.count-c.IntN(10))}}
	case 8, 9:
		return &venue.Replace{
			Target:    venue.Target{Account: c.name(), ClientID: fmt.Sprintf("c%d", c.count-c.IntN(10))},
			RequestID: c.id(), Lots: 1 + c.Int64N(3000), Price: c.price(),
		}
	case 10:
		return c.operation()
	case 11, 12:
		return c.movement()
	case 13:
		return &venue.Advance{}
	default:
		return c.place()
	}
}

func (c *crowd) place() venue.Command {
	p := &venue.Place{Account: c.name(), ClientID: c.id(), Instrument: c.instrument(), Session: uint64(c.IntN(3)), Order: c.order(book.Side(c.IntN(2)))}
	switch c.IntN(12) {
	case 0:
		p.Order.Type, p.Order.Price = matching.Market, 0
	case 1:
		p.Order.Type, p.Order.Trigger = matching.StopLimit, c.price()
	case 2:
		p.Order.Force = matching.IOC
	case 3:
		p.Order.Display = 1 + p.Order.Lots/4
	case 4:
		p.Order.Force, p.Order.Expiry = matching.GTD, morning.UnixNano()+int64(c.IntN(4000))*second/10
	case 5:
		loss, profit := c.order(p.Order.Side.Opposite()), c.order(p.Order.Side.Opposite())
		loss.Type, loss.Trigger, loss.Lots, profit.Lots = matching.StopLimit, c.price(), 0, 0
		p.StopLoss, p.TakeProfit = &loss, &profit
	case 6:
		other := c.order(p.Order.Side)
		other.Type, other.Trigger, other.Lots = matching.StopLimit, c.price(), p.Order.Lots
		p.Other = &other
	}
	return p
}

func (c *crowd) order(side book.Side) venue.Order {
	return venue.Order{Side: side, Price: c.price(), Lots: 100 + c.Int64N(5000), SelfTrade: matching.SelfTrade(1 + c.IntN(4))}
}

func (c *crowd) operation() venue.Command {
	switch c.IntN(8) {
	case 0:
		return &venue.Halt{Instrument: c.instrument(), Reason: "a drill"}
	case 1:
		return &venue.Disconnect{Session: uint64(c.IntN(3))}
	case 2:
		return &venue.CancelAll{Account: c.name(), Instrument: venue.All}
	case 3:
		return &venue.SetSpread{Instrument: c.instrument(), Multiplier: 0.5 + c.Float64()}
	case 4:
		return &venue.SetLimits{Account: c.name(), Limits: account.Limits{PerSecond: 100, CollarBps: 5000}}
	case 5:
		kind := []venue.FaultKind{venue.RejectOrders, venue.EntryLatency, venue.Outage}[c.IntN(3)]
		until := morning.UnixNano() + int64(c.IntN(4000))*second/10
		return &venue.InjectFault{Fault: venue.Fault{ID: c.id(), Kind: kind, Instrument: c.instrument(), Share: 0.3, Reason: "DRILL", Until: until}}
	case 6:
		return &venue.ClearFaults{}
	default:
		return &venue.Resume{Instrument: c.instrument(), WithoutAuction: c.IntN(2) == 0}
	}
}

func (c *crowd) movement() venue.Command {
	amount := venue.Amount{Asset: int32(c.IntN(len(c.setup.Assets))), Units: 1 + c.Int64N(1000)}
	if len(c.moved) > 0 && c.IntN(2) == 0 {
		id := c.moved[c.IntN(len(c.moved))]
		if c.IntN(2) == 0 {
			return &venue.SettleWithdrawal{ID: id}
		}
		return &venue.ReleaseWithdrawal{ID: id}
	}
	switch c.IntN(3) {
	case 0:
		return &venue.Credit{ID: c.id(), Account: c.name(), Amount: amount, InTransit: c.IntN(2) == 0}
	case 1:
		return &venue.Transfer{ID: c.id(), From: "alice", To: "alice/bot", Amount: amount}
	default:
		id := "w" + c.id()
		c.moved = append(c.moved, id)
		return &venue.HoldWithdrawal{ID: id, Account: c.name(), Amount: amount}
	}
}
