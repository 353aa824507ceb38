package matching_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// step is one operation of a workload, drawn before the clock runs.
type step struct {
	kind  stepKind
	side  book.Side
	id    uint64
	price int64
	lots  int64
}

type stepKind uint8

const (
	add stepKind = iota
	cancel
	take
)

// workload is orders to rest and then steps: half limit adds within a distance of a walking mid, 35 % cancels of orders
// that rest, 15 % orders that take. A plain run of the same orders over the yardstick tells which of them still rest.
type workload struct {
	resting []step
	steps   []step
}

// draw makes a workload whose orders lie within reach ticks of a mid that walks from 1,000,000.
func draw(resting, steps int, reach int64) workload {
	random := rand.New(rand.NewPCG(1, uint64(resting)))
	y := newYardstick()
	w := workload{}
	mid, id := int64(1_000_000), uint64(0)
	var live []uint64
	order := func() step {
		id++
		side := book.Side(random.IntN(2))
		price := mid - 1 - random.Int64N(reach)
		if side == book.Sell {
			price = mid + 1 + random.Int64N(reach)
		}
		return step{kind: add, side: side, id: id, price: price, lots: 1 + random.Int64N(100)}
	}
	for range resting {
		s := order()
		w.resting = append(w.resting, s)
		live = append(live, s.id)
		y.apply(&s)
	}
	for range steps {
		mid += int64(random.IntN(3)-1) * int64(random.IntN(2))
		s := order()
		switch dice := random.IntN(100); {
		case dice < 50:
			live = append(live, s.id)
		case dice < 85:
			s = step{kind: cancel, id: pickLive(random, y, &live)}
		default:
			s.kind, s.price, s.lots = take, mid+reach, 1+s.lots/2 // so that the book keeps its size
			if s.side == book.Sell {
				s.price = mid - reach
			}
		}
		w.steps = append(w.steps, s)
		y.apply(&s)
	}
	return w
}

// pickLive returns an order that rests.
func pickLive(random *rand.Rand, y *yardstick, live *[]uint64) uint64 {
	for {
		at := random.IntN(len(*live))
		id := (*live)[at]
		(*live)[at] = (*live)[len(*live)-1]
		*live = (*live)[:len(*live)-1]
		if y.where[id] != 0 {
			return id
		}
	}
}

func BenchmarkMix(b *testing.B)  { compare(b, draw(10_000, 1_000_000, 50)) }
func BenchmarkDeep(b *testing.B) { compare(b, draw(200_000, 1_000_000, 1_000)) }

// compare measures the engine and the yardstick on the same workload; every iteration is one step.
func compare(b *testing.B, w workload) {
	b.Run("engine", func(b *testing.B) { measure(b, w, func() func(*step) { return onEngine() }) })
	b.Run("book", func(b *testing.B) { measure(b, w, func() func(*step) { return onBook(book.New()) }) })
	b.Run("yardstick", func(b *testing.B) { measure(b, w, func() func(*step) { return newYardstick().apply }) })
}

// measure runs the steps over and over, each time from the resting orders on.
func measure(b *testing.B, w workload, fresh func() func(*step)) {
	b.ReportAllocs()
	for done := 0; done < b.N; {
		b.StopTimer()
		apply := fresh()
		for at := range w.resting {
			apply(&w.resting[at])
		}
		runtime.GC()
		b.StartTimer()
		for at := range w.steps[:min(len(w.steps), b.N-done)] {
			apply(&w.steps[at])
		}
		done += len(w.steps)
	}
}

// onEngine returns what runs steps on an engine that trades.
func onEngine() func(*step) {
	e := matching.New(matching.Rules{}, nil)
	events := e.Uncross(e.Call(nil))
	o := matching.Order{Account: 1}
	return func(s *step) {
		if s.kind == cancel {
			events = e.Cancel(s.id, events[:0])
			return
		}
		o.ID, o.Side, o.Price, o.Lots, o.Force = s.id, s.side, s.price, s.lots, matching.GTC
		if s.kind == take {
			o.Force = matching.IOC
		}
		events = e.Place(0, &o, events[:0])
	}
}

// onBook returns what runs steps on the book alone, with the least of matching.
func onBook(b *book.Book) func(*step) {
	return func(s *step) {
		if s.kind == cancel {
			if h := b.Find(s.id); h != book.None {
				b.Remove(h)
			}
			return
		}
		lots, others := s.lots, book.Shelf(s.side.Opposite())
		for best := b.Best(others); best != nil && lots > 0; best = b.Best(others) {
			if best.Price != s.price && (s.side == book.Buy) == (best.Price > s.price) {
				break
			}
			h := b.Head(best)
			maker := b.At(h).Lots
			if lots < maker {
				b.Reduce(h, lots)
			} else {
				b.Remove(h)
			}
			lots -= min(lots, maker)
		}
		if lots > 0 && s.kind == add {
			b.Add(&book.Order{ID: s.id, Side: s.side, Price: s.price, Lots: lots})
		}
	}
}
