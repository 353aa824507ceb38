// This file is where the log meets the prices.

package scenariolog

import (
	"sync"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// Prices is a path that follows a book. Like a path, it is for one goroutine.
type Prices struct {
	*path.Path
	book *Book
	seen *scenario.Log
}

// NewPrices makes a path follow a book from now on.
func NewPrices(of *path.Path, book *Book) *Prices { return &Prices{Path: of, book: book} }

// At fills in the quotes at a base tick, under the log as it is known now.
func (p *Prices) At(sequence uint64, quotes []path.Quote) error {
	p.catchUp()
	return p.Path.At(sequence, quotes)
}

// BarAt fills in the bars that hold a base tick, as path.Path.BarAt does, under the log as it is known now.
func (p *Prices) BarAt(sequence uint64, interval time.Duration, bars []bar.Bar) error {
	p.catchUp()
	return p.Path.BarAt(sequence, interval, bars)
}

// BarsOf yields bars of some instruments, as path.Path.BarsOf does, under the log as it is known now.
func (p *Prices) BarsOf(chosen []int, from, to time.Time, interval time.Duration, yield func([]bar.Bar) bool) error {
	p.catchUp()
	return p.Path.BarsOf(chosen, from, to, interval, yield)
}

func (p *Prices) catchUp() {
	if log := p.book.current.Load(); log != p.seen {
		p.Follow(*log)
		p.seen = log
	}
}

// Copies makes paths under the log as it is known now, for whoever wants to look at other times. It is safe for concurrent use.
type Copies struct {
	mu    sync.Mutex
	model *path.Path
	book  *Book
}

// NewCopies makes copies of a path, which it takes a fork of.
func NewCopies(of *path.Path, book *Book) *Copies { return &Copies{model: of.Fork(), book: book} }

// Copy is a path of the caller's own that knows the log as of now and has saved states up to a base tick.
func (c *Copies) Copy(until uint64) (*path.Path, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.model.Follow(c.book.Log())
	if err := c.model.At(until, make([]path.Quote, len(c.model.Symbols()))); err != nil {
		return nil, err
	}
	return c.model.Fork(), nil
}

// Prices is a path of the caller's own, as Copy makes it, that goes on following the book.
func (c *Copies) Prices(until uint64) (*Prices, error) {
	copied, err := c.Copy(until)
	if err != nil {
		return nil, err
	}
	return NewPrices(copied, c.book), nil
}
