package venue

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// Command is one thing that the venue is asked to do: a pointer to one of the types below. Whatever can change an outcome is
// one of them. Accounts are named as people do, e.g. "alice" or "alice/bot"; instruments and assets by their index in
// the listing, All where every one is meant. Prices are ticks, quantities lots, amounts units of their asset, times
// nanoseconds since 1970 UTC.
type Command interface{ code() commandCode }

// All stands for every instrument.
const All int32 = -1

// MaxClientID is the longest id that a client may choose, in bytes.
const MaxClientID = 64

// Configure gives the venue what its documents say. The first command of a journal is one; what an earlier one listed
// must be listed by a later one too, at the same index and with the same steps.
type Configure struct {
	Assets      []instrument.Asset
	Instruments []instrument.Instrument
	Rules       []matching.Rules       // of each instrument
	Liquidity   []liquidity.Parameters // of each instrument
	Fees        account.Fees
	Opening     int64  // length of the call auction at the first opening, business nanoseconds; 0 opens without one
	Resumption  int64  // length of the call auction after a halt, business nanoseconds; 0 resumes without one
	Cooling     int64  // how long a halt by a price band lasts before that auction, business nanoseconds
	Seed        uint64 // of the venue's own participants and of faults; that of the first Configure stays
}

// Order says what to trade and how. Fields that its type does not use are zero.
type Order struct {
	Side      book.Side
	Type      matching.Type
	Force     matching.Force
	SelfTrade matching.SelfTrade
	TriggerBy matching.TriggerBy
	PostOnly  bool
	Price     int64 // ticks, the limit
	Lots      int64 // 0 for a market order by quote; of the legs of a bracket it does not count
	Quote     int64 // units of the quote asset that a market order is to spend or to receive, instead of Lots
	Display   int64 // lots that an iceberg shows
	Trigger   int64 // ticks
	Trail     int64 // ticks
	Expiry    int64 // of GTD
	MaxQuote  int64 // units of the quote asset: the most that a buy may spend which waits for a trigger and has no limit
}

// Place places one order, an OCO pair (Other is set), or a bracket (TakeProfit or StopLoss or both are set: they are placed,
// as a pair, for what Order filled). Idempotent by (Account, ClientID).
type Place struct {
	Account    string
	ClientID   string
	Instrument int32
	Session    uint64 // that ends with Disconnect; 0 is none
	Order      Order
	Other      *Order
	TakeProfit *Order
	StopLoss   *Order
}

// Target names an order of an account: by its id at the venue, or when that is 0 by the id that the client gave it.
type Target struct {
	Account  string
	Order    uint64
	ClientID string
}

// Cancel takes an order out.
type Cancel struct{ Target }

// Replace changes price and quantity. Idempotent by (Account, RequestID).
type Replace struct {
	Target
	RequestID string
	Lots      int64 // in all, filled ones included; 0 keeps them
	Price     int64 // 0 keeps it
}

// CancelAll takes out all orders of an account in an instrument, or in All.
type CancelAll struct {
	Account    string
	Instrument int32
}

// Disconnect takes out what was placed in a session; session 0 ends all of them, as a start does.
type Disconnect struct{ Session uint64 }

// Amount is an amount of one asset.
type Amount struct {
	Asset int32
	Units int64
}

// Open opens an account, or a sub-account, with what is deposited for a start. Idempotent by (Account).
type Open struct {
	Account string
	Fund    []Amount
}

// Transfer moves an amount between two accounts of one owner. Idempotent by (owner, ID) for ever.
type Transfer struct {
	ID       string
	From, To string
	Amount   Amount
}

// SetLimits replaces the limits of an account. When they block it, all its orders are cancelled.
type SetLimits struct {
	Account string
	Limits  account.Limits
}

// Credit makes a deposit available; in transit it is not booked by the custodian yet. Idempotent by ID for ever.
type Credit struct {
	ID        string
	Account   string
	Amount    Amount
	InTransit bool
}

// HoldWithdrawal holds an amount that is to go out. Idempotent by ID for ever.
type HoldWithdrawal struct {
	ID      string
	Account string
	Amount  Amount
}

// SettleWithdrawal takes out what was held. Idempotent by ID for ever.
type SettleWithdrawal struct{ ID string }

// ReleaseWithdrawal gives a withdrawal up. Idempotent by ID for ever, also before the hold came.
type ReleaseWithdrawal struct{ ID string }

// Halt halts an instrument, or All.
type Halt struct {
	Instrument int32
	Reason     string
}

// Resume ends a halt with a call auction, or at once.
type Resume struct {
	Instrument     int32
	WithoutAuction bool
}

// SetSpread multiplies the spread that the venue's own makers quote.
type SetSpread struct {
	Instrument int32
	Multiplier float64
}

// Quote is a reference price from market data.
type Quote struct {
	Instrument int32
	Price      float64 // ticks
	Stale      bool    // it has not come for too long; Price is then 0 and the last one stays
}

// SetReferences brings reference prices, and lets the venue's own participants in those instruments act.
type SetReferences struct{ Quotes []Quote }

// Advance does what is due by its time: it is how timers reach the venue.
type Advance struct{}

// InjectFault begins a fault. Idempotent by Fault.ID.
type InjectFault struct{ Fault Fault }

// ClearFaults ends faults by their ids; without any, all.
type ClearFaults struct{ IDs []string }
