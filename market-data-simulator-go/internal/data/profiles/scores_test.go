package profiles

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

func TestTemp(t *testing.T) {
	fitted, err := Load(os.Getenv("PROFILE"))
	require.NoError(t, err)
	start := time.Now()
	found := score(t, fitted, fitted.Reference, 10)
	t.Logf("mean %.3f", values(found.mean))
	t.Logf("sd   %.3f %v", values(found.sd), time.Since(start))
	for _, p := range fitted.Pairs { t.Logf("%s %.3f", p.Symbol, p.Factors) }
	t.Logf("%.3f %.3f", fitted.CommonMixing, fitted.Correlation)
}
