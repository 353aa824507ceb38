package venue_test

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	usd = int32(iota)
	btc
	ada
)

const (
	btcusd = int32(iota)
	adabtc
)

const second = 1_000_000_000

// morning is when the tests begin.
const morning = int64(1_700_000_000) * second

func number(text string) decimal.Number {
	value, err := decimal.ParseNumber(text)
	if err != nil {
		panic(err)
	}
	return value
}

// documents is a small venue: BTC/USD with ticks of 0.01 and lots of 0.001, ADA/BTC.
func documents() *venue.Configure {
	c := &venue.Configure{
		Assets: []instrument.Asset{{Code: "USD", Scale: 5}, {Code: "BTC", Scale: 10}, {Code: "ADA", Scale: 6}},
		Fees:   account.Fees{Tiers: []account.Tier{{Maker: 10_0000, Taker: 20_0000}}}, // 10 and 20 basis points
		Seed:   7, Resumption: 5 * second, Cooling: 10 * second,
	}
	for _, one := range []instrument.Instrument{
		{Symbol: "BTC/USD", Base: btc, Quote: usd, Tick: number("0.01"), Lot: number("0.001")},
		{Symbol: "ADA/BTC", Base: ada, Quote: btc, Tick: number("0.00000001"), Lot: number("0.1")},
	} {
		one.Filters = instrument.Filters{MinLots: 1, MaxLots: 1_000_000, MaxOpenOrders: 100, PriceUp: number("5"), PriceDown: number("0.2")}
		made, err := instrument.New(c.Assets, one)
		if err != nil {
			panic(err)
		}
		c.Instruments = append(c.Instruments, made)
		c.Rules = append(c.Rules, matching.Rules{})
		quiet := liquidity.Default(1)
		quiet.Makers, quiet.Takers = 0, 0
		c.Liquidity = append(c.Liquidity, quiet)
	}
	return c
}

// desk sends commands to a venue and keeps what it tells.
type desk struct {
	require.TestingT
	*venue.Venue
	now    int64
	events []venue.Event
	next   int
}

func open(t require.TestingT, c *venue.Configure) *desk {
	d := &desk{TestingT: t, Venue: venue.New(), now: morning}
	require.NoError(t, d.do(c).Err)
	return d
}

// do carries out a command a millisecond later.
func (d *desk) do(c venue.Command) venue.Answer {
	d.now += second / 1000
	return d.Apply(d.now, d.now, c, func(e *venue.Event) { d.events = append(d.events, *e) })
}

// must carries out a command that must succeed.
func (d *desk) must(c venue.Command) venue.Answer {
	answer := d.do(c)
	require.NoError(d, answer.Err)
	return answer
}

// fund opens an account with USD and BTC as decimals.
func (d *desk) fund(name, dollars, coins string) {
	d.must(&venue.Open{Account: name, Fund: []venue.Amount{{Asset: usd, Units: d.units(usd, dollars)}, {Asset: btc, Units: d.units(btc, coins)}}})
}

func (d *desk) units(asset int32, text string) int64 {
	units, err := d.Listing().Assets[asset].Parse(text)
	require.NoError(d, err)
	return units
}

// order is a limit order in BTC/USD unless it is changed.
func order(side, price, lots int64, changes ...func(*venue.Order)) venue.Order {
	o := venue.Order{Price: price, Lots: lots, SelfTrade: matching.ExpireTaker}
	if side < 0 {
		o.Side = 1
	}
	for _, change := range changes {
		change(&o)
	}
	return o
}

const (
	buy  = int64(1)
	sell = int64(-1)
)

func market(o *venue.Order) { o.Type, o.Price = matching.Market, 0 }

func stopAt(trigger int64) func(*venue.Order) {
	return func(o *venue.Order) { o.Type, o.Price, o.Trigger = matching.Stop, 0, trigger }
}

// placing is a Place under the next client id.
func (d *desk) placing(name string, o venue.Order) *venue.Place {
	d.next++
	return &venue.Place{Account: name, ClientID: fmt.Sprint("c", d.next), Instrument: btcusd, Order: o}
}

func (d *desk) place(name string, o venue.Order) venue.Answer { return d.do(d.placing(name, o)) }

// balance is what an account has, as "available+held".
func (d *desk) balance(name string, asset int32) string {
	number, err := d.Ledger().Find(name)
	require.NoError(d, err)
	balance, one := d.Ledger().Balance(number, asset), &d.Listing().Assets[asset]
	return one.Format(balance.Available) + "+" + one.Format(balance.Held)
}

// kinds are those of the events since the last call.
func (d *desk) kinds() []venue.EventKind {
	var kinds []venue.EventKind
	for n := range d.events {
		kinds = append(kinds, d.events[n].Kind)
	}
	d.events = nil
	return kinds
}

// refusal is the reason of an error.
func refusal(err error) string {
	var said *errs.Error
	if asErrs(err, &said) {
		return said.Reason
	}
	return fmt.Sprint(err)
}

func seed(d *desk) {
	d.fund("alice", "100000", "10")
	d.fund("bob", "100000", "10")
	d.events = nil
}
