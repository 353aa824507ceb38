// Package matching is the matching engine of one instrument: order types, auctions, triggers, linked orders and
// self-trade prevention over a price-time book. It is pure, deterministic and single-threaded: the same commands give the
// same events. Prices are ticks, quantities lots, times nanoseconds that arrive with the command. It allocates only to
// grow. Money is not its business: it asks Funds what a taker can pay and reports what happened through events, which
// every command appends to the buffer that it is given and returns.
package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Funds is who pays: the engine asks it during a match, and before orders are worked that waited for another to fill. A
// nil Funds pays for everything.
type Funds interface {
	// Affordable returns how many of the lots, from 0 to all, the account of the taker can pay (buy) or deliver (sell) at
	// the price, next to what Settle has reported. It changes nothing. For a FOK order it is asked once, for all lots at
	// the worst price it would trade at, and then as for any other before every fill.
	Affordable(taker uint64, account int32, side book.Side, price, lots int64) int64
	// Settle is told of each trade as it happens, before the next question; the event also goes to the buffer.
	Settle(trade *Event)
	// Activate returns how many of the lots, from 0 to all, can be held for the pending orders of a bracket, whose working
	// order has just filled: Settle has been told of it. second is 0 when there is one; two are an OCO pair, of which one
	// trades, and lots are the open ones of the larger. It is asked once. With 0 the orders end; those of more lots than
	// it returns are activated with so many.
	Activate(first, second uint64, lots int64) int64
}

// Rules are the parameters of an instrument. The zero value has no bands and the default bound.
type Rules struct {
	// StaticBand is how far a trade may lie from the reference, in basis points of it; 0 is any distance. Orders may rest further out.
	StaticBand int64
	// DynamicBand is how far a trade may lie from the last trade before its taker came, in basis points; 0 is any distance.
	DynamicBand int64
	// PauseOnBand halts trading when a trade would have left a band; the rest of its taker expires in any case.
	PauseOnBand bool
	// MaxTriggers is how many waiting orders one command works after it has run; 0 is DefaultMaxTriggers.
	MaxTriggers int
}

// DefaultMaxTriggers bounds how long the orders that one command triggers can hold up the next command.
const DefaultMaxTriggers = 256

// The largest price in ticks and order in lots. Their product must also stay below 2^63.
const (
	MaxPrice = 1 << 46
	MaxLots  = 1 << 46
)

// Engine matches the orders of one instrument. Make it with New or Decode.
type Engine struct {
	book  *book.Book
	funds Funds
	rules Rules
	out   []Event // of the command that runs

	takers [2]taker // room for the orders that it places

	phase     Phase
	last      int64 // ticks; 0 before the first trade
	reference int64 // ticks; 0 when none was set
	static    band  // around the reference

	traded bool  // by the taker that was worked last
	first  int64 // the price of its first trade; that of its last is last

	details    []detail // 0 is none
	freeDetail int32
	expiries   []int32 // details, a heap
	trails     [4]list // of trailing stops, by side and the price they follow
}

// New makes an engine in phase PreOpen with an empty book.
func New(rules Rules, funds Funds) *Engine {
	e := &Engine{book: book.New(), funds: funds, details: make([]detail, 1)}
	e.SetRules(rules)
	return e
}

// SetRules changes the parameters from the next command on.
func (e *Engine) SetRules(rules Rules) {
	if rules.MaxTriggers <= 0 {
		rules.MaxTriggers = DefaultMaxTriggers
	}
	e.rules = rules
	e.static = around(e.reference, rules.StaticBand)
}

// Book is the book, to be read between commands: its bids and asks, and the orders that wait on the other shelves. An
// order is in the market when its Shelf is Bids or Asks. On any other it waits: for a price, for the order that it hangs
// on, or to be worked while orders are Pending; Trigger tells its price.
func (e *Engine) Book() *book.Book { return e.book }

// Phase returns the phase of trading.
func (e *Engine) Phase() Phase { return e.phase }

// Last returns the price of the last trade in ticks, 0 before the first.
func (e *Engine) Last() int64 { return e.last }

// Reference returns the reference price in ticks, 0 when none was set.
func (e *Engine) Reference() int64 { return e.reference }

// Pending tells how many triggered or activated orders are still to be worked, because the last command reached
// MaxTriggers. The caller then lets Continue follow, as a command of its own; other commands may come between.
func (e *Engine) Pending() int {
	if queue := e.book.Best(elected); queue != nil && e.phase == Continuous {
		return int(queue.Orders)
	}
	return 0
}

// Continue works orders that are Pending.
func (e *Engine) Continue(events []Event) []Event {
	e.out = events
	return e.settle()
}

// settle ends a command: it works the orders that it triggered and those that they trigger in turn, up to the bound.
func (e *Engine) settle() []Event {
	if e.book.Aside() == 0 {
		e.traded = false
		return e.done()
	}
	e.observe()
	for range e.rules.MaxTriggers {
		h := e.book.Front(elected)
		if h == book.None || e.phase != Continuous {
			break
		}
		e.enter(e.take(h))
		e.observe()
	}
	return e.done()
}

// done hands the buffer back.
func (e *Engine) done() []Event {
	out := e.out
	e.out = nil
	return out
}

// emit appends an event and returns it to be filled; the pointer holds until the next one.
func (e *Engine) emit() *Event {
	e.out = append(e.out, Event{})
	return &e.out[len(e.out)-1]
}

// emitOrder appends an event about an order as it is.
func (e *Engine) emitOrder(kind Kind, reason Reason, o *book.Order) *Event {
	event := e.emit()
	event.Kind, event.Reason, event.Order, event.Account = kind, reason, o.ID, o.Account
	event.Side, event.Type, event.Price, event.Remaining = o.Side, Type(o.Type), o.Price, o.Open()
	if o.Flags&byQuote != 0 && o.Ref != 0 {
		event.Remaining = e.details[o.Ref].quote
	}
	return event
}

// refuse appends a rejection.
func (e *Engine) refuse(reason Reason, id uint64, account int32) []Event {
	event := e.emit()
	event.Kind, event.Reason, event.Order, event.Account, event.Phase = Rejected, reason, id, account, e.phase
	return e.done()
}
