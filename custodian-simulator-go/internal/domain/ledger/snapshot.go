// This file writes the state as bytes and reads it back. Only accounts and transfers are written: the sums follow from the
// transfers, so that no snapshot can contradict itself.

package ledger

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// snapshotVersion begins each snapshot.
const snapshotVersion = 1

// Encode appends the state, about 30 bytes a transfer; the same state gives the same bytes. The listing is in it only so far
// that Decode can tell whether it is given one that fits.
func (l *Ledger) Encode(to []byte) []byte {
	w := snapshot.Writer{Bytes: append(to, snapshotVersion)}
	w.Count(len(l.assets.Assets))
	for _, one := range l.assets.Assets {
		w.Text(one.Code)
		w.Int(int64(one.Scale))
	}
	w.Count(len(l.accounts))
	for n := range l.accounts {
		one := &l.accounts[n]
		w.Int(int64(one.Asset))
		w.Octet(byte(one.Bound))
		w.Flag(one.Closed)
	}
	w.Count(l.Transfers())
	for number := uint32(1); number < l.count; number++ {
		one := l.at(number)
		w.Uint(binary.BigEndian.Uint64(one.id[:8]), binary.BigEndian.Uint64(one.id[8:]), one.reference, uint64(one.code))
		w.Octet(byte(one.kind))
		w.Int(one.extra, one.amount)
		switch one.kind {
		case Plain:
			w.Int(int64(one.debit), int64(one.credit))
		case Pending:
			w.Int(int64(one.debit), int64(one.credit))
			w.Flag(one.state == Expired)
		}
	}
	return w.Bytes
}

// Decode makes a ledger from a snapshot. The listing may have more assets than that of the snapshot, behind those; what the
// snapshot has must be the same. It fails on bytes that Encode cannot have written, and names the place.
func Decode(from []byte, assets *asset.Listing) (*Ledger, error) {
	r := reader{Reader: snapshot.NewReader(from), ledger: New(assets)}
	r.Want(r.Octet() == snapshotVersion, "want one of version %d", snapshotVersion)
	r.listing()
	r.accounts()
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		r.transfer()
	}
	r.End()
	r.finish()
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the snapshot of the ledger, %w", err)
	}
	return r.ledger, nil
}

// reader reads what Encode writes.
type reader struct {
	snapshot.Reader
	ledger *Ledger
	assets int // of the snapshot
}

func (r *reader) listing() {
	listed := r.ledger.assets.Assets
	r.assets = r.Count()
	r.Want(r.assets <= len(listed), "it has %d assets, more than the %d that are listed now", r.assets, len(listed))
	for n := 0; n < r.assets && !r.Failed(); n++ {
		code, scale := r.Text(), int(r.Int())
		r.Want(code == listed[n].Code && scale == listed[n].Scale, "asset %d is %s with scale %d, in what is listed now %s with scale %d",
			n, code, scale, listed[n].Code, listed[n].Scale)
	}
}

func (r *reader) accounts() {
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		one := Account{Asset: int32(r.Within(0, int64(r.assets-1))), Bound: Bound(r.Octet()), Closed: r.Flag()}
		r.Want(one.Bound < boundCount, "account %d has bound %d", len(r.ledger.accounts), one.Bound)
		r.ledger.accounts = append(r.ledger.accounts, account{Account: one})
	}
}

func (r *reader) transfer() {
	l, one := r.ledger, kept{}
	binary.BigEndian.PutUint64(one.id[:8], r.Uint())
	binary.BigEndian.PutUint64(one.id[8:], r.Uint())
	one.reference, one.code, one.kind = r.Uint(), r.code(), Kind(r.Octet())
	one.extra, one.amount = r.Int(), r.Within(1, math.MaxInt64)
	switch one.kind {
	case Plain, Pending:
		r.fresh(&one)
	case Post, Void, Reverse:
		r.derived(&one)
	default:
		r.Want(false, "transfer %s has kind %d", one.id, one.kind)
	}
	hashed := hash(&one.id)
	r.want(one.id != ID{} && l.find(hashed, &one.id) == 0, &one, "is there twice, or has no id")
	if r.Failed() {
		return
	}
	number := l.store(&one)
	l.ids.table(hashed).insert(hashed, number)
	l.resolve(&one, number, one.kind.outcome())
	if one.state != Expired {
		posted, reserved := l.effect(&one)
		l.add(&one, posted, reserved)
	}
}

// code reads an unsigned number of 16 bits.
func (r *reader) code() uint16 {
	value := r.Uint()
	if value > math.MaxUint16 {
		r.Want(false, "%d is no code of a transfer", value)
	}
	return uint16(value)
}

// fresh reads what a plain or pending transfer has.
func (r *reader) fresh(one *kept) {
	last := int64(len(r.ledger.accounts) - 1)
	one.debit, one.credit = int32(r.Within(0, last)), int32(r.Within(0, last))
	if one.kind == Pending {
		one.state = Open
		if r.Flag() {
			one.state = Expired
		}
	}
	if r.Failed() {
		return
	}
	r.want(one.debit != one.credit && r.ledger.accounts[one.debit].Asset == r.ledger.accounts[one.credit].Asset, one,
		"is not between two accounts of one asset")
	r.want(one.extra == 0 || one.kind == Pending, one, "has an expiry")
	r.want(one.state != Expired || one.extra != 0, one, "is expired but never expires")
}

// want makes an error of what does not hold of a transfer; what holds costs no allocation.
func (r *reader) want(holds bool, one *kept, what string) {
	if !holds {
		r.Want(false, "transfer %s %s", one.id, what)
	}
}

// derived fills in what follows from the transfer that this one is of.
func (r *reader) derived(one *kept) {
	l := r.ledger
	r.Want(one.extra > 0 && one.extra < int64(l.count), "transfer %s is of number %d, of %d before it", one.id, one.extra, l.count-1)
	if r.Failed() {
		return
	}
	other := l.at(uint32(one.extra))
	one.debit, one.credit = other.debit, other.credit
	if one.kind == Reverse {
		one.debit, one.credit = other.credit, other.debit
		r.Want(other.state == Done && other.kind != Void && other.amount == one.amount, "transfer %s cannot reverse %s", one.id, other.id)
		return
	}
	r.Want(other.state == Open && (one.amount == other.amount || one.kind == Post && one.amount < other.amount),
		"transfer %s cannot resolve %s", one.id, other.id)
}

// finish checks the bounds and watches what times out.
func (r *reader) finish() {
	if r.Failed() {
		return
	}
	l := r.ledger
	for n := range l.accounts {
		one := &l.accounts[n]
		room := one.DebitsPosted.Sub(one.CreditsPosted).Sub(one.CreditsPending)
		r.Want(one.Bound != DebitsWithinCredits || !one.Available().Negative(), "the debits of account %d exceed its credits", n)
		r.Want(one.Bound != CreditsWithinDebits || !room.Negative(), "the credits of account %d exceed its debits", n)
	}
	for number := uint32(1); number < l.count; number++ {
		if one := l.at(number); one.state == Open && one.extra != 0 {
			l.pushTimer(timer{one.extra, number})
		}
	}
}
