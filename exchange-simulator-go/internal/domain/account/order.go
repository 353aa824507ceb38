// This file holds what orders need: before an order is placed what it could cost is held, and as it trades, changes and
// ends the hold follows it, so that what is held is always exactly what the open orders could still cost.

package account

import (
	"math"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Side of an order.
type Side uint8

// The sides.
const (
	Buy Side = iota
	Sell
)

// Order is what the ledger has to know of an order.
type Order struct {
	ID         uint64 // unique among the open orders of the venue
	Account    int32
	Instrument int32
	Side       Side
	Price      int64 // ticks, the limit; 0 for an order without one
	Lots       int64 // open lots, hidden ones included; 0 for an order by quote
	Quote      int64 // units of the quote asset that an order by quote is to spend or to receive
	Paired     bool  // with another one that comes with it: both count as open
	// Budget is the most that the order may cost, fees included, in units of the asset that it pays with (quote for a buy,
	// base for a sell). An order without a limit price that buys needs one, as does an order by quote; of an order that
	// trades at once it can be what is available, of one that waits for a trigger it is its max_quote.
	Budget int64
}

// hold is what is held for one order: Lots of it cost at most perLot each, or it has a budget.
type hold struct {
	order      uint64
	account    int32
	instrument int32
	peer       int32 // the hold of the other leg of an OCO, or the next free one
	feeRate    int32 // the most that a fee in quote may be, in 10^-8, of a buy
	side       Side
	budgeted   bool
	perLot     int64 // of an order without a budget, units
	lots       int64 // open; 0 by quote
	budget     int64 // left of it, units
}

// amount is what the order could still cost.
func (h *hold) amount() int64 {
	if h.budgeted {
		return h.budget
	}
	return h.perLot * h.lots
}

// Place holds what an order could cost: a sell its lots, a buy its lots at its limit price with the highest fee where fees
// are taken in quote, an order with a budget that budget. It does not look at the rules that Check is for.
// INSUFFICIENT_BALANCE, MAX_QUOTE_REQUIRED, ORDER_ID_REUSED, INVALID_AMOUNT, UNKNOWN_ACCOUNT, UNKNOWN_SYMBOL.
func (l *Ledger) Place(o *Order) error {
	h, err := l.holdFor(o)
	if err != nil {
		return err
	}
	if err := l.hold("order", h.account, l.pays(&h), h.amount()); err != nil {
		return err
	}
	l.insert(h)
	return nil
}

// PlacePair holds what two orders could cost of which one cancels the other, on the same side of one instrument and
// account: the larger of both. Once one trades, the hold of the other is released.
// Errors as of Place; INVALID_TRADE when they are no pair.
func (l *Ledger) PlacePair(a, b *Order) error {
	first, err := l.holdFor(a)
	if err != nil {
		return err
	}
	second, err := l.holdFor(b)
	if err != nil {
		return err
	}
	if first.account != second.account || first.instrument != second.instrument || first.side != second.side || a.ID == b.ID {
		return refuse(InvalidTrade, "pair of orders", a.ID, "two orders on one side of one instrument of one account")
	}
	if err := l.hold("pair of orders", first.account, l.pays(&first), max(first.amount(), second.amount())); err != nil {
		return err
	}
	l.insert(first)
	l.insert(second)
	l.link(l.orders.Find(a.ID), l.orders.Find(b.ID))
	return nil
}

// Adjust changes the price (0 keeps it) and the open lots of an order and holds what it then could cost: before an order
// is replaced, and when lots are lost without a trade. An order with a budget keeps it. 0 lots release it.
// UNKNOWN_ORDER, INSUFFICIENT_BALANCE, INVALID_AMOUNT.
func (l *Ledger) Adjust(order uint64, price, lots int64) error {
	slot := l.orders.Find(order)
	if slot == 0 {
		return refuse(UnknownOrder, "order", order, "an order that is open")
	}
	if lots == 0 {
		l.Release(order)
		return nil
	}
	changed := l.holds[slot]
	changed.lots = lots
	if lots < 0 || price < 0 {
		return refuse(InvalidAmount, "quantity", lots, "more than 0 lots, and no negative price")
	}
	if !changed.budgeted && price > 0 && changed.side == Buy {
		var ok bool
		if changed.perLot, changed.feeRate, ok = l.lotCost(&l.listing.Instruments[changed.instrument], price); !ok {
			return refuse(InvalidAmount, "price", price, "a price at which the order can be valued")
		}
	}
	if _, ok := decimal.Mul(changed.perLot, lots); !ok {
		return refuse(InvalidAmount, "quantity", lots, "an order whose value is in range")
	}
	return l.change(slot, &changed)
}

// Lose takes lots from what is held for an order that lost them without a trade; nothing happens when nothing is held.
func (l *Ledger) Lose(order uint64, lots int64) {
	slot := l.orders.Find(order)
	if slot == 0 {
		return
	}
	less := l.holds[slot]
	if less.lots -= lots; less.lots <= 0 {
		l.Release(order)
		return
	}
	_ = l.change(slot, &less) // freeing cannot fail
}

// Kept is what was held for an order before it was adjusted.
type Kept struct{ hold hold }

// Keep returns what is held for an order, for Restore.
func (l *Ledger) Keep(order uint64) Kept { return Kept{l.holds[l.orders.Find(order)]} }

// Restore undoes an Adjust, at the fee rate of back then; nothing else may have been held or freed since Keep.
func (l *Ledger) Restore(kept Kept) {
	_ = l.change(l.orders.Find(kept.hold.order), &kept.hold) // it was held before
}

// Release ends an order and frees what is held for it; nothing happens when nothing is.
func (l *Ledger) Release(order uint64) {
	slot := l.orders.Find(order)
	if slot == 0 {
		return
	}
	nothing := l.holds[slot]
	nothing.lots, nothing.budget = 0, 0
	_ = l.change(slot, &nothing) // freeing cannot fail
	l.drop(slot)
}

// Held returns what is held for an order in units of the asset that it pays with, 0 when there is no such order. The two
// orders of a pair share the larger amount; each reports its own.
func (l *Ledger) Held(order uint64) int64 { return l.holds[l.orders.Find(order)].amount() }

// Fundable returns how many lots of an order its account could hold for now; of one with a budget all or none. 0 also when
// the order cannot be placed at all.
func (l *Ledger) Fundable(o *Order) int64 {
	h, err := l.holdFor(o)
	if err != nil {
		return 0
	}
	available := l.accounts[h.account].balances[l.pays(&h)].Available
	switch {
	case !h.budgeted:
		return min(h.lots, available/h.perLot)
	case h.budget <= available:
		return h.lots
	}
	return 0
}

// Affordable returns how many of the lots what is held for an order pays for at a price, fees included.
func (l *Ledger) Affordable(now int64, order uint64, price, lots int64) int64 {
	h := &l.holds[l.orders.Find(order)]
	if h.order == 0 {
		return 0
	}
	if h.lots > 0 {
		lots = min(lots, h.lots)
	}
	if !h.budgeted {
		return lots
	}
	one := &l.listing.Instruments[h.instrument]
	if h.side == Sell {
		return min(lots, h.budget/one.BaseUnitsPerLot)
	}
	cost, ok := decimal.Mul(price, one.QuoteUnitsPerTickLot)
	if !ok || cost <= 0 {
		return 0
	}
	spend := h.budget
	if l.fees.InQuote {
		_, taker := l.Rates(now, h.account)
		// n + ceil(n x rate) <= budget exactly when n <= budget / (1 + rate)
		spend, _ = decimal.MulDivDown(spend, RateOne, RateOne+int64(min(taker, h.feeRate)))
	}
	return min(lots, spend/cost)
}

// holdFor checks an order and returns what is to be held for it.
func (l *Ledger) holdFor(o *Order) (h hold, err error) {
	if o.Instrument < 0 || int(o.Instrument) >= len(l.listing.Instruments) {
		return h, refuse(UnknownSymbol, "instrument", o.Instrument, "the index of an instrument")
	}
	one := &l.listing.Instruments[o.Instrument]
	if err := l.known(o.Account, one.Base); err != nil {
		return h, err
	}
	if o.ID == 0 || l.orders.Find(o.ID) != 0 {
		return h, refuse(OrderIDReused, "order", o.ID, "an id above 0 that no open order has")
	}
	if o.Price < 0 || o.Lots < 0 || o.Budget < 0 || o.Lots == 0 && o.Budget == 0 {
		return h, refuse(InvalidAmount, "quantity", o.Lots, "more than 0 lots, or a budget")
	}
	h = hold{order: o.ID, account: o.Account, instrument: o.Instrument, side: o.Side, lots: o.Lots, budget: o.Budget, budgeted: o.Budget > 0}
	ok := true
	switch {
	case h.budgeted:
		h.feeRate = l.heldRate()
	case o.Side == Sell:
		h.perLot = one.BaseUnitsPerLot
	case o.Price == 0:
		return h, refuse(MaxQuoteRequired, "max_quote", 0, "the most that a buy without a limit price may spend")
	default:
		h.perLot, h.feeRate, ok = l.lotCost(one, o.Price)
	}
	if _, fits := decimal.Mul(h.perLot, h.lots); !ok || !fits {
		return h, refuse(InvalidAmount, "quantity", one.FormatQuantity(o.Lots), "an order whose value is in range")
	}
	return h, nil
}

// lotCost is what one lot costs at most at a price, with the highest fee, and the rate of that fee. Rounding the fee up
// for each lot covers every way in which the lots can be filled, since each fill rounds up once.
func (l *Ledger) lotCost(one *instrument.Instrument, price int64) (units int64, rate int32, ok bool) {
	cost, ok := decimal.Mul(price, one.QuoteUnitsPerTickLot)
	if !ok {
		return 0, 0, false
	}
	rate = l.heldRate()
	fee, _ := decimal.MulDivUp(cost, int64(rate), RateOne) // the rate is below 1
	units, ok = decimal.Add(cost, fee)
	return units, rate, ok
}

// heldRate is the rate of the fee that is held for a buy.
func (l *Ledger) heldRate() int32 {
	if l.fees.InQuote {
		return l.fees.highest()
	}
	return 0
}

// pays returns the asset that an order pays with.
func (l *Ledger) pays(h *hold) int32 {
	if h.side == Buy {
		return l.listing.Instruments[h.instrument].Quote
	}
	return l.listing.Instruments[h.instrument].Base
}

// change makes a hold what it is to become, and holds or frees the difference. Of a pair the larger leg counts.
func (l *Ledger) change(slot int32, to *hold) error {
	h := &l.holds[slot]
	before, after := h.amount(), to.amount()
	lotsBefore, lotsAfter := h.lots, to.lots
	if h.peer != 0 {
		peer := &l.holds[h.peer]
		before, after = max(before, peer.amount()), max(after, peer.amount())
		lotsBefore, lotsAfter = max(lotsBefore, peer.lots), max(lotsAfter, peer.lots)
	}
	if err := l.hold("order", h.account, l.pays(h), after-before); err != nil {
		return err
	}
	l.open(h, lotsAfter-lotsBefore)
	*h = *to
	return nil
}

// insert keeps a new hold.
func (l *Ledger) insert(h hold) {
	slot := l.freeHold
	if slot == 0 {
		slot = int32(len(l.holds))
		l.holds = append(l.holds, h)
	} else {
		l.freeHold = l.holds[slot].peer
		l.holds[slot] = h
	}
	l.orders.Add(h.order, slot)
	l.open(&h, h.lots)
	l.accounts[h.account].positions[h.instrument].Orders++
}

// link makes two holds a pair whose lots count once.
func (l *Ledger) link(a, b int32) {
	first, second := &l.holds[a], &l.holds[b]
	first.peer, second.peer = b, a
	l.open(first, -min(first.lots, second.lots))
}

// drop forgets a hold for which nothing is held any more.
func (l *Ledger) drop(slot int32) {
	h := &l.holds[slot]
	l.accounts[h.account].positions[h.instrument].Orders--
	if h.peer != 0 {
		l.holds[h.peer].peer = 0
	}
	l.orders.Remove(h.order)
	*h = hold{peer: l.freeHold}
	l.freeHold = slot
}

// open counts open lots on a side of a position.
func (l *Ledger) open(h *hold, lots int64) {
	position := &l.accounts[h.account].positions[h.instrument]
	if h.side == Buy {
		position.OpenBuys += lots
	} else {
		position.OpenSells += lots
	}
}

// orMost is the value, or the largest one when it is out of range; for figures that are only compared.
func orMost(value int64, ok bool) int64 {
	if ok {
		return value
	}
	return math.MaxInt64
}
