// This file is how an engine reaches the accounts during a match.

package venue

import (
	"fmt"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// funds implements matching.Funds for one instrument.
type funds struct {
	venue      *Venue
	instrument int32
}

// Affordable implements matching.Funds.
func (f *funds) Affordable(taker uint64, _ int32, _ book.Side, price, lots int64) int64 {
	return f.venue.ledger.Affordable(f.venue.run.business, taker, price, lots)
}

// Settle implements matching.Funds. Both orders are held for, so it cannot fail but by a bug, after which no state could be right.
func (f *funds) Settle(t *matching.Event) {
	v := f.venue
	v.trades++
	settled, entries, err := v.ledger.Settle(v.run.business, &account.Trade{
		ID: v.trades, Instrument: f.instrument, Price: t.Price, Lots: t.Lots, Taker: t.Order, Maker: t.Maker,
		Auction: t.Reason == matching.AtCall,
	}, v.run.entries[:0])
	if err != nil {
		panic(fmt.Sprintf("settle trade %d of orders %d and %d: %v", v.trades, t.Order, t.Maker, err))
	}
	v.run.entries = entries
	v.run.settled = append(v.run.settled, settled)
}

// Activate implements matching.Funds: it holds for the legs of a bracket as much as their account has.
func (f *funds) Activate(first, second uint64, lots int64) int64 {
	v := f.venue
	legs := [2]account.Order{v.leg(first, lots)}
	count := 1
	if second != 0 {
		legs[1] = v.leg(second, lots)
		count = 2
	}
	for n := range legs[:count] {
		lots = min(lots, v.ledger.Fundable(&legs[n]))
	}
	if lots == 0 {
		return 0
	}
	for n := range legs[:count] {
		legs[n].Lots = lots
	}
	err := v.hold(&legs[0], &legs[1], count == 2)
	if err != nil {
		panic(fmt.Sprintf("hold for the legs %d and %d of a bracket: %v", first, second, err))
	}
	return lots
}

// leg is what the ledger has to know of a leg.
func (v *Venue) leg(id uint64, lots int64) account.Order {
	r := v.orders.find(id)
	o := v.accountOrder(r.Account, r.Instrument, id, &r.Order)
	o.Lots = lots
	return o
}

// hold places one order with the ledger, or a pair.
func (v *Venue) hold(first, second *account.Order, pair bool) error {
	if pair {
		return v.ledger.PlacePair(first, second)
	}
	return v.ledger.Place(first)
}
