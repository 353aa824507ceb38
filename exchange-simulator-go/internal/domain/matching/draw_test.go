package matching_test

import (
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// What random commands are made of: few prices, few lots, few accounts, so that orders meet.

var drawnTypes = []m.Type{
	m.Limit, m.Limit, m.Limit, m.Limit, m.Limit, m.Limit, m.Market, m.Market, m.Stop, m.StopLimit, m.TakeProfit,
	m.TakeProfitLimit, m.TrailingStop, m.TrailingStopLimit,
}

func (p *pairOfEngines) price() int64 {
	if rapid.IntRange(0, 60).Draw(p.t, "far") == 0 {
		return rapid.SampledFrom([]int64{1, 2_000, 5_000}).Draw(p.t, "far price")
	}
	return rapid.Int64Range(92, 108).Draw(p.t, "price")
}

func (p *pairOfEngines) lots() int64    { return rapid.Int64Range(1, 12).Draw(p.t, "lots") }
func (p *pairOfEngines) account() int32 { return rapid.Int32Range(1, 5).Draw(p.t, "account") }

func (p *pairOfEngines) maybe(value int64) int64 {
	return value * rapid.Int64Range(0, 1).Draw(p.t, "given")
}

func (p *pairOfEngines) rarely(value int64) int64 {
	if rapid.IntRange(0, 4).Draw(p.t, "rarely") > 0 {
		return 0
	}
	return value
}

func (p *pairOfEngines) newID() uint64 {
	p.nextID++
	return p.nextID
}

// someID is mostly that of a live order.
func (p *pairOfEngines) someID() uint64 {
	if len(p.naive.orders) > 0 && rapid.IntRange(0, 9).Draw(p.t, "live") > 0 {
		return p.naive.orders[rapid.IntRange(0, len(p.naive.orders)-1).Draw(p.t, "which")].ID
	}
	return rapid.Uint64Range(1, p.nextID+1).Draw(p.t, "id")
}

// order draws an order of a type with fields that fit it.
func (p *pairOfEngines) order(kind m.Type) m.Order {
	account := p.account()
	o := m.Order{
		ID: p.newID(), Account: account, Owner: account / 2, Type: kind, Lots: p.lots(),
		Side:      book.Side(rapid.IntRange(0, 1).Draw(p.t, "side")),
		SelfTrade: m.SelfTrade(rapid.IntRange(0, 4).Draw(p.t, "self")),
		Force:     m.Force(rapid.IntRange(0, 4).Draw(p.t, "force")),
	}
	if rapid.IntRange(0, 40).Draw(p.t, "again") == 0 {
		o.ID = p.someID()
	}
	if o.Force == m.GTD {
		o.Expiry = p.now + rapid.Int64Range(0, 20).Draw(p.t, "hours")*3_600*second
	}
	limited := kind != m.Market && kind != m.Stop && kind != m.TakeProfit && kind != m.TrailingStop
	if limited {
		o.Price = p.price()
		if o.Force != m.IOC && o.Force != m.FOK {
			o.PostOnly = rapid.IntRange(0, 5).Draw(p.t, "post") == 0
			o.Display = p.rarely(rapid.Int64Range(1, 6).Draw(p.t, "display"))
		}
	}
	p.condition(&o)
	if kind == m.Market && o.Force != m.FOK && rapid.Bool().Draw(p.t, "by quote") {
		o.Lots, o.Quote = 0, rapid.Int64Range(1, 2_500).Draw(p.t, "quote")
	}
	return o
}

// condition draws what the order waits for.
func (p *pairOfEngines) condition(o *m.Order) {
	if o.Type < m.Stop {
		return
	}
	o.TriggerBy = m.TriggerBy(rapid.IntRange(0, 1).Draw(p.t, "by"))
	if o.Type == m.TrailingStop || o.Type == m.TrailingStopLimit {
		o.Trail = rapid.Int64Range(1, 4).Draw(p.t, "trail")
	} else {
		o.Trigger = p.price()
	}
}

// pair draws two orders that mostly fit as an OCO pair.
func (p *pairOfEngines) pair() (one, two m.Order) {
	one = p.order(rapid.SampledFrom([]m.Type{m.Limit, m.Limit, m.TakeProfit, m.TakeProfitLimit, m.StopLimit}).Draw(p.t, "one"))
	two = p.order(rapid.SampledFrom([]m.Type{m.Stop, m.StopLimit, m.TrailingStop, m.TakeProfit, m.Limit}).Draw(p.t, "two"))
	two.Account, two.Owner = one.Account, one.Owner
	if rapid.IntRange(0, 9).Draw(p.t, "sides") > 0 {
		two.Side = one.Side
	}
	return one, two
}

func (p *pairOfEngines) bracket() (working m.Order, pending []m.Order) {
	working = p.order(m.Limit)
	one, two := p.pair()
	if rapid.Bool().Draw(p.t, "single") {
		one = p.order(rapid.SampledFrom(drawnTypes).Draw(p.t, "pending"))
		pending = []m.Order{one}
	} else {
		pending = []m.Order{one, two}
	}
	for i := range pending {
		pending[i].Account, pending[i].Owner = working.Account, working.Owner
	}
	return working, pending
}
