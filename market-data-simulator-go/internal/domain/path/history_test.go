package path

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// Bars longer than a minute are folded from what is known of minutes without their seconds.
func TestBarsOfHoursAreTheFoldOfMinutesWhateverTheScenarios(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		interval := rapid.SampledFrom([]time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour}).Draw(t, "interval")
		from := Epoch.Add(time.Duration(rapid.IntRange(0, 30).Draw(t, "bar")) * interval)
		var log scenario.Log
		if rapid.Bool().Draw(t, "scenarios") {
			log = drawLog(t, from, interval)
		}
		seed := rapid.Uint64().Draw(t, "seed")
		long := collect(t, following(t, seed, log), from, from.Add(2*interval), interval)
		short := collect(t, following(t, seed, log), from, from.Add(2*interval), time.Minute)
		each := int(interval / time.Minute)
		for i := range long {
			for n, got := range long[i] {
				want := bar.Bar{Time: got.Time, Low: math.Inf(1)}
				for at, one := range short[i][n*each : (n+1)*each] {
					if at == 0 {
						want.Open = one.Open
					}
					want.High, want.Low, want.Close = max(want.High, one.High), min(want.Low, one.Low), one.Close
					want.Volume += one.Volume
				}
				require.InEpsilon(t, 1+want.Volume, 1+got.Volume, 1e-9, "sums of doubles")
				want.Volume = got.Volume
				require.Equal(t, want, got)
			}
		}
	})
}

// BenchmarkBarAnywhere is one bar of all instruments at a random time of eleven months that were walked before.
func BenchmarkBarAnywhere(b *testing.B) {
	p := newPath(b, 1)
	now := time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)
	require.NoError(b, p.At(p.Sequence(now), make([]Quote, len(p.Symbols()))))
	for _, interval := range []time.Duration{time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 4 * time.Hour, 24 * time.Hour} {
		b.Run(interval.String(), func(b *testing.B) {
			at, count := rand.New(rand.NewPCG(1, 1)), int64(now.Sub(Epoch)/interval)
			for b.Loop() {
				from := Epoch.Add(time.Duration(at.Int64N(count)) * interval)
				if err := p.Bars(from, from.Add(interval), interval, func([]bar.Bar) bool { return true }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
