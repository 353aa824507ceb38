package realism_test

// The guard of the scores: what is known to be worthless fails, what is known to be as good as real passes. A change to a
// score that lets a null through, or keeps reality out, ends here.

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distmv"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

func TestNullsFailTheThresholdsAndResampledDaysPassThem(t *testing.T) {
	for name, c := range map[string]struct {
		bars   func(*testing.T) realism.Panel
		spared string // what a null may pass: trends of simulated bars are not far enough from a null's to tell by
	}{
		"bars of the shipped profile": {shippedBars, "trend"},
		"lively real bars":            {func(t *testing.T) realism.Panel { return realBars(t, time.Minute, "2021-09") }, ""},
		"calm real bars":              {func(t *testing.T) realism.Panel { return realBars(t, time.Minute, "2023-04") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			panel := c.bars(t)
			known, err := realism.Build(panel, 1)
			require.NoError(t, err)
			gaussian, mixed := score(t, known, gaussianOf(panel)), score(t, known, mixedOf(panel))
			resampled := score(t, known, resampledDaysOf(panel))
			for comparator, scores := range map[string]realism.Scores{"GBM": gaussian, "shuffled": mixed, "days drawn anew": resampled} {
				t.Logf("%-16s correlation %.2f volatility %.2f distribution %.2f trend %.2f confidence %.2f", comparator,
					scores.Correlation, scores.Volatility, scores.Distribution, scores.Trend, scores.Confidence)
			}
			for _, threshold := range realism.Thresholds {
				if threshold.Score == c.spared {
					continue
				}
				assert.True(t, fails(gaussian, threshold.Score), "Brownian motion passes %s", threshold.Score)
				if threshold.Score != "distribution" { // which bars in random order keep
					assert.True(t, fails(mixed, threshold.Score), "shuffled bars pass %s", threshold.Score)
				}
			}
			assert.InDelta(t, 1, mixed.Distribution, 1e-6)
			assert.Empty(t, resampled.Shortfalls(), "days in random order, some twice, some never, pass each")
		})
	}
}

// fails tells whether a score does not exceed its threshold.
func fails(scores realism.Scores, name string) bool {
	return slices.ContainsFunc(scores.Shortfalls(), func(line string) bool { return strings.HasPrefix(line, name+" ") })
}

// shippedBars are 28 days of the pairs that the shipped profile models.
func shippedBars(t *testing.T) realism.Panel {
	fitted, err := profiles.Load("lively")
	require.NoError(t, err)
	listed, err := fitted.Instruments(nil)
	require.NoError(t, err)
	prices, err := path.New(fitted, listed, 1, path.Epoch)
	require.NoError(t, err)
	series := make([]bar.Series, len(listed))
	for i, symbol := range prices.Symbols() {
		series[i] = bar.Series{Symbol: symbol, Interval: time.Minute}
	}
	require.NoError(t, prices.Bars(path.Epoch, path.Epoch.Add(28*24*time.Hour), time.Minute, func(bars []bar.Bar) bool {
		for i, one := range bars {
			series[i].Bars = append(series[i].Bars, one)
		}
		return true
	}))
	panel, err := realism.FromSeries(series)
	require.NoError(t, err)
	return panel
}

// empty is a panel like another, of zeros.
func empty(like realism.Panel) realism.Panel {
	result := realism.Panel{Interval: like.Interval, Symbols: like.Symbols}
	for _, r := range like.Returns {
		result.Returns = append(result.Returns, make([]float64, len(r)))
	}
	return result
}

// gaussianOf is correlated Brownian motion with the covariances of the panel.
func gaussianOf(panel realism.Panel) realism.Panel {
	result, bars := empty(panel), len(panel.Returns[0])
	columns := mat.NewDense(bars, len(panel.Returns), nil)
	for i, r := range panel.Returns {
		columns.SetCol(i, r)
	}
	var covariance mat.SymDense
	stat.CovarianceMatrix(&covariance, columns, nil)
	law, fits := distmv.NewNormal(make([]float64, len(panel.Returns)), &covariance, rand.NewPCG(17, 1))
	if !fits {
		panic("the pairs are linearly dependent")
	}
	row := make([]float64, len(panel.Returns))
	for t := range bars {
		for i, r := range law.Rand(row) {
			result.Returns[i][t] = r
		}
	}
	return result
}

// mixedOf is the bars in random order, all pairs in the same.
func mixedOf(panel realism.Panel) realism.Panel {
	result := empty(panel)
	for t, from := range rand.New(rand.NewPCG(17, 2)).Perm(len(panel.Returns[0])) {
		for i, r := range panel.Returns {
			result.Returns[i][t] = r[from]
		}
	}
	return result
}

// resampledDaysOf is whole days of the panel, drawn with replacement.
func resampledDaysOf(panel realism.Panel) realism.Panel {
	result, rng := empty(panel), rand.New(rand.NewPCG(17, 3))
	length := len(panel.Returns[0]) / panel.Days()
	for d := range panel.Days() {
		from := rng.IntN(panel.Days())
		for i, r := range panel.Returns {
			copy(result.Returns[i][d*length:], r[from*length:(from+1)*length])
		}
	}
	return result
}
