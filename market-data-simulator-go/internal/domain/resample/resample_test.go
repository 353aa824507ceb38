package resample

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

var midnight = time.Date(2025, time.May, 4, 0, 0, 0, 0, time.UTC)

// wander is a made-up history of one pair: a random walk whose volume numbers the bars.
func wander(symbol string, count int, interval time.Duration, seed uint64) bar.Series {
	rng := rand.New(rand.NewPCG(seed, 1))
	series, price := bar.Series{Symbol: symbol, Interval: interval}, 100.0
	for n := range count {
		open := price * math.Exp(0.0002*rng.NormFloat64())
		price = open * math.Exp(0.002*rng.NormFloat64())
		series.Bars = append(series.Bars, bar.Bar{
			Time: midnight.Add(time.Duration(n) * interval), Open: open, Close: price, Volume: float64(n),
			High: max(open, price) * 1.001, Low: min(open, price) * 0.999,
		})
	}
	return series
}

func sampleOf(t require.TestingT, all ...bar.Series) *Sample {
	s, err := New(all)
	require.NoError(t, err)
	return s
}

// drawn is the bars of a walk, by pair.
func drawn(w Walk, count int64) [][]bar.Bar {
	all := make([][]bar.Bar, len(w.Sample.Symbols()))
	w.Bars(midnight, w.Sample.Interval(), count, func(bars []bar.Bar) bool {
		for i, one := range bars {
			all[i] = append(all[i], one)
		}
		return true
	})
	return all
}

func stationary(t require.TestingT, sample *Sample, block float64, seed uint64) Sampler {
	sampler, err := NewStationary(sample, block, seed)
	require.NoError(t, err)
	return sampler
}

func TestReplayIsTheGivenBarsToTheLastDigit(t *testing.T) {
	one, other := wander("A/USD", 500, time.Minute, 1), wander("B/USD", 500, time.Minute, 2)
	again := drawn(Walk{Sample: sampleOf(t, one, other), Sampler: Replay{}, Fold: 1}, 500)
	assert.Equal(t, [][]bar.Bar{one.Bars, other.Bars}, again)
}

func TestReplayFromAnotherLevelKeepsEveryReturn(t *testing.T) {
	given := wander("A/USD", 300, time.Minute, 3)
	again := drawn(Walk{Sample: sampleOf(t, given), Sampler: Replay{}, Fold: 1, Levels: []float64{7}}, 300)[0]
	for n := range again {
		scale := 7 / given.Bars[0].Open
		assert.InEpsilon(t, scale*given.Bars[n].Close, again[n].Close, 1e-12)
		assert.InEpsilon(t, scale*given.Bars[n].High, again[n].High, 1e-12)
	}
}

func TestAFastReplayFoldsBars(t *testing.T) {
	given := wander("A/USD", 120, time.Minute, 4)
	sample := sampleOf(t, given)
	fold, err := Fold(sample, time.Minute, 60)
	require.NoError(t, err)
	require.Equal(t, int64(60), fold)
	again := drawn(Walk{Sample: sample, Sampler: Replay{}, Fold: fold}, 2)[0]
	for hour, one := range again {
		part := given.Bars[hour*60 : hour*60+60]
		want := bar.Bar{Time: one.Time, Open: part[0].Open, Close: part[59].Close, Low: math.Inf(1)}
		for _, minute := range part {
			want.High, want.Low, want.Volume = max(want.High, minute.High), min(want.Low, minute.Low), want.Volume+minute.Volume
		}
		assert.Equal(t, want, one)
	}
}

func TestASpeedMustLeaveWholeBarsInAnInterval(t *testing.T) {
	sample := sampleOf(t, wander("A/USD", 10, time.Minute, 5))
	for _, c := range []struct {
		interval time.Duration
		speed    float64
		want     int64
	}{
		{time.Minute, 1, 1}, {time.Hour, 1, 60}, {time.Second, 60, 1}, {2 * time.Minute, 0.5, 1}, {10 * time.Second, 6, 1}, {time.Minute, 0.1 * 30, 3},
	} {
		fold, err := Fold(sample, c.interval, c.speed)
		require.NoError(t, err)
		assert.Equal(t, c.want, fold)
	}
	for speed, field := range map[float64]string{0.5: "interval", 1.5: "interval", 0: "replay.speed", -1: "replay.speed", math.Inf(1): "replay.speed", math.NaN(): "replay.speed"} {
		_, err := Fold(sample, time.Minute, speed)
		require.ErrorContains(t, err, field+" is ")
	}
}

func TestStationaryBlocksAreGeometricAndReachEveryBarEquallyOften(t *testing.T) {
	sample, count := sampleOf(t, wander("A/USD", 50, time.Minute, 6)), 200_000
	sampler := stationary(t, sample, 8, 1)
	var counts [50]float64
	lengths, length, position := map[int]float64{}, 1, sampler.Next(-1, 0)
	for step := range int64(count) {
		next := sampler.Next(position, step+1)
		counts[next]++
		if next == (position+1)%50 {
			length++
		} else {
			lengths[length]++
			length = 1
		}
		position = next
	}
	for n, got := range counts {
		assert.InDelta(t, float64(count)/50, got, 800, "bar %d: five standard errors of a mean of blocks", n)
	}
	blocks := 0.0
	for _, got := range lengths {
		blocks += got
	}
	end := 1 / 8.0 * 49 / 50 // one drawn at random may be the next by chance
	assert.InEpsilon(t, 1/end, float64(count)/blocks, 0.03)
	for length := 1; length < 10; length++ {
		assert.InDelta(t, end*math.Pow(1-end, float64(length-1)), lengths[length]/blocks, 0.01, "length %d", length)
	}
}

func TestABootstrapKeepsMarginalsAndWhatPairsDoTogether(t *testing.T) {
	one, other := wander("A/USD", 400, time.Minute, 7), wander("B/USD", 400, time.Minute, 8)
	sample := sampleOf(t, one, other)
	bars := drawn(Walk{Sample: sample, Sampler: stationary(t, sample, 5, 2), Fold: 1}, 40_000)
	of := func(bars []bar.Bar, n int, base float64) float64 { return math.Log(bars[n].Close / base) }
	given, got := [2]float64{}, [2]float64{}
	for n := range one.Bars {
		r := of(one.Bars, n, sample.bases[0][n])
		given[0], given[1] = given[0]+r/400, given[1]+r*r/400
	}
	level := sample.Level(0)
	for n, drawn := range bars[0] {
		r, from := math.Log(drawn.Close/level), int(drawn.Volume)
		got[0], got[1] = got[0]+r/40_000, got[1]+r*r/40_000
		require.InDelta(t, of(one.Bars, from, sample.bases[0][from]), r, 1e-9, "a return of the sample")
		require.Equal(t, drawn.Volume, bars[1][n].Volume, "the other pair shows the same minute")
		require.LessOrEqual(t, drawn.Low, min(drawn.Open, drawn.Close))
		require.GreaterOrEqual(t, drawn.High, max(drawn.Open, drawn.Close))
		level = drawn.Close
	}
	assert.InDelta(t, given[0], got[0], 5*math.Sqrt(given[1]/40_000)*2, "with room for the dependence in blocks")
	assert.InEpsilon(t, given[1], got[1], 0.05)
}

func TestDayBlocksAreWholeDaysInTheirOrder(t *testing.T) {
	given := wander("A/USD", 24*5, time.Hour, 9)
	given.Bars = append(given.Bars[:30], given.Bars[31:]...) // the second day has a gap
	sample := sampleOf(t, given)
	sampler, err := NewDayBlock(sample, 3)
	require.NoError(t, err)
	bars := drawn(Walk{Sample: sample, Sampler: sampler, Fold: 1}, 24*300)[0]
	seen := map[int]float64{}
	for n, one := range bars {
		hour, first := int(one.Volume), int(bars[n/24*24].Volume)
		require.Equal(t, n%24, hour%24, "the hour of the day is kept")
		require.Equal(t, first+n%24, hour, "one day after the other")
		seen[hour/24]++
	}
	assert.Len(t, seen, 4)
	assert.NotContains(t, seen, 1, "a day with a gap is not whole")
	for _, hours := range seen {
		assert.InDelta(t, 75, hours/24, 38)
	}
}

func TestASamplerGoesOnFromAnyPosition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sample := sampleOf(t, wander("A/USD", 72, time.Hour, 1))
		seed := rapid.Uint64().Draw(t, "seed")
		days, err := NewDayBlock(sample, seed)
		require.NoError(t, err)
		for _, sampler := range []Sampler{stationary(t, sample, 7, seed), days, Replay{}} {
			walk := func(position, from, to int64) int64 {
				for step := from; step < to; step++ {
					position = sampler.Next(position, step)
				}
				return position
			}
			at := rapid.Int64Range(0, 60).Draw(t, "step")
			assert.Equal(t, walk(-1, 0, 72), walk(walk(-1, 0, at), at, 72))
		}
	})
}

func TestTheSeedDecides(t *testing.T) {
	sample := sampleOf(t, wander("A/USD", 1000, time.Minute, 1))
	first := drawn(Walk{Sample: sample, Sampler: stationary(t, sample, 10, 1), Fold: 1}, 100)
	assert.Equal(t, first, drawn(Walk{Sample: sample, Sampler: stationary(t, sample, 10, 1), Fold: 1}, 100))
	assert.NotEqual(t, first, drawn(Walk{Sample: sample, Sampler: stationary(t, sample, 10, 2), Fold: 1}, 100))
}

func TestBarsEndWhenNobodyWantsMore(t *testing.T) {
	sample, count := sampleOf(t, wander("A/USD", 10, time.Minute, 1)), 0
	Walk{Sample: sample, Sampler: Replay{}, Fold: 1}.Bars(midnight, time.Minute, 10, func([]bar.Bar) bool { count++; return count < 3 })
	assert.Equal(t, 3, count)
}

func TestWhatIsNoSampleIsRefusedByBarAndField(t *testing.T) {
	change := func(body func(*bar.Bar)) bar.Series {
		series := wander("A/USD", 3, time.Minute, 1)
		body(&series.Bars[1])
		return series
	}
	good := wander("B/USD", 3, time.Minute, 1)
	for want, all := range map[string][]bar.Series{
		"bars is":                 nil,
		"bars.interval is \"7s\"": {wander("A/USD", 3, 7*time.Second, 1)},
		"each pair once":          {good, good},
		"want 1m0s, as B/USD has": {good, wander("A/USD", 3, time.Hour, 1)},
		"want 3 bars of A/USD":    {good, wander("A/USD", 4, time.Minute, 1)},
		"at least one bar":        {{Symbol: "A/USD", Interval: time.Minute}},
		"positive prices":         {change(func(b *bar.Bar) { b.Low = 0 })},
		"no negative volume":      {change(func(b *bar.Bar) { b.Volume = math.NaN() })},
		"at most 2000000 intervals": {func() bar.Series {
			s := wander("A/USD", 3, time.Minute, 1)
			s.Bars[2].Time = midnight.AddDate(9000, 0, 0)
			return s
		}()},
		"low <= open, close <= high":   {change(func(b *bar.Bar) { b.Open = b.High * 2 })},
		"a time on the grid of":        {change(func(b *bar.Bar) { b.Time = b.Time.Add(time.Second) })},
		"after that of the bar before": {change(func(b *bar.Bar) { b.Time = midnight })},
		"as in B/USD": {good, func() bar.Series {
			s := wander("A/USD", 3, time.Minute, 1)
			s.Bars[2].Time = s.Bars[2].Time.Add(time.Minute)
			return s
		}()},
	} {
		_, err := New(all)
		require.ErrorContains(t, err, want)
		assert.Equal(t, errs.Invalid, errs.KindOf(err))
	}
	sample := sampleOf(t, good)
	_, err := NewDayBlock(sample, 1)
	require.ErrorContains(t, err, "at least one whole UTC day")
	for _, block := range []float64{0, 0.5, math.NaN(), MostBars + 1} {
		_, err = NewStationary(sample, block, 1)
		require.ErrorContains(t, err, "stationary_bootstrap.mean_block is")
	}
}
