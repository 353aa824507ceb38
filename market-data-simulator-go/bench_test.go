package marketdatasim_test

import (
	"fmt"
	"testing"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
)

// These benchmarks are the rows "price feed" of the project's performance table: the whole daemon over loopback TCP beside
// a yardstick in the same run. They take their time whatever -benchtime says; run them with -benchtime=1x.

// run is one measured stretch of one server.
type run struct {
	outcome
	cpu    float64 // server's, microseconds a message
	allocs float64 // server's, a message
	growth float64 // server's memory, MB from the beginning to the end of the stretch
	each   float64 // server's memory, kB a stream
}

func measure(b *testing.B, p plan) run {
	b.Helper()
	idle, before := usageNow(), usage{}
	result := startReaders(b, p, func() { before = usageNow() })
	after := usageNow()
	messages := float64(result.Messages)
	return run{
		outcome: result,
		cpu:     float64((after.cpu - before.cpu).Microseconds()) / messages,
		allocs:  float64(after.allocs-before.allocs) / messages,
		growth:  (float64(after.memory) - float64(before.memory)) / (1 << 20),
		each:    (float64(before.memory) - float64(idle.memory)) / (1 << 10) / float64(p.Streams+p.Stuck),
	}
}

// and joins two stretches: means weighted by messages.
func (r run) and(other run) run {
	total := float64(r.Messages + other.Messages)
	mean := func(mine, others float64) float64 {
		return (mine*float64(r.Messages) + others*float64(other.Messages)) / total
	}
	return run{
		outcome: outcome{
			Messages: r.Messages + other.Messages, Seconds: r.Seconds + other.Seconds,
			P50: mean(r.P50, other.P50), P99: mean(r.P99, other.P99), P999: mean(r.P999, other.P999),
		},
		cpu: mean(r.cpu, other.cpu), allocs: mean(r.allocs, other.allocs), growth: max(r.growth, other.growth), each: max(r.each, other.each),
	}
}

func (r run) rate() float64 { return float64(r.Messages) / r.Seconds }

// reportLatency reports tick to receipt.
func (r run) reportLatency(b *testing.B) {
	b.ReportMetric(r.P50, "p50-ms")
	b.ReportMetric(r.P99, "p99-ms")
	b.ReportMetric(r.P999, "p99.9-ms")
	b.ReportMetric(r.allocs, "allocs/msg")
	b.ReportMetric(0, "ns/op")
}

// A stretch is short and yardstick and ours take turns, so that a machine with other work disturbs both alike.
const (
	stretch = 2 // seconds
	turns   = 3
)

// compare measures both in turns and returns the sums.
func compare(b *testing.B, yardstick, ours plan) (y, o run) {
	b.Helper()
	for range turns {
		y, o = y.and(measure(b, yardstick)), o.and(measure(b, ours))
	}
	return y, o
}

// BenchmarkPriceFeedPaced: 1,000 subscribers, 50 updates a second each. Ours and yardstick are the server's CPU time a
// message; goals: ratio <= 1.2, p99 <= 10 ms.
func BenchmarkPriceFeedPaced(b *testing.B) {
	yardstick := plan{Streams: 1000, IntervalMs: 20, Symbols: everySymbol[:1], Seconds: stretch, Address: serveYardstick(b, false)}
	ours := yardstick
	ours.Address, ours.Latency = marketdatasim.StartTest(b).GRPCAddr(), true
	y, o := compare(b, yardstick, ours)
	b.ReportMetric(o.cpu, "ours-us/msg")
	b.ReportMetric(y.cpu, "yardstick-us/msg")
	b.ReportMetric(o.cpu/y.cpu, "ratio")
	b.ReportMetric(o.rate(), "msg/s")
	b.ReportMetric(o.each, "kB/stream")
	o.reportLatency(b)
}

// BenchmarkPriceFeedFlatOut: the retained window replayed as fast as it goes, on 1, 10 and 100 streams. Ours and
// yardstick are messages a second; goal: ratio >= 0.9. The readers of both begin anew after as many messages, because the window
// has no more.
func BenchmarkPriceFeedFlatOut(b *testing.B) {
	for _, streams := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			yardstick := plan{Streams: streams, IntervalMs: 20, Symbols: everySymbol, Replay: 2900, Seconds: stretch, Address: serveYardstick(b, true)}
			ours := yardstick
			ours.Address = marketdatasim.StartTest(b).GRPCAddr()
			y, o := compare(b, yardstick, ours)
			b.ReportMetric(o.rate(), "ours-msg/s")
			b.ReportMetric(y.rate(), "yardstick-msg/s")
			b.ReportMetric(o.rate()/y.rate(), "ratio")
			b.ReportMetric(o.allocs, "allocs/msg")
			b.ReportMetric(y.allocs, "yardstick-allocs/msg")
			b.ReportMetric(o.cpu, "ours-us/msg")
			b.ReportMetric(y.cpu, "yardstick-us/msg")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPriceFeedSlowSubscribers: 1,000 subscribers, 100 of which never read, beside 1,000 with none slow. Ours and
// yardstick are the p99 from tick to receipt of those who read, ms; goals: ratio <= 1.1, growth-MB about 0.
func BenchmarkPriceFeedSlowSubscribers(b *testing.B) {
	none := plan{Streams: 1000, IntervalMs: 20, Symbols: everySymbol[:1], Seconds: stretch, Latency: true}
	none.Address = marketdatasim.StartTest(b).GRPCAddr()
	some := none
	some.Streams, some.Stuck = 900, 100
	y, o := compare(b, none, some)
	b.ReportMetric(o.P99, "ours-ms")
	b.ReportMetric(y.P99, "yardstick-ms")
	b.ReportMetric(o.P99/y.P99, "ratio")
	b.ReportMetric(o.growth, "growth-MB")
	b.ReportMetric(o.each, "kB/stream")
	o.reportLatency(b)
}
