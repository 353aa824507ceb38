package settlement

// How fast a custodian that was away catches up, and what an order pays to know the backlog.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// BenchmarkCatchUp hands over a log with one trade in three events, over gRPC in memory, to a custodian that only remembers.
func BenchmarkCatchUp(b *testing.B) {
	w := newWorld(b, kittest.NewNetwork())
	const trades = 20_000
	for w.trades < trades {
		done := make(chan struct{})
		for n := range 500 {
			require.NoError(b, w.machine.SubmitAsync(accepted(), func(struct{}, error) {}))
			require.NoError(b, w.machine.SubmitAsync(accepted(), func(struct{}, error) {}))
			require.NoError(b, w.machine.SubmitAsync(w.traded(), func(struct{}, error) {
				if n == 499 {
					close(done)
				}
			}))
		}
		<-done
	}
	w.listen(b, w.network)
	for b.Loop() {
		w.forget(0, 0)
		w.export(&older{w.machine, 0}, w.state)
		for w.last.Load() < 3*trades {
			time.Sleep(time.Millisecond)
		}
		b.StopTimer()
		w.stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/trades, "ns/trade")
	w.end()
}

func BenchmarkBacklog(b *testing.B) {
	w := newWorld(b, kittest.NewNetwork())
	w.export(w.machine, w.state)
	defer w.end()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			w.Backlog()
		}
	})
}
