// This file holds what is asked before a transfer is made.

package ledger

import (
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// check tells whether a transfer may be made, and fills in what follows from the one it is of.
func (l *Ledger) check(now int64, t *Transfer, one *kept) error {
	if t.ID == (ID{}) {
		return refuse(errs.Invalid, InvalidID, t, "want an id that is not all zeros")
	}
	if t.Kind != Pending && t.Expires != 0 {
		return refuse(errs.Invalid, InvalidExpiry, t, "expires is %d: want 0, since only pending transfers time out", t.Expires)
	}
	switch t.Kind {
	case Plain, Pending:
		return l.checkNew(now, t, one)
	case Post, Void:
		return l.checkResolution(now, t, one)
	case Reverse:
		return l.checkReversal(t, one)
	default:
		return refuse(errs.Invalid, InvalidKind, t, "kind is %d: want plain, pending, post, void or reverse", uint8(t.Kind))
	}
}

func (l *Ledger) checkNew(now int64, t *Transfer, one *kept) error {
	switch {
	case t.Of != (ID{}):
		return refuse(errs.Invalid, InvalidKind, t, "it is of transfer %s: want a post, void or reverse, or no transfer that it is of", t.Of)
	case !l.Has(t.Debit):
		return unknownAccount("debit account", t.Debit)
	case !l.Has(t.Credit):
		return unknownAccount("credit account", t.Credit)
	case t.Debit == t.Credit:
		return refuse(errs.Invalid, SameAccount, t, "it goes from account %d to itself: want two accounts", t.Debit)
	case t.Amount <= 0:
		return refuse(errs.Invalid, InvalidAmount, t, "amount is %s: want more than 0", l.amount(l.accounts[t.Debit].Asset, t.Amount))
	case l.accounts[t.Debit].Asset != l.accounts[t.Credit].Asset:
		return refuse(errs.Invalid, AssetMismatch, t, "account %d is of %s, account %d of %s: want two of one asset",
			t.Debit, l.code(t.Debit), t.Credit, l.code(t.Credit))
	}
	if t.Kind == Pending {
		one.state, one.extra = Open, t.Expires
		if t.Expires != 0 && t.Expires <= now {
			return refuse(errs.Invalid, InvalidExpiry, t, "it expires at %d, now is %d: want a later time, or 0 for never", t.Expires, now)
		}
	}
	return l.checkTake(t, one)
}

// checkTake looks at what holds only for transfers that take: the accounts are not closed, and keep to their bounds.
func (l *Ledger) checkTake(t *Transfer, one *kept) error {
	debit, credit := &l.accounts[one.debit], &l.accounts[one.credit]
	for _, number := range [2]int32{one.debit, one.credit} {
		if l.accounts[number].Closed {
			return refuse(errs.FailedPrecondition, ClosedAccount, t, "account %d is closed: want an open one", number)
		}
	}
	amount := decimal.WideOf(one.amount)
	if debit.Bound == DebitsWithinCredits {
		if available := debit.Available(); amount.Compare(available) > 0 {
			return l.insufficient(t, one.debit, one.amount, available)
		}
	}
	if credit.Bound == CreditsWithinDebits {
		if room := credit.DebitsPosted.Sub(credit.CreditsPosted).Sub(credit.CreditsPending); amount.Compare(room) > 0 {
			return l.insufficient(t, one.credit, one.amount, room)
		}
	}
	return nil
}

// of finds the transfer that a post, void or reversal is of, and takes over its accounts.
func (l *Ledger) of(t *Transfer, one *kept) (*kept, error) {
	number := l.find(hash(&t.Of), &t.Of)
	if number == 0 {
		return nil, refuse(errs.NotFound, UnknownTransfer, t, "transfer %s is unknown: want one that was made", t.Of)
	}
	other := l.at(number)
	one.extra, one.debit, one.credit = int64(number), other.debit, other.credit
	return other, nil
}

func (l *Ledger) checkResolution(now int64, t *Transfer, one *kept) error {
	pending, err := l.of(t, one)
	if err != nil {
		return err
	}
	switch {
	case pending.kind != Pending:
		return refuse(errs.FailedPrecondition, NotPending, t, "transfer %s is %s: want a pending one", t.Of, pending.kind)
	case pending.state == Expired || pending.state == Open && pending.extra != 0 && pending.extra <= now:
		return refuse(errs.FailedPrecondition, TransferExpired, t, "transfer %s timed out at %d: want a new one", t.Of, pending.extra)
	case pending.state != Open:
		return l.resolved(t, pending)
	}
	return l.checkPart(t, one, pending)
}

// checkPart looks at the amount of a transfer that is of another one; 0 is all of that.
func (l *Ledger) checkPart(t *Transfer, one, other *kept) error {
	asset := l.accounts[other.debit].Asset
	if t.Amount == 0 {
		one.amount = other.amount
	}
	switch {
	case one.amount < 0, t.Kind != Post && one.amount != other.amount:
		return refuse(errs.Invalid, InvalidAmount, t, "amount is %s: want 0 or that of transfer %s, %s", l.amount(asset, t.Amount), t.Of,
			l.amount(asset, other.amount))
	case one.amount > other.amount:
		return refuse(errs.FailedPrecondition, ExceedsPending, t, "amount is %s, transfer %s reserves %s: want no more",
			l.amount(asset, t.Amount), t.Of, l.amount(asset, other.amount))
	}
	return nil
}

func (l *Ledger) checkReversal(t *Transfer, one *kept) error {
	posted, err := l.of(t, one)
	if err != nil {
		return err
	}
	switch {
	case posted.kind == Pending, posted.kind == Void:
		return refuse(errs.FailedPrecondition, NotPosted, t, "transfer %s is %s, which moves nothing: want a plain one, a post or a reversal",
			t.Of, posted.kind)
	case posted.state == Reversed:
		return l.resolved(t, posted)
	}
	if err := l.checkPart(t, one, posted); err != nil {
		return err
	}
	one.debit, one.credit = posted.credit, posted.debit
	return l.checkTake(t, one)
}

func (l *Ledger) resolved(t *Transfer, other *kept) error {
	by := l.at(other.by).id
	return refuse(errs.FailedPrecondition, TransferResolved, t, "transfer %s was %s before, by transfer %s", t.Of, other.state, by).
		With("by", by.String())
}

// code names the asset of an account.
func (l *Ledger) code(number int32) string { return l.assets.At(l.accounts[number].Asset).Code }
