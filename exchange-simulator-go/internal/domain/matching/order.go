package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Type of an order.
type Type uint8

// The types. Those from Stop on wait for a price (their trigger) and then become a Market order, or a Limit order where
// the name says so. A buy stop waits for the price to rise to its trigger, a sell stop for it to fall; take-profits the
// other way round. The trigger of a trailing stop follows the price at Trail ticks and never goes back.
const (
	Limit Type = iota
	Market
	Stop
	StopLimit
	TakeProfit
	TakeProfitLimit
	TrailingStop
	TrailingStopLimit
	typeCount
)

// Force is how long an order stays in force.
type Force uint8

// The times in force. A Market order ends with the command whatever it says (FOK: all lots or none).
const (
	GTC Force = iota // until it is cancelled
	IOC              // what does not trade at once expires
	FOK              // trades all its lots at once or none
	GTD              // until Expiry
	Day              // until the next 00:00 UTC
	forceCount
)

// SelfTrade says what happens when an incoming order meets a resting one of the same Owner. The incoming order's choice
// counts.
type SelfTrade uint8

// The ways to prevent trades with oneself.
const (
	Allow       SelfTrade = iota // they trade
	ExpireTaker                  // what is left of the incoming order expires
	ExpireMaker                  // the resting order expires, the incoming one goes on
	ExpireBoth                   // both expire
	Decrement                    // both lose the smaller of their visible lots without a trade; who has none left expires
	selfTradeCount
)

// TriggerBy is the price that a trigger waits for.
type TriggerBy uint8

// The prices to wait for.
const (
	LastTrade TriggerBy = iota
	BestPrice           // the price that the order would meet: the best ask for a buy order, the best bid for a sell order
	triggerByCount
)

// Order is an order as it is placed. Fields that its type does not use must be zero.
type Order struct {
	ID        uint64 // unique among the live orders, not 0
	Account   int32
	Owner     int32 // the group over all its accounts that does not trade with itself
	Side      book.Side
	Type      Type
	Force     Force
	SelfTrade SelfTrade
	TriggerBy TriggerBy
	PostOnly  bool  // refuse the order rather than let it take
	Price     int64 // ticks, the limit; 0 for those without
	Lots      int64
	Quote     int64 // ticks x lots to spend or to receive at most, instead of Lots; only Market orders
	Display   int64 // lots that an iceberg shows at a time; 0 shows everything
	Trigger   int64 // ticks
	Trail     int64 // ticks between a trailing stop and the best price since it was placed
	Expiry    int64 // nanoseconds since 1970 UTC, of GTD
}

// Replacement is what an order is to become. Fewer lots at the same price keep its place; a new price or more lots lose
// it, and where the order now crosses it trades.
type Replacement struct {
	ID      uint64
	Price   int64 // ticks; 0 keeps it
	Lots    int64 // lots open from then on, hidden ones included; 0 keeps them
	Trigger int64 // ticks, for an order that waits for a price; 0 keeps it
}
