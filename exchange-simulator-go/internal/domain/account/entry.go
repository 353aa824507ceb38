// This file says what a statement consists of.

package account

// EntryKind says why something was posted.
type EntryKind uint8

// The kinds of entries.
const (
	DepositEntry    EntryKind = 1 + iota // came in
	WithdrawalEntry                      // went out
	TradeEntry                           // bought or sold
	FeeEntry                             // fee or rebate of a trade
	TransferEntry                        // between accounts of one owner
)

// Entry is one posting: Amount is added to what the account has of the asset. The entries of a trade or a transfer sum to 0
// in each asset. What is held does not matter to them.
type Entry struct {
	Reference uint64 // the trade id, or the number of the movement (see Ledger.Movement)
	Amount    int64  // units of the asset
	Account   int32
	Asset     int32
	Kind      EntryKind
}
