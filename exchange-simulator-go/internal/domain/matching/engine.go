// Package matching is the matching engine of one instrument: order types, auctions, triggers, linked orders and
// self-trade prevention over a price-time book. It is pure, deterministic and single-threaded: the same commands give the
// same events. Prices are ticks, quantities lots, times nanoseconds that arrive with the command. It allocates only to
// grow. Money is not its business: it asks Funds what a taker can pay and reports what happened through events, which
// every command appends to the buffer that it is given and returns.
package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Funds is who pays: the engine asks it during a match. A nil Funds pays for everything.
type Funds interface {
	// Affordable returns how many of the lots, from 0 to all, the account of the taker can pay (buy) or deliver (sell) at
	// the price, next to what Settle has reported. It changes nothing. For a FOK order it is asked once, for all lots at
	// the worst price it would trade at; otherwise before every fill.
	Affordable(taker uint64, account int32, side book.Side, price, lots int64) int64
	// Settle is told of each trade as it happens, before the next question; the event also goes to the buffer.
	Settle(trade *Event)
}

// Engine matches the orders of one instrument. Make it with New or Decode.
type Engine struct {
	book  *book.Book
	funds Funds
	rules Rules

	phase     Phase
	last      int64 // ticks; 0 before the first trade
	reference int64 // ticks; 0 when none was set
}

// New makes an engine in phase PreOpen with an empty book.
func New(rules Rules, funds Funds) *Engine {
	if rules.MaxTriggers == 0 {
		rules.MaxTriggers = DefaultMaxTriggers
	}
	return &Engine{book: book.New(), funds: funds, rules: rules}
}

// Book is the book, to be read between commands. Orders that wait for a price stand on shelves of their own.
func (e *Engine) Book() *book.Book { return e.book }

// Phase returns the phase of trading.
func (e *Engine) Phase() Phase { return e.phase }

// Last returns the price of the last trade in ticks, 0 before the first.
func (e *Engine) Last() int64 { return e.last }

// Reference returns the reference price in ticks, 0 when none was set.
func (e *Engine) Reference() int64 { return e.reference }
