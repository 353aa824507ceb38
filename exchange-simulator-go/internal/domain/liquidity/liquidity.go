// Package liquidity decides what the venue's own participants in one instrument want to do: market makers, who quote on both
// sides around the reference price, and noise takers, who hit those quotes. It knows neither the book nor the accounts: it
// is handed a view and answers with intentions, which the venue executes as ordinary orders of ordinary accounts. The
// same seed, parameters and views always give the same intentions.
//
// Prices are in ticks and quantities in lots; times are nanoseconds of business time; volatilities are standard deviations
// of the logarithmic return over the square root of a second.
package liquidity

// Side of an order.
type Side uint8

// The sides.
const (
	Buy Side = iota
	Sell
)

// Opposite returns the side that this one trades with.
func (s Side) Opposite() Side { return s ^ 1 }

// sign is 1 of Buy and -1 of Sell.
func (s Side) sign() float64 { return 1 - 2*float64(s) }

// Instrument is what the participants must know of an instrument.
type Instrument struct {
	TickLot     float64 // quote units (e.g. USD) that one lot costs at a price of one tick
	MinLots     int64   // of an order, at least 1
	MaxLots     int64   // of an order
	MinNotional float64 // of an order, quote units
}

// View is the market as it stands before a step. The package reads it and keeps nothing of it.
type View struct {
	Reference        float64 // price from market data, ticks; outside of 0 to 1e15 it counts as stale
	Stale            bool    // no makers quote and no takers trade on a stale reference
	SpreadMultiplier float64 // of the operator; 1 changes nothing; clamped to 0.1 to 100, not above 0 counts as 1
	BestBid, BestAsk int64   // ticks; 0 when that side is empty
	Makers           []Maker // at least Parameters.Makers of them; those beyond only cancel
	Takers           []Taker // at least Parameters.Takers of them
}

// Maker is what one market maker has.
type Maker struct {
	Inventory int64   // lots held, less those at its start; negative when it sold more than it bought
	CanBuy    int64   // lots that its free quote balance pays for at the reference, beside what its quotes hold
	CanSell   int64   // lots of its free base balance, beside what its quotes hold
	Quotes    []Quote // resting, in any order that is the same in a replay
}

// Taker is what one noise taker has.
type Taker struct {
	CanBuy  int64 // lots that its free quote balance pays for at the reference
	CanSell int64 // lots of its free base balance
}

// Quote is a resting order of a maker.
type Quote struct {
	ID    uint64
	Side  Side
	Price int64 // ticks
	Lots  int64 // still open
}

// Kind says what an intention is.
type Kind uint8

// The kinds.
const (
	Cancel Kind = iota // the maker's order ID
	Place              // a post-only limit order of a maker; one that would trade is to be dropped
	Take               // an immediate-or-cancel limit order of a taker
)

// Intention is one thing that a participant wants to do.
type Intention struct {
	Kind        Kind
	Side        Side   // of Place and Take
	Participant int    // index into the Makers of the view, of Take into its Takers
	ID          uint64 // of Cancel
	Price       int64  // ticks; of Place and Take
	Lots        int64  // of Place and Take
}

// The bounds of a step: it cancels at most what rests, and else appends at most this many intentions.
const (
	MaxPlaces = 16 // quotes placed in one step
	MaxTakes  = 16 // takes in one step; arrivals beyond are lost
)
