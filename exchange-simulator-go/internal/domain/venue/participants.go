// This file lets the venue's own participants act: market makers and noise takers, accounts like any other below the venue's.

package venue

import (
	"math"
	"strconv"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// participant is one maker or taker of an instrument.
type participant struct {
	account int32
	start   int64 // units of the base asset that it was funded with
}

// setReferences brings reference prices and lets the participants of those instruments act.
func (v *Venue) setReferences(quotes []Quote) Answer {
	for _, quote := range quotes {
		if err := v.knowsOne(quote.Instrument); err != nil {
			return Answer{Err: err}
		}
		if !quote.Stale && !(quote.Price >= 0.5 && quote.Price <= matching.MaxPrice) {
			return Answer{Err: errs.InvalidField("price", quote.Price, "0.5 to 2^46 ticks")}
		}
	}
	for _, quote := range quotes {
		v.refer(quote)
		v.act(quote.Instrument)
	}
	v.schedule()
	return Answer{}
}

// refer takes a reference price.
func (v *Venue) refer(quote Quote) {
	m := &v.markets[quote.Instrument]
	if quote.Stale != m.stale {
		m.stale = quote.Stale
		reason := "FRESH"
		if m.stale {
			reason = "STALE"
		}
		v.send(Event{Kind: ReferenceChanged, Instrument: quote.Instrument, Reason: reason})
	}
	if quote.Stale {
		return
	}
	m.reference = quote.Price
	ticks := int64(math.Round(quote.Price))
	v.ledger.SetReference(quote.Instrument, ticks)
	v.run.matched = m.engine.SetReference(ticks, v.run.matched[:0])
}

// act lets the participants of an instrument do what they want to.
func (v *Venue) act(n int32) {
	m := &v.markets[n]
	phase := m.engine.Phase()
	if m.reference == 0 || phase != matching.Continuous && phase != matching.Calling {
		return
	}
	v.hire(n)
	if len(m.makers)+len(m.takers) == 0 {
		return
	}
	r := &v.run
	v.look(n)
	r.intentions = m.source.Step(r.business, &r.view, r.intentions[:0])
	for index := range r.intentions {
		v.carryOut(n, &r.intentions[index])
	}
}

// look fills the view of an instrument.
func (v *Venue) look(n int32) {
	m, view := &v.markets[n], &v.run.view
	view.Reference, view.Stale, view.SpreadMultiplier = m.reference, m.stale, m.multiplier
	view.BestBid, view.BestAsk = bestPrice(m, book.Bids), bestPrice(m, book.Asks)
	view.Takers = view.Takers[:0]
	for _, taker := range m.takers {
		buy, sell := v.means(n, taker.account)
		view.Takers = append(view.Takers, liquidity.Taker{CanBuy: buy, CanSell: sell})
	}
	for len(view.Makers) < len(m.makers) {
		view.Makers = append(view.Makers, liquidity.Maker{})
	}
	view.Makers = view.Makers[:len(m.makers)]
	one := &v.listing.Instruments[n]
	for index, maker := range m.makers {
		seen := &view.Makers[index]
		seen.CanBuy, seen.CanSell = v.means(n, maker.account)
		seen.Inventory = (v.ledger.Balance(maker.account, one.Base).Total() - maker.start) / one.BaseUnitsPerLot
		seen.Quotes = v.quotes(maker.account, seen.Quotes[:0])
	}
}

func bestPrice(m *market, shelf book.Shelf) int64 {
	if level := m.engine.Book().Best(shelf); level != nil {
		return level.Price
	}
	return 0
}

// means returns how many lots an account's free balances buy at the reference price and can sell.
func (v *Venue) means(n, number int32) (buy, sell int64) {
	one := &v.listing.Instruments[n]
	cost := v.markets[n].reference * float64(one.QuoteUnitsPerTickLot)
	buy = int64(float64(v.ledger.Balance(number, one.Quote).Available) / cost)
	return buy, v.ledger.Balance(number, one.Base).Available / one.BaseUnitsPerLot
}

// quotes appends the resting orders of a maker.
func (v *Venue) quotes(number int32, quotes []liquidity.Quote) []liquidity.Quote {
	for r := range v.orders.openOf(number) {
		quotes = append(quotes, liquidity.Quote{ID: r.ID, Side: liquidity.Side(r.Order.Side), Price: r.Order.Price, Lots: r.Remaining})
	}
	return quotes
}

// carryOut does one thing that a participant wants to do, if it can be done.
func (v *Venue) carryOut(n int32, want *liquidity.Intention) {
	m := &v.markets[n]
	v.arrive(m)
	order := Order{Side: book.Side(want.Side), Price: want.Price, Lots: want.Lots}
	switch want.Kind {
	case liquidity.Cancel:
		if r := v.orders.find(want.ID); r != nil {
			v.takeOut(r)
		}
	case liquidity.Place:
		order.PostOnly = true
		v.trade(n, m.makers[want.Participant].account, order)
	case liquidity.Take:
		if m.engine.Phase() == matching.Continuous {
			order.Force = matching.IOC
			v.trade(n, m.takers[want.Participant].account, order)
		}
	}
}

// trade places an order of a participant; one that cannot be taken is dropped.
func (v *Venue) trade(n, number int32, o Order) {
	v.run.placed = Place{Instrument: n, Order: o}
	en := entry{command: &v.run.placed, account: number, first: v.lastOrder + 1, instrument: n}
	en.add(&en.command.Order)
	en.holds[0] = v.accountOrder(number, n, en.first, &o)
	en.orders[0] = v.matchingOrder(&en, en.first, &o)
	if v.ledger.Place(&en.holds[0]) != nil {
		return
	}
	v.orders.add(v.record(&en, 0))
	v.lastOrder++
	matched := v.match(&v.markets[n], &en)
	if matched[0].Kind == matching.Rejected {
		_ = v.revoke(&en, &matched[0])
		return
	}
	v.worked(n, matched)
}

// hire opens and funds the participants that an instrument is to have and has not yet.
func (v *Venue) hire(n int32) {
	m, want := &v.markets[n], &v.configuration.Liquidity[n]
	if len(m.makers) >= want.Makers && len(m.takers) >= want.Takers {
		return
	}
	worth := want.Inventory * want.Depth // of the quote asset, for each maker
	for len(m.makers) < want.Makers {
		m.makers = append(m.makers, v.employ(n, "m", len(m.makers), worth))
	}
	for len(m.takers) < want.Takers {
		m.takers = append(m.takers, v.employ(n, "t", len(m.takers), worth*float64(max(want.Makers, 1))/float64(want.Takers)))
	}
}

// employ opens and funds one participant with as much of the base asset as of the quote asset.
func (v *Venue) employ(n int32, role string, index int, worth float64) participant {
	one := &v.listing.Instruments[n]
	name := account.VenueName + "/" + strings.ToLower(strings.ReplaceAll(one.Symbol, "/", "-")) + "-" + role + strconv.Itoa(index+1)
	number, err := v.ledger.Open(v.run.business, name)
	if err != nil && !isReason(err, account.AccountExists) { // a symbol that makes no name
		number, _ = v.ledger.Open(v.run.business, account.VenueName+"/"+"i"+strconv.Itoa(int(n))+"-"+role+strconv.Itoa(index+1))
	}
	v.opened(number)
	quote := worth * math.Pow10(v.listing.Assets[one.Quote].Scale)
	lots := quote / (v.markets[n].reference * float64(one.QuoteUnitsPerTickLot))
	hired := participant{account: number, start: v.fund(number, one.Base, lots*float64(one.BaseUnitsPerLot))}
	v.fund(number, one.Quote, quote)
	return hired
}

// fund deposits units for a participant and returns how many.
func (v *Venue) fund(number, asset int32, units float64) int64 {
	most := float64(maxDeposit-v.ledger.Circulating(asset)) / 64
	amount := Amount{asset, int64(min(units, most))}
	if amount.Units > 0 {
		v.deposit("open/"+v.ledger.Account(number).Name+"/"+v.listing.Assets[asset].Code, number, amount, true)
	}
	return max(amount.Units, 0)
}
