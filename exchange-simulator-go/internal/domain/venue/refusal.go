// This file says no in the words of the fleet's one error type.

package venue

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// reasonPriceBand is why an instrument is halted that would have traded too far from its reference price.
const reasonPriceBand = "PRICE_BAND"

func notConfigured() error {
	return errs.New(errs.Unavailable, "NOT_CONFIGURED", "the venue has not read its documents yet: try again").WithRetryAfter(time.Second)
}

func venueAccount(name string) error {
	return errs.New(errs.FailedPrecondition, "VENUE_ACCOUNT", "account %q belongs to the venue itself: want one of your own", name).With("account", name)
}

func unknownOrder(t *Target) error {
	return errs.New(errs.NotFound, account.UnknownOrder.String(),
		"order %d, client id %q, of account %q: never accepted, or ended longer ago than orders are remembered", t.Order, t.ClientID, t.Account).
		With("account", t.Account)
}

func insufficient(asset *instrument.Asset, needed, available int64) error {
	return errs.New(errs.FailedPrecondition, account.InsufficientBalance.String(),
		"order: %s of %s are needed, %s are available", asset.Format(needed), asset.Code, asset.Format(available)).
		With("asset", asset.Code).With("needed", asset.Format(needed)).With("available", asset.Format(available))
}

// refusal answers with what the ledger refuses.
func refusal(err error) Answer { return Answer{Err: refuse(err)} }

// refuse classifies what the ledger refuses.
func refuse(err error) error {
	var said *account.Error
	if !errors.As(err, &said) {
		return err
	}
	refused := errs.New(kindOf(said.Reason), said.Reason.String(), "%s", said.Error()).With("field", said.Field).With("value", said.Value)
	if said.Reason == account.InsufficientBalance {
		refused = refused.With("asset", said.Asset).With("needed", said.Needed).With("available", said.Available)
	}
	if said.RetryAfter > 0 {
		refused = refused.WithRetryAfter(time.Duration(said.RetryAfter))
	}
	return refused
}

// kindOf says whose fault a refusal of the ledger is.
func kindOf(reason account.Reason) errs.Kind {
	switch reason {
	case account.UnknownAccount, account.UnknownAsset, account.UnknownSymbol, account.UnknownOrder, account.UnknownMovement:
		return errs.NotFound
	case account.InvalidName, account.InvalidParent, account.InvalidAmount, account.InvalidLimit, account.InvalidMovement, account.InvalidTrade:
		return errs.Invalid
	case account.AccountExists, account.OrderIDReused, account.MovementIDReused, account.TransferIDReused:
		return errs.AlreadyExists
	case account.OrderRateExceeded, account.TooManyOrders:
		return errs.ResourceExhausted
	default:
		return errs.FailedPrecondition
	}
}

// isReason tells whether the ledger refused something for a reason.
func isReason(err error, reason account.Reason) bool {
	var said *account.Error
	return errors.As(err, &said) && said.Reason == reason
}

// refused classifies what an engine refuses.
func (v *Venue) refused(n int32, e *matching.Event) error {
	symbol := v.listing.Instruments[n].Symbol
	switch e.Reason {
	case matching.WrongPhase:
		return v.closed(n, symbol, e.Phase)
	case matching.InvalidOrder:
		return errs.New(errs.Invalid, "INVALID_ORDER", "order in %s: its fields contradict each other or are out of range", symbol)
	case matching.ExpiryPassed:
		return errs.InvalidField("order.expire_time", "", "a time that lies ahead at the venue")
	case matching.WouldTake:
		return errs.New(errs.FailedPrecondition, "WOULD_TAKE", "order in %s: a post-only order at that price would trade at once; want a price further away", symbol)
	case matching.WouldTrigger:
		return errs.New(errs.FailedPrecondition, "WOULD_TRIGGER", "order in %s: its stop price is reached already; want one that is not", symbol)
	case matching.OutsideBand:
		return errs.New(errs.FailedPrecondition, account.PriceOutOfBand.String(),
			"order in %s: its price is too far from the reference price, %s", symbol, v.listing.Instruments[n].FormatPrice(v.ledger.Reference(n)))
	default:
		return errs.New(errs.Internal, matchingReason(e.Reason), "order in %s: the engine refuses it", symbol)
	}
}

// closed says that an instrument takes no such orders in its phase.
func (v *Venue) closed(n int32, symbol string, phase matching.Phase) error {
	switch phase {
	case matching.Halted:
		refused := errs.New(errs.FailedPrecondition, "MARKET_HALTED", "order in %s: trading is halted (%s); cancels are accepted",
			symbol, cmp.Or(v.markets[n].reason, "no reason given"))
		return refused.With("symbol", symbol)
	case matching.Calling:
		return errs.New(errs.FailedPrecondition, "MARKET_IN_AUCTION",
			"order in %s: a call auction collects orders that can rest; want a limit order, or try again after it", symbol).
			With("symbol", symbol).WithRetryAfter(time.Duration(max(v.markets[n].callEnds-v.run.business, 0)))
	default:
		return errs.New(errs.FailedPrecondition, "MARKET_CLOSED", "order in %s: trading has not begun", symbol).With("symbol", symbol)
	}
}

// matchingReason is the name of an engine's reason.
func matchingReason(reason matching.Reason) string {
	if reason == matching.NoReason {
		return ""
	}
	return reason.String()
}

// isRule tells whether a refusal is that of a rule, and not of a malformed command.
func isRule(err error, classified **errs.Error) bool {
	if !errors.As(err, classified) {
		return false
	}
	switch (*classified).Kind {
	case errs.FailedPrecondition, errs.ResourceExhausted, errs.Unavailable:
		return true
	default:
		return false
	}
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](from map[uint64]V) []uint64 { return slices.Sorted(maps.Keys(from)) }

// String is the status in lower-case words.
func (s Status) String() string {
	switch s {
	case Pending:
		return "pending"
	case Working:
		return "open"
	case PartiallyFilled:
		return "partially filled"
	case Filled:
		return "filled"
	case Cancelled:
		return "cancelled"
	case Expired:
		return "expired"
	default:
		return "unknown"
	}
}
