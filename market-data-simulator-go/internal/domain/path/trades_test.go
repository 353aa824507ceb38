package path

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// tradesOf are the trades of an instrument after one tick, up to another.
func tradesOf(p *Path, i int, after, until uint64) (all []Trade) {
	p.Trades(i, after, until, func(one Trade) bool {
		all = append(all, one)
		return true
	})
	return all
}

// drawMarket is a path with or without scenarios, and a minute of it.
func drawMarket(t *rapid.T) (p *Path, minute uint64) {
	minute = uint64(rapid.IntRange(1, 500).Draw(t, "minute"))
	var log scenario.Log
	if rapid.Bool().Draw(t, "scenarios") {
		log = drawLog(t, Epoch.Add(time.Duration(minute)*time.Minute-4*time.Minute), 5*time.Minute)
	}
	return following(t, rapid.Uint64().Draw(t, "seed"), log), minute
}

func TestTradesAreThoseThatQuotesShowAndAddUpToTheVolume(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, minute := drawMarket(t)
		first := minute * uint64(ticksPerMinute)
		at := make([]int, len(p.Symbols()))
		var all [][]Trade
		for i := range at {
			all = append(all, tradesOf(p.Fork(), i, first-1, first+uint64(ticksPerMinute)-1))
		}
		volumes := make([]float64, len(at))
		for tick := range uint64(ticksPerMinute) {
			for i, quote := range quotesAt(t, p, first+tick) {
				for ; at[i] < len(all[i]) && all[i][at[i]].Sequence == first+tick; at[i]++ {
					one := all[i][at[i]]
					require.Positive(t, one.Size)
					require.Equal(t, quote.Price, one.Price)
					volumes[i] += one.Size
				}
				if at[i] > 0 {
					require.Equal(t, all[i][at[i]-1], quote.Last)
				}
				if quote.Last.Size > 0 && quote.Last.Buy && quote.Bid > 0 && quote.Price == quote.Bid {
					require.Less(t, quote.Price, 2*(quote.Ask-quote.Bid), "a buyer trades at the ask, unless the bid would be nothing")
				}
				require.InDelta(t, quote.MinuteVolume, volumes[i], 1e-9*(1+volumes[i]))
			}
		}
		for i := range at {
			require.Equal(t, len(all[i]), at[i], "no trade between the ticks")
		}
	})
}

func TestTradesInPartsAreTheTradesOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, minute := drawMarket(t)
		first := minute*uint64(ticksPerMinute) - rapid.Uint64Range(0, 3000).Draw(t, "before")
		middle := first + rapid.Uint64Range(0, 6000).Draw(t, "middle")
		last := middle + rapid.Uint64Range(0, 6000).Draw(t, "last")
		i := rapid.IntRange(0, len(p.Symbols())-1).Draw(t, "instrument")
		later := tradesOf(p, i, middle, last) // in the wrong order
		require.Equal(t, tradesOf(p.Fork(), i, first, last), append(tradesOf(p, i, first, middle), later...))
		count := 0
		p.Trades(i, first, last, func(Trade) bool { count++; return false })
		require.LessOrEqual(t, count, 1, "it ends when nobody wants more")
	})
}

func TestWhatAScenarioDoesToVolumeItDoesToSizesAndTheTradesBeforeItStay(t *testing.T) {
	start := Epoch.Add(90*time.Minute + 30*time.Second)
	none := time.Duration(0)
	spike := scenario.Draft{Kind: scenario.VolatilitySpike, Onset: &none}
	usual, bent := newPath(t, 8), following(t, 8, scenario.Log{inject(t, "one", start, spike)})
	from, now := usual.Sequence(start)-30*uint64(ticksPerSecond), usual.Sequence(start)
	require.Equal(t, tradesOf(usual, 0, from-1, now-1), tradesOf(bent, 0, from-1, now-1))
	sum := func(p *Path) (size float64) {
		for _, one := range tradesOf(p, 0, now, now+600*uint64(ticksPerSecond)-1) {
			size += one.Size
		}
		return size
	}
	assert.InEpsilon(t, 3, sum(bent)/sum(usual), 0.01)
}

func TestAMinuteOfALargeReturnHasMoreTradesAndLargerOnes(t *testing.T) {
	p := newPath(t, 21)
	var minutes, trades, sizes [2]float64
	for minute := int64(10); minute < 1500; minute++ {
		p.grid.keep(minute, minute)
		one, move, wild := p.tape(0, minute), p.grid.minute(minute)[0], 0
		if math.Abs(move.Close-move.Open) > 0.0008 {
			wild = 1
		}
		minutes[wild]++
		trades[wild] += float64(len(one.totals))
		sizes[wild] += one.seconds[59]
	}
	require.Greater(t, min(minutes[0], minutes[1]), 100.0)
	assert.Greater(t, trades[1]/minutes[1], 1.05*trades[0]/minutes[0])
	assert.Greater(t, sizes[1]/trades[1], 1.05*sizes[0]/trades[0])
}

func BenchmarkTape(b *testing.B) {
	p := newPath(b, 1)
	for minute := int64(0); b.Loop(); minute++ {
		p.tape(0, minute)
	}
}
