package tape

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

const grain = 20 * time.Millisecond

// minutes are drawn trades, one minute after the other.
func minutes(count int, rate float64) (all []Trade) {
	var one Minute
	orders := 0
	for n := range count {
		stream := draw.Keyed(1, 1, uint64(n))
		one.Draw(&stream, rate, grain)
		for _, trade := range one.Trades {
			trade.At += time.Duration(n) * time.Minute
			trade.Order += orders
			all = append(all, trade)
		}
		orders = all[len(all)-1].Order + 1
	}
	return all
}

// summary is what the sample is compared by. Gaps between orders are in milliseconds.
type summary struct {
	perSecond, fills, single float64
	median, p99, variation   float64
	signs                    [3]float64 // autocorrelation at 1, 10 and 50 trades
	sizes                    float64    // standard deviation of the logarithm
	fano                     float64    // of orders a second
}

func summarise(trades []Trade, span time.Duration) (s summary) {
	var at, gaps, signs, logs, orders []float64
	var size []int
	counts := make([]float64, int(span/time.Second)+1)
	for i, one := range trades {
		sign := -1.0
		if one.Buy {
			sign = 1
		}
		signs, logs = append(signs, sign), append(logs, math.Log(one.Weight))
		if i > 0 && one.Order == trades[i-1].Order {
			size[len(size)-1]++
			continue
		}
		size, orders = append(size, 1), append(orders, 1)
		at = append(at, float64(one.At)/1e6)
		counts[int(one.At/time.Second)]++
	}
	for i := 1; i < len(at); i++ {
		gaps = append(gaps, at[i]-at[i-1])
	}
	slices.Sort(gaps)
	s.perSecond, s.fills = float64(len(orders))/span.Seconds(), float64(len(trades))/float64(len(orders))
	for _, n := range size {
		if n == 1 {
			s.single += 1 / float64(len(size))
		}
	}
	mean, sd := stat.MeanStdDev(gaps, nil)
	s.median, s.p99, s.variation = gaps[len(gaps)/2], gaps[len(gaps)*99/100], sd/mean
	for n, lag := range [...]int{1, 10, 50} {
		s.signs[n] = stat.Correlation(signs[lag:], signs[:len(signs)-lag], nil)
	}
	s.sizes = stat.StdDev(logs, nil)
	mean, variance := stat.MeanVariance(counts[:len(counts)-1], nil)
	s.fano = variance / mean
	return s
}

// The figures of the sample, as docs/realism.md states them: what the tape is held to where the sample is not at hand.
var sampled = map[string]summary{
	"BTC/USD": {perSecond: 9.4, fills: 3.0, single: 0.70, median: 26, p99: 844, variation: 1.68, signs: [3]float64{0.78, 0.60, 0.31}, sizes: 2.58, fano: 15},
	"ETH/USD": {perSecond: 5.6, fills: 3.2, single: 0.58, median: 27, p99: 1480, variation: 1.82, signs: [3]float64{0.84, 0.53, 0.12}, sizes: 2.64, fano: 8.7},
}

func requireLike(t *testing.T, want, got summary) {
	t.Helper()
	t.Logf("sample %+v", want)
	t.Logf("tape   %+v", got)
	assert.InEpsilon(t, want.perSecond, got.perSecond, 0.05, "orders a second")
	assert.InEpsilon(t, want.fills, got.fills, 0.1, "trades an order")
	assert.InDelta(t, want.single, got.single, 0.12, "share of orders of one trade")
	assert.InEpsilon(t, want.median, got.median, 0.25, "median gap")
	assert.InEpsilon(t, want.p99, got.p99, 0.2, "99th percentile of gaps")
	assert.InEpsilon(t, want.variation, got.variation, 0.15, "coefficient of variation of gaps; 1 is Poisson")
	for n, lag := range [...]string{"1", "10", "50"} {
		assert.InDelta(t, want.signs[n], got.signs[n], 0.15, "autocorrelation of signs at "+lag)
	}
	assert.InEpsilon(t, want.sizes, got.sizes, 0.05, "spread of sizes")
	assert.Greater(t, got.fano, 4.0, "dispersion of counts; 1 is Poisson")
}

func TestTheTapeHasTheFiguresOfTheSample(t *testing.T) {
	for symbol, want := range sampled {
		t.Run(symbol, func(t *testing.T) {
			requireLike(t, want, summarise(minutes(240, want.perSecond), 240*time.Minute))
		})
	}
}

// Every part of the minute is like every other: the circle has no beginning.
func TestArrivalsAreEvenOverTheMinute(t *testing.T) {
	var parts [6]float64
	for _, one := range minutes(600, BusyRate) {
		parts[one.At%time.Minute/(10*time.Second)]++
	}
	for _, part := range parts {
		assert.InEpsilon(t, stat.Mean(parts[:], nil), part, 0.06)
	}
}

func TestOrdersOfOneGrainHaveOneSideAndTimeRises(t *testing.T) {
	all := minutes(20, 50)
	for i := 1; i < len(all); i++ {
		require.GreaterOrEqual(t, all[i].At, all[i-1].At)
		require.GreaterOrEqual(t, all[i].Order, all[i-1].Order)
		if all[i].At/grain == all[i-1].At/grain {
			require.Equal(t, all[i-1].Buy, all[i].Buy)
		}
	}
}

func TestThereIsATradeHoweverQuietTheMinute(t *testing.T) {
	stream := draw.Keyed(1, 1, 1)
	var one Minute
	for range 100 {
		one.Draw(&stream, 1e-6, grain)
		require.NotEmpty(t, one.Trades)
	}
	assert.InDelta(t, 0.73, Branching(), 1e-9)
}
