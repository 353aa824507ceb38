// This file takes orders.

package venue

import (
	"github.com/cespare/xxhash/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// entry is one Place while it is taken: its orders are numbered from first.
type entry struct {
	command    *Place
	account    int32
	first      uint64
	count      int
	orders     [3]matching.Order
	holds      [3]account.Order
	pair       bool // the first two are an OCO pair; else those after the first are legs
	digest     uint64
	specified  [3]*Order
	instrument int32
}

// place takes an order, a pair or a bracket.
func (v *Venue) place(c *Place) Answer {
	number, err := v.ledger.Find(c.Account)
	if err != nil {
		return refusal(err)
	}
	if v.ledger.Account(number).Owner == account.Venue {
		return Answer{Err: venueAccount(c.Account)}
	}
	if err := v.knowsOne(c.Instrument); err != nil {
		return Answer{Err: err}
	}
	digest := uint64(0)
	if c.ClientID != "" {
		digest = v.digest(c)
		if known, earlier := v.orders.request(number, c.ClientID); known != nil {
			return v.repeat(known, earlier == digest, c.Account, c.ClientID)
		}
	}
	en := entry{command: c, account: number, first: v.lastOrder + 1, digest: digest, instrument: c.Instrument}
	if err := v.admit(&en); err != nil {
		return v.reject(&en, err)
	}
	return v.enter(&en)
}

// digest tells two commands under one id apart: everything but the session counts.
func (v *Venue) digest(c Command) uint64 {
	if placed, is := c.(*Place); is {
		v.run.placed = *placed
		v.run.placed.Session = 0
		c = &v.run.placed
	}
	v.run.bytes = AppendCommand(v.run.bytes[:0], c)
	return xxhash.Sum64(v.run.bytes)
}

// repeat answers a request whose id was used before.
func (v *Venue) repeat(r *Record, same bool, name, id string) Answer {
	if !same {
		return Answer{Err: errs.New(errs.AlreadyExists, "CLIENT_ORDER_ID_REUSED",
			"client id %q of account %q names another request: want a new id, or the same content", id, name).
			With("account", name).With("client_order_id", id)}
	}
	return Answer{Order: v.shown(r), Linked: v.Linked(r, nil), Repeated: true, Account: r.Account}
}

// admit asks everybody who can refuse, and holds what the orders can cost.
func (v *Venue) admit(en *entry) error {
	if err := v.disturbed(en.instrument, true); err != nil {
		return err
	}
	if err := v.compose(en); err != nil {
		return err
	}
	en.holds[0].Paired = en.pair
	if err := v.ledger.Check(v.run.wall, &en.holds[0]); err != nil {
		return refuse(err)
	}
	for n := range en.holds[1:en.count] { // they come with the first, or after it
		if err := v.ledger.CheckLeg(&en.holds[n+1]); err != nil {
			return refuse(err)
		}
	}
	if err := v.hold(&en.holds[0], &en.holds[1], en.pair); err != nil {
		return refuse(err)
	}
	return nil
}

// compose makes the orders that the engine and the ledger see.
func (v *Venue) compose(en *entry) error {
	c := en.command
	first, second := &c.Order, c.Other
	if second != nil && first.Type >= matching.Stop && second.Type < matching.Stop {
		first, second = second, first // the engine wants the one that waits behind the other
	}
	en.add(first)
	if second != nil {
		en.pair = true
		en.add(second)
	} else {
		for _, leg := range [2]*Order{c.TakeProfit, c.StopLoss} {
			if leg != nil {
				en.add(leg)
			}
		}
	}
	for n, o := range en.specified[:en.count] {
		if n > 0 && !en.pair {
			leg := *o
			leg.Lots = c.Order.Lots
			en.specified[n] = &leg
			o = &leg
		}
		id := en.first + uint64(n)
		en.holds[n] = v.accountOrder(en.account, en.instrument, id, o)
		en.orders[n] = v.matchingOrder(en, id, o)
	}
	return v.affords(en)
}

func (en *entry) add(o *Order) {
	en.specified[en.count] = o
	en.count++
}

// matchingOrder is an order as the engine sees it.
func (v *Venue) matchingOrder(en *entry, id uint64, o *Order) matching.Order {
	return matching.Order{
		ID: id, Account: en.account, Owner: v.ledger.Account(en.account).Owner,
		Side: o.Side, Type: o.Type, Force: o.Force, SelfTrade: o.SelfTrade, TriggerBy: o.TriggerBy, PostOnly: o.PostOnly,
		Price: o.Price, Lots: o.Lots, Quote: o.Quote / v.listing.Instruments[en.instrument].QuoteUnitsPerTickLot,
		Display: o.Display, Trigger: o.Trigger, Trail: o.Trail, Expiry: o.Expiry,
	}
}

// accountOrder is an order as the ledger sees it. What trades at once and says not what it costs may cost all that is available.
func (v *Venue) accountOrder(number, instrument int32, id uint64, o *Order) account.Order {
	one := &v.listing.Instruments[instrument]
	held := account.Order{
		ID: id, Account: number, Instrument: instrument, Side: account.Side(o.Side), Price: o.Price, Lots: o.Lots, Quote: o.Quote,
	}
	switch {
	case o.Type == matching.Market && o.Side == book.Buy:
		held.Budget = v.ledger.Balance(number, one.Quote).Available
	case o.Type == matching.Market && o.Quote > 0:
		held.Budget = v.ledger.Balance(number, one.Base).Available
	default:
		held.Budget = o.MaxQuote
	}
	return held
}

// affords refuses a market order whose account has nothing to pay with, or less than it is to spend.
func (v *Venue) affords(en *entry) error {
	o, held := en.specified[0], &en.holds[0]
	if o.Type != matching.Market || o.Side == book.Sell && o.Quote == 0 {
		return nil
	}
	one := &v.listing.Instruments[en.instrument]
	asset, needed := &v.listing.Assets[one.Quote], o.Quote
	switch {
	case o.Quote > 0 && en.orders[0].Quote == 0:
		return errs.New(errs.FailedPrecondition, account.MinNotional.String(),
			"quote_quantity is %s: want at least %s", asset.Format(o.Quote), asset.Format(one.MinNotional))
	case o.Side == book.Sell:
		asset, needed = &v.listing.Assets[one.Base], 1
	case needed == 0:
		needed = one.QuoteUnitsPerTickLot
	}
	if held.Budget >= needed {
		return nil
	}
	return insufficient(asset, needed, held.Budget)
}

// enter gives what was admitted to the engine.
func (v *Venue) enter(en *entry) Answer {
	m := &v.markets[en.instrument]
	v.arrive(m)
	sequence := v.events
	for n := range en.orders[:en.count] {
		v.orders.add(v.record(en, n))
	}
	v.lastOrder += uint64(en.count)
	matched := v.match(m, en)
	if matched[0].Kind == matching.Rejected {
		return v.reject(en, v.revoke(en, &matched[0]))
	}
	main := en.first
	if en.specified[0] != &en.command.Order {
		main++
	}
	v.run.watched = main
	v.orders.remember(en.account, v.run.business)
	v.worked(en.instrument, matched)
	r := v.orders.find(main)
	for n := range en.orders[:en.count] {
		one := v.orders.find(en.first + uint64(n))
		one.First, one.Last = sequence+1, v.events
	}
	if en.command.Session != 0 {
		v.join(en)
	}
	a := Answer{Order: v.shown(r), Fills: v.run.fills, Account: en.account}
	if en.count > 1 {
		a.Linked = v.Linked(r, nil)
	}
	return a
}

// record is one of the orders as the venue remembers it.
func (v *Venue) record(en *entry, n int) Record {
	o := en.specified[n]
	r := Record{
		ID: en.first + uint64(n), Account: en.account, Instrument: en.instrument, Order: *o, Status: Working,
		Remaining: o.Lots, Created: v.run.business, Updated: v.run.business, session: en.command.Session,
	}
	if o.Type >= matching.Stop || (n > 0 && !en.pair) {
		r.Status = Pending
	}
	if en.count > 1 {
		r.List = en.first
	}
	if o == &en.command.Order {
		r.ClientID, r.digest = en.command.ClientID, en.digest
	}
	return r
}

// match lets the engine take the orders.
func (v *Venue) match(m *market, en *entry) []matching.Event {
	switch {
	case en.pair:
		return m.engine.PlaceOCO(v.run.business, &en.orders[0], &en.orders[1], v.buffer())
	case en.count > 1:
		return m.engine.PlaceBracket(v.run.business, &en.orders[0], en.orders[1:en.count], v.buffer())
	default:
		return m.engine.Place(v.run.business, &en.orders[0], v.buffer())
	}
}

// revoke takes back what was held and remembered for orders that the engine refused, and says why.
func (v *Venue) revoke(en *entry, rejected *matching.Event) error {
	v.run.matched = v.run.matched[:0]
	for n := en.count - 1; n >= 0; n-- {
		id := en.first + uint64(n)
		v.ledger.Release(id)
		v.orders.drop(id)
	}
	v.lastOrder -= uint64(en.count)
	return v.refused(en.instrument, rejected)
}

// reject answers with a refusal, and reports it where a rule of the venue made it.
func (v *Venue) reject(en *entry, err error) Answer {
	var classified *errs.Error
	if isRule(err, &classified) {
		o := &en.command.Order
		v.send(Event{
			Kind: OrderRejected, Account: en.account, Instrument: en.instrument, ClientID: en.command.ClientID, Side: o.Side, Type: o.Type,
			Price: o.Price, Lots: o.Lots, Reason: classified.Reason, Text: classified.Message,
		})
	}
	return Answer{Err: err, Account: en.account}
}

// knowsOne checks an instrument that must be a single one.
func (v *Venue) knowsOne(instrument int32) error {
	if instrument == All {
		instrument = int32(len(v.markets))
	}
	return v.knows(instrument)
}
