package grpcapi

// What callers ask for, as commands of the venue. Everything that is wrong with a request whatever the state of the venue is
// found here, and named by the path of its field.

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// place reads an order, an OCO pair or a bracket.
func (d *Desk) place(asked *exchangev1.PlaceOrderRequest) (*venue.Place, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	if err := checkAccount(asked.GetAccount()); err != nil {
		return nil, err
	}
	if err := checkID("client_order_id", asked.GetClientOrderId()); err != nil {
		return nil, err
	}
	if asked.GetOrder() == nil {
		return nil, errs.InvalidField("order", "", "what to trade and how")
	}
	symbol := asked.GetOrder().GetSymbol()
	number, err := d.instrument(symbol)
	if err != nil {
		return nil, refield(err, "order.symbol")
	}
	read := &venue.Place{Account: asked.GetAccount(), ClientID: asked.GetClientOrderId(), Instrument: number}
	if read.Order, err = d.newOrder("order", number, asked.GetOrder()); err != nil {
		return nil, err
	}
	switch {
	case asked.GetOneCancelsOther() != nil:
		err = d.pair(read, asked)
	case asked.GetTakeProfit() != nil || asked.GetStopLoss() != nil:
		err = d.bracket(read, asked)
	}
	return read, err
}

// checkAccount wants the name of an account; whether there is one is known to the venue.
func checkAccount(name string) error {
	if name == "" {
		return errs.InvalidField("account", name, `the name of an account, such as "alice" or "alice/bot"`)
	}
	return nil
}

// pair reads the other order of an OCO pair.
func (d *Desk) pair(read *venue.Place, asked *exchangev1.PlaceOrderRequest) error {
	const field = "one_cancels_other"
	if asked.GetTakeProfit() != nil || asked.GetStopLoss() != nil {
		return errs.InvalidField(field, asked.GetOneCancelsOther().GetType(), "nothing beside take_profit and stop_loss: place either an OCO pair or a bracket")
	}
	other, err := d.linked(field, read.Instrument, asked, asked.GetOneCancelsOther())
	if err != nil {
		return err
	}
	switch {
	case other.Side != read.Order.Side:
		return errs.InvalidField(field+".side", asked.GetOneCancelsOther().GetSide(), "the side of the order")
	case other.Lots != read.Order.Lots:
		return errs.InvalidField(field+".quantity", shown(asked.GetOneCancelsOther().GetQuantity()), "the quantity of the order")
	case (read.Order.Type != matching.Limit || !stops(other.Type)) && (!stops(read.Order.Type) || other.Type != matching.Limit):
		return errs.InvalidField(field+".type", asked.GetOneCancelsOther().GetType(),
			fmt.Sprintf("a pair of one LIMIT and one STOP, STOP_LIMIT or TRAILING_STOP order; order.type is %s", asked.GetOrder().GetType()))
	}
	read.Other = &other
	return nil
}

// bracket reads the orders that are placed once the first is filled.
func (d *Desk) bracket(read *venue.Place, asked *exchangev1.PlaceOrderRequest) (err error) {
	if read.Order.Type != matching.Limit {
		return errs.InvalidField("order.type", asked.GetOrder().GetType(), "ORDER_TYPE_LIMIT, for a take_profit or a stop_loss to hang on")
	}
	if read.TakeProfit, err = d.leg("take_profit", read, asked, asked.GetTakeProfit()); err != nil {
		return err
	}
	if read.StopLoss, err = d.leg("stop_loss", read, asked, asked.GetStopLoss()); err != nil {
		return err
	}
	switch {
	case read.TakeProfit != nil && !takesProfit(read.TakeProfit.Type):
		return errs.InvalidField("take_profit.type", asked.GetTakeProfit().GetType(), "LIMIT, TAKE_PROFIT or TAKE_PROFIT_LIMIT")
	case read.StopLoss != nil && !stops(read.StopLoss.Type):
		return errs.InvalidField("stop_loss.type", asked.GetStopLoss().GetType(), "STOP, STOP_LIMIT or TRAILING_STOP")
	}
	return nil
}

// leg reads one of the orders of a bracket; nil when there is none. Its quantity is that which will have been filled.
func (d *Desk) leg(field string, read *venue.Place, asked *exchangev1.PlaceOrderRequest, leg *exchangev1.NewOrder) (*venue.Order, error) {
	if leg == nil {
		return nil, nil
	}
	if leg.GetQuantity() != "" {
		return nil, errs.InvalidField(field+".quantity", shown(leg.GetQuantity()), "nothing: it is what the order will have filled")
	}
	order, err := d.linked(field, read.Instrument, asked, leg)
	if err != nil {
		return nil, err
	}
	switch {
	case order.Side == read.Order.Side:
		return nil, errs.InvalidField(field+".side", leg.GetSide(), "the other side than that of the order")
	case order.Display >= read.Order.Lots:
		return nil, errs.InvalidField(field+".display_quantity", shown(leg.GetDisplayQuantity()), "less than the quantity of the order")
	}
	return &order, nil
}

// linked reads an order that goes with the first one, in its instrument.
func (d *Desk) linked(field string, number int32, first *exchangev1.PlaceOrderRequest, asked *exchangev1.NewOrder) (venue.Order, error) {
	if symbol := first.GetOrder().GetSymbol(); asked.GetSymbol() != "" && asked.GetSymbol() != symbol {
		return venue.Order{}, errs.InvalidField(field+".symbol", shown(asked.GetSymbol()), symbol+", as the order has, or nothing")
	}
	return d.newOrder(field, number, asked)
}

func stops(kind matching.Type) bool {
	return kind == matching.Stop || kind == matching.StopLimit || kind == matching.TrailingStop
}

func takesProfit(kind matching.Type) bool {
	return kind == matching.Limit || kind == matching.TakeProfit || kind == matching.TakeProfitLimit
}

// target reads which order of an account is meant.
func target(name string, order uint64, clientID string) (read venue.Target, err error) {
	read = venue.Target{Account: name, Order: order, ClientID: clientID}
	if err := checkAccount(name); err != nil {
		return read, err
	}
	switch {
	case order == 0 && clientID == "":
		return read, errs.InvalidField("order_id", order, "the id of the order at the venue, or client_order_id")
	case order != 0 && clientID != "":
		return read, errs.InvalidField("client_order_id", shown(clientID), "nothing beside order_id")
	case order == 0:
		return read, checkID("client_order_id", clientID)
	}
	return read, nil
}

// replacement reads what is to change of an order. The command names it by its id at the venue, which no other order ever has: the steps
// of prices and quantities are those of its instrument.
func (d *Desk) replacement(order *venue.Record, asked *exchangev1.ReplaceOrderRequest) (changed *venue.Replace, err error) {
	one := &d.Listing.Instruments[order.Instrument]
	changed = &venue.Replace{Target: venue.Target{Account: asked.GetAccount(), Order: order.ID}, RequestID: asked.GetRequestId()}
	if changed.Lots, err = lots("quantity", asked.GetQuantity(), one); err != nil {
		return nil, err
	}
	if changed.Price, err = ticks("price", asked.GetPrice(), one); err != nil {
		return nil, err
	}
	return changed, nil
}

// checkReplacement finds what is wrong with a replacement of whatever order.
func checkReplacement(asked *exchangev1.ReplaceOrderRequest) error {
	if asked.GetQuantity() == "" && asked.GetPrice() == "" {
		return errs.InvalidField("quantity", "", "a new quantity, or a new price, or both")
	}
	return checkID("request_id", asked.GetRequestId())
}

// ticks reads a price, 0 without a text.
func ticks(field, text string, one *instrument.Instrument) (int64, error) {
	price, err := optional(field, text, one.ParsePrice)
	if err == nil && price > matching.MaxPrice {
		err = errs.InvalidField(field, shown(text), "at most "+one.FormatPrice(matching.MaxPrice))
	}
	return price, err
}

// lots reads a quantity, 0 without a text.
func lots(field, text string, one *instrument.Instrument) (int64, error) {
	quantity, err := optional(field, text, one.ParseQuantity)
	if err == nil && quantity > matching.MaxLots {
		err = errs.InvalidField(field, shown(text), "at most "+one.FormatQuantity(matching.MaxLots))
	}
	return quantity, err
}

// expiry reads when an order ends, in nanoseconds; whether that lies in the future is known to the venue.
func expiry(field string, asked *exchangev1.NewOrder) (int64, error) {
	given := asked.GetExpireTime()
	gtd := asked.GetTimeInForce() == exchangev1.TimeInForce_TIME_IN_FORCE_GTD
	switch {
	case given == nil && gtd:
		return 0, errs.InvalidField(field, "", "when the order ends, with TIME_IN_FORCE_GTD")
	case given == nil:
		return 0, nil
	case !gtd:
		return 0, errs.InvalidField(field, given.AsTime().Format(time.RFC3339Nano), "nothing without TIME_IN_FORCE_GTD")
	case !given.IsValid() || given.GetSeconds() < 0 || given.GetSeconds() >= math.MaxInt64/int64(time.Second) || given.AsTime().UnixNano() == 0:
		return 0, errs.InvalidField(field, fmt.Sprintf("%d s %d ns", given.GetSeconds(), given.GetNanos()), "a time after 1970 and before 2262")
	}
	return given.AsTime().UnixNano(), nil
}

// refield names the field of an error as its request does.
func refield(err error, field string) error {
	if refused, ok := errors.AsType[*errs.Error](err); ok {
		return refused.With("field", field)
	}
	return err
}
