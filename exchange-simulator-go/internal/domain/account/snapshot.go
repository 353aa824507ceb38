// This file writes the state as bytes: the same state gives the same bytes. What follows from other parts is left out, so
// that no snapshot can contradict itself: what is held follows from the orders and withdrawals, what circulates from the
// deposits and withdrawals.

package account

import (
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Encode appends the state. The listing is in it only so far that Decode can tell whether it is given one that fits; the
// fees are not.
func (l *Ledger) Encode(to []byte) []byte {
	w := writer{snapshot.Writer{Bytes: append(to, snapshotVersion)}}
	w.Count(len(l.listing.Assets))
	for _, asset := range l.listing.Assets {
		w.Text(asset.Code)
		w.Int(int64(asset.Scale))
	}
	w.Count(len(l.listing.Instruments))
	for n := range l.listing.Instruments {
		one := &l.listing.Instruments[n]
		w.Text(one.Symbol)
		w.Int(one.BaseUnitsPerLot, one.QuoteUnitsPerTickLot, l.references[n])
	}
	w.Count(len(l.accounts))
	for n := range l.accounts {
		w.account(&l.accounts[n])
	}
	w.Count(l.orders.Len())
	for _, order := range l.orders.Sorted() {
		w.hold(l, &l.holds[l.orders.Find(order)])
	}
	w.Count(len(l.movements))
	for n := range l.movements {
		w.movement(&l.movements[n])
	}
	return w.Bytes
}

// writer writes what the ledger consists of.
type writer struct{ snapshot.Writer }

func (w *writer) wide(value decimal.Wide) {
	w.Int(value.High)
	w.Uint(value.Low)
}

func (w *writer) account(one *account) {
	w.Text(one.Name)
	w.Int(int64(one.Owner), one.opened)
	for _, balance := range one.balances {
		w.Int(balance.Available)
	}
	for n := range one.positions {
		position := &one.positions[n]
		w.Int(position.Lots)
		w.wide(position.Cost)
		w.wide(position.Realised)
	}
	for _, limit := range []decimal.Number{one.limits.MaxQuantity, one.limits.MaxNotional, one.limits.MaxPosition} {
		w.Int(limit.Units, int64(limit.Scale))
	}
	w.Int(int64(one.limits.PerSecond), int64(one.limits.CollarBps), one.nextOrder)
	w.Flag(one.limits.Blocked)
	if one.volume != nil {
		w.Int(one.volume.today)
		w.Int(one.volume.days[:]...)
	}
}

func (w *writer) hold(l *Ledger, h *hold) {
	w.Uint(h.order, l.holds[h.peer].order)
	w.Int(int64(h.account), int64(h.instrument), int64(h.feeRate), h.perLot, h.lots, h.budget)
	w.Flag(h.side == Sell, h.budgeted)
}

func (w *writer) movement(one *Movement) {
	w.Text(one.ID)
	w.Int(int64(one.Kind), int64(one.State), int64(one.Account), int64(one.To), int64(one.Asset), one.Amount)
}
