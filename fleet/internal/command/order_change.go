package command

// What happens to an order after it was placed. An order is named by the exchange's number or by the client's own id.

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	"github.com/trading-ecosystem/fleet/internal/orders"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

const seeList = "`fleet order list` shows what there is"

// OrderReplace changes an order.
type OrderReplace struct {
	Exchange
	AccountFlag
	ID       string `arg:"" name:"id" help:"The order: the exchange's number or the client's own id."`
	Price    string `name:"price" placeholder:"PRICE" help:"New limit price; the order loses its place in the queue."`
	Quantity string `name:"quantity" placeholder:"QUANTITY" help:"New total quantity, fills included; a smaller one keeps the place in the queue."`
}

// Validate implements kong's check of the usage.
func (o *OrderReplace) Validate() error {
	if err := o.AccountFlag.Validate(); err != nil {
		return err
	}
	if o.Price == "" && o.Quantity == "" {
		return errors.New("nothing changes: want --price or --quantity")
	}
	for flag, value := range map[string]string{"--price": o.Price, "--quantity": o.Quantity} {
		if value != "" && !decimal.Positive(value) {
			return fmt.Errorf("%s is %q: want a plain decimal above 0, e.g. 0.5", flag, value)
		}
	}
	return nil
}

// Run implements kong's command.
func (o *OrderReplace) Run(ctx context.Context, app *kong.Context) error {
	name := nameOf(o.Account, o.ID)
	request := &exchangev1.ReplaceOrderRequest{
		Account: o.Account, OrderId: name.id, ClientOrderId: name.clientID, RequestId: "replace-" + uuid.NewString()[:8],
		Quantity: o.Quantity, Price: o.Price,
	}
	return o.ask(ctx, func(ctx context.Context, exchange services) error {
		replaced, err := exchange.orders.ReplaceOrder(ctx, request)
		if isUnanswered(err) {
			return o.lookUp(ctx, app, exchange, name, err, seeList)
		}
		if err != nil {
			return err
		}
		return o.answer(app, replaced, tables([]*exchangev1.Order{replaced.GetOrder()}, replaced.GetFills())...)
	})
}

// OrderCancel cancels orders.
type OrderCancel struct {
	Exchange
	AccountFlag
	ID     string `arg:"" name:"id" help:"The order: the exchange's number, the client's own id, or all."`
	Symbol string `name:"symbol" placeholder:"BTC/USD" help:"With all: only those of this pair."`
}

// Validate implements kong's check of the usage.
func (o *OrderCancel) Validate() error {
	if o.Symbol != "" && o.ID != allOrders {
		return fmt.Errorf("--symbol goes with %q: one order is named by its id alone", allOrders)
	}
	return o.AccountFlag.Validate()
}

// Run implements kong's command.
func (o *OrderCancel) Run(ctx context.Context, app *kong.Context) error {
	return o.ask(ctx, func(ctx context.Context, exchange services) error {
		if o.ID == allOrders {
			answer, err := exchange.orders.CancelAllOrders(ctx, &exchangev1.CancelAllOrdersRequest{Account: o.Account, Symbol: o.Symbol})
			if err != nil {
				return err
			}
			return o.answer(app, answer, fmt.Sprintf("%d cancelled\n", answer.GetCancelled()))
		}
		name := nameOf(o.Account, o.ID)
		answer, err := exchange.orders.CancelOrder(ctx, &exchangev1.CancelOrderRequest{
			Account: o.Account, OrderId: name.id, ClientOrderId: name.clientID,
		})
		if isUnanswered(err) {
			return o.lookUp(ctx, app, exchange, name, err, seeList)
		}
		if err != nil {
			return err
		}
		return o.answer(app, answer, orders.Table([]*exchangev1.Order{answer.GetOrder()}))
	})
}

// OrderShow shows one order.
type OrderShow struct {
	Exchange
	AccountFlag
	ID string `arg:"" name:"id" help:"The order: the exchange's number or the client's own id."`
}

// Run implements kong's command.
func (o *OrderShow) Run(ctx context.Context, app *kong.Context) error {
	return o.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.orders.GetOrder(ctx, nameOf(o.Account, o.ID).get())
		if err != nil {
			return err
		}
		return o.answer(app, answer, orders.Table([]*exchangev1.Order{answer.GetOrder()}))
	})
}

// OrderList shows orders.
type OrderList struct {
	Exchange
	ListFlags
	AccountArgument
	Open   bool   `name:"open" help:"Only those that have not ended."`
	Symbol string `name:"symbol" placeholder:"BTC/USD" help:"Only those of this pair."`
}

// Validate implements kong's check of the usage.
func (o *OrderList) Validate() error {
	return cmp.Or(o.AccountArgument.Validate(), o.checkLimit())
}

// Run implements kong's command.
func (o *OrderList) Run(ctx context.Context, app *kong.Context) error {
	return o.ask(ctx, func(ctx context.Context, exchange services) error {
		all := &exchangev1.ListOrdersResponse{}
		if err := o.collect(func(size int32, token string) (int, string, error) {
			page, err := exchange.orders.ListOrders(ctx, &exchangev1.ListOrdersRequest{
				Account: o.Account, Symbol: o.Symbol, OpenOnly: o.Open, PageSize: size, PageToken: token,
			})
			all.Orders = append(all.Orders, page.GetOrders()...)
			all.NextPageToken = page.GetNextPageToken()
			return len(page.GetOrders()), page.GetNextPageToken(), err
		}); err != nil {
			return err
		}
		return o.answer(app, all, orders.Table(all.GetOrders()))
	})
}
