package matching_test

import (
	"runtime"
	"testing"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/workload"
)

func BenchmarkMix(b *testing.B) { compare(b, workload.Draw(10_000, 1_000_000, 50, newYardstick())) }
func BenchmarkDeep(b *testing.B) {
	compare(b, workload.Draw(200_000, 1_000_000, 1_000, newYardstick()))
}

// compare measures the engine and the yardstick on the same workload; every iteration is one step.
func compare(b *testing.B, w workload.Workload) {
	b.Run("engine", func(b *testing.B) { measure(b, w, func() func(*workload.Step) { return onEngine() }) })
	b.Run("book", func(b *testing.B) { measure(b, w, func() func(*workload.Step) { return onBook(book.New()) }) })
	b.Run("yardstick", func(b *testing.B) { measure(b, w, func() func(*workload.Step) { return newYardstick().Apply }) })
}

// measure runs the steps over and over, each time from the resting orders on.
func measure(b *testing.B, w workload.Workload, fresh func() func(*workload.Step)) {
	b.ReportAllocs()
	for done := 0; done < b.N; {
		b.StopTimer()
		apply := fresh()
		for at := range w.Resting {
			apply(&w.Resting[at])
		}
		runtime.GC()
		b.StartTimer()
		for at := range w.Steps[:min(len(w.Steps), b.N-done)] {
			apply(&w.Steps[at])
		}
		done += len(w.Steps)
	}
}

// onEngine returns what runs steps on an engine that trades.
func onEngine() func(*workload.Step) {
	e := matching.New(matching.Rules{}, nil)
	events := e.Uncross(e.Call(nil))
	o := matching.Order{Account: 1}
	return func(s *workload.Step) {
		if s.Kind == workload.Cancel {
			events = e.Cancel(s.ID, events[:0])
			return
		}
		o.ID, o.Side, o.Price, o.Lots, o.Force = s.ID, s.Side, s.Price, s.Lots, matching.GTC
		if s.Kind == workload.Take {
			o.Force = matching.IOC
		}
		events = e.Place(0, &o, events[:0])
	}
}

// onBook returns what runs steps on the book alone, with the least of matching.
func onBook(b *book.Book) func(*workload.Step) {
	return func(s *workload.Step) {
		if s.Kind == workload.Cancel {
			if h := b.Find(s.ID); h != book.None {
				b.Remove(h)
			}
			return
		}
		lots, others := s.Lots, book.Shelf(s.Side.Opposite())
		for best := b.Best(others); best != nil && lots > 0; best = b.Best(others) {
			if best.Price != s.Price && (s.Side == book.Buy) == (best.Price > s.Price) {
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
		if lots > 0 && s.Kind == workload.Add {
			b.Add(&book.Order{ID: s.ID, Side: s.Side, Price: s.Price, Lots: lots})
		}
	}
}
