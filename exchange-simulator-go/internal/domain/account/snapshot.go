// This file writes the state as bytes: the same state gives the same bytes. What follows from other parts is left out, so
// that no snapshot can contradict itself: what is held follows from the orders and withdrawals, what circulates from the
// deposits and withdrawals.

package account

import (
	"encoding/binary"
	"maps"
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/decimal"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Encode appends the state. The listing is in it only so far that Decode can tell whether it is given one that fits; the
// fees are not.
func (l *Ledger) Encode(to []byte) []byte {
	w := writer{bytes: append(to, snapshotVersion)}
	w.count(len(l.listing.Assets))
	for _, asset := range l.listing.Assets {
		w.text(asset.Code)
		w.number(int64(asset.Scale))
	}
	w.count(len(l.listing.Instruments))
	for n := range l.listing.Instruments {
		one := &l.listing.Instruments[n]
		w.text(one.Symbol)
		w.number(one.BaseUnitsPerLot, one.QuoteUnitsPerTickLot, l.references[n])
	}
	w.count(len(l.accounts))
	for n := range l.accounts {
		w.account(&l.accounts[n])
	}
	w.count(len(l.orders))
	for _, order := range slices.Sorted(maps.Keys(l.orders)) {
		w.hold(l, &l.holds[l.orders[order]])
	}
	w.count(len(l.movements))
	for n := range l.movements {
		w.movement(&l.movements[n])
	}
	return w.bytes
}

// writer appends variable-length numbers and what consists of them.
type writer struct{ bytes []byte }

func (w *writer) number(values ...int64) {
	for _, value := range values {
		w.bytes = binary.AppendVarint(w.bytes, value)
	}
}

func (w *writer) count(count int) { w.bytes = binary.AppendUvarint(w.bytes, uint64(count)) }

func (w *writer) text(text string) {
	w.count(len(text))
	w.bytes = append(w.bytes, text...)
}

func (w *writer) flag(flags ...bool) {
	for _, flag := range flags {
		value := byte(0)
		if flag {
			value = 1
		}
		w.bytes = append(w.bytes, value)
	}
}

func (w *writer) wide(value decimal.Wide) {
	w.number(value.High)
	w.bytes = binary.AppendUvarint(w.bytes, value.Low)
}

func (w *writer) account(one *account) {
	w.text(one.Name)
	w.number(int64(one.Owner), one.opened)
	for _, balance := range one.balances {
		w.number(balance.Available)
	}
	for n := range one.positions {
		position := &one.positions[n]
		w.number(position.Lots)
		w.wide(position.Cost)
		w.wide(position.Realised)
	}
	for _, limit := range []decimal.Number{one.limits.MaxQuantity, one.limits.MaxNotional, one.limits.MaxPosition} {
		w.number(limit.Units, int64(limit.Scale))
	}
	w.number(int64(one.limits.PerSecond), int64(one.limits.CollarBps), one.nextOrder)
	w.flag(one.limits.Blocked)
	if one.volume != nil {
		w.number(one.volume.today)
		w.number(one.volume.days[:]...)
	}
}

func (w *writer) hold(l *Ledger, h *hold) {
	w.bytes = binary.AppendUvarint(w.bytes, h.order)
	w.bytes = binary.AppendUvarint(w.bytes, l.holds[h.peer].order)
	w.number(int64(h.account), int64(h.instrument), int64(h.feeRate), h.perLot, h.lots, h.budget)
	w.flag(h.side == Sell, h.budgeted)
}

func (w *writer) movement(one *Movement) {
	w.text(one.ID)
	w.number(int64(one.Kind), int64(one.State), int64(one.Account), int64(one.To), int64(one.Asset), one.Amount)
}
