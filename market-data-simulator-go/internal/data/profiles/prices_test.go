package profiles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/realbars"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

// shippedInstruments are those of the shipped document.
func shippedInstruments(t testing.TB) []instrument.Instrument {
	text, err := documents.Documents.ReadFile("instruments.json")
	require.NoError(t, err)
	listed, err := instrument.Parse(text)
	require.NoError(t, err)
	return listed
}

func shippedPath(t testing.TB, name string, seed uint64) *path.Path {
	fitted, err := Load(name)
	require.NoError(t, err)
	prices, err := path.New(fitted, shippedInstruments(t), seed, path.Epoch)
	require.NoError(t, err)
	return prices
}

// simulatedDays is the length of a scored simulation.
const simulatedDays = 28

// simulate returns the one-minute returns of the profile's pairs as a reader of bars would see them.
func simulate(t testing.TB, fitted profile.Profile, seed uint64) realism.Panel {
	var modelled []instrument.Instrument
	for _, one := range shippedInstruments(t) {
		if one.Source == instrument.Modelled {
			modelled = append(modelled, one)
		}
	}
	prices, err := path.New(fitted, modelled, seed, path.Epoch)
	require.NoError(t, err)
	series := make([]bar.Series, len(modelled))
	for i, symbol := range prices.Symbols() {
		series[i] = bar.Series{Symbol: symbol, Interval: time.Minute}
	}
	err = prices.Bars(path.Epoch, path.Epoch.Add(simulatedDays*24*time.Hour), time.Minute, func(bars []bar.Bar) bool {
		for i, one := range bars {
			series[i].Bars = append(series[i].Bars, one)
		}
		return true
	})
	require.NoError(t, err)
	panel, err := realism.FromSeries(series)
	require.NoError(t, err)
	return panel
}

// spread is the mean and the standard deviation of scores over seeds.
type spread struct{ mean, sd realism.Scores }

// score simulates the profile with so many seeds and scores each run against the reference.
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

// In sample: against the bars that the profiles were fitted on, as their embedded reference keeps them, and as they are.
func TestShippedProfilesPassTheirThresholdsOverTwoSeeds(t *testing.T) {
	for name, month := range map[string]string{"lively": "2021-09", "calm": "2023-04"} {
		fitted, err := Load(name)
		require.NoError(t, err)
		t.Run(name+" against its reference", func(t *testing.T) {
			t.Parallel()
			assertThresholds(t, score(t, fitted, fitted.Reference, 2).mean)
		})
		t.Run(name+" against the real bars", func(t *testing.T) {
			t.Parallel()
			panel, err := realism.FromSeries(realbars.Load(t, time.Minute, month))
			require.NoError(t, err)
			reference, err := realism.Build(panel, 1)
			require.NoError(t, err)
			assertThresholds(t, score(t, fitted, reference, 2).mean)
		})
	}
}

func assertThresholds(t *testing.T, mean realism.Scores) {
	t.Helper()
	t.Logf("mean %+.3f", values(mean))
	assert.Greater(t, mean.Correlation, 0.8)
	assert.Greater(t, mean.Volatility, 0.75)
	assert.Greater(t, mean.Distribution, 0.75)
	assert.Greater(t, mean.Trend, 0.7)
}

// The digest is over rounded prices: differences in the last bit, as between processors that fuse a multiplication with an
// addition and others, do not reach it.
func TestPricesOfTheShippedProfilesStayTheSame(t *testing.T) {
	for name, want := range map[string]string{"lively": "1661b169bfbfb53a", "calm": "5b69f3f5350eb986"} {
		prices := shippedPath(t, name, 1)
		quotes, digest := make([]path.Quote, len(prices.Symbols())), sha256.New()
		for n := range uint64(1500) {
			require.NoError(t, prices.At(n/100*20_000_000+n*7, quotes)) // 15 stretches over nearly half a year
			for i, quote := range quotes {
				fmt.Fprintln(digest, i, quote.Price, quote.Bid, quote.Ask, quote.Day.High, quote.Day.Low)
			}
		}
		assert.Equal(t, want, hex.EncodeToString(digest.Sum(nil)[:8]), "prices of %s changed: every recording of them is void", name)
	}
}
