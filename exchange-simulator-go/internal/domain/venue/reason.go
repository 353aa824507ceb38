// This file makes small numbers of the reasons that events give, which are few and long.

package venue

// reasons are those that have a number, 1 and up, in the order of their coming: the numbers are in journals, so new ones
// go to the end. Any other is written as text.
var reasons = [...]string{
	"INVALID_ORDER", "DUPLICATE_ID", "UNKNOWN_ORDER", "WRONG_PHASE", "OUTSIDE_BAND", "WOULD_TAKE", "WOULD_TRIGGER", "EXPIRY_PASSED",
	"REQUESTED", "ACCOUNT_CANCELLED", "LINKED", "NOT_IMMEDIATE", "NOT_IN_FULL", "NO_LIQUIDITY", "NO_FUNDS", "QUOTE_SPENT",
	"SELF_TRADE", "TIME_PASSED", "KEPT_PRIORITY", "LOST_PRIORITY", "AT_CALL", "BY_OPERATOR",
	"UNKNOWN_ACCOUNT", "UNKNOWN_ASSET", "UNKNOWN_SYMBOL", "UNKNOWN_MOVEMENT", "INVALID_NAME", "INVALID_PARENT",
	"INVALID_AMOUNT", "INVALID_LIMIT", "INVALID_MOVEMENT", "INVALID_TRADE", "ACCOUNT_EXISTS", "ORDER_ID_REUSED", "MOVEMENT_ID_REUSED",
	"TRANSFER_ID_REUSED", "NOT_SAME_OWNER", "WITHDRAWAL_RELEASED", "WITHDRAWAL_SETTLED", "INSUFFICIENT_BALANCE", "MAX_QUOTE_REQUIRED",
	"MIN_QUANTITY", "MAX_QUANTITY", "MIN_NOTIONAL", "PRICE_OUT_OF_BAND", "TOO_MANY_ORDERS", "ACCOUNT_BLOCKED", "ORDER_RATE_EXCEEDED",
	"MAX_ORDER_QUANTITY", "MAX_ORDER_NOTIONAL", "PRICE_COLLAR", "MAX_POSITION",
	"IN_TRANSIT", "STALE", "FRESH", "MARKET_HALTED", "DISCONNECTED", "UNAVAILABLE",
}

// otherReason is the number before a reason that is a text.
const otherReason = 0

var reasonNumbers = func() map[string]uint8 {
	numbers := make(map[string]uint8, len(reasons))
	for n, reason := range reasons {
		numbers[reason] = uint8(n + 1)
	}
	return numbers
}()
