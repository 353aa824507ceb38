// Package ledger keeps who owns what by double entry: each transfer debits one account and credits another of the same asset,
// at once or in two phases. It is pure and single-threaded; the same calls give the same state. Per asset the debits of all
// accounts equal their credits, no bound of an account is ever broken, a pending transfer is resolved once, and nothing that
// was made is ever changed: corrections are new transfers. A transfer takes effect once for its id, for ever; making it again
// succeeds and does nothing. Times are nanoseconds since 1970 UTC that are handed in.
//
// Every transfer stays in memory, since its id must be known for ever: 56 bytes, and 11 to 22 of the index.
package ledger

import (
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// chunk is how many transfers are stored together; they never move, so that growth costs the same at any size.
const chunk = 1 << 12

// Ledger is the state. Make it with New or Decode.
type Ledger struct {
	assets    *asset.Listing
	accounts  []account
	transfers [][]kept // by number, in chunks; number 0 is none
	count     uint32   // transfers, with the one of number 0
	ids       index
	timers    timers
}

// New makes a ledger without accounts.
func New(assets *asset.Listing) *Ledger {
	return &Ledger{assets: assets, transfers: [][]kept{make([]kept, chunk)}, count: 1}
}

// Transfers is how many transfers were made.
func (l *Ledger) Transfers() int { return int(l.count) - 1 }

// Find returns the transfer with an id, and false when there is none.
func (l *Ledger) Find(id ID) (Record, bool) {
	number := l.find(hash(&id), &id)
	if number == 0 {
		return Record{}, false
	}
	one := l.at(number)
	record := Record{Transfer: Transfer{
		ID: one.id, Amount: one.amount, Reference: one.reference, Debit: one.debit, Credit: one.credit, Code: one.code, Kind: one.kind,
	}, State: one.state, By: l.at(one.by).id}
	if one.kind == Pending {
		record.Expires = one.extra
	} else {
		record.Of = l.at(uint32(one.extra)).id
	}
	return record, true
}

// Apply makes a transfer and appends its two entries; a duplicate of one that was made before succeeds and appends none.
// INVALID_ID, INVALID_KIND, INVALID_AMOUNT, INVALID_EXPIRY, UNKNOWN_ACCOUNT, SAME_ACCOUNT, ASSET_MISMATCH, CLOSED_ACCOUNT,
// INSUFFICIENT_BALANCE, ID_REUSED; of Post, Void and Reverse UNKNOWN_TRANSFER, NOT_PENDING, NOT_POSTED, TRANSFER_RESOLVED,
// TRANSFER_EXPIRED, EXCEEDS_PENDING. What was refused can be asked for again.
func (l *Ledger) Apply(now int64, t *Transfer, entries []Entry) ([]Entry, error) {
	made, entries, err := l.apply(now, t, entries)
	if made {
		l.commit(l.count - 1)
	}
	return entries, err
}

// ApplyGroup makes all transfers of a group or none; each sees those before it. A group whose transfers were all made before
// is a duplicate; one of which some were is refused with ID_REUSED. Refusals are those of Apply, with the index of the
// transfer in the metadata.
func (l *Ledger) ApplyGroup(now int64, group []Transfer, entries []Entry) ([]Entry, error) {
	first, start, known := l.count, len(entries), -1
	for n := range group {
		made, appended, err := l.apply(now, &group[n], entries)
		entries = appended
		if err == nil && !made {
			known = n
		}
		if err == nil && known >= 0 && l.count > first {
			err = refuse(errs.AlreadyExists, IDReused, &group[known], "it was made before, others of its group were not: want new ids")
			n = known
		}
		if err != nil {
			l.undo(first)
			return entries[:start], inGroup(err, n)
		}
	}
	l.commit(first)
	return entries, nil
}
