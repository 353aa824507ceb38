package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Kind of an event.
type Kind uint8

// What can happen. An accepted order is open until a Traded with nothing Remaining, a Cancelled or an Expired names it;
// it stands in the book from an Accepted that Rests or from Rested on, until it ends or a Replaced with LostPriority takes it out.
const (
	Accepted     Kind = 1 + iota // the order is valid: Price, Lots (a Market order by quote: Quote in Remaining); Rests
	Rejected                     // nothing was changed; Reason says why
	Traded                       // Order took Lots from Maker at Price; both remainders
	Cancelled                    // taken out by request or with a linked order; Remaining is what was open
	Expired                      // ended by its own terms, a rule or want of funds; Remaining is what was open
	Triggered                    // its price came; it is now worked as what it becomes
	Activated                    // the order before it filled; the order is now worked, with the Remaining that Funds holds for
	Replaced                     // Price, Remaining as they are now, Old is the price before; Reason KeptPriority or LostPriority
	Refilled                     // an iceberg shows Lots again, behind the others of its Price; Remaining in all
	Decremented                  // Order and Maker lost Lots to self-trade prevention without a trade; both remainders
	PhaseChanged                 // Phase is the new one
	Uncrossed                    // the call auction traded Lots at Price in all; the Traded events follow
	ReferenceSet                 // Price is the new reference
	Rested                       // the order came to stand in the book, behind the others of its Price: Remaining, of which Lots are shown
)

// Reason says why.
type Reason uint8

// The reasons.
const (
	NoReason           Reason = iota
	InvalidOrder              // fields that contradict each other or are out of range
	DuplicateID               // an order with this id is live
	UnknownOrder              // no order with this id is live
	WrongPhase                // the phase does not allow it
	OutsideBand               // a trade would have been outside a band
	WouldTake                 // a post-only order would trade at once
	WouldTrigger              // the trigger is reached already
	ExpiryPassed              // the expiry is not after the time of the command
	Requested                 // asked for by the caller
	Linked                    // an order that it was linked to ended or traded
	NotImmediate              // what an IOC order could not trade at once
	NotInFull                 // a FOK order could not trade in full
	NoLiquidity               // a market order found the book empty
	NoFunds                   // the taker cannot pay for more, or nothing can be held for the order that was to be activated
	QuoteSpent                // what is left of the quote amount does not pay for one more lot
	PreventedSelfTrade        // self-trade prevention
	TimePassed                // GTD or Day has come
	KeptPriority              // the order is where it was in its queue
	LostPriority              // the order is behind the others of its price, or traded
	AtCall                    // by the call auction
	ByOperator                // a phase that the caller asked for
	reasonCount
)

var reasonNames = [reasonCount]string{
	InvalidOrder:       "INVALID_ORDER",
	DuplicateID:        "DUPLICATE_ID",
	UnknownOrder:       "UNKNOWN_ORDER",
	WrongPhase:         "WRONG_PHASE",
	OutsideBand:        "PRICE_OUT_OF_BAND",
	WouldTake:          "WOULD_TAKE",
	WouldTrigger:       "WOULD_TRIGGER",
	ExpiryPassed:       "EXPIRY_PASSED",
	Requested:          "REQUESTED",
	Linked:             "LINKED_ORDER",
	NotImmediate:       "IOC_REMAINDER",
	NotInFull:          "FOK_NOT_FILLED",
	NoLiquidity:        "NO_LIQUIDITY",
	NoFunds:            "INSUFFICIENT_BALANCE",
	QuoteSpent:         "QUOTE_SPENT",
	PreventedSelfTrade: "SELF_TRADE_PREVENTED",
	TimePassed:         "TIME_PASSED",
	KeptPriority:       "KEPT_PRIORITY",
	LostPriority:       "LOST_PRIORITY",
	AtCall:             "AUCTION",
	ByOperator:         "OPERATOR",
}

// String returns the reason as users read it, in UPPER_SNAKE_CASE; NoReason is empty.
func (r Reason) String() string { return reasonNames[r] }

// Event is one thing that happened, 72 bytes. Which fields are set stands beside the kinds.
type Event struct {
	Order          uint64 // of a trade, the taker; in a call auction the buyer
	Maker          uint64 // whose price it was; in a call auction the seller
	Price          int64  // ticks
	Lots           int64
	Remaining      int64 // open lots of Order; ticks x lots for a Market order by quote
	MakerRemaining int64 // open lots of Maker, hidden ones included
	Old            int64 // ticks
	Account        int32 // of Order
	MakerAccount   int32 // of Maker
	Kind           Kind
	Reason         Reason
	Side           book.Side // of Order
	Type           Type      // of Order
	Phase          Phase     // of PhaseChanged
	Rests          bool      // of Accepted: it stands in the book at once and needs no Rested
}
