package history

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// full is a history that holds all it may, of thirty accounts that trade with each other.
func full(t testing.TB, trades int) (h *History, apply func(n int)) {
	h = New()
	h.List(listing(t))
	e := venue.Event{Kind: venue.Traded, MakerFee: account.Charge{Asset: usd}, ClientID: "order-0123456789", MakerClient: "order-9876543210"}
	apply = func(n int) {
		e.Account, e.MakerAccount, e.Side = int32(1+n%30), int32(1+(n/30+n+1)%30), book.Side(n%2)
		e.Trade, e.Order, e.Maker, e.Price, e.Lots, e.Mid = uint64(n+1), uint64(2*n+1), uint64(2*n+2), int64(60_000_00+n%1000), int64(1+n%100), 120_000_01
		e.Fee, e.MakerFee.Fee = account.Charge{Fee: 17, Asset: btc}, 1234
		h.Apply(uint64(n+1), day+int64(n)*1000, &e)
	}
	for n := range trades {
		apply(n)
	}
	return h, apply
}

func BenchmarkApplyTradeWhenFull(b *testing.B) {
	_, apply := full(b, 1_100_000)
	n := 1_100_000
	b.ReportAllocs()
	for b.Loop() {
		apply(n)
		n++
	}
}

func BenchmarkSnapshotWhenFull(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h, _ := full(b, 1_100_000)
	runtime.GC()
	runtime.ReadMemStats(&after)
	fills, entries := h.Held()
	b.Run(fmt.Sprint("encode ", fills+entries), func(b *testing.B) {
		var bytes []byte
		for b.Loop() {
			bytes = h.Encode(bytes[:0])
		}
		b.ReportMetric(float64(len(bytes))/float64(fills+entries), "bytes/record")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB-held")
	})
	bytes := h.Encode(nil)
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			_, err := Decode(bytes, h.listing)
			require.NoError(b, err)
		}
	})
}
