package path

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

func barAt(t require.TestingT, p *Path, sequence uint64, interval time.Duration) []bar.Bar {
	bars := make([]bar.Bar, len(p.listings))
	require.NoError(t, p.BarAt(sequence, interval, bars))
	return bars
}

// requireSameBars compares bars, volumes but for the order of their sums.
func requireSameBars(t require.TestingT, want, got []bar.Bar) {
	require.Len(t, got, len(want))
	for i := range want {
		require.InDelta(t, want[i].Volume, got[i].Volume, 1e-9*want[i].Volume)
		got[i].Volume = want[i].Volume
	}
	require.Equal(t, want, got)
}

func TestABarUnderWayIsTheFoldOfItsTicksSoFar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, ticks := newPath(t, 3), newPath(t, 3)
		if rapid.Bool().Draw(t, "scenarios") {
			log := scenario.Log{drawEntry(t, "s", Epoch, 5*time.Minute)}
			p.Follow(log)
			ticks.Follow(log)
		}
		interval := rapid.SampledFrom([]time.Duration{time.Second, 5 * time.Second, time.Minute, 5 * time.Minute}).Draw(t, "interval")
		until := rapid.Uint64Range(0, 4*uint64(ticksPerMinute)).Draw(t, "until")
		length := uint64(interval / TickInterval)
		if rapid.Bool().Draw(t, "asked before") {
			barAt(t, p, rapid.Uint64Range(0, until).Draw(t, "earlier"), interval)
		}
		want := make([]bar.Bar, len(p.listings))
		for sequence := until - until%length; sequence <= until; sequence++ {
			for i, quote := range quotesAt(t, ticks, sequence) {
				one := &want[i]
				if sequence%length == 0 {
					*one = bar.Bar{Time: Epoch.Add(time.Duration(sequence) * TickInterval), Open: quote.Price, Low: math.Inf(1)}
					if at := sequence % uint64(ticksPerMinute); at > 0 {
						one.Volume = -quotesAt(t, ticks, sequence-1)[i].MinuteVolume
					}
				} else if sequence%uint64(ticksPerMinute) == 0 {
					one.Volume += quotesAt(t, ticks, sequence-1)[i].MinuteVolume
				}
				one.Low, one.High, one.Close = min(one.Low, quote.Price), max(one.High, quote.Price), quote.Price
				if sequence == until {
					one.Volume += quote.MinuteVolume
				}
			}
		}
		got := barAt(t, p, until, interval)
		for i := range want {
			require.InDelta(t, want[i].Volume, got[i].Volume, 1e-6)
			want[i].Volume = got[i].Volume
		}
		require.Equal(t, want, got)
	})
}

func TestABarAtItsLastTickIsTheBarOfHistory(t *testing.T) {
	p, history := newPath(t, 5), newPath(t, 5)
	log := scenario.Log{inject(t, "c", Epoch.Add(3*time.Hour), scenario.Draft{Kind: scenario.Crash})}
	p.Follow(log)
	history.Follow(log)
	for _, interval := range []time.Duration{time.Second, time.Minute, 15 * time.Minute, 4 * time.Hour, 24 * time.Hour} {
		from := Epoch.Add(24 * time.Hour)
		if interval < 24*time.Hour {
			from = Epoch.Add(4 * time.Hour)
		}
		require.NoError(t, history.Bars(from, from.Add(3*interval), interval, func(want []bar.Bar) bool {
			requireSameBars(t, want, barAt(t, p, p.Sequence(want[0].Time.Add(interval))-1, interval))
			return true
		}))
	}
}

func TestABarOfAnIntervalThatIsNotOfferedIsRefused(t *testing.T) {
	p := newPath(t, 1)
	require.ErrorContains(t, p.BarAt(1, 7*time.Second, make([]bar.Bar, 4)), "interval is 7s")
	require.ErrorContains(t, p.BarAt(1, time.Second, nil), "place for 0 bars")
	require.ErrorContains(t, p.BarAt(math.MaxUint64, time.Second, make([]bar.Bar, 4)), "beyond the last one")
}

func TestTheBarUnderWayAllocatesNothingTickAfterTick(t *testing.T) {
	p, sequence := newPath(t, 1), uint64(90*ticksPerMinute)
	bars := make([]bar.Bar, 4)
	each := func() {
		sequence++
		for _, interval := range []time.Duration{time.Minute, 4 * time.Hour} { // each keeps its own whole minutes
			if err := p.BarAt(sequence, interval, bars); err != nil {
				t.Fatal(err)
			}
		}
	}
	each()
	assert.Zero(t, testing.AllocsPerRun(100, each))
}

func BenchmarkBarUnderWay(b *testing.B) {
	p, sequence := newPath(b, 1), uint64(90*ticksPerMinute)
	bars := make([]bar.Bar, 4)
	for b.Loop() {
		sequence++
		if err := p.BarAt(sequence, 4*time.Hour, bars); err != nil {
			b.Fatal(err)
		}
	}
}
