// Package crowd draws what a busy venue is asked to do: commands of every kind that concerns books, close enough together to meet. It is
// for tests of what follows the venue's events, which it gives all kinds of events that are about orders.
package crowd

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// What is traded, by index.
const (
	BTCUSD int32 = iota
	ADABTC
)

const (
	second = 1_000_000_000
	middle = 4_000_000 // ticks, what both instruments trade around
)

// names of the accounts of the crowd; the second belongs to the owner of the first.
var names = [...]string{"alice", "alice/bot", "bob"}

// Crowd draws commands. Draw returns a number from 0 to below its argument; the same numbers give the same commands.
type Crowd struct {
	Draw func(below int) int

	last int // client id
}

// Configure is a venue of two instruments, one of them with makers and takers of its own.
func Configure() *venue.Configure {
	c := &venue.Configure{
		Assets: []instrument.Asset{{Code: "USD", Scale: 5}, {Code: "BTC", Scale: 16}, {Code: "ADA", Scale: 6}},
		Fees:   account.Fees{Tiers: []account.Tier{{Maker: 10_0000, Taker: 20_0000}}}, // 10 and 20 basis points
		Seed:   7, Opening: second / 2, Resumption: second / 2, Cooling: second / 4,
	}
	for n, one := range []instrument.Instrument{
		{Symbol: "BTC/USD", Base: 1, Quote: 0, Tick: number("0.01"), Lot: number("0.001")},
		{Symbol: "ADA/BTC", Base: 2, Quote: 1, Tick: number("0.00000001"), Lot: number("0.1")},
	} {
		one.Filters = instrument.Filters{MinLots: 1, MaxLots: 1_000_000, MaxOpenOrders: 10_000, PriceUp: number("5"), PriceDown: number("0.2")}
		made, err := instrument.New(c.Assets, one)
		if err != nil {
			panic(err)
		}
		own := liquidity.Default(50_000)
		own.Makers, own.Takers = 2-2*n, 2-2*n
		c.Instruments, c.Liquidity = append(c.Instruments, made), append(c.Liquidity, own)
		c.Rules = append(c.Rules, matching.Rules{StaticBand: 400, PauseOnBand: true, MaxTriggers: 3})
	}
	return c
}

func number(text string) decimal.Number {
	value, err := decimal.ParseNumber(text)
	if err != nil {
		panic(err)
	}
	return value
}

// Opening is what comes first: the venue is configured, its accounts are funded and prices are known.
func Opening() []venue.Command {
	commands := []venue.Command{Configure()}
	for _, name := range names {
		var fund []venue.Amount
		for asset := range int32(3) {
			fund = append(fund, venue.Amount{Asset: asset, Units: 1 << 58})
		}
		commands = append(commands, &venue.Open{Account: name, Fund: fund})
	}
	return append(commands, &venue.SetReferences{Quotes: []venue.Quote{
		{Instrument: BTCUSD, Price: middle}, {Instrument: ADABTC, Price: middle},
	}})
}

// Command draws what comes next, after the order with a number was the last.
func (c *Crowd) Command(last uint64) venue.Command {
	target := venue.Target{Account: c.name(), Order: last - uint64(c.Draw(int(min(last, 40))+1))}
	switch c.Draw(30) {
	case 0, 1, 2:
		return &venue.Cancel{Target: target}
	case 3, 4, 5, 6:
		return &venue.Replace{Target: target, RequestID: c.id(), Lots: int64(c.Draw(60)), Price: c.price() * int64(c.Draw(2))}
	case 7:
		return &venue.CancelAll{Account: c.name(), Instrument: c.instrument()}
	case 8:
		return &venue.Disconnect{Session: uint64(1 + c.Draw(3))}
	case 9:
		return &venue.Halt{Instrument: c.instrument()}
	case 10, 11:
		return &venue.Resume{Instrument: venue.All, WithoutAuction: c.Draw(2) == 0}
	case 12, 13, 14:
		return &venue.SetReferences{Quotes: []venue.Quote{{Instrument: BTCUSD, Price: float64(c.price())}}}
	case 15, 16:
		return &venue.Advance{}
	default:
		return c.place()
	}
}

func (c *Crowd) name() string      { return names[c.Draw(len(names))] }
func (c *Crowd) instrument() int32 { return int32(c.Draw(2)) }
func (c *Crowd) price() int64      { return middle + int64(c.Draw(13)-6)*10_000 }

func (c *Crowd) id() string {
	c.last++
	return fmt.Sprint("c", c.last)
}

// place draws an order, an OCO pair or a bracket.
func (c *Crowd) place() venue.Command {
	command := &venue.Place{Account: c.name(), ClientID: c.id(), Instrument: c.instrument(), Session: uint64(c.Draw(4)), Order: c.order()}
	if c.Draw(8) > 0 {
		return command
	}
	first := &command.Order
	*first = venue.Order{Side: first.Side, Price: c.price(), Lots: int64(1 + c.Draw(50)), SelfTrade: first.SelfTrade}
	other := &venue.Order{Side: first.Side, Type: matching.StopLimit, Price: c.price(), Trigger: c.price(), Lots: first.Lots}
	if c.Draw(2) == 0 {
		command.Other = other
		return command
	}
	other.Side = first.Side.Opposite()
	command.StopLoss = other
	command.TakeProfit = &venue.Order{Side: other.Side, Price: c.price(), Lots: first.Lots}
	return command
}

func (c *Crowd) order() venue.Order {
	o := venue.Order{Side: book.Side(c.Draw(2)), SelfTrade: matching.SelfTrade(c.Draw(5)), Lots: int64(1 + c.Draw(50)), Price: c.price()}
	switch c.Draw(12) {
	case 0:
		o.Type, o.Price = matching.Market, 0
	case 1:
		o.Type, o.Trigger = matching.StopLimit, c.price()
	case 2:
		o.Type, o.Trigger = matching.TakeProfitLimit, c.price()
	case 3:
		o.Type, o.Trail = matching.TrailingStopLimit, int64(1+c.Draw(3))*10_000
	case 4:
		o.Force = matching.IOC
	case 5, 6, 7, 8:
		o.Display = 1 + int64(c.Draw(int(o.Lots)))
	case 9:
		o.PostOnly = true
	}
	return o
}
