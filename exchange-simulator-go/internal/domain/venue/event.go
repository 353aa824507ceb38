package venue

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// EventKind says what happened.
type EventKind uint8

// What can happen. Order, Account, ClientID, Instrument, Side and Type are set in all that is about an order.
const (
	OrderAccepted      EventKind = 1 + iota // Price, Lots, Display, Trigger, List, Remaining; Visible when it rests at once
	OrderRejected                           // Reason, Text says it to people; Order is 0
	OrderRested                             // stands in the book, behind the others of its Price, with Remaining, of which Visible are shown
	OrderTriggered                          // its price came: Trigger
	OrderActivated                          // the order before it filled; Remaining
	OrderReplaced                           // Price, Remaining, Old; KeptPriority, or it leaves the book and may rest again
	OrderRefilled                           // an iceberg shows Visible again, behind the others of its Price; Remaining
	OrderDecremented                        // Order and Maker lost Lots to self-trade prevention; Remaining, MakerRemaining
	OrderCancelled                          // Reason; Remaining is what was open
	OrderExpired                            // Reason; Remaining is what was open
	Traded                                  // Order took Lots from Maker at Price, or both in an auction; all about both sides
	AccountOpened                           // Account, Text is its name
	Deposited                               // Account, Asset, Amount, Text is the movement's id; Reason IN_TRANSIT or none
	DepositBooked                           // as Deposited: the custodian has it now
	WithdrawalHeld                          // Account, Asset, Amount, Text
	WithdrawalSettled                       // Account, Asset, Amount, Text
	WithdrawalReleased                      // Account (-1 when nothing was held), Asset, Amount, Text
	Transferred                             // Account, To, Asset, Amount, Text
	LimitsChanged                           // Account; Reason ACCOUNT_BLOCKED when the kill switch is on
	PhaseChanged                            // Instrument, Phase, Reason, Text is what the operator gave
	AuctionUncrossed                        // Instrument, Price, Lots; the trades follow
	SpreadChanged                           // Instrument, Multiplier
	ReferenceChanged                        // Instrument, Reason STALE or FRESH
	FaultBegan                              // Instrument, Text is the fault's id, Reason its kind, Multiplier its share, Until
	FaultEnded                              // Instrument, Text
	Configured                              // by documents
	eventKindCount
)

// Event is one thing that happened at the venue. Which fields are set stands beside the kinds.
type Event struct {
	Kind         EventKind
	Side         book.Side // of Order
	Type         matching.Type
	Phase        matching.Phase
	KeptPriority bool
	Auction      bool // of a trade: by a call auction, where Order bought and both paid as takers
	Instrument   int32
	Account      int32
	MakerAccount int32
	To           int32
	Asset        int32
	Order        uint64
	Maker        uint64
	Trade        uint64
	List         uint64
	ClientID     string
	MakerClient  string
	Price        int64 // ticks
	Lots         int64
	Display      int64 // lots that an iceberg shows at a time
	Trigger      int64 // ticks
	Visible      int64 // lots shown
	Remaining    int64 // open lots of Order, hidden ones included; 0 of one by quote
	// MakerRemaining is the open lots of Maker, hidden ones included.
	MakerRemaining int64
	Old            int64 // ticks
	Amount         int64 // units of Asset
	Fee            account.Charge
	MakerFee       account.Charge
	Mid            int64 // ticks, best bid + best ask when the command arrived (twice the mid), 0 when a side was empty
	Until          int64 // wall nanoseconds
	Multiplier     float64
	Reason         string // UPPER_SNAKE_CASE
	Text           string
}
