package matching

// Phase of trading in the instrument.
type Phase uint8

// The phases. Cancels, reductions and expiries are taken in all of them.
const (
	PreOpen    Phase = iota // before the first call: no orders yet
	CallPhase               // limit orders are collected and may cross; Uncross trades them at one price
	Continuous              // orders trade as they come; the book is never crossed
	Halted                  // no new orders; only Call leads on
)

// Rules are the parameters of an instrument. The zero value has no bands and the default bound.
type Rules struct {
	// StaticBand is how far a limit price or a trade may lie from the reference, in basis points of it; 0 is any distance.
	StaticBand int64
	// DynamicBand is how far a trade may lie from the last trade before its taker came, in basis points; 0 is any distance.
	DynamicBand int64
	// PauseOnBand halts trading when a trade would have left a band; otherwise only the taker's rest expires.
	PauseOnBand bool
	// MaxTriggers is how many waiting orders one command works after it has run; 0 is DefaultMaxTriggers.
	MaxTriggers int
}

// DefaultMaxTriggers bounds how long the orders that one command triggers can hold up the next command.
const DefaultMaxTriggers = 256
