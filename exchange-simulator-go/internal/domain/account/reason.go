// This file says why the ledger refuses something, in words that programs can compare.

package account

import "fmt"

// Reason names a rule of the ledger.
type Reason uint8

// The reasons.
const (
	NoReason            Reason = iota
	UnknownAccount             // no account of that name or number
	UnknownAsset               // no asset with that index
	UnknownSymbol              // no instrument with that index
	UnknownOrder               // nothing is held for that order
	UnknownMovement            // no deposit, withdrawal or transfer with that id
	InvalidName                // no name for an account
	InvalidParent              // an account below a sub-account
	InvalidAmount              // an amount or a quantity that is not above 0, or out of range
	InvalidLimit               // a limit that is negative
	InvalidMovement            // an id that is empty or too long
	InvalidTrade               // orders that cannot have traded so
	AccountExists              // the name is taken
	OrderIDReused              // something is held for that order already
	MovementIDReused           // the id names another deposit or withdrawal
	TransferIDReused           // the id names another transfer
	NotSameOwner               // a transfer to somebody else
	WithdrawalReleased         // the withdrawal was given up
	WithdrawalSettled          // the withdrawal went out
	InsufficientBalance        // less is available than is needed
	MaxQuoteRequired           // a buy without a limit price does not say what it may spend
	MinQuantity                // the instrument's smallest quantity
	MaxQuantity                // the instrument's largest quantity
	MinNotional                // the instrument's smallest price x quantity
	PriceOutOfBand             // the instrument's distance from the reference price
	TooManyOrders              // the instrument's most open orders of an account
	AccountBlocked             // the account's kill switch
	OrderRateExceeded          // the account's orders per second
	MaxOrderQuantity           // the account's largest quantity
	MaxOrderNotional           // the account's largest price x quantity
	PriceCollar                // the account's distance from the reference price
	MaxPosition                // the account's largest position
	reasonCount
)

var reasonNames = [reasonCount]string{
	"", "UNKNOWN_ACCOUNT", "UNKNOWN_ASSET", "UNKNOWN_SYMBOL", "UNKNOWN_ORDER", "UNKNOWN_MOVEMENT", "INVALID_NAME", "INVALID_PARENT",
	"INVALID_AMOUNT", "INVALID_LIMIT", "INVALID_MOVEMENT", "INVALID_TRADE", "ACCOUNT_EXISTS", "ORDER_ID_REUSED", "MOVEMENT_ID_REUSED",
	"TRANSFER_ID_REUSED", "NOT_SAME_OWNER", "WITHDRAWAL_RELEASED", "WITHDRAWAL_SETTLED", "INSUFFICIENT_BALANCE", "MAX_QUOTE_REQUIRED",
	"MIN_QUANTITY", "MAX_QUANTITY", "MIN_NOTIONAL", "PRICE_OUT_OF_BAND", "TOO_MANY_ORDERS", "ACCOUNT_BLOCKED", "ORDER_RATE_EXCEEDED",
	"MAX_ORDER_QUANTITY", "MAX_ORDER_NOTIONAL", "PRICE_COLLAR", "MAX_POSITION",
}

// String is the name in UPPER_SNAKE_CASE; of NoReason it is empty.
func (r Reason) String() string {
	if r >= reasonCount {
		return fmt.Sprintf("REASON_%d", uint8(r))
	}
	return reasonNames[r]
}

// Error is a refusal: nothing was changed. All errors of this package but those of snapshots and configuration are of this
// type.
type Error struct {
	Reason Reason
	Field  string // what offends, as a person calls it, e.g. "quantity"
	Value  string // what it is
	Want   string // what it should be, or what to do

	Asset      string // of INSUFFICIENT_BALANCE
	Needed     string // of INSUFFICIENT_BALANCE, a decimal
	Available  string // of INSUFFICIENT_BALANCE, a decimal
	RetryAfter int64  // of ORDER_RATE_EXCEEDED, nanoseconds
}

// Error says what was refused and what to do.
func (e *Error) Error() string {
	if e.Reason == InsufficientBalance {
		return fmt.Sprintf("%s: %s of %s are needed, %s are available", e.Field, e.Needed, e.Asset, e.Available)
	}
	return fmt.Sprintf("%s is %s: want %s", e.Field, e.Value, e.Want)
}

// refuse makes a refusal.
func refuse(reason Reason, field string, value any, want string) *Error {
	return &Error{Reason: reason, Field: field, Value: fmt.Sprint(value), Want: want}
}
