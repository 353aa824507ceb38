package calibration

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

var start = time.Date(2021, time.September, 20, 0, 0, 0, 0, time.UTC)

func increment(t require.TestingT, text string) instrument.Increment {
	step, err := instrument.ParseIncrement(text)
	require.NoError(t, err)
	return step
}

// truth is a market with known parameters: two correlated pairs with an hour profile.
func truth(t require.TestingT) profile.Profile {
	pair := profile.Pair{
		Symbol: "BTC/USD", Level: 48_000, Tick: increment(t, "0.01"),
		Factors: profile.Factors{
			Level: math.Log(0.0008), Scales: [process.Scales]float64{0.25, 0.2, 0.4, 0.1}, Mixing: 0.08, Common: 0.8,
			HourExponent: 1, Bounce: 0.3,
		},
		Shock:  profile.Shock{Sigma: 0.001, Alpha: 0.06, Beta: 0.92, Nu: 6, Common: 0.7},
		Volume: profile.Volume{Level: 4, Volatility: 1.2, Shock: 0.7, Persistence: 0.5, Residual: 0.6},
	}
	for hour := range pair.Hours {
		pair.Hours[hour] = 1 + 0.4*math.Sin(float64(hour)/profile.Hours*2*math.Pi)
		pair.Volume.Hours[hour] = math.Exp(0.5 * math.Sin(float64(hour)/profile.Hours*2*math.Pi))
	}
	other := pair
	other.Symbol, other.Level, other.Shock.Sigma, other.Shock.Nu = "ETH/USD", 3400, 0.0013, 5
	other.Factors.Level = math.Log(0.0011)
	return profile.Profile{
		Name: "truth", Process: profile.Superposed, CommonMixing: 0.08, Pairs: []profile.Pair{pair, other},
		Correlation: [][]float64{{1, 0.7}, {0.7, 1}},
	}
}

// minutes simulates bars of the minute process alone: what calibration reads of a bar is its close and its volume.
func minutes(t require.TestingT, from profile.Profile, seed uint64, days int) []bar.Series {
	g, err := process.New(from, seed, start)
	require.NoError(t, err)
	state, moves := g.Start(), make([]process.Move, len(from.Pairs))
	all := make([]bar.Series, len(from.Pairs))
	for minute := range int64(days * 24 * 60) {
		g.Step(state, minute, moves)
		for i, pair := range from.Pairs {
			price := func(log float64) float64 {
				return instrument.Instrument{Tick: pair.Tick}.Price(pair.Level * math.Exp(log))
			}
			open, end := price(moves[i].Open), price(moves[i].Close)
			all[i].Symbol, all[i].Interval = pair.Symbol, time.Minute
			all[i].Bars = append(all[i].Bars, bar.Bar{
				Time: start.Add(time.Duration(minute) * time.Minute), Open: open,
				High: max(open, end), Low: min(open, end), Close: end, Volume: g.Volume(i, minute, moves[i].Tone),
			})
		}
	}
	return all
}

// The volatility of one period is mostly its slow factors, of which a month has few draws: so levels and slow scales are
// found less exactly than what each minute tells.
func TestCalibrationRecoversTheParametersOfASimulatedMarket(t *testing.T) {
	want := truth(t)
	found, notes, err := Fit(t.Context(), minutes(t, want, 3, 21), Options{Name: "again", Regime: "made up", Tool: "test", seeds: 3})
	require.NoError(t, err)
	assert.Len(t, notes, 2, "no instruments document was given, so the ticks are from the data: %v", notes)
	require.NoError(t, found.Validate())
	for i, pair := range found.Pairs {
		known := want.Pairs[i]
		assert.Equal(t, known.Symbol, pair.Symbol)
		assert.Equal(t, known.Tick, pair.Tick)
		t.Logf("%s: found %+.3f, common mixing %.3f", pair.Symbol, pair.Factors, found.CommonMixing)
		assert.InDelta(t, known.Factors.Level, pair.Factors.Level, 0.2)
		for k, allowed := range []float64{0.12, 0.15, 0.15, 0.2} {
			assert.InDelta(t, known.Factors.Scales[k], pair.Factors.Scales[k], allowed, "scale %d", k)
		}
		assert.InDelta(t, known.Factors.Mixing, pair.Factors.Mixing, 0.1)
		assert.InDelta(t, known.Factors.Common, pair.Factors.Common, 0.2)
		assert.InDelta(t, known.Factors.Overshoot, pair.Factors.Overshoot, 0.04)
		assert.InDelta(t, known.Factors.Leverage, pair.Factors.Leverage, 0.35)
		assert.InDelta(t, known.Factors.HourExponent, pair.Factors.HourExponent, 0.4)
		assert.InDelta(t, known.Factors.Bounce, pair.Factors.Bounce, 0.2)
		assert.InDelta(t, known.Volume.Shock, pair.Volume.Shock, 0.1)
		assert.InDelta(t, known.Volume.Persistence, pair.Volume.Persistence, 0.05)
		assert.InDelta(t, known.Volume.Residual, pair.Volume.Residual, 0.05)
		for hour := range pair.Hours {
			assert.InDelta(t, known.Hours[hour], pair.Hours[hour], 0.25, "hour %d", hour)
		}
	}
	assert.InDelta(t, 0.08, found.CommonMixing, 0.1)
	assert.InDelta(t, 0.7, found.Correlation[0][1], 0.03)
	assert.Equal(t, 21*24*60, found.Provenance.Bars)
	assert.Equal(t, "1m", found.Provenance.BaseStep)
	assert.Empty(t, found.Provenance.Outages)
}

func TestLikelihoodFindsGARCHParametersAndTheVolumeThatFollowsThem(t *testing.T) {
	want := truth(t)
	want.Process = profile.GARCHT
	want.Pairs[0].Tick = increment(t, "0.00000001")
	all := minutes(t, want, 9, 40)
	s, err := arrange(all)
	require.NoError(t, err)
	p := &s.pairs[0]
	for slot := 1000; slot < 1100; slot++ {
		p.returns[slot] = math.NaN() // an outage does no harm
	}
	pair, innovations, err := s.fitPair(p, want.Pairs[0].Tick)
	require.NoError(t, err)
	known := want.Pairs[0]
	assert.InDelta(t, known.Shock.Alpha, pair.Shock.Alpha, 0.012)
	assert.InDelta(t, known.Shock.Beta, pair.Shock.Beta, 0.015)
	assert.InDelta(t, known.Shock.Nu, pair.Shock.Nu, 0.6)
	assert.InDelta(t, known.Volume.Level, pair.Volume.Level, 0.1)
	assert.InDelta(t, known.Volume.Volatility, pair.Volume.Volatility, 0.15)
	assert.InDelta(t, known.Volume.Shock, pair.Volume.Shock, 0.1)
	assert.InDelta(t, 1, deviation(innovations), 0.02)
	pairs := []profile.Pair{pair, pair}
	other, otherInnovations, err := s.fitPair(&s.pairs[1], want.Pairs[1].Tick)
	require.NoError(t, err)
	pairs[1] = other
	shareTails([][]float64{innovations, otherInnovations}, pairs)
	assert.InDelta(t, known.Shock.Common, pairs[0].Shock.Common, 0.3)
	_, err = fitShock(make([]float64, 1000))
	require.ErrorContains(t, err, "never moves")
}

func TestAnOutageIsNamedAndNotDifferencedAcross(t *testing.T) {
	all := minutes(t, truth(t), 1, 15)
	for i := range all {
		all[i].Bars = slices.Delete(all[i].Bars, 5000, 5120)
	}
	s, err := arrange(all)
	require.NoError(t, err)
	assert.Equal(t, []profile.Outage{{From: start.Add(5000 * time.Minute), Minutes: 120}}, s.outages())
	assert.Equal(t, 15*24*60-120, s.bars())
	assert.True(t, math.IsNaN(s.pairs[0].returns[5050]))
	assert.True(t, math.IsNaN(s.pairs[0].returns[5120]), "the return over the outage")
}

func TestSeriesThatCannotBeFittedAreRefused(t *testing.T) {
	all := minutes(t, truth(t), 1, 15)
	fit := func(change func([]bar.Series) []bar.Series) error {
		copied := slices.Clone(all)
		_, _, err := Fit(t.Context(), change(copied), Options{})
		return err
	}
	require.ErrorContains(t, fit(func([]bar.Series) []bar.Series { return nil }), "no series")
	require.ErrorContains(t, fit(func(s []bar.Series) []bar.Series { s[0].Interval = time.Second; return s }), "bars of 1s: a process is fitted on bars of 1m or 1h")
	require.ErrorContains(t, fit(func(s []bar.Series) []bar.Series { s[1].Interval = time.Hour; return s }), "ETH/USD: bars of 1h0m0s beside BTC/USD with bars of 1m0s")
	require.ErrorContains(t, fit(func(s []bar.Series) []bar.Series {
		s[0].Interval, s[1].Interval = time.Hour, time.Hour
		s[0].Bars = s[0].Bars[:8000]
		return s
	}), "want at least 8760 (one year)")
	require.ErrorContains(t, fit(func(s []bar.Series) []bar.Series { s[1].Bars = s[1].Bars[:100]; return s }), "ETH/USD: 100 bars: want at least 20160")
}

func TestTickComesFromTheDocumentAndAMismatchIsNoted(t *testing.T) {
	p := &pairSample{symbol: "BTC/USD", closes: []float64{100.01, 100.02, 100.5}}
	for tick, notes := range map[string]int{"0.01": 0, "0.001": 0, "0.5": 1} {
		options := Options{Instruments: []instrument.Instrument{{Symbol: "BTC/USD", Tick: increment(t, tick)}}}
		found, said, err := options.tick(p)
		require.NoError(t, err)
		assert.Equal(t, tick, found.String())
		assert.Len(t, said, notes, tick)
	}
	found, said, err := Options{}.tick(p)
	require.NoError(t, err)
	assert.Equal(t, "0.01", found.String())
	assert.Len(t, said, 1)
	_, _, err = Options{}.tick(&pairSample{symbol: "A/B", closes: []float64{1e-12, 3e-12}})
	require.ErrorContains(t, err, "on no grid")
}

func TestNearestCorrelationHasAFactorAndLeavesGoodOnesAlone(t *testing.T) {
	good := [][]float64{{1, 0.3, 0.2}, {0.3, 1, 0.5}, {0.2, 0.5, 1}}
	for i, row := range nearest(good) {
		assert.InDeltaSlice(t, good[i], row, 1e-12)
	}
	p := truth(t)
	p.Pairs = append(p.Pairs, p.Pairs[0])
	p.Pairs[2].Symbol = "SOL/USD"
	p.Correlation = nearest([][]float64{{1, 0.9, -0.9}, {0.9, 1, 0.9}, {-0.9, 0.9, 1}})
	require.NoError(t, p.Validate())
}

func TestAFitEndsWhenItsUserWantsItTo(t *testing.T) {
	all := minutes(t, truth(t), 1, 15)
	for _, last := range []string{"half against half, 6 of 6", "fitting ", "drawing", "round 1 "} {
		ctx, cancel := context.WithCancel(t.Context())
		reached := ""
		_, _, err := Fit(ctx, all, Options{Progress: func(stage string) {
			if reached = stage; strings.Contains(stage, last) {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		assert.Contains(t, reached, last, "no stage begins after that")
	}
}

func TestASearchThatIsCancelledPlaysNoMore(t *testing.T) {
	for _, asked := range []int{1, 10, 100, 400} {
		r, at := small(t, coarse(t))
		left := asked
		r.cancelled = func() error {
			if left--; left <= 0 {
				return context.Canceled
			}
			return nil
		}
		_, err := r.search(at, func(string) error { return nil })
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, left, "it is not asked again")
	}
}

// One pair of real bars: the same figures twice, whatever the order of things.
func TestFitOfRealBarsIsTheSameTwiceAndCanBeSimulated(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped in short mode: two fits of a month")
	}
	all := realbars.Load(t, time.Minute, "2023-04")[1:2]
	all[0].Bars = all[0].Bars[:16*24*60]
	var texts [2][]byte
	for i := range texts {
		fitted, _, err := Fit(t.Context(), all, Options{Name: "calm", Regime: "calm", Tool: "test", seeds: 2})
		require.NoError(t, err)
		require.NoError(t, fitted.Validate())
		texts[i], err = json.Marshal(fitted)
		require.NoError(t, err)
		listed, err := fitted.Instruments(nil)
		require.NoError(t, err)
		_, err = path.New(fitted, listed, 1, path.Epoch)
		require.NoError(t, err)
	}
	assert.Equal(t, string(texts[0]), string(texts[1]))
}
