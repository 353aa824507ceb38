package grpcapi

// The fields of one order: what each type must have, may have and must not have.

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// shape is which fields an order of a type has. What it has it must have.
type shape struct {
	Type  matching.Type
	price bool
	stop  bool
	trail bool
}

// waits tells whether an order waits for a price first.
func (s shape) waits() bool { return s.stop || s.trail }

// The values of the wire, by their number there; what is not listed is refused.
var (
	shapes = map[exchangev1.OrderType]shape{
		exchangev1.OrderType_ORDER_TYPE_LIMIT:             {Type: matching.Limit, price: true},
		exchangev1.OrderType_ORDER_TYPE_MARKET:            {Type: matching.Market},
		exchangev1.OrderType_ORDER_TYPE_STOP:              {Type: matching.Stop, stop: true},
		exchangev1.OrderType_ORDER_TYPE_STOP_LIMIT:        {Type: matching.StopLimit, stop: true, price: true},
		exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT:       {Type: matching.TakeProfit, stop: true},
		exchangev1.OrderType_ORDER_TYPE_TAKE_PROFIT_LIMIT: {Type: matching.TakeProfitLimit, stop: true, price: true},
		exchangev1.OrderType_ORDER_TYPE_TRAILING_STOP:     {Type: matching.TrailingStop, trail: true},
	}
	sides  = map[exchangev1.Side]book.Side{exchangev1.Side_SIDE_BUY: book.Buy, exchangev1.Side_SIDE_SELL: book.Sell}
	forces = map[exchangev1.TimeInForce]matching.Force{
		exchangev1.TimeInForce_TIME_IN_FORCE_GTC: matching.GTC, exchangev1.TimeInForce_TIME_IN_FORCE_IOC: matching.IOC,
		exchangev1.TimeInForce_TIME_IN_FORCE_FOK: matching.FOK, exchangev1.TimeInForce_TIME_IN_FORCE_GTD: matching.GTD,
		exchangev1.TimeInForce_TIME_IN_FORCE_DAY: matching.Day,
	}
	selfTrades = map[exchangev1.SelfTradePrevention]matching.SelfTrade{
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_UNSPECIFIED:  matching.ExpireTaker,
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE:         matching.Allow,
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_TAKER: matching.ExpireTaker,
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_MAKER: matching.ExpireMaker,
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_BOTH:  matching.ExpireBoth,
		exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_DECREMENT:    matching.Decrement,
	}
	triggers = map[exchangev1.TriggerSource]matching.TriggerBy{
		exchangev1.TriggerSource_TRIGGER_SOURCE_UNSPECIFIED: matching.LastTrade,
		exchangev1.TriggerSource_TRIGGER_SOURCE_LAST_TRADE:  matching.LastTrade,
		exchangev1.TriggerSource_TRIGGER_SOURCE_BEST_PRICE:  matching.BestPrice,
	}
)

// fields reads one order; the first error stays, and what is read after it does not count.
type fields struct {
	path  string // of the order in its request
	asked *exchangev1.NewOrder
	one   *instrument.Instrument
	quote *instrument.Asset
	leg   bool // of a bracket: without a quantity
	shape shape
	read  venue.Order
	err   error
}

// newOrder reads an order for an instrument; path is where the request has it.
func (d *Desk) newOrder(path string, number int32, asked *exchangev1.NewOrder) (venue.Order, error) {
	one := &d.Listing.Instruments[number]
	f := fields{path: path, asked: asked, one: one, quote: &d.Listing.Assets[one.Quote], leg: path == "take_profit" || path == "stop_loss"}
	f.kinds()
	f.force()
	f.size()
	f.prices()
	f.options()
	return f.read, f.err
}

// fail keeps the first error.
func (f *fields) fail(name string, value any, want string) {
	if f.err == nil {
		f.err = errs.InvalidField(f.path+"."+name, value, want)
	}
}

// kinds reads the side, the type and what happens on a trade with oneself.
func (f *fields) kinds() {
	var known bool
	if f.read.Side, known = sides[f.asked.GetSide()]; !known {
		f.fail("side", f.asked.GetSide(), "SIDE_BUY or SIDE_SELL")
	}
	if f.shape, known = shapes[f.asked.GetType()]; !known {
		f.fail("type", f.asked.GetType(), "one of the order types, such as ORDER_TYPE_LIMIT")
	}
	f.read.Type = f.shape.Type
	if f.read.SelfTrade, known = selfTrades[f.asked.GetSelfTradePrevention()]; !known {
		f.fail("self_trade_prevention", f.asked.GetSelfTradePrevention(), "one of the ways to prevent trades with oneself, or nothing for EXPIRE_TAKER")
	}
	if f.read.TriggerBy, known = triggers[f.asked.GetTriggerSource()]; !known {
		f.fail("trigger_source", f.asked.GetTriggerSource(), "LAST_TRADE or BEST_PRICE, or nothing for LAST_TRADE")
	}
	if !f.shape.waits() && f.asked.GetTriggerSource() != exchangev1.TriggerSource_TRIGGER_SOURCE_UNSPECIFIED {
		f.unwanted("trigger_source", f.asked.GetTriggerSource())
	}
}

// force reads how long the order stays.
func (f *fields) force() {
	given := f.asked.GetTimeInForce()
	force, known := forces[given]
	market := f.shape.Type == matching.Market
	switch {
	case given == exchangev1.TimeInForce_TIME_IN_FORCE_UNSPECIFIED && market:
		force = matching.IOC
	case given == exchangev1.TimeInForce_TIME_IN_FORCE_UNSPECIFIED:
		force = matching.GTC
	case !known:
		f.fail("time_in_force", given, "GTC, IOC, FOK, GTD or DAY, or nothing")
	case market && force != matching.IOC && force != matching.FOK:
		f.fail("time_in_force", given, "IOC or FOK for ORDER_TYPE_MARKET, or nothing for IOC")
	}
	f.read.Force = force
	expires, err := expiry(f.path+".expire_time", f.asked)
	f.keep(err)
	f.read.Expiry = expires
}

// keep keeps the first error.
func (f *fields) keep(err error) {
	if f.err == nil {
		f.err = err
	}
}

// size reads the quantity, or the amount of a market order by quote.
func (f *fields) size() {
	quantity, quote := f.asked.GetQuantity(), f.asked.GetQuoteQuantity()
	switch {
	case quote == "" && quantity == "" && !f.leg:
		f.fail("quantity", "", "base units, more than 0")
	case quote != "" && f.shape.Type != matching.Market:
		f.unwanted("quote_quantity", shown(quote))
	case quote != "" && quantity != "":
		f.fail("quote_quantity", shown(quote), "nothing beside a quantity")
	case quote != "" && f.read.Force == matching.FOK:
		f.fail("time_in_force", f.asked.GetTimeInForce(), "IOC or nothing beside quote_quantity: it has no quantity to be filled wholly")
	}
	var err error
	f.read.Lots, err = lots(f.path+".quantity", quantity, f.one)
	f.keep(err)
	f.read.Quote = f.amount("quote_quantity", quote)
}

// amount reads an amount of the quote asset, 0 without a text.
func (f *fields) amount(name, text string) int64 {
	units, err := optional(f.path+"."+name, text, f.quote.Parse)
	f.keep(err)
	return units
}

// prices reads the prices that go with the type, and refuses the others.
func (f *fields) prices() {
	f.read.Price = f.price("price", f.asked.GetPrice(), f.shape.price)
	f.read.Trigger = f.price("stop_price", f.asked.GetStopPrice(), f.shape.stop)
	f.read.Trail = f.price("trailing_offset", f.asked.GetTrailingOffset(), f.shape.trail)
	if _, fits := f.one.Notional(f.read.Price, f.read.Lots); !fits {
		f.fail("quantity", shown(f.asked.GetQuantity()), "less: at this price it is worth more than can be counted")
	}
	blind := f.read.Side == book.Buy && f.shape.waits() && !f.shape.price
	switch given := f.asked.GetMaxQuote(); {
	case blind && given == "":
		f.fail("max_quote", "", fmt.Sprintf("the most %s that a buy which waits and has no limit price may spend", f.quote.Code))
	case !blind && given != "":
		f.fail("max_quote", shown(given), "nothing but for a buy by STOP, TAKE_PROFIT or TRAILING_STOP")
	}
	f.read.MaxQuote = f.amount("max_quote", f.asked.GetMaxQuote())
}

// price reads a price that an order of the type has to have, or must not have.
func (f *fields) price(name, text string, wanted bool) int64 {
	switch {
	case wanted && text == "":
		f.fail(name, "", fmt.Sprintf("%s per base unit, more than 0, for %s", f.quote.Code, f.asked.GetType()))
	case !wanted && text != "":
		f.unwanted(name, shown(text))
	}
	price, err := ticks(f.path+"."+name, text, f.one)
	f.keep(err)
	return price
}

// options reads what only orders have that rest.
func (f *fields) options() {
	rests := f.shape.Type == matching.Limit && f.read.Force != matching.IOC && f.read.Force != matching.FOK
	const where = "nothing but for ORDER_TYPE_LIMIT with GTC, GTD or DAY"
	display := f.asked.GetDisplayQuantity()
	if display != "" && !rests {
		f.fail("display_quantity", shown(display), where)
	}
	var err error
	f.read.Display, err = lots(f.path+".display_quantity", display, f.one)
	f.keep(err)
	if !f.leg && display != "" && f.read.Display >= f.read.Lots {
		f.fail("display_quantity", shown(display), "less than the quantity, or nothing to show all")
	}
	if f.asked.GetPostOnly() && !rests {
		f.fail("post_only", true, where)
	}
	f.read.PostOnly = f.asked.GetPostOnly()
}

// unwanted is the error of a field that orders of the type do not have.
func (f *fields) unwanted(name string, value any) {
	f.fail(name, value, fmt.Sprintf("nothing with %s", f.asked.GetType()))
}
