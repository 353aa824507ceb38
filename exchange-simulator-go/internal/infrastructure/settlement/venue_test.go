package settlement

// The real venue with its own makers and takers, behind its real journal: what the custodian received explains to the last unit what
// every participant has at the exchange.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// market is a house with a real venue.
type market struct {
	*house
	disk    *memdisk.Disk
	machine *records.Machine
	state   *records.State
	random  *rand.Rand
	orders  int
}

func openMarket(t *testing.T, network *kittest.Network) *market {
	m := &market{house: newHouse(network), disk: memdisk.New(), random: rand.New(rand.NewPCG(1, 2))}
	m.open(t)
	m.do(t, documents(t))
	for _, name := range []string{"alice", "bob", "alice/bot"} {
		m.do(t, &venue.Open{Account: name, Fund: []venue.Amount{{Asset: 0, Units: 1_000_000_0000000}, {Asset: 1, Units: 100_000000000}}})
	}
	return m
}

func (m *market) open(t *testing.T) {
	m.state = records.NewState()
	machine, err := journal.Open(records.Options{
		Directory: m.disk, State: m.state, Codec: records.Codec{}, Version: records.Version, Consumers: []string{Consumer},
		Clock:        func() (wall, business time.Time) { return time.Now(), time.Now() },
		SegmentBytes: 1 << 16, SnapshotBytes: 1 << 16,
	})
	require.NoError(t, err)
	m.machine = machine
	m.export(machine, m.state.Venue)
}

// documents list BTC/USD, with makers, takers, fees and an opening auction.
func documents(t *testing.T) *venue.Configure {
	assets := []instrument.Asset{{Code: "USD", Scale: 7}, {Code: "BTC", Scale: 9}}
	one, err := instrument.New(assets, instrument.Instrument{
		Symbol: "BTC/USD", Base: 1, Quote: 0, Tick: decimal.Number{Units: 1, Scale: 2}, Lot: decimal.Number{Units: 1, Scale: 5},
		Filters: instrument.Filters{
			MinLots: 1, MaxLots: 10_000_000, MaxOpenOrders: 1000, PriceUp: decimal.Number{Units: 5}, PriceDown: decimal.Number{Units: 2, Scale: 1},
		},
	})
	require.NoError(t, err)
	return &venue.Configure{
		Assets: assets, Instruments: []instrument.Instrument{one}, Rules: []matching.Rules{{}}, Liquidity: []liquidity.Parameters{liquidity.Default(60_000)},
		Fees: account.Fees{InQuote: true, Tiers: []account.Tier{{Maker: -5_0000, Taker: 10_0000}}}, Seed: 7, Opening: int64(5 * time.Second),
	}
}

func (m *market) do(t *testing.T, c venue.Command) venue.Answer {
	answer, err := m.machine.Submit(context.Background(), c)
	require.NoError(t, err)
	return answer
}

// trade lets a minute of trading pass, with orders of people among those of the venue's own participants.
func (m *market) trade(t *testing.T) {
	for range 60 {
		m.do(t, &venue.SetReferences{Quotes: []venue.Quote{{Instrument: 0, Price: 6_000_000 + 2_000*m.random.NormFloat64()}}})
		m.orders++
		m.do(t, &venue.Place{
			Account: []string{"alice", "bob", "alice/bot"}[m.random.IntN(3)], ClientID: fmt.Sprint("c", m.orders), Order: venue.Order{
				Side: book.Side(m.random.IntN(2)), Price: 6_000_000 + m.random.Int64N(10_000) - 5_000, Lots: 1 + m.random.Int64N(50_000),
				SelfTrade: matching.ExpireTaker,
			},
		})
		m.do(t, &venue.Advance{})
		time.Sleep(time.Second)
	}
}

// crash loses power under the exchange, and starts it again.
func (m *market) crash(t *testing.T) {
	m.stop()
	m.disk.Crash(m.random)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = m.machine.Close(over) // its files are gone
	m.open(t)
}

// settled is what the instructions alone make of each participant's assets.
func (m *market) settled(t *testing.T) map[string]int64 {
	units := map[string]int64{}
	book := func(participant, asset, amount string, sign int64) {
		index, known := m.state.Venue.Listing().Asset(asset)
		require.True(t, known)
		parsed, err := m.state.Venue.Listing().Assets[index].Parse(amount)
		require.NoError(t, err)
		units[participant+" "+asset] += sign * parsed
	}
	for _, one := range m.all() {
		if deposit := one.GetDeposit(); deposit != nil {
			book(deposit.GetParticipant(), deposit.GetAsset(), deposit.GetAmount(), 1)
			continue
		}
		trade := one.GetTrade()
		buyer, seller := trade.GetBuyer(), trade.GetSeller()
		book(buyer.GetParticipant(), trade.GetBaseAsset(), trade.GetBaseQuantity(), 1)
		book(seller.GetParticipant(), trade.GetBaseAsset(), trade.GetBaseQuantity(), -1)
		book(buyer.GetParticipant(), trade.GetQuoteAsset(), trade.GetQuoteAmount(), -1)
		book(seller.GetParticipant(), trade.GetQuoteAsset(), trade.GetQuoteAmount(), 1)
		book(buyer.GetParticipant(), buyer.GetFeeAsset(), buyer.GetFee(), -1)
		book(trade.GetFeeParticipant(), buyer.GetFeeAsset(), buyer.GetFee(), 1)
		book(seller.GetParticipant(), seller.GetFeeAsset(), seller.GetFee(), -1)
		book(trade.GetFeeParticipant(), seller.GetFeeAsset(), seller.GetFee(), 1)
	}
	return units
}

// owned is what the exchange says that each participant has.
func (m *market) owned(t *testing.T) map[string]int64 {
	units := map[string]int64{}
	require.NoError(t, m.machine.Read(context.Background(), func() {
		ledger, listing := m.state.Venue.Ledger(), m.state.Venue.Listing()
		for number := range ledger.Accounts() {
			owner := ledger.Account(ledger.Account(number).Owner).Name
			for asset := range listing.Assets {
				units[owner+" "+listing.Assets[asset].Code] += ledger.Balance(number, int32(asset)).Total()
			}
		}
	}))
	return units
}

func TestWhatACustodianThatComesLateReceivesExplainsAllBalancesOfTheVenue(t *testing.T) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		m := openMarket(t, network)
		for range 5 {
			m.trade(t)
			m.crash(t)
		}
		events, bytes := m.Backlog()
		assert.Equal(t, m.machine.Stats().Events, events, "nobody has taken anything")
		assert.Positive(t, bytes)
		require.EqualValues(t, 1, m.machine.Stats().EarliestEvent, "nothing that the custodian needs is removed")

		m.listen(t, network)
		for range 3 {
			m.trade(t)
			m.crash(t)
		}
		time.Sleep(time.Minute)
		trades := m.state.Venue.Trades()
		require.Greater(t, trades, uint64(300))
		assert.Equal(t, trades, lastTrade(t, m.custodian))
		assert.Equal(t, m.owned(t), m.settled(t))
		assert.Len(t, m.owned(t), 6)
		assert.Zero(t, m.gaps)
		assert.Equal(t, m.machine.Stats().Events, m.machine.Cursor(Consumer))

		require.NoError(t, m.machine.Snapshot(t.Context()))
		require.NoError(t, m.machine.Snapshot(t.Context()))
		assert.Greater(t, m.machine.Stats().EarliestEvent, uint64(1), "what was handed over may be removed")
		m.leave()
		require.NoError(t, m.machine.Close(context.Background()))
	})
}

// lastTrade checks that trades came exactly once and in order, and returns the last one.
func lastTrade(t *testing.T, c *custodian) (last uint64) {
	for _, one := range c.all() {
		if trade := one.GetTrade(); trade != nil {
			assert.Equal(t, last+1, trade.GetTradeId())
			last = trade.GetTradeId()
		}
	}
	return last
}
