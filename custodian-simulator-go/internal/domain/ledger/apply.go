// This file makes transfers: each is looked up, checked, then it moves its sums. Undoing is moving them back, which only a
// group that fails does, before anybody has seen it.

package ledger

import (
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// at returns the transfer with a number.
func (l *Ledger) at(number uint32) *kept { return &l.transfers[number/chunk][number%chunk] }

// apply makes a transfer, and tells whether it was not made before. What it started is to be finished by commit or undo.
func (l *Ledger) apply(now int64, t *Transfer, entries []Entry) (bool, []Entry, error) {
	hashed := hash(&t.ID)
	if number := l.find(hashed, &t.ID); number != 0 {
		return false, entries, l.same(l.at(number), t)
	}
	one := kept{id: t.ID, amount: t.Amount, reference: t.Reference, debit: t.Debit, credit: t.Credit, code: t.Code, kind: t.Kind}
	if err := l.check(now, t, &one); err != nil {
		return false, entries, err
	}
	number := l.store(&one)
	l.ids.table(hashed).insert(hashed, number)
	l.resolve(&one, number, one.kind.outcome())
	posted, reserved := l.effect(&one)
	return true, l.move(&one, one.kind, posted, reserved, entries), nil
}

// store keeps a transfer under the next number.
func (l *Ledger) store(one *kept) uint32 {
	number := l.count
	if number%chunk == 0 && int(number/chunk) == len(l.transfers) {
		l.transfers = append(l.transfers, make([]kept, chunk))
	}
	*l.at(number) = *one
	l.count++
	return number
}

// outcome is the state that a transfer leaves the one in that it is of.
func (k Kind) outcome() State {
	switch k {
	case Post:
		return Posted
	case Void:
		return Voided
	default:
		return Reversed
	}
}

// resolve marks the transfer that another one is of, if it is of one.
func (l *Ledger) resolve(one *kept, by uint32, state State) {
	if one.kind != Plain && one.kind != Pending {
		other := l.at(uint32(one.extra))
		other.by, other.state = by, state
	}
}

// effect is what a transfer adds to the sums posted and pending of its accounts.
func (l *Ledger) effect(one *kept) (posted, reserved int64) {
	switch one.kind {
	case Pending:
		return 0, one.amount
	case Post:
		return one.amount, -l.at(uint32(one.extra)).amount
	case Void:
		return 0, -one.amount
	default:
		return one.amount, 0
	}
}

// move adds to the sums of both accounts, and appends what they are then.
func (l *Ledger) move(one *kept, kind Kind, posted, reserved int64, entries []Entry) []Entry {
	l.add(one, posted, reserved)
	debit, credit := &l.accounts[one.debit], &l.accounts[one.credit]
	return append(entries, Entry{
		Transfer: one.id, Balance: debit.Balance, Posted: -posted, Reserved: -reserved, Reference: one.reference,
		Account: one.debit, Other: one.credit, Asset: debit.Asset, Code: one.code, Kind: kind,
	}, Entry{
		Transfer: one.id, Balance: credit.Balance, Posted: posted, Reserved: reserved, Reference: one.reference,
		Account: one.credit, Other: one.debit, Asset: credit.Asset, Code: one.code, Kind: kind,
	})
}

// add adds to the sums of both accounts.
func (l *Ledger) add(one *kept, posted, reserved int64) {
	debit, credit := &l.accounts[one.debit], &l.accounts[one.credit]
	if posted != 0 {
		debit.DebitsPosted = debit.DebitsPosted.Add(decimal.WideOf(posted))
		credit.CreditsPosted = credit.CreditsPosted.Add(decimal.WideOf(posted))
	}
	if reserved != 0 {
		debit.DebitsPending = debit.DebitsPending.Add(decimal.WideOf(reserved))
		credit.CreditsPending = credit.CreditsPending.Add(decimal.WideOf(reserved))
	}
}

// commit finishes the transfers from a number on: those that time out are watched, and those that no longer do are not.
func (l *Ledger) commit(first uint32) {
	for number := first; number < l.count; number++ {
		one := l.at(number)
		switch {
		case one.kind == Pending && one.extra != 0 && one.state == Open:
			l.pushTimer(timer{one.extra, number})
		case one.kind == Post || one.kind == Void:
			if pending := uint32(one.extra); pending < first && l.at(pending).extra != 0 {
				l.timers.open--
				l.tidyTimers()
			}
		}
	}
}

// undo takes back the transfers from a number on, the last first.
func (l *Ledger) undo(first uint32) {
	for l.count > first {
		l.count--
		one := l.at(l.count)
		posted, reserved := l.effect(one)
		l.add(one, -posted, -reserved)
		switch one.kind {
		case Post, Void:
			l.resolve(one, 0, Open)
		case Reverse:
			l.resolve(one, 0, Done)
		}
		hashed := hash(&one.id)
		l.ids.table(hashed).remove(hashed, l.count)
	}
}

// same refuses a transfer whose id names one with other content.
func (l *Ledger) same(before *kept, t *Transfer) error {
	alike := before.kind == t.Kind && before.reference == t.Reference && before.code == t.Code
	switch t.Kind {
	case Plain, Pending:
		alike = alike && before.debit == t.Debit && before.credit == t.Credit && before.amount == t.Amount &&
			(t.Kind == Plain || before.extra == t.Expires)
	default:
		other := l.at(uint32(before.extra))
		alike = alike && other.id == t.Of && (before.amount == t.Amount || t.Amount == 0 && before.amount == other.amount)
	}
	if alike {
		return nil
	}
	return refuse(errs.AlreadyExists, IDReused, t, "the id names a %s transfer with other content: want a new id", before.kind)
}
