// Package workload draws the steps that books, engines and the venue are measured with, before the clock runs.
package workload

import (
	"math/rand/v2"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
)

// Kind says what a step does.
type Kind uint8

// The kinds.
const (
	Add    Kind = iota // a limit order away from the mid price
	Cancel             // of an order that rests
	Take               // a limit order that trades at once, and does not rest
)

// Step is one operation. Orders are numbered from 1 in their sequence.
type Step struct {
	Kind  Kind
	Side  book.Side
	ID    uint64
	Price int64 // ticks
	Lots  int64
}

// Workload is orders to rest and then steps: half of them orders within a distance of a walking mid price, 35 % cancels of
// orders that rest, 15 % orders that take.
type Workload struct{ Resting, Steps []Step }

// Follower carries out the steps while they are drawn and tells which orders rest.
type Follower interface {
	Apply(s *Step)
	Rests(id uint64) bool
}

// Middle is where the mid price begins, in ticks.
const Middle = 1_000_000

// Draw draws a workload whose orders lie within reach ticks of the mid price; the same arguments draw the same.
func Draw(resting, steps int, reach int64, f Follower) Workload {
	d := drawing{random: rand.New(rand.NewPCG(1, uint64(resting))), reach: reach, mid: Middle, follower: f}
	w := Workload{}
	for range resting {
		s := d.order()
		w.Resting = append(w.Resting, s)
		f.Apply(&s)
	}
	for range steps {
		s := d.step()
		w.Steps = append(w.Steps, s)
		f.Apply(&s)
	}
	return w
}

type drawing struct {
	random   *rand.Rand
	follower Follower
	reach    int64
	mid      int64
	id       uint64
	live     []uint64 // and some that have traded meanwhile
}

func (d *drawing) order() Step {
	side, away := book.Side(d.random.IntN(2)), 1+d.random.Int64N(d.reach)
	if side == book.Buy {
		away = -away
	}
	d.id++
	d.live = append(d.live, d.id)
	return Step{Kind: Add, Side: side, ID: d.id, Price: d.mid + away, Lots: 1 + d.random.Int64N(100)}
}

func (d *drawing) step() Step {
	d.mid += int64(d.random.IntN(3)-1) * int64(d.random.IntN(2))
	switch dice := d.random.IntN(100); {
	case dice < 50:
		return d.order()
	case dice < 85:
		return Step{Kind: Cancel, ID: d.pick()}
	default:
		return d.take()
	}
}

// take is an order of half the usual lots, so that the book keeps its size.
func (d *drawing) take() Step {
	s := d.order()
	d.live = d.live[:len(d.live)-1]
	s.Kind, s.Price, s.Lots = Take, d.mid+d.reach, 1+s.Lots/2
	if s.Side == book.Sell {
		s.Price = d.mid - d.reach
	}
	return s
}

// pick returns an order that rests.
func (d *drawing) pick() uint64 {
	for {
		at, last := d.random.IntN(len(d.live)), len(d.live)-1
		id := d.live[at]
		d.live[at] = d.live[last]
		d.live = d.live[:last]
		if d.follower.Rests(id) {
			return id
		}
	}
}
