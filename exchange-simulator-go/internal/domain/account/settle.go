// This file moves what a trade moves: both assets between both accounts, and the fees to the venue.

package account

import "github.com/trading-ecosystem/service-kit-go/decimal"

// Trade is one trade of two orders that are held for.
type Trade struct {
	ID         uint64
	Instrument int32
	Price      int64 // ticks
	Lots       int64
	Taker      uint64 // order; in a call auction one side
	Maker      uint64 // order; in a call auction the other side
	Auction    bool   // of a call auction, where both pay as takers
}

// Charge is a fee.
type Charge struct {
	Fee   int64 // units of the asset; negative is a rebate
	Asset int32
}

// Settlement is what a trade moved.
type Settlement struct {
	Base     int64 // units of the base asset that went to the buyer, before fees
	Notional int64 // units of the quote asset that went to the seller, before fees
	Taker    Charge
	Maker    Charge
}

// Settle moves what a trade moves, frees what the buyer saved against its limit price, and appends the postings to the
// entries. The other leg of a pair is released, and so is an order without open lots; an order by quote is until Release.
// It fails, and changes nothing, only for what no matching of held orders gives: UNKNOWN_ORDER, INVALID_TRADE,
// INSUFFICIENT_BALANCE.
func (l *Ledger) Settle(now int64, t *Trade, entries []Entry) (Settlement, []Entry, error) {
	taker, maker := l.orders.Find(t.Taker), l.orders.Find(t.Maker)
	if taker == 0 || maker == 0 {
		return Settlement{}, entries, refuse(UnknownOrder, "trade", t.ID, "two orders that are open")
	}
	buy, sell := &l.holds[taker], &l.holds[maker]
	takerBuys := buy.side == Buy
	if !takerBuys {
		buy, sell = sell, buy
	}
	s, err := l.charge(now, t, buy, sell, takerBuys)
	if err != nil {
		return Settlement{}, entries, err
	}
	buyer, seller := buy.account, sell.account
	buyFee, sellFee := s.Taker, s.Maker
	if !takerBuys {
		buyFee, sellFee = sellFee, buyFee
	}
	one := &l.listing.Instruments[t.Instrument]
	cost := s.Notional
	if l.fees.InQuote {
		cost += buyFee.Fee
	}
	if err := l.payable(t, buy, sell, cost, s.Base); err != nil {
		return Settlement{}, entries, err
	}
	l.spend(taker, t.Lots, cost, s.Base)
	l.spend(maker, t.Lots, cost, s.Base)
	for _, posting := range [...]Entry{
		{t.ID, s.Base, buyer, one.Base, TradeEntry},
		{t.ID, -s.Notional, buyer, one.Quote, TradeEntry},
		{t.ID, -s.Base, seller, one.Base, TradeEntry},
		{t.ID, s.Notional, seller, one.Quote, TradeEntry},
		{t.ID, -buyFee.Fee, buyer, buyFee.Asset, FeeEntry},
		{t.ID, buyFee.Fee, Venue, buyFee.Asset, FeeEntry},
		{t.ID, -sellFee.Fee, seller, sellFee.Asset, FeeEntry},
		{t.ID, sellFee.Fee, Venue, sellFee.Asset, FeeEntry},
	} {
		if posting.Amount != 0 {
			l.accounts[posting.Account].balances[posting.Asset].Available += posting.Amount
			entries = append(entries, posting)
		}
	}
	l.accounts[buyer].positions[t.Instrument].trade(t.Lots, s.Notional)
	l.accounts[seller].positions[t.Instrument].trade(-t.Lots, -s.Notional)
	l.countVolume(now, t, &s, [2]int32{buyer, seller})
	return s, entries, nil
}

// charge values a trade and works out its fees.
func (l *Ledger) charge(now int64, t *Trade, buy, sell *hold, takerBuys bool) (s Settlement, err error) {
	if buy.side != Buy || sell.side != Sell || buy.instrument != t.Instrument || sell.instrument != t.Instrument ||
		t.Lots <= 0 || t.Price <= 0 {
		return s, refuse(InvalidTrade, "trade", t.ID, "a buy and a sell of the instrument, lots and a price")
	}
	one := &l.listing.Instruments[t.Instrument]
	var ok, valued bool
	s.Base, ok = one.BaseUnits(t.Lots)
	s.Notional, valued = one.Notional(t.Price, t.Lots)
	if !ok || !valued {
		return s, refuse(InvalidTrade, "trade", t.ID, "a value in range")
	}
	taker, maker := buy.account, sell.account
	if !takerBuys {
		taker, maker = maker, taker
	}
	makerRate, _ := l.Rates(now, maker)
	_, takerRate := l.Rates(now, taker)
	if t.Auction {
		_, makerRate = l.Rates(now, maker)
	}
	if takerBuys {
		s.Taker, s.Maker = l.buyFee(&s, one.Base, one.Quote, takerRate, buy.feeRate), sellFee(&s, one.Quote, makerRate)
	} else {
		s.Taker, s.Maker = sellFee(&s, one.Quote, takerRate), l.buyFee(&s, one.Base, one.Quote, makerRate, buy.feeRate)
	}
	// A taker may have held less than the rebate's rate, where rates were changed in between.
	s.Maker.Fee = max(s.Maker.Fee, -s.Taker.Fee)
	return s, nil
}

// buyFee is what a buyer pays: of the base that it receives, or in quote, of which it never pays more than it has held.
func (l *Ledger) buyFee(s *Settlement, base, quote, rate, held int32) Charge {
	if l.fees.InQuote {
		return Charge{Fee: feeOf(s.Notional, min(rate, held)), Asset: quote}
	}
	return Charge{Fee: feeOf(s.Base, rate), Asset: base}
}

// sellFee is what a seller pays of the quote that it receives.
func sellFee(s *Settlement, quote, rate int32) Charge {
	return Charge{Fee: feeOf(s.Notional, rate), Asset: quote}
}

// feeOf rounds in the venue's favour: a fee up, a rebate down.
func feeOf(amount int64, rate int32) int64 {
	divide := decimal.MulDivUp
	if rate < 0 {
		divide = decimal.MulDivDown
	}
	fee, _ := divide(amount, int64(rate), RateOne) // below the amount, since the rate is below 1
	return fee
}

// payable checks that both holds cover the trade.
func (l *Ledger) payable(t *Trade, buy, sell *hold, cost, base int64) error {
	for _, side := range [...]struct {
		h      *hold
		amount int64
	}{{buy, cost}, {sell, base}} {
		h := side.h
		if h.lots < t.Lots && !(h.lots == 0 && h.budgeted) {
			return refuse(InvalidTrade, "trade", t.ID, "no more lots than the orders have open")
		}
		if covered := h.covers(t.Lots); side.amount > covered {
			return l.insufficient("trade", l.pays(h), side.amount, covered)
		}
	}
	return nil
}

// covers is what is held for lots of an order.
func (h *hold) covers(lots int64) int64 {
	if h.budgeted {
		return h.budget
	}
	return h.perLot * lots
}

// spend takes the lots of a trade out of a hold. All that the order had held for them becomes available, for the postings
// to take.
func (l *Ledger) spend(slot int32, lots, cost, base int64) {
	if peer := l.holds[slot].peer; peer != 0 {
		l.Release(l.holds[peer].order)
	}
	after := l.holds[slot]
	if after.budgeted {
		if after.side == Buy {
			after.budget -= cost
		} else {
			after.budget -= base
		}
	}
	byQuote := after.lots == 0
	after.lots = max(after.lots-lots, 0)
	if !byQuote && after.lots == 0 {
		l.Release(after.order)
		return
	}
	_ = l.change(slot, &after) // freeing cannot fail
}
