// This file makes small numbers of the reasons that events give, which are few and long.

package venue

// reasonTable holds those that have a number, 1 and up, in the order of their coming: the numbers are in journals, so new ones
// go to the end. Any other is written as text.
var reasonTable = [...]string{
	"INVALID_ORDER", "DUPLICATE_ID", "UNKNOWN_ORDER", "WRONG_PHASE", "PRICE_OUT_OF_BAND", "WOULD_TAKE", "WOULD_TRIGGER",
	"EXPIRY_PASSED", "REQUESTED", "LINKED_ORDER", "IOC_REMAINDER", "FOK_NOT_FILLED", "NO_LIQUIDITY", "INSUFFICIENT_BALANCE",
	"QUOTE_SPENT", "SELF_TRADE_PREVENTED", "TIME_PASSED", "KEPT_PRIORITY", "LOST_PRIORITY", "AUCTION", "OPERATOR",
	"CANCELLED_ALL", "DISCONNECTED", "IN_TRANSIT", "STALE", "FRESH", "PRICE_BAND", "MARKET_HALTED", "MARKET_IN_AUCTION",
	"MARKET_CLOSED", "ORDER_ENDED", "QUANTITY_FIXED", "QUANTITY_FILLED", "VENUE_ACCOUNT", "VENUE_MAINTENANCE",
	"INSTRUMENT_UNAVAILABLE", "UNKNOWN_ACCOUNT", "UNKNOWN_ASSET", "UNKNOWN_SYMBOL", "UNKNOWN_MOVEMENT", "INVALID_NAME",
	"INVALID_PARENT", "INVALID_AMOUNT", "INVALID_LIMIT", "INVALID_MOVEMENT", "INVALID_TRADE", "ACCOUNT_EXISTS",
	"ORDER_ID_REUSED", "MOVEMENT_ID_REUSED", "TRANSFER_ID_REUSED", "NOT_SAME_OWNER", "WITHDRAWAL_RELEASED",
	"WITHDRAWAL_SETTLED", "MAX_QUOTE_REQUIRED", "MIN_QUANTITY", "MAX_QUANTITY", "MIN_NOTIONAL", "TOO_MANY_ORDERS",
	"ACCOUNT_BLOCKED", "ORDER_RATE_EXCEEDED", "MAX_ORDER_QUANTITY", "MAX_ORDER_NOTIONAL", "PRICE_COLLAR", "MAX_POSITION",
}

// otherReason is the number before a reason that is a text.
const otherReason = 0

var reasonNumbers = func() map[string]uint8 {
	numbers := make(map[string]uint8, len(reasonTable))
	for n, reason := range reasonTable {
		numbers[reason] = uint8(n + 1)
	}
	return numbers
}()
