// This file holds what trading in an instrument has come to, at average cost.

package account

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// Position is what the trades of an account in one instrument have come to, before fees, and its open orders.
type Position struct {
	Lots      int64        // bought less sold
	Cost      decimal.Wide // of the lots, units of the quote asset, with their sign: Cost / Lots is the average
	Realised  decimal.Wide // profit of what was closed at average cost, units of the quote asset
	OpenBuys  int64        // lots of open orders; of a pair the larger leg
	OpenSells int64        // lots of open orders; of a pair the larger leg
	Orders    int32        // open, both legs of a pair counted
}

// Position returns what an account has come to in an instrument; both must exist.
func (l *Ledger) Position(number, instrument int32) Position {
	return l.accounts[number].positions[instrument]
}

// OpenOrders returns how many orders of an account are open in all instruments; it must exist.
func (l *Ledger) OpenOrders(number int32) int32 {
	open := int32(0)
	for n := range l.accounts[number].positions {
		open += l.accounts[number].positions[n].Orders
	}
	return open
}

// Average returns the average price of the open lots in ticks, rounded to the double for display; 0 without any.
func (p *Position) Average(one *instrument.Instrument) float64 {
	if p.Lots == 0 {
		return 0
	}
	return p.Cost.Float64() / float64(p.Lots) / float64(one.QuoteUnitsPerTickLot)
}

// Unrealised returns the profit that closing the open lots at a price in ticks would bring, units of the quote asset.
func (p *Position) Unrealised(one *instrument.Instrument, price int64) decimal.Wide {
	perLot := orMost(decimal.Mul(price, one.QuoteUnitsPerTickLot))
	return decimal.Product(p.Lots, perLot).Sub(p.Cost)
}

// trade adds lots (negative when sold) for their notional (likewise). What closes earlier lots realises the difference
// to their share of the cost; the rest opens at the price of the trade.
func (p *Position) trade(lots, notional int64) {
	value := decimal.WideOf(notional)
	if (p.Lots < 0) != (lots < 0) && p.Lots != 0 {
		closed := min(abs(p.Lots), abs(lots))
		cost, proceeds := p.Cost.Share(closed, abs(p.Lots)), value.Share(closed, abs(lots))
		p.Realised = p.Realised.Sub(proceeds).Sub(cost)
		p.Cost, value = p.Cost.Sub(cost), value.Sub(proceeds)
	}
	p.Lots += lots
	p.Cost = p.Cost.Add(value)
}

func abs(value int64) int64 { return max(value, -value) }
