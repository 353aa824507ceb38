package grpcapi

// Orders and fills as callers see them. Everything that somebody owns is exact; what was observed is a double.

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// The values of the wire for those of the venue.
var (
	typesOut      = inverse(shapes, func(s shape) matching.Type { return s.Type })
	sidesOut      = inverse(sides, same[book.Side])
	forcesOut     = inverse(forces, same[matching.Force])
	selfTradesOut = inverse(selfTrades, same[matching.SelfTrade])
	triggersOut   = inverse(triggers, same[matching.TriggerBy])
	statuses      = map[venue.Status]exchangev1.OrderStatus{
		venue.Pending: exchangev1.OrderStatus_ORDER_STATUS_PENDING, venue.Working: exchangev1.OrderStatus_ORDER_STATUS_OPEN,
		venue.PartiallyFilled: exchangev1.OrderStatus_ORDER_STATUS_PARTIALLY_FILLED, venue.Filled: exchangev1.OrderStatus_ORDER_STATUS_FILLED,
		venue.Cancelled: exchangev1.OrderStatus_ORDER_STATUS_CANCELLED, venue.Expired: exchangev1.OrderStatus_ORDER_STATUS_EXPIRED,
	}
)

// inverse turns a table around; what stands for "not said" is no value.
func inverse[W ~int32, T any, V comparable](table map[W]T, value func(T) V) map[V]W {
	turned := make(map[V]W, len(table))
	for wire, read := range table {
		if wire != 0 {
			turned[value(read)] = wire
		}
	}
	return turned
}

func same[V any](value V) V { return value }

// writeOrder writes how an order of the account of that name stands.
func (d *Desk) writeOrder(account string, r *venue.Record) *exchangev1.Order {
	one := &d.Listing.Instruments[r.Instrument]
	written := &exchangev1.Order{
		OrderId: r.ID, Account: account, ClientOrderId: r.ClientID, Order: d.writeNewOrder(one, &r.Order), Status: statuses[r.Status],
		FilledQuantity: one.FormatQuantity(r.Filled), FilledQuote: d.Listing.Assets[one.Quote].Format(r.Spent),
		RemainingQuantity: "0", Reason: r.Reason, ListId: r.List, CreatedTime: timestamp(r.Created), UpdatedTime: timestamp(r.Updated),
	}
	if !r.Status.Ended() {
		written.RemainingQuantity = one.FormatQuantity(r.Remaining)
		written.TriggerPrice = price(one, r.Trigger)
	}
	return written
}

// writeOrders writes orders of one account.
func (d *Desk) writeOrders(account string, all []venue.Record) []*exchangev1.Order {
	written := make([]*exchangev1.Order, len(all))
	for n := range all {
		written[n] = d.writeOrder(account, &all[n])
	}
	return written
}

// writeNewOrder is the inverse of newOrder, with what was not said.
func (d *Desk) writeNewOrder(one *instrument.Instrument, o *venue.Order) *exchangev1.NewOrder {
	written := &exchangev1.NewOrder{
		Symbol: one.Symbol, Side: sidesOut[o.Side], Type: typesOut[o.Type], TimeInForce: forcesOut[o.Force], Quantity: quantity(one, o.Lots),
		QuoteQuantity: d.quoteAmount(one, o.Quote), Price: price(one, o.Price), StopPrice: price(one, o.Trigger),
		TrailingOffset: price(one, o.Trail), PostOnly: o.PostOnly, DisplayQuantity: quantity(one, o.Display),
		SelfTradePrevention: selfTradesOut[o.SelfTrade], MaxQuote: d.quoteAmount(one, o.MaxQuote),
	}
	if o.Trigger != 0 || o.Trail != 0 {
		written.TriggerSource = triggersOut[o.TriggerBy]
	}
	if o.Expiry != 0 {
		written.ExpireTime = timestamp(o.Expiry)
	}
	return written
}

// price writes a price, nothing when there is none.
func price(one *instrument.Instrument, ticks int64) string {
	if ticks == 0 {
		return ""
	}
	return one.FormatPrice(ticks)
}

// quantity writes a quantity, nothing when there is none.
func quantity(one *instrument.Instrument, lots int64) string {
	if lots == 0 {
		return ""
	}
	return one.FormatQuantity(lots)
}

// quoteAmount writes an amount of the quote asset, nothing when there is none.
func (d *Desk) quoteAmount(one *instrument.Instrument, units int64) string {
	if units == 0 {
		return ""
	}
	return d.Listing.Assets[one.Quote].Format(units)
}

// writeFill writes a fill of an order of the account of that name.
func (d *Desk) writeFill(account string, f *venue.Fill) *exchangev1.Fill {
	one := &d.Listing.Instruments[f.Instrument]
	fee := &d.Listing.Assets[f.FeeAsset]
	notional, _ := one.Notional(f.Price, f.Lots) // it was settled, so it is in range
	return &exchangev1.Fill{
		TradeId: f.Trade, OrderId: f.Order, Account: account, ClientOrderId: f.ClientID, Symbol: one.Symbol, Side: sideOf(f.Buys),
		Price: one.FormatPrice(f.Price), Quantity: one.FormatQuantity(f.Lots), QuoteQuantity: d.Listing.Assets[one.Quote].Format(notional),
		Maker: f.Maker, Fee: fee.Format(f.Fee), FeeAsset: fee.Code,
		ArrivalMid: middle(one, f.Mid), SlippageBps: slippage(f), Time: timestamp(f.Time),
	}
}

// writeFills writes fills of orders of one account.
func (d *Desk) writeFills(account string, all []venue.Fill) []*exchangev1.Fill {
	written := make([]*exchangev1.Fill, len(all))
	for n := range all {
		written[n] = d.writeFill(account, &all[n])
	}
	return written
}

func sideOf(buys bool) exchangev1.Side {
	if buys {
		return exchangev1.Side_SIDE_BUY
	}
	return exchangev1.Side_SIDE_SELL
}

// middle turns twice a mid price in ticks into quote units per base unit.
func middle(one *instrument.Instrument, twice int64) float64 {
	return decimal.Product(twice, one.Tick.Units).Float64() / (2 * float64(decimal.Pow10(one.Tick.Scale)))
}

const basisPoints = 10_000

// slippage is how much worse for its order a fill was than the mid when the taker arrived, in basis points of it; 0 when
// there was no mid.
func slippage(f *venue.Fill) float64 {
	if f.Mid == 0 {
		return 0
	}
	worse := float64(2*f.Price-f.Mid) / float64(f.Mid) * basisPoints
	if !f.Buys && worse != 0 {
		return -worse
	}
	return worse
}
