package path

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// walked is the range of a simulated bridge from 0 to d on a fine grid, the yardstick for the drawn one.
func walked(stream *draw.Stream, d float64) (low, high float64) {
	const steps = 2000
	var path [steps + 1]float64
	for k := 1; k <= steps; k++ {
		path[k] = path[k-1] + stream.Normal()/math.Sqrt(steps)
	}
	for k, value := range path {
		value += float64(k) / steps * (d - path[steps])
		low, high = min(low, value), max(high, value)
	}
	return low, high
}

func drawn(stream *draw.Stream, d float64) (low, high float64) {
	high = bridgeHigh(0, d, 1, stream.Uniform())
	return -newFall(0, d, 1, high).quantile(stream.Uniform()), high
}

// moments of low, high and range over many draws.
type ranges struct{ low, high, square, width, widths float64 }

func measure(count int, next func() (low, high float64)) (found ranges) {
	for range count {
		low, high := next()
		found.low += low / float64(count)
		found.high += high / float64(count)
		found.square += high * high / float64(count)
		found.width += (high - low) / float64(count)
		found.widths += (high - low) * (high - low) / float64(count)
	}
	return found
}

func TestRangeOfABridgeHasTheMomentsOfTheExactLaw(t *testing.T) {
	stream := draw.Keyed(1, 1, 1)
	const count = 100_000
	found := measure(count, func() (float64, float64) { return drawn(&stream, 0) })
	assert.InDelta(t, math.Sqrt(math.Pi/8), found.high, 0.006, "mean of the high")
	assert.InDelta(t, 0.5, found.square, 0.008, "mean square of the high")
	assert.InDelta(t, -math.Sqrt(math.Pi/8), found.low, 0.006, "mean of the low: the same by symmetry, though drawn otherwise")
	assert.InDelta(t, math.Sqrt(math.Pi/2), found.width, 0.005, "mean of the range (Kuiper 1960)")
	assert.InDelta(t, math.Pi*math.Pi/6, found.widths, 0.012, "mean square of the range; 1.78 if high and low were independent")
}

func TestRangeOfABridgeAgreesWithAWalkOnAFineGrid(t *testing.T) {
	for _, d := range []float64{-1.5, 0.4, 2.5} {
		stream := draw.Keyed(2, 2, 2)
		exact := measure(20_000, func() (float64, float64) { return drawn(&stream, d) })
		grid := measure(3000, func() (float64, float64) { return walked(&stream, d) })
		const coarse = 0.5826 / 44.7 // what a grid of 2000 misses at each end (Broadie, Glasserman & Kou 1997)
		assert.InDelta(t, grid.high+coarse, exact.high, 0.04, "high, end %v", d)
		assert.InDelta(t, grid.low-coarse, exact.low, 0.04, "low, end %v", d)
		assert.InDelta(t, grid.widths, exact.widths, 0.2, "mean square of the range, end %v", d)
	}
}

func TestLawOfTheFallIsADistribution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Float64Range(-5, 5).Draw(t, "end")
		f := fall{high: bridgeHigh(0, d, 1, rapid.Float64Range(1e-9, 1-1e-9).Draw(t, "chance of the high")), end: d}
		before := 0.0
		for y := f.least(); y < f.least()+reach; y += 0.05 {
			p := f.within(y + 1e-9)
			assert.GreaterOrEqual(t, p, before-1e-6)
			assert.LessOrEqual(t, p, 1+1e-6)
			before = p
		}
		assert.InDelta(t, 1, before, 1e-6)
	})
}

func TestQuantileOfTheFallUndoesItsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Float64Range(-4, 4).Draw(t, "end")
		u := rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "chance")
		f := fall{high: bridgeHigh(0, d, 1, rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "chance of the high")), end: d}
		assert.InDelta(t, u, f.within(f.quantile(u)), accuracy)
	})
}

func TestABridgeStaysAroundItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-1, 1).Draw(t, "from"), rapid.Float64Range(-1, 1).Draw(t, "to")
		sd := rapid.Float64Range(0.2, 2).Draw(t, "sd")
		high := bridgeHigh(a, b, sd, rapid.Float64Range(1e-15, 1-1e-15).Draw(t, "u"))
		assert.GreaterOrEqual(t, high, max(a, b))
		assert.LessOrEqual(t, high, max(a, b)+reach*sd)
	})
}

func TestBoundsOfExtremesHoldAndAreClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Float64Range(-1, 1).Draw(t, "from"), rapid.Float64Range(-1, 1).Draw(t, "to")
		sd, u := math.Pow(10, rapid.Float64Range(-6, 1).Draw(t, "log10 sd")), rapid.Float64Range(1e-12, 1).Draw(t, "u")
		assert.LessOrEqual(t, leastHigh(a, b, sd, u), bridgeHigh(a, b, sd, u))
		assert.GreaterOrEqual(t, logAtMost(u), -math.Log(u))
		assert.LessOrEqual(t, logAtLeast(u), -math.Log(u))
		assert.InDelta(t, -math.Log(u), logAtMost(u), 0.07)
		assert.InDelta(t, -math.Log(u), logAtLeast(u), 0.08)
	})
}

func TestTheQuickBoundOfAFallIsNeverBelowItsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.Float64Range(-4, 4).Draw(t, "end")
		f := fall{end: end, high: max(0, end) + rapid.Float64Range(1e-3, 5).Draw(t, "high above both ends")}
		depth := f.least() + rapid.Float64Range(0, reach).Draw(t, "depth below both ends")
		assert.GreaterOrEqual(t, f.beyondAtMost(depth), 1-f.within(depth)-accuracy)
		higher := fall{end: end, high: f.high + rapid.Float64Range(0, 1).Draw(t, "higher")}
		assert.LessOrEqual(t, higher.beyondAtMost(depth), 2*f.beyondAtMost(depth), "but for the powers of two, it falls as the high rises")
	})
}

func TestRoundedUpExponentials(t *testing.T) {
	for _, e := range []float64{0, 0.3, 1, 30, 600} {
		assert.GreaterOrEqual(t, powerAbove(e), math.Exp(-e))
		assert.LessOrEqual(t, powerAbove(e), 2*math.Exp(-e)*(1+1e-9))
	}
	assert.Positive(t, powerAbove(1e9))
}

func TestTheLawOfAFallIsANumberWhereverABridgeMayGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.Float64Range(-8, 8).Draw(t, "end, no further than a normal draw of 53 bits")
		f := fall{end: end, high: max(0, end) + rapid.Float64Range(1e-6, reach).Draw(t, "high above both ends")}
		depth := f.least() + rapid.Float64Range(0, reach).Draw(t, "depth below both ends")
		assert.GreaterOrEqual(t, f.within(depth), -accuracy)
		assert.LessOrEqual(t, f.within(depth), 1+accuracy)
	})
}

// A scenario can move a price by thousands of standard deviations in a second.
func TestASteepBridgeHasAHighAndALowNearItsEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.Float64Range(-1e5, 1e5).Draw(t, "d")
		u, v := rapid.Float64Range(1e-12, 1-1e-12).Draw(t, "u"), rapid.Float64Range(1e-12, 1-1e-12).Draw(t, "v")
		high := bridgeHigh(0, d, 1, u)
		drop := newFall(0, d, 1, high).quantile(v)
		require.True(t, high >= max(0, d) && high <= max(0, d)+reach, "high %v", high)
		require.True(t, drop >= max(0, -d) && drop <= max(0, -d)+reach, "fall %v", drop)
	})
	for _, over := range []float64{0, 0.01, 0.05, 0.2, 1} { // the law does not jump where its form changes
		down, steeper := newFall(0, -steep+1e-9, 1, 0.3), newFall(0, -steep-1e-9, 1, 0.3)
		assert.InDelta(t, down.within(steep+over), steeper.within(steep+over), 1e-7)
		up, steeper := newFall(0, steep-1e-9, 1, steep+0.3), newFall(0, steep+1e-9, 1, steep+0.3)
		assert.InDelta(t, up.within(over), steeper.within(over), 1e-7)
	}
}
