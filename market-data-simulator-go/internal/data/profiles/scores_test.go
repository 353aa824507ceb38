package profiles

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// midnight is where a scored simulation begins.
var midnight = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// simulate returns what a reader of the profile's bars would see of their closes, over as many days as the reference has:
// log returns of quoted prices, of a base interval each.
func simulate(t testing.TB, fitted profile.Profile, seed uint64) realism.Panel {
	minutes, err := process.New(fitted, seed, midnight)
	require.NoError(t, err)
	listed, err := fitted.Instruments(shippedInstruments(t))
	require.NoError(t, err)
	panel := realism.Panel{Interval: fitted.BaseStep()}
	quoted := make([]func(log float64) float64, len(fitted.Pairs))
	before := make([]float64, len(fitted.Pairs))
	for i, pair := range fitted.Pairs {
		at, err := instrument.Find(listed, pair.Symbol)
		require.NoError(t, err)
		one := listed[at]
		quoted[i] = func(log float64) float64 { return math.Log(one.Price(pair.Level * math.Exp(log))) }
		before[i] = quoted[i](0)
		panel.Symbols = append(panel.Symbols, pair.Symbol)
	}
	panel.Returns = make([][]float64, len(fitted.Pairs))
	state, moves := minutes.Start(), make([]process.Move, len(fitted.Pairs))
	each := int64(fitted.BaseStep() / time.Minute)
	for minute := range int64(fitted.Reference.Days) * 24 * 60 {
		minutes.Step(state, minute, moves)
		for i := 0; i < len(moves) && (minute+1)%each == 0; i++ {
			now := quoted[i](moves[i].Close)
			panel.Returns[i], before[i] = append(panel.Returns[i], now-before[i]), now
		}
	}
	return panel
}

// spread is the mean and the standard deviation of scores over seeds.
type spread struct{ mean, sd realism.Scores }

// score simulates the profile with the seeds 1, 2 .. and scores each run against the reference. Calibration uses others.
func score(t testing.TB, fitted profile.Profile, reference realism.Reference, seeds int) spread {
	var sums, squares [6]float64
	for seed := range seeds {
		scores, err := reference.Score(simulate(t, fitted, uint64(seed+1)))
		require.NoError(t, err)
		for i, value := range values(scores) {
			sums[i] += value / float64(seeds)
			squares[i] += value * value / float64(seeds)
		}
	}
	deviations := [6]float64{}
	for i := range sums {
		deviations[i] = math.Sqrt(max(0, squares[i]-sums[i]*sums[i]) * float64(seeds) / max(1, float64(seeds-1)))
	}
	return spread{mean: scoresOf(sums), sd: scoresOf(deviations)}
}

func values(s realism.Scores) [6]float64 {
	return [6]float64{s.Correlation, s.Volatility, s.Distribution, s.Trend, s.Confidence, s.Discriminative}
}

func scoresOf(v [6]float64) realism.Scores {
	return realism.Scores{Correlation: v[0], Volatility: v[1], Distribution: v[2], Trend: v[3], Confidence: v[4], Discriminative: v[5]}
}

// subject is a fitted set whose scores are measured: the shipped profiles, and one of three years of hours, which is a test's
// because nothing runs on it.
type subject struct {
	profile string
	base    time.Duration // interval of the bars, and the label of the set among the real bars
	label   string
	goals   [6]float64 // of the mean over ten seeds, in the order of values
}

var subjects = []subject{
	{"lively", time.Minute, "2021-09", [6]float64{0.88, 0.85, 0.82, 0.72, 0.9, 0.68}},
	{"calm", time.Minute, "2023-04", [6]float64{0.88, 0.85, 0.82, 0.72, 0.9, 0.68}},
	{"testdata/hours.json", time.Hour, "", [6]float64{0.88, 0.85, 0.82, 0.72, 0.85, 0.68}},
}

// In sample: against the bars that the profiles were fitted on, as their embedded reference keeps them. That two worthless
// simulators do not get through belongs to the same statement.
func TestProfilesReachTheirGoalsOverTenSeedsAndTheNullsDoNotPass(t *testing.T) {
	for _, one := range subjects {
		t.Run(one.profile, func(t *testing.T) {
			t.Parallel()
			fitted, err := Load(one.profile)
			require.NoError(t, err)
			found := score(t, fitted, fitted.Reference, 10)
			t.Logf("mean %.3f, sd %.3f", values(found.mean), values(found.sd))
			assert.Empty(t, found.mean.Shortfalls())
			for i, value := range values(found.mean) {
				assert.Greater(t, value, one.goals[i], scoreNames[i])
			}
			assert.Len(t, fitted.Reference.NullGBM.Shortfalls(), len(realism.Thresholds), "Brownian motion fails all")
			assert.Len(t, fitted.Reference.NullShuffled.Shortfalls(), len(realism.Thresholds)-1, "shuffled bars keep only their distribution")
		})
	}
}

// The scores above are against the real bars: their statistics are those that the profile holds, and so are the nulls.
func TestReferencesOfTheProfilesAreThoseOfTheRealBars(t *testing.T) {
	for _, one := range subjects {
		t.Run(one.profile, func(t *testing.T) {
			t.Parallel()
			fitted, err := Load(one.profile)
			require.NoError(t, err)
			panel, err := realism.FromSeries(realbars.Load(t, one.base, one.label))
			require.NoError(t, err)
			found, err := realism.Build(panel, 1)
			require.NoError(t, err)
			assert.InDeltaSlice(t, found.Measures.Facts, fitted.Reference.Measures.Facts, 1e-9)
			assert.InDeltaSlice(t, found.FactErrors, fitted.Reference.FactErrors, 1e-9)
			for name, pair := range map[string][2]realism.Scores{
				"GBM": {found.NullGBM, fitted.Reference.NullGBM}, "shuffled": {found.NullShuffled, fitted.Reference.NullShuffled},
				"ceiling": {found.Ceiling, fitted.Reference.Ceiling},
			} {
				real, kept := values(pair[0]), values(pair[1])
				assert.InDeltaSlice(t, real[:], kept[:], 1e-6, name)
			}
			scores, err := found.Score(simulate(t, fitted, 1))
			require.NoError(t, err)
			assert.Empty(t, scores.Shortfalls(), "seed 1 against the real bars")
		})
	}
}

func TestScoredReturnsAreThoseOfThePathsBars(t *testing.T) {
	fitted, err := Load("calm")
	require.NoError(t, err)
	const seed, hours = 5, 3
	panel, prices := simulate(t, fitted, seed), shippedPath(t, "calm", seed)
	for i, symbol := range panel.Symbols {
		row := slices.Index(prices.Symbols(), symbol)
		before, minute := 0.0, 0
		err := prices.Bars(midnight, midnight.Add(hours*time.Hour), time.Minute, func(bars []bar.Bar) bool {
			now := math.Log(bars[row].Close)
			if minute > 0 {
				require.InDelta(t, panel.Returns[i][minute], now-before, 1e-12, "%s, minute %d", symbol, minute)
			}
			before, minute = now, minute+1
			return true
		})
		require.NoError(t, err)
	}
}

// together is how volume hangs together with the moves of a pair: the correlation of its log with |return| by bar, and with
// the log of realised volatility by 60 bars; bars without a trade are left out.
func together(returns, volumes []float64) (fast, slow float64) {
	var sizes, logs, moods, totals []float64
	for from := 0; from+60 <= len(returns); from += 60 {
		squares, total := 0.0, 0.0
		for n := from; n < from+60; n++ {
			squares += returns[n] * returns[n]
			total += volumes[n]
			if volumes[n] > 0 {
				sizes, logs = append(sizes, math.Abs(returns[n])), append(logs, math.Log(volumes[n]))
			}
		}
		if squares > 0 && total > 0 {
			moods, totals = append(moods, math.Log(squares)/2), append(totals, math.Log(total))
		}
	}
	return stat.Correlation(sizes, logs, nil), stat.Correlation(moods, totals, nil)
}

func TestSimulatedVolumeFollowsVolatilityAsTheRealOneDoes(t *testing.T) {
	for _, one := range subjects[:2] {
		t.Run(one.profile, func(t *testing.T) {
			t.Parallel()
			fitted, err := Load(one.profile)
			require.NoError(t, err)
			minutes, err := process.New(fitted, 1, midnight)
			require.NoError(t, err)
			state, moves := minutes.Start(), make([]process.Move, len(fitted.Pairs))
			returns, volumes := make([][]float64, len(moves)), make([][]float64, len(moves))
			for minute := range int64(28 * 24 * 60) {
				minutes.Step(state, minute, moves)
				for i, move := range moves {
					returns[i] = append(returns[i], move.Close-move.Open)
					volumes[i] = append(volumes[i], minutes.Volume(i, minute, move.Tone))
				}
			}
			for i, series := range realbars.Load(t, time.Minute, one.label) {
				require.Equal(t, fitted.Pairs[i].Symbol, series.Symbol)
				var real, traded []float64
				for n := 1; n < len(series.Bars); n++ {
					real = append(real, math.Log(series.Bars[n].Close/series.Bars[n-1].Close))
					traded = append(traded, series.Bars[n].Volume)
				}
				realFast, realSlow := together(real, traded)
				fast, slow := together(returns[i], volumes[i])
				t.Logf("%s: with |r| %.2f, real %.2f; with volatility by hour %.2f, real %.2f", series.Symbol, fast, realFast, slow, realSlow)
				assert.InDelta(t, realFast, fast, 0.15, series.Symbol)
				assert.InDelta(t, realSlow, slow, 0.15, series.Symbol)
			}
		})
	}
}
