// This file holds what is asked before an order is taken: the bounds of the instrument, and those of the account.

package account

import (
	"strconv"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Check tells whether an order may be placed at the time, or replaced when one with its id is open. It counts for the order
// rate even when it is refused for another reason; but for that it changes nothing. An order without a limit price is
// valued at the reference price; without a reference, bounds that need one do not apply.
// ACCOUNT_BLOCKED, ORDER_RATE_EXCEEDED, MIN_QUANTITY, MAX_QUANTITY, MIN_NOTIONAL, PRICE_OUT_OF_BAND, TOO_MANY_ORDERS,
// MAX_ORDER_QUANTITY, MAX_ORDER_NOTIONAL, PRICE_COLLAR, MAX_POSITION, UNKNOWN_ACCOUNT, UNKNOWN_SYMBOL.
func (l *Ledger) Check(now int64, o *Order) error {
	if o.Instrument < 0 || int(o.Instrument) >= len(l.listing.Instruments) {
		return refuse(UnknownSymbol, "instrument", o.Instrument, "the index of an instrument")
	}
	if err := l.known(o.Account, 0); err != nil {
		return err
	}
	owner := &l.accounts[o.Account]
	if owner.limits.Blocked {
		return refuse(AccountBlocked, "account", quoted(owner.Name), "its kill switch set back")
	}
	if err := owner.takeToken(now); err != nil {
		return err
	}
	c := l.checkOf(o)
	if err := c.itself(); err != nil {
		return err
	}
	if err := c.openOrders(); err != nil {
		return err
	}
	return c.position()
}

// CheckLeg tells whether an order may be placed once another one has filled: the bounds of the instrument and the account for
// the order itself. What is open and the position are not looked at, since they will be others by then.
// MIN_QUANTITY, MAX_QUANTITY, MIN_NOTIONAL, PRICE_OUT_OF_BAND, MAX_ORDER_QUANTITY, MAX_ORDER_NOTIONAL, PRICE_COLLAR. Account and
// instrument must exist.
func (l *Ledger) CheckLeg(o *Order) error {
	c := l.checkOf(o)
	return c.itself()
}

func (l *Ledger) checkOf(o *Order) check {
	one := &l.listing.Instruments[o.Instrument]
	return check{
		order: o, one: one, quote: &l.listing.Assets[one.Quote], account: &l.accounts[o.Account],
		reference: l.references[o.Instrument], replaced: &l.holds[l.orders.Find(o.ID)],
	}
}

// itself looks at the order alone.
func (c *check) itself() error {
	c.value()
	if err := c.quantity(); err != nil {
		return err
	}
	if err := c.price(); err != nil {
		return err
	}
	return c.notional()
}

// check is an order under the rules.
type check struct {
	order     *Order
	one       *instrument.Instrument
	quote     *instrument.Asset
	account   *account
	replaced  *hold // of no order unless it is a replacement
	reference int64 // ticks; 0 is none
	worth     int64 // units of the quote asset; 0 is unknown
	lots      int64 // of an order by quote those at the reference price; 0 is unknown
}

// value estimates what is not stated.
func (c *check) value() {
	c.lots, c.worth = c.order.Lots, c.order.Quote
	price := c.order.Price
	if price == 0 {
		price = c.reference
	}
	perLot := orMost(decimal.Mul(price, c.one.QuoteUnitsPerTickLot))
	switch {
	case price == 0:
	case c.lots == 0:
		c.lots = c.worth / perLot
	default:
		c.worth = orMost(decimal.Mul(perLot, c.lots))
	}
}

func (c *check) quantity() error {
	lots := c.order.Lots
	if lots == 0 {
		lots = min(c.lots, c.one.MaxLots) // what an order by quote comes to is not its sender's choice
	}
	limit := c.account.limits.MaxQuantity
	switch {
	case c.order.Lots != 0 && lots < c.one.MinLots:
		return refuse(MinQuantity, "quantity", c.one.FormatQuantity(lots), "at least "+c.one.FormatQuantity(c.one.MinLots))
	case c.one.MaxLots > 0 && lots > c.one.MaxLots:
		return refuse(MaxQuantity, "quantity", c.one.FormatQuantity(lots), "at most "+c.one.FormatQuantity(c.one.MaxLots))
	case limit.Units > 0 && c.beyond(limit, c.lots):
		return refuse(MaxOrderQuantity, "quantity", c.one.FormatQuantity(c.lots), "at most "+limit.String()+", a limit of the account")
	}
	return nil
}

// beyond tells whether lots are more than a quantity.
func (c *check) beyond(quantity decimal.Number, lots int64) bool {
	units := orMost(decimal.Mul(lots, c.one.Lot.Units))
	return quantity.Below(units, c.one.Lot.Scale)
}

func (c *check) price() error {
	price := c.order.Price
	if price == 0 || c.reference == 0 {
		return nil
	}
	up, down := c.one.PriceUp, c.one.PriceDown
	tooHigh := up.Units > 0 && decimal.Product(price, decimal.Pow10(up.Scale)).Compare(decimal.Product(c.reference, up.Units)) > 0
	tooLow := decimal.Product(price, decimal.Pow10(down.Scale)).Compare(decimal.Product(c.reference, down.Units)) < 0
	if tooHigh || tooLow {
		return refuse(PriceOutOfBand, "price", c.one.FormatPrice(price),
			"from "+down.String()+" to "+up.String()+" times the reference price, "+c.one.FormatPrice(c.reference))
	}
	distance := decimal.Product(abs(price-c.reference), 10_000)
	if collar := c.account.limits.CollarBps; collar > 0 && distance.Compare(decimal.Product(c.reference, int64(collar))) > 0 {
		return refuse(PriceCollar, "price", c.one.FormatPrice(price), "at most "+strconv.FormatInt(int64(collar), 10)+
			" basis points from the reference price, "+c.one.FormatPrice(c.reference)+", a limit of the account")
	}
	return nil
}

func (c *check) notional() error {
	limit := c.account.limits.MaxNotional
	switch {
	case c.worth == 0:
		return nil
	case c.worth < c.one.MinNotional:
		return refuse(MinNotional, "price x quantity", c.quote.Format(c.worth), "at least "+c.quote.Format(c.one.MinNotional))
	case limit.Units > 0 && limit.Below(c.worth, c.quote.Scale):
		return refuse(MaxOrderNotional, "price x quantity", c.quote.Format(c.worth), "at most "+limit.String()+", a limit of the account")
	}
	return nil
}

func (c *check) openOrders() error {
	open := c.account.positions[c.order.Instrument].Orders
	if c.order.Paired {
		open++
	}
	if c.one.MaxOpenOrders > 0 && c.replaced.order == 0 && open >= c.one.MaxOpenOrders {
		return refuse(TooManyOrders, "open orders", open, "fewer than "+strconv.FormatInt(int64(c.one.MaxOpenOrders), 10)+": cancel one first")
	}
	return nil
}

// position looks at where the account would stand if all its orders on the side of this one were filled.
func (c *check) position() error {
	limit, position := c.account.limits.MaxPosition, &c.account.positions[c.order.Instrument]
	if limit.Units == 0 {
		return nil
	}
	lots := position.Lots + position.OpenBuys
	if c.order.Side == Sell {
		lots = position.OpenSells - position.Lots
	}
	lots = saturating(lots-c.replaced.lots, c.lots)
	if c.beyond(limit, lots) {
		return refuse(MaxPosition, "position", c.one.FormatQuantity(lots), "at most "+limit.String()+", a limit of the account")
	}
	return nil
}
