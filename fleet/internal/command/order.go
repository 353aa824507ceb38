package command

// An order has an id of the client's own, made here when none is given: when the answer does not come, it is asked for by that id.

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/orders"
	"github.com/trading-ecosystem/fleet/internal/probe"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// OrderCommands are what one can do with orders.
type OrderCommands struct {
	Buy     OrderBuy     `cmd:"" help:"Place an order to buy: at the market, or with --limit."`
	Sell    OrderSell    `cmd:"" help:"Place an order to sell: at the market, or with --limit."`
	Replace OrderReplace `cmd:"" help:"Change the price or the quantity of an open order."`
	Cancel  OrderCancel  `cmd:"" help:"Take an order off the book, or all of them."`
	Show    OrderShow    `cmd:"" help:"Show how an order stands."`
	List    OrderList    `cmd:"" help:"Show the orders of an account, newest first."`
}

// placing is what an order to buy and one to sell have in common.
type placing struct {
	Exchange
	AccountFlag
	What       []string  `arg:"" name:"quantity-and-pair" help:"What to trade, e.g. 0.5 BTC/USD; with --quote the pair alone."`
	Quote      string    `name:"quote" placeholder:"AMOUNT" help:"Quote units to spend or to receive at the market, instead of a quantity."`
	Limit      string    `name:"limit" placeholder:"PRICE" help:"Limit price; without one the order trades at the market."`
	TIF        string    `name:"tif" placeholder:"gtc|ioc|fok|gtd|day" help:"How long it may rest; by default gtc, ioc at the market."`
	Until      time.Time `name:"until" placeholder:"RFC3339" help:"Business time at which it expires (gtd)."`
	PostOnly   bool      `name:"post-only" help:"Refused instead of trading at once."`
	Display    string    `name:"display" placeholder:"QUANTITY" help:"An iceberg: what the book shows at a time."`
	Stop       string    `name:"stop" placeholder:"PRICE" help:"Wait until the market falls (sell) or rises (buy) to this price; --limit makes it a stop-limit order."`
	Profit     string    `name:"take-profit-at" placeholder:"PRICE" help:"Wait until the market rises (sell) or falls (buy) to this price; --limit limits it."`
	Trail      string    `name:"trail" placeholder:"DISTANCE" help:"A stop that follows the market at this distance."`
	TrailFrom  string    `name:"trail-from" placeholder:"PRICE" help:"Where the trail starts; by default the market now."`
	Trigger    string    `name:"trigger" placeholder:"last|best" help:"Price that triggers: of the last trade, the default, or the best opposite one."`
	MaxQuote   string    `name:"max-quote" placeholder:"AMOUNT" help:"Most that a buy may spend which triggers without a limit."`
	OCOStop    string    `name:"oco-stop" placeholder:"PRICE" help:"One cancels the other: a stop beside the --limit order."`
	OCOLimit   string    `name:"oco-limit" placeholder:"PRICE" help:"Makes --oco-stop a stop-limit order."`
	TakeProfit string    `name:"bracket-take-profit" placeholder:"PRICE" help:"Once filled: a limit order on the other side."`
	StopLoss   string    `name:"bracket-stop" placeholder:"PRICE" help:"Once filled: a stop on the other side."`
	StopLimit  string    `name:"bracket-stop-limit" placeholder:"PRICE" help:"Makes --bracket-stop a stop-limit order."`
	STP        string    `name:"stp" placeholder:"none|taker|maker|both|decrement" help:"Which order expires when two of one owner meet; by default the taker."`
	ID         string    `name:"id" help:"The client's own id of the order; one is made when not given."`
}

// OrderBuy places an order to buy.
type OrderBuy struct{ placing }

// Validate implements kong's check of the usage.
func (o *OrderBuy) Validate() error { return o.check(false) }

// Run implements kong's command.
func (o *OrderBuy) Run(ctx context.Context, app *kong.Context) error { return o.place(ctx, app, false) }

// OrderSell places an order to sell.
type OrderSell struct{ placing }

// Validate implements kong's check of the usage.
func (o *OrderSell) Validate() error { return o.check(true) }

// Run implements kong's command.
func (o *OrderSell) Run(ctx context.Context, app *kong.Context) error { return o.place(ctx, app, true) }

func (p *placing) check(sell bool) error {
	if err := p.AccountFlag.Validate(); err != nil {
		return err
	}
	if len(p.What) > 2 {
		return fmt.Errorf("%q is more than a quantity and a pair: want e.g. 0.5 BTC/USD", p.What)
	}
	if p.ID != "" {
		if _, err := parseOrderID(p.ID); err == nil || p.ID == allOrders {
			return fmt.Errorf("--id is %q: want a letter in it, since a number is the exchange's id, and not %q", p.ID, allOrders)
		}
	}
	_, err := p.wanted(sell).Request(p.Account, p.ID)
	return err
}

func (p *placing) wanted(sell bool) orders.Wanted {
	quantity := ""
	if len(p.What) == 2 {
		quantity = p.What[0]
	}
	return orders.Wanted{
		Symbol: p.What[len(p.What)-1], Sell: sell, Quantity: quantity, Quote: p.Quote, Limit: p.Limit, Stop: p.Stop, Profit: p.Profit,
		Trail: p.Trail, From: p.TrailFrom, Trigger: p.Trigger, MaxQuote: p.MaxQuote, TIF: p.TIF, Until: p.Until, PostOnly: p.PostOnly,
		Display: p.Display, STP: p.STP, OCOStop: p.OCOStop, OCOLimit: p.OCOLimit,
		BracketProfit: p.TakeProfit, BracketStop: p.StopLoss, BracketLimit: p.StopLimit,
	}
}

func (p *placing) place(ctx context.Context, app *kong.Context, sell bool) error {
	id := p.ID
	if id == "" {
		id = map[bool]string{false: "buy-", true: "sell-"}[sell] + uuid.NewString()[:8]
	}
	request, err := p.wanted(sell).Request(p.Account, id)
	if err != nil {
		return err
	}
	return p.ask(ctx, func(ctx context.Context, exchange services) error {
		placed, err := exchange.orders.PlaceOrder(ctx, request)
		if isUnanswered(err) {
			asked := orderName{account: p.Account, clientID: id}
			return p.lookUp(ctx, app, exchange, asked, err, "the same command with --id "+id+" is safe to repeat")
		}
		if err != nil {
			return err
		}
		return p.answer(app, placed, tables(append([]*exchangev1.Order{placed.GetOrder()}, placed.GetLinkedOrders()...), placed.GetFills())...)
	})
}

// tables are those of orders and of what they have traded, if anything.
func tables(shown []*exchangev1.Order, fills []*exchangev1.Fill) []string {
	text := []string{orders.Table(shown)}
	if len(fills) > 0 {
		text = append(text, orders.Fills(fills))
	}
	return text
}

// isUnanswered tells of a call of which nobody knows whether it has acted.
func isUnanswered(err error) bool {
	switch status.Code(err) {
	case codes.DeadlineExceeded, codes.Unavailable, codes.Canceled:
		return !probe.NotSent(err)
	}
	return false
}

// lookUp asks what became of an order when the call that was to place or change it had no answer; without such an order it says what
// to do next.
func (e Exchange) lookUp(ctx context.Context, app *kong.Context, exchange services, name orderName, unanswered error, next string) error {
	found, err := exchange.orders.GetOrder(ctx, name.get())
	switch status.Code(err) {
	case codes.OK:
		fmt.Fprintf(app.Stderr, "fleet: the call was not answered (%s): this is how order %s stands\n", probe.Reason(unanswered), name)
		return e.answer(app, found, orders.Table([]*exchangev1.Order{found.GetOrder()}))
	case codes.NotFound:
		return fmt.Errorf("the call was not answered (%s), and account %s has no order %s: %s", probe.Reason(unanswered), name.account, name, next)
	}
	return fmt.Errorf("nobody knows yet whether the exchange has acted on order %s (%s): `fleet order show %s --account %s` asks it",
		name, probe.Reason(unanswered), name, name.account)
}

// allOrders stands for all orders where an id is wanted.
const allOrders = "all"

// orderName is an order by one of its ids.
type orderName struct {
	account  string
	id       uint64
	clientID string
}

func (n orderName) String() string {
	if n.clientID != "" {
		return n.clientID
	}
	return strconv.FormatUint(n.id, 10)
}

func (n orderName) get() *exchangev1.GetOrderRequest {
	return &exchangev1.GetOrderRequest{Account: n.account, OrderId: n.id, ClientOrderId: n.clientID}
}

var digits = regexp.MustCompile(`^[0-9]+$`)

// parseOrderID reads an id of the exchange's own.
func parseOrderID(text string) (uint64, error) {
	if !digits.MatchString(text) {
		return 0, errors.New("no number")
	}
	return strconv.ParseUint(text, 10, 64)
}

// nameOf reads an id: a number is the exchange's, anything else the client's.
func nameOf(account, text string) orderName {
	if id, err := parseOrderID(text); err == nil {
		return orderName{account: account, id: id}
	}
	return orderName{account: account, clientID: text}
}
