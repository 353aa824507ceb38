// This file changes and takes out orders, and shows them.

package venue

import (
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Order returns an order of an account. NOT_FOUND (UNKNOWN_ACCOUNT, UNKNOWN_ORDER), INVALID_ARGUMENT.
func (v *Venue) Order(target Target) (*Record, error) {
	r, err := v.target(&target)
	if err != nil {
		return nil, err
	}
	shown := v.shown(r)
	return &shown, nil
}

// target finds the order that is meant.
func (v *Venue) target(t *Target) (*Record, error) {
	number, err := v.ledger.Find(t.Account)
	if err != nil {
		return nil, refuse(err)
	}
	var r *Record
	switch {
	case t.Order == 0 && t.ClientID == "":
		return nil, errs.InvalidField("order_id", 0, "the id of an order, or its client_order_id")
	case t.Order == 0:
		r, _ = v.orders.request(number, t.ClientID)
	default:
		r = v.orders.find(t.Order)
	}
	if r == nil || r.Account != number || t.ClientID != "" && r.ClientID != t.ClientID {
		return nil, unknownOrder(t)
	}
	return r, nil
}

// shown is an order as it is to be shown, with the trigger that it waits for now.
func (v *Venue) shown(r *Record) Record {
	shown := *r
	shown.replaces, shown.before, shown.after = nil, nil, nil
	shown.Trigger = 0
	if r.Status == Pending && r.Order.Type >= matching.Stop {
		shown.Trigger, _ = v.markets[r.Instrument].engine.Trigger(r.ID)
	}
	return shown
}

// Linked appends the other remembered orders of an order's OCO or bracket.
func (v *Venue) Linked(one *Record, records []Record) []Record {
	if one.List == 0 {
		return records
	}
	for id := one.List; id < one.List+3; id++ {
		if r := v.orders.find(id); r != nil && id != one.ID && r.List == one.List {
			records = append(records, v.shown(r))
		}
	}
	return records
}

// Orders appends up to so many remembered orders of an account, newest first, whose id is below before (0 for all) and that keep wants.
// NOT_FOUND (UNKNOWN_ACCOUNT).
func (v *Venue) Orders(name string, before uint64, keep func(*Record) bool, most int, records []Record) ([]Record, error) {
	number, err := v.ledger.Find(name)
	if err != nil {
		return records, refuse(err)
	}
	ids := v.orders.of(number).ids
	last := len(ids)
	if before > 0 {
		last, _ = slices.BinarySearch(ids, before)
	}
	for n := last - 1; n >= 0 && most > 0; n-- {
		r := v.orders.find(ids[n])
		if r == nil || !keep(r) {
			continue
		}
		records = append(records, v.shown(r))
		most--
	}
	return records, nil
}

// cancel takes an order out.
func (v *Venue) cancel(t *Target) Answer {
	r, err := v.open(t)
	if err != nil {
		return Answer{Err: err}
	}
	if err := v.disturbed(r.Instrument, false); err != nil {
		return Answer{Err: err}
	}
	id := r.ID
	v.takeOut(r)
	return Answer{Order: v.shown(v.orders.find(id)), Account: r.Account, Count: v.run.ended}
}

// open finds an order that has not ended.
func (v *Venue) open(t *Target) (*Record, error) {
	r, err := v.target(t)
	if err != nil {
		return nil, err
	}
	if r.Status.Ended() {
		return nil, errs.New(errs.FailedPrecondition, "ORDER_ENDED", "order %d of account %q: it is %s already", r.ID, t.Account, r.Status).
			With("status", r.Status.String())
	}
	if v.ledger.Account(r.Account).Owner == account.Venue {
		return nil, venueAccount(t.Account)
	}
	return r, nil
}

// takeOut cancels an open order.
func (v *Venue) takeOut(r *Record) {
	m := &v.markets[r.Instrument]
	v.arrive(m)
	v.worked(r.Instrument, m.engine.Cancel(r.ID, v.buffer()))
}

// cancelAll takes out all orders of an account.
func (v *Venue) cancelAll(c *CancelAll) Answer {
	number, err := v.ledger.Find(c.Account)
	if err != nil {
		return refusal(err)
	}
	if err := v.knows(c.Instrument); err != nil {
		return Answer{Err: err}
	}
	for n := range v.each(c.Instrument) {
		if err := v.disturbed(n, false); err != nil {
			return Answer{Err: err}
		}
	}
	v.run.reason = "CANCELLED_ALL"
	v.clear(number, c.Instrument)
	return Answer{Count: v.run.ended, Account: number}
}

// clear takes out all open orders of an account in an instrument, or in All.
func (v *Venue) clear(number, instrument int32) {
	v.run.ids = v.run.ids[:0]
	for r := range v.orders.openOf(number) {
		if instrument == All || r.Instrument == instrument {
			v.run.ids = append(v.run.ids, r.ID)
		}
	}
	for _, id := range v.run.ids {
		if v.isOpen(id) { // not gone already with one that it was linked to
			v.takeOut(v.orders.find(id))
		}
	}
}

// session is the orders that were placed in one.
type session struct {
	ids     []uint64 // ascending
	compact int      // length at which those that ended are left out
}

// join notes orders of a session.
func (v *Venue) join(en *entry) {
	number := en.command.Session
	one, known := v.sessions[number]
	if !known {
		one = &session{compact: 1024}
		v.sessions[number] = one
	}
	if len(one.ids) >= one.compact {
		one.ids = slices.DeleteFunc(one.ids, func(id uint64) bool { return !v.isOpen(id) })
		one.compact = max(1024, 2*len(one.ids))
	}
	for n := range en.count {
		one.ids = append(one.ids, en.first+uint64(n))
	}
}

func (v *Venue) isOpen(id uint64) bool {
	r := v.orders.find(id)
	return r != nil && !r.Status.Ended()
}

// disconnect takes out what was placed in a session, or in all of them.
func (v *Venue) disconnect(number uint64) Answer {
	v.run.reason = "DISCONNECTED"
	numbers := []uint64{number}
	if number == 0 {
		numbers = sortedKeys(v.sessions)
	}
	for _, number := range numbers {
		one, known := v.sessions[number]
		if !known {
			continue
		}
		delete(v.sessions, number)
		for _, id := range one.ids {
			if v.isOpen(id) {
				v.takeOut(v.orders.find(id))
			}
		}
	}
	return Answer{Count: v.run.ended}
}

// again is a replacement that was asked for.
type again struct {
	id     string
	digest uint64
}

// replace changes price and quantity of an order.
func (v *Venue) replace(c *Replace) Answer {
	digest := uint64(0)
	if c.RequestID != "" {
		number, err := v.ledger.Find(c.Account)
		if err != nil {
			return refusal(err)
		}
		digest = v.digest(c)
		if known, earlier := v.orders.request(number, c.RequestID); known != nil {
			return v.repeat(known, earlier == digest, c.Account, c.RequestID)
		}
	}
	r, err := v.open(&c.Target)
	if err == nil {
		err = v.disturbed(r.Instrument, false)
	}
	if err == nil {
		err = v.rework(c, r)
	}
	if err != nil {
		return Answer{Err: err}
	}
	if c.RequestID != "" {
		v.orders.replaced(r, c.RequestID, digest)
	}
	return Answer{Order: v.shown(r), Fills: v.run.fills, Account: r.Account}
}

// rework holds what an order costs as it is to become, and lets the engine change it.
func (v *Venue) rework(c *Replace, r *Record) error {
	price, open, err := v.becomes(c, r)
	if err != nil {
		return err
	}
	m := &v.markets[r.Instrument]
	v.arrive(m)
	wasOpen, held, kept := r.Remaining, v.ledger.Held(r.ID) > 0, v.ledger.Keep(r.ID)
	changed := r.Order
	changed.Price, changed.Lots = price, open
	order := v.accountOrder(r.Account, r.Instrument, r.ID, &changed)
	if held {
		if err := v.ledger.Check(v.run.wall, &order); err != nil {
			return refuse(err)
		}
		if err := v.ledger.Adjust(r.ID, price, open); err != nil {
			return refuse(err)
		}
	} else if err := v.ledger.CheckLeg(&order); err != nil {
		return refuse(err)
	}
	v.run.watched = r.ID
	legs := v.resizeLegs(m, r, open)
	matched := m.engine.Replace(&matching.Replacement{ID: r.ID, Price: c.Price, Lots: open}, v.buffer())
	if matched[0].Kind != matching.Rejected {
		v.worked(r.Instrument, matched)
		return nil
	}
	err = v.refused(r.Instrument, &matched[0])
	if held {
		v.ledger.Restore(kept)
	}
	if legs {
		v.resizeLegs(m, r, wasOpen)
	}
	return err
}

// becomes returns the price and the open lots that are asked for.
func (v *Venue) becomes(c *Replace, r *Record) (price, open int64, err error) {
	one := &v.listing.Instruments[r.Instrument]
	price, open = r.Order.Price, r.Remaining
	if c.Price > 0 {
		price = c.Price
	}
	leg := r.List != 0 && r.List != r.ID && v.ledger.Held(r.ID) == 0
	switch {
	case c.Lots == 0 && c.Price == 0:
		return 0, 0, errs.InvalidField("quantity", "", "a new quantity or a new price")
	case c.Price > 0 && r.Order.Price == 0:
		return 0, 0, errs.InvalidField("price", one.FormatPrice(c.Price), "none: the order has no limit price")
	case c.Lots > 0 && (r.Order.Quote > 0 || leg):
		return 0, 0, errs.New(errs.FailedPrecondition, "QUANTITY_FIXED",
			"order %d: its quantity follows from what it spends or from the order before it, and cannot be changed", r.ID)
	case c.Lots > 0 && c.Lots <= r.Filled:
		return 0, 0, errs.New(errs.FailedPrecondition, "QUANTITY_FILLED", "quantity is %s: %s of order %d are filled already; want more, or cancel it",
			one.FormatQuantity(c.Lots), one.FormatQuantity(r.Filled), r.ID).With("filled_quantity", one.FormatQuantity(r.Filled))
	case c.Lots > 0:
		open = c.Lots - r.Filled
	}
	return price, open, nil
}

// resizeLegs gives the legs that wait for an order its lots, filled ones included, and tells whether there are any. Their
// events are of no account before they are activated, which names the lots again.
func (v *Venue) resizeLegs(m *market, r *Record, open int64) bool {
	found := false
	for _, id := range [2]uint64{r.ID + 1, r.ID + 2} {
		leg := v.orders.find(id)
		if leg == nil || r.List != r.ID || leg.List != r.ID || leg.Status != Pending || leg.Order.Side == r.Order.Side {
			continue
		}
		found = true
		v.run.matched = m.engine.Replace(&matching.Replacement{ID: id, Lots: r.Filled + open}, v.run.matched[:0])
		leg.Order.Lots, leg.Remaining = r.Filled+open, r.Filled+open
	}
	return found
}
