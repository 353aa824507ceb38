// This file says why the ledger refuses something; nothing was changed then.

package ledger

import (
	"errors"
	"strconv"

	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The reasons of refusals.
const (
	InsufficientBalance = "INSUFFICIENT_BALANCE" // the bound of an account; metadata asset, needed, available
	UnknownAccount      = "UNKNOWN_ACCOUNT"
	UnknownAsset        = "UNKNOWN_ASSET"
	UnknownTransfer     = "UNKNOWN_TRANSFER" // what is to be posted, voided or reversed
	InvalidAmount       = "INVALID_AMOUNT"
	InvalidBound        = "INVALID_BOUND"
	InvalidExpiry       = "INVALID_EXPIRY" // a pending transfer that has timed out already, or an expiry of another kind
	InvalidID           = "INVALID_ID"
	InvalidKind         = "INVALID_KIND"
	AssetMismatch       = "ASSET_MISMATCH"    // the accounts are of different assets
	SameAccount         = "SAME_ACCOUNT"      // debit and credit are one account
	ClosedAccount       = "CLOSED_ACCOUNT"    // it takes no new transfers
	NotPending          = "NOT_PENDING"       // post or void of a transfer that reserves nothing
	NotPosted           = "NOT_POSTED"        // reversal of a transfer that moves nothing itself
	TransferResolved    = "TRANSFER_RESOLVED" // posted, voided or reversed already
	TransferExpired     = "TRANSFER_EXPIRED"  // timed out
	ExceedsPending      = "EXCEEDS_PENDING"   // a post of more than is reserved
	IDReused            = "ID_REUSED"         // the id names another transfer
)

func unknownAccount(field string, number int32) error {
	return errs.New(errs.NotFound, UnknownAccount, "%s is %d: want the number of an account that was opened", field, number).
		With("field", field).With("value", strconv.Itoa(int(number)))
}

func unknownAsset(asset int32) error {
	return errs.New(errs.NotFound, UnknownAsset, "asset is %d: want the index of an asset that is listed", asset)
}

func invalidBound(bound Bound) error {
	return errs.New(errs.Invalid, InvalidBound, "bound is %d: want 0 to %d", bound, boundCount-1)
}

// refuse makes a refusal of a transfer.
func refuse(kind errs.Kind, reason string, t *Transfer, format string, args ...any) *errs.Error {
	refusal := errs.New(kind, reason, format, args...)
	refusal.Message = t.Kind.String() + " transfer " + t.ID.String() + ": " + refusal.Message
	return refusal.With("transfer", t.ID.String())
}

func (l *Ledger) amount(asset int32, units int64) string {
	if !l.assets.Has(asset) {
		return strconv.FormatInt(units, 10) + " units"
	}
	return l.assets.At(asset).Format(units) + " " + l.assets.At(asset).Code
}

func (l *Ledger) insufficient(t *Transfer, number int32, needed int64, available decimal.Wide) error {
	one := l.assets.At(l.accounts[number].Asset)
	refusal := errs.New(errs.FailedPrecondition, InsufficientBalance, "%s transfer %s: %s of %s are needed of account %d, %s are available",
		t.Kind, t.ID, one.Format(needed), one.Code, number, one.FormatWide(available))
	refusal.Metadata = map[string]string{
		"transfer": t.ID.String(), "account": strconv.Itoa(int(number)),
		"asset": one.Code, "needed": one.Format(needed), "available": one.FormatWide(available),
	}
	return refusal
}

// inGroup adds the index of the transfer in its group to a refusal.
func inGroup(err error, n int) error {
	if refusal, is := errors.AsType[*errs.Error](err); is {
		return refusal.With("index", strconv.Itoa(n))
	}
	return err
}
