// Package book keeps a copy of an order book from its snapshot and its changes, and shows it as a ladder.
package book

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/trading-ecosystem/fleet/internal/decimal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// ErrGap says that a change does not follow the one before: the copy is worthless until the next snapshot.
var ErrGap = errors.New("a change of the book is missing")

// Level is all orders at one price.
type Level struct {
	Price, Quantity string // as the exchange wrote them
	Orders          uint32

	price, quantity *big.Rat
}

// Book is a copy of one order book. The zero value waits for a snapshot.
type Book struct {
	Sequence   uint64
	Time       time.Time // business time of the last message
	bids, asks []Level   // best first
	complete   bool      // a snapshot has come
}

// Apply takes the next message. After an error, which is ErrGap when one is missing, the book is empty and waits for a snapshot.
func (b *Book) Apply(message *exchangev1.StreamOrderBookResponse) error {
	err := b.apply(message)
	if err != nil {
		*b = Book{}
	}
	return err
}

func (b *Book) apply(message *exchangev1.StreamOrderBookResponse) error {
	switch {
	case message.GetSnapshot():
		*b = Book{complete: true}
	case !b.complete:
		return fmt.Errorf("%w: change %d came before a snapshot", ErrGap, message.GetSequence())
	case message.GetPreviousSequence() != b.Sequence:
		return fmt.Errorf("%w: change %d follows %d, the book is at %d", ErrGap, message.GetSequence(), message.GetPreviousSequence(), b.Sequence)
	}
	for _, level := range message.GetBids() {
		if err := put(&b.bids, level, -1); err != nil {
			return fmt.Errorf("bid of message %d: %w", message.GetSequence(), err)
		}
	}
	for _, level := range message.GetAsks() {
		if err := put(&b.asks, level, 1); err != nil {
			return fmt.Errorf("ask of message %d: %w", message.GetSequence(), err)
		}
	}
	b.Sequence, b.Time = message.GetSequence(), message.GetTime().AsTime()
	return nil
}

// put replaces or removes a level of a side on which prices get worse in the direction.
func put(side *[]Level, changed *exchangev1.Level, direction int) error {
	price, err := decimal.Parse(changed.GetPrice())
	if err != nil {
		return err
	}
	quantity, err := decimal.Parse(changed.GetQuantity())
	if err != nil {
		return err
	}
	level := Level{changed.GetPrice(), changed.GetQuantity(), changed.GetOrders(), price, quantity}
	at, there := slices.BinarySearchFunc(*side, price, func(level Level, price *big.Rat) int { return direction * level.price.Cmp(price) })
	switch {
	case quantity.Sign() <= 0 && there:
		*side = slices.Delete(*side, at, at+1)
	case quantity.Sign() <= 0: // it was not there
	case there:
		(*side)[at] = level
	default:
		*side = slices.Insert(*side, at, level)
	}
	return nil
}

// Bids returns the best levels of the buy side, highest price first.
func (b *Book) Bids(depth int) []Level { return b.bids[:min(depth, len(b.bids))] }

// Asks returns the best levels of the sell side, lowest price first.
func (b *Book) Asks(depth int) []Level { return b.asks[:min(depth, len(b.asks))] }

// Snapshot makes a book of an answer to GetOrderBook.
func Snapshot(answer *exchangev1.GetOrderBookResponse) (*Book, error) {
	made := &Book{}
	return made, made.Apply(&exchangev1.StreamOrderBookResponse{
		Snapshot: true, Sequence: answer.GetSequence(), Bids: answer.GetBids(), Asks: answer.GetAsks(), Time: answer.GetTime(),
	})
}

// spread is the best ask less the best bid with the digits of the prices, and in basis points of the middle; empty while a side is.
func (b *Book) spread() (quote, bps string) {
	if len(b.bids) == 0 || len(b.asks) == 0 {
		return "", ""
	}
	bid, ask := b.bids[0], b.asks[0]
	difference, middle := new(big.Rat).Sub(ask.price, bid.price), new(big.Rat).Add(ask.price, bid.price)
	quote = difference.FloatString(max(decimal.Places(bid.Price), decimal.Places(ask.Price)))
	if middle.Sign() <= 0 {
		return quote, ""
	}
	return quote, new(big.Rat).Quo(difference.Mul(difference, big.NewRat(20000, 1)), middle).FloatString(2)
}

// Line renders the best prices as one line.
func (b *Book) Line(symbol string) string {
	best := func(side []Level) string {
		if len(side) == 0 {
			return "-"
		}
		return side[0].Quantity + " at " + side[0].Price
	}
	quote, _ := b.spread()
	return fmt.Sprintf("%s %s bid %s ask %s spread %s sequence %d", b.Time.UTC().Format("2006-01-02T15:04:05.000Z"), symbol,
		best(b.bids), best(b.asks), cmp.Or(quote, "-"), b.Sequence)
}
