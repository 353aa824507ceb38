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
	growth float64 // server's heap in use, MB from the beginning to the end of the stretch
}

func measure(b *testing.B, p plan) run {
	b.Helper()
	var before usage
	result := startReaders(b, p, func() { before = usageNow() })
	after := usageNow()
	messages := float64(result.Messages)
	return run{
		outcome: result,
		cpu:     float64((after.cpu - before.cpu).Microseconds()) / messages,
		allocs:  float64(after.allocs-before.allocs) / messages,
		growth:  (float64(after.heap) - float64(before.heap)) / (1 << 20),
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

const measuredSeconds = 5

// BenchmarkPriceFeedPaced: 1,000 subscribers, 50 updates a second each. Ours and yardstick are the server's CPU time a
// message; goals: ratio <= 1.2, p99 <= 10 ms.
func BenchmarkPriceFeedPaced(b *testing.B) {
	p := plan{Streams: 1000, IntervalMs: 20, Symbols: []string{"BTC/USD"}, Seconds: measuredSeconds}
	address, stop := serveYardstick(b, false)
	p.Address = address
	yardstick := measure(b, p)
	stop()
	d := marketdatasim.StartTest(b)
	p.Address, p.Latency = d.GRPCAddr(), true
	ours := measure(b, p)
	b.ReportMetric(ours.cpu, "ours-us/msg")
	b.ReportMetric(yardstick.cpu, "yardstick-us/msg")
	b.ReportMetric(ours.cpu/yardstick.cpu, "ratio")
	b.ReportMetric(ours.rate(), "ours-msg/s")
	ours.reportLatency(b)
}

// BenchmarkPriceFeedFlatOut: the retained window replayed as fast as it goes, on 1, 10 and 100 streams. Ours and
// yardstick are messages a second; goal: ratio >= 0.9.
func BenchmarkPriceFeedFlatOut(b *testing.B) {
	for _, streams := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("streams=%d", streams), func(b *testing.B) {
			p := plan{Streams: streams, IntervalMs: 20, Symbols: everySymbol, Seconds: measuredSeconds}
			address, stop := serveYardstick(b, true)
			p.Address = address
			yardstick := measure(b, p)
			stop()
			d := marketdatasim.StartTest(b)
			p.Address, p.Replay = d.GRPCAddr(), 2900
			ours := measure(b, p)
			b.ReportMetric(ours.rate(), "ours-msg/s")
			b.ReportMetric(yardstick.rate(), "yardstick-msg/s")
			b.ReportMetric(ours.rate()/yardstick.rate(), "ratio")
			b.ReportMetric(ours.allocs, "allocs/msg")
			b.ReportMetric(yardstick.allocs, "yardstick-allocs/msg")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPriceFeedSlowSubscribers: 1,000 subscribers, 100 of which never read, beside 1,000 with none slow. Ours and
// yardstick are the p99 from tick to receipt of those who read, ms; goals: ratio <= 1.1, growth-MB about 0.
func BenchmarkPriceFeedSlowSubscribers(b *testing.B) {
	p := plan{Streams: 1000, IntervalMs: 20, Symbols: []string{"BTC/USD"}, Seconds: measuredSeconds, Latency: true}
	d := marketdatasim.StartTest(b)
	p.Address = d.GRPCAddr()
	yardstick := measure(b, p)
	p.Streams, p.Stuck = 900, 100
	ours := measure(b, p)
	b.ReportMetric(ours.P99, "ours-ms")
	b.ReportMetric(yardstick.P99, "yardstick-ms")
	b.ReportMetric(ours.P99/yardstick.P99, "ratio")
	b.ReportMetric(ours.growth, "growth-MB")
	ours.reportLatency(b)
}
