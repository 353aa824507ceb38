package records_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

const durableCallers = 256

// durableOrder is an order that finds nobody to trade with, so that the book stays as it is.
func durableOrder(n int64) *venue.Place {
	return &venue.Place{Account: "alice", ClientID: fmt.Sprintf("order-%010d", n), Order: venue.Order{
		Price: 1_000_000, Lots: 500, Force: matching.IOC, SelfTrade: matching.ExpireTaker,
	}}
}

// BenchmarkDurable is 256 callers, each of which waits until its order is on disk. The yardstick appends and syncs groups of the bytes
// of as many orders and their headers.
func BenchmarkDurable(b *testing.B) {
	b.Run("orders", durableOrders)
	b.Run("yardstick", durableYardstick)
}

func durableOrders(b *testing.B) {
	directory, err := journal.Dir(b.TempDir())
	require.NoError(b, err)
	o := on(directory)
	o.SegmentBytes, o.Consumers, o.Clock = 0, nil, func() (time.Time, time.Time) { now := time.Now(); return now, now }
	m, err := journal.Open(o)
	require.NoError(b, err)
	for _, c := range []venue.Command{one(b), &venue.Open{Account: "alice", Fund: []venue.Amount{{Units: 1_000_000_000_000}}}} {
		answer, err := m.Submit(context.Background(), c)
		require.NoError(b, err)
		require.NoError(b, answer.Err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	var next atomic.Int64
	var callers sync.WaitGroup
	for range durableCallers {
		callers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if answer, err := m.Submit(context.Background(), durableOrder(n)); err != nil || answer.Err != nil {
					b.Error(err, answer.Err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commands/s")
	require.NoError(b, m.Close(context.Background()))
}

func durableYardstick(b *testing.B) {
	const header = 8
	directory, err := journal.Dir(b.TempDir())
	require.NoError(b, err)
	file, err := directory.Create("log", journal.DefaultSegmentBytes)
	require.NoError(b, err)
	group := make([]byte, durableCallers*(header+len(records.Codec{}.AppendCommand(nil, durableOrder(1)))))
	done, offset := 0, int64(0)
	b.ResetTimer()
	for ; done < b.N; done += durableCallers {
		_, err := file.WriteAt(group, offset)
		require.NoError(b, err)
		require.NoError(b, file.Sync())
		offset = (offset + int64(len(group))) % (journal.DefaultSegmentBytes / 2)
	}
	b.StopTimer()
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "commands/s")
	require.NoError(b, file.Close())
}
