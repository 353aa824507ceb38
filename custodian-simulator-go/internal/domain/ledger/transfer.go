// This file says what a transfer is, and what is kept of it for ever.

package ledger

import (
	"crypto/sha256"
	"encoding/hex"
)

// ID names a transfer, unique over the whole ledger for ever. The one of zeros is none.
type ID [16]byte

// IDOf derives the id of a transfer from a text, e.g. "withdrawal/w-17/reserve": the first half of its SHA-256.
func IDOf(text string) ID {
	sum := sha256.Sum256([]byte(text))
	return ID(sum[:16])
}

// String is the id in hexadecimal.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Kind says what a transfer does.
type Kind uint8

// The kinds of transfers.
const (
	Plain    Kind = iota // moves an amount at once
	Pending              // reserves an amount, to be posted or voided once
	Post                 // moves what a pending transfer reserves, or a part; the rest is free again
	Void                 // frees what a pending transfer reserves
	Reverse              // moves what a posted transfer has moved back, as a new one
	TimedOut             // of entries alone: a pending transfer that Expire has voided
	kindCount
)

var kindNames = [kindCount]string{"plain", "pending", "post", "void", "reverse", "timed out"}

// String is its name for people.
func (k Kind) String() string { return kindNames[min(k, kindCount-1)] }

// Transfer is one request of double entry: an amount that goes from an account that is debited to one that is credited.
type Transfer struct {
	ID        ID
	Of        ID     // of Post, Void and Reverse: the transfer that it posts, voids or reverses
	Amount    int64  // units of the asset, above 0; of Post, 0 is all that is reserved; of Void and Reverse it is always all, 0 or the amount
	Expires   int64  // of Pending: when it times out, nanoseconds since 1970 UTC; 0 is never
	Reference uint64 // what caused it, in the numbering of the caller
	Debit     int32  // the account that gives; of Post, Void and Reverse it follows from Of and is not looked at
	Credit    int32  // the account that receives; likewise
	Code      uint16 // what it is for, in the numbering of the caller
	Kind      Kind
}

// State says what has become of a transfer.
type State uint8

// The states of transfers.
const (
	Done     State = iota // what it does is done; of all kinds but Pending
	Reversed              // done, and moved back by a later one
	Open                  // Pending: it reserves its amount
	Posted                // Pending: moved, whole or in part
	Voided                // Pending: given up
	Expired               // Pending: voided by Expire
	stateCount
)

var stateNames = [stateCount]string{"done", "reversed", "open", "posted", "voided", "expired"}

// String is its name for people.
func (s State) String() string { return stateNames[min(s, stateCount-1)] }

// Record is a transfer as it was made, with what has become of it. Accounts and amount are filled in whatever its kind; giving
// its Transfer again is a duplicate.
type Record struct {
	Transfer
	State State
	By    ID // what posted, voided or reversed it; else zeros
}

// kept is what stays in memory of a transfer: 56 bytes. The whole content of the request is among it, so a repeated id is
// compared exactly and needs no digest.
type kept struct {
	id        ID
	amount    int64
	reference uint64
	extra     int64 // of Pending when it expires, of Post, Void and Reverse the number of the other one
	debit     int32
	credit    int32
	by        uint32 // number of what posted, voided or reversed it; 0 is none
	code      uint16
	kind      Kind
	state     State
}

// Entry is the effect of a transfer on one account. A transfer makes two of them, that of the debited account first.
type Entry struct {
	Transfer  ID     // of TimedOut the pending one
	Balance          // after it
	Posted    int64  // change of credits less debits posted, units: below 0 when it is debited
	Reserved  int64  // change of credits less debits pending, units
	Reference uint64 // of the transfer
	Account   int32
	Other     int32 // account of the other entry
	Asset     int32
	Code      uint16 // of the transfer
	Kind      Kind
}
