package records_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// BenchmarkReplay restarts a venue that has 100,000 commands to read again: orders of four accounts that rest, trade and are cancelled,
// in groups of 100. Its commands/s count what recovery does, from the bytes on.
func BenchmarkReplay(b *testing.B) {
	const groups, each = 1000, 100
	o := on(memdisk.New())
	o.SegmentBytes, o.Consumers = 16<<20, nil
	j := load(b, o)
	c := newCrowd(b, 1)
	for n := range c.setup.Liquidity {
		c.setup.Liquidity[n].Makers, c.setup.Liquidity[n].Takers = 0, 0
	}
	now, commands := morning, c.opening()
	var placed []venue.Target
	for range groups {
		_, err := j.Do(now, now, commands, nil)
		require.NoError(b, err)
		commands, now = commands[:0:0], now.Add(10*time.Millisecond)
		for len(commands) < each {
			if len(placed) > 100 && c.IntN(5) < 2 {
				commands = append(commands, &venue.Cancel{Target: placed[len(placed)-1-c.IntN(100)]})
				continue
			}
			p := &venue.Place{Account: c.name(), ClientID: c.id(), Instrument: c.instrument(), Order: c.order(book.Side(c.IntN(2)))}
			commands, placed = append(commands, p), append(placed, venue.Target{Account: p.Account, ClientID: p.ClientID})
		}
	}
	require.NoError(b, j.Close())
	b.ReportAllocs()
	for b.Loop() {
		o := on(o.Directory)
		o.SegmentBytes, o.Consumers = 16<<20, nil
		j := load(b, o)
		require.Greater(b, j.Recovery().Replayed, uint64(groups*(each-1)))
		require.NoError(b, j.Close())
	}
	b.ReportMetric(float64(groups*each*b.N)/b.Elapsed().Seconds(), "commands/s")
}
