package venue

// Status is where an order is in its life.
type Status uint8

// The statuses.
const (
	Pending         Status = 1 + iota // waits for its trigger, or for the order that it hangs on
	Working                           // is open, nothing filled yet
	PartiallyFilled                   // is open, filled in part
	Filled
	Cancelled
	Expired
)

// Ended tells whether the order can no longer trade.
func (s Status) Ended() bool { return s >= Filled }

// Record is an order as the venue remembers it: while it is open, and then for Retention, but at most MaxEnded of an
// account. Orders of the venue's own participants are forgotten when they end.
type Record struct {
	ID         uint64
	Account    int32
	Instrument int32
	ClientID   string
	Order      Order // as amended since; Lots in all, filled ones included
	Status     Status
	Reason     string // why it was cancelled or expired
	Filled     int64  // lots
	Spent      int64  // units of the quote asset of all fills, before fees
	Remaining  int64  // lots that may still trade
	Trigger    int64  // ticks that it waits for, 0 when it does not
	List       uint64 // the first order of its OCO or bracket
	Created    int64  // business nanoseconds
	Updated    int64  // business nanoseconds
	First      uint64 // sequence of the first event of the command that placed it
	Last       uint64 // sequence of the last event of that command

	replaces []again
	session  uint64
	before   *Record // the open order of its account that came before it
	after    *Record // the one that came after it
	digest   uint64  // of the command that placed it
}

// How long ended orders, and with them the ids of clients, are remembered.
const (
	Retention = 24 * 60 * 60 * 1_000_000_000 // nanoseconds of business time after the end
	MaxEnded  = 1_000_000                    // of one account
)

// Fill is one trade as one of its two orders sees it.
type Fill struct {
	Trade      uint64
	Order      uint64
	ClientID   string
	Account    int32
	Instrument int32
	Buys       bool
	Maker      bool
	Price      int64 // ticks
	Lots       int64
	Fee        int64 // units of FeeAsset; negative is a rebate
	FeeAsset   int32
	Mid        int64 // twice the mid at arrival, ticks; 0 when a side was empty
	Time       int64 // business nanoseconds
	Sequence   uint64
}

// MaxFills is how many fills an answer carries; all of them are in the events.
const MaxFills = 1000

// Answer is what became of a command. A refusal by a rule is an Err (of package errs) and has changed nothing.
type Answer struct {
	Err      error
	Sequence uint64   // of the last event so far
	Order    Record   // of Place, Cancel, Replace
	Fills    []Fill   // what Order traded at once, of Place and Replace; at most MaxFills
	Linked   []Record // the other orders of an OCO pair or bracket
	Count    uint32   // orders that were cancelled, of CancelAll, SetLimits and Disconnect
	Repeated bool     // an earlier command with this id was answered before; Order is as it is now, without fills
	Account  int32    // of Open and of what moves money
}
