package orders

// The words of the command line for what the contract has constants for, and back.

import (
	"maps"
	"slices"
	"strings"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

var (
	// TIFs are the times in force by the words of the command line.
	TIFs = map[string]exchangev1.TimeInForce{
		"gtc": exchangev1.TimeInForce_TIME_IN_FORCE_GTC,
		"ioc": exchangev1.TimeInForce_TIME_IN_FORCE_IOC,
		"fok": exchangev1.TimeInForce_TIME_IN_FORCE_FOK,
		"gtd": exchangev1.TimeInForce_TIME_IN_FORCE_GTD,
		"day": exchangev1.TimeInForce_TIME_IN_FORCE_DAY,
	}
	// Triggers are the prices that trigger.
	Triggers = map[string]exchangev1.TriggerSource{
		"last": exchangev1.TriggerSource_TRIGGER_SOURCE_LAST_TRADE,
		"best": exchangev1.TriggerSource_TRIGGER_SOURCE_BEST_PRICE,
	}
	// STPs are what happens when two orders of one owner would trade.
	STPs = map[string]exchangev1.SelfTradePrevention{
		"none":      exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_NONE,
		"taker":     exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_TAKER,
		"maker":     exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_MAKER,
		"both":      exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_EXPIRE_BOTH,
		"decrement": exchangev1.SelfTradePrevention_SELF_TRADE_PREVENTION_DECREMENT,
	}
)

// Words lists the words of one of the maps above, sorted.
func Words[E any](words map[string]E) []string { return slices.Sorted(maps.Keys(words)) }

// shortName is the constant of an enum without its prefix, in the letters of the command line.
func shortName(constant, prefix string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(constant, prefix)), "_", "-")
}

// SideName is "buy" or "sell"; "-" for the trade of an auction, which nobody took.
func SideName(side exchangev1.Side) string {
	if side == exchangev1.Side_SIDE_UNSPECIFIED {
		return "-"
	}
	return shortName(side.String(), "SIDE_")
}
