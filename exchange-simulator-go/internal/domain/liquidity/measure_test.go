package liquidity_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
)

// bitcoin is BTC/USD of the shipped documents: a tick of 0.01 and a lot of 0.00001.
var bitcoin = liquidity.Instrument{TickLot: 0.01 * 0.00001, MinLots: 10, MaxLots: 1e7, MinNotional: 5}

const (
	depth    = 120_000  // USD
	price    = 60_000e2 // ticks
	ordinary = 0.6      // volatility a year
	stepTime = 100_000_000
	perHour  = 36_000
)

// hour is what was seen in an hour of ten steps a second while the reference wandered.
type hour struct {
	*naiveBook
	liquidity.Instrument
	oneTick, standing, sides float64 // shares: of steps with a spread of one tick; of seconds in which the middle stood; of steps with both sides
	touches                  []float64
	spreads                  []float64 // basis points
	orders                   float64   // cancels and places a step
	largest                  float64   // inventory, as a share of the limit
}

// runHour runs an instrument from a price in ticks on for steps, at a yearly volatility of each step.
func runHour(
	t *testing.T, instrument liquidity.Instrument, reference float64, p liquidity.Parameters, steps int, yearly func(step int) float64,
) hour {
	source, err := liquidity.New(instrument, p, 7)
	require.NoError(t, err)
	h := hour{naiveBook: newNaiveBook(p.Makers, p.Takers), Instrument: instrument}
	random := rand.New(rand.NewPCG(1, 2))
	middle, standing := 0.0, 0
	var intentions []liquidity.Intention
	for step := range steps {
		reference *= math.Exp(yearly(step) * math.Sqrt(0.1/(365*24*3600)) * random.NormFloat64())
		h.view.Reference = reference
		intentions = source.Step(int64(step+1)*stepTime, h.look(), intentions[:0])
		h.execute(float64(step)/10, intentions)
		for _, i := range intentions {
			if i.Kind != liquidity.Take {
				h.orders += 1 / float64(steps)
			}
		}
		h.measure(p, steps, reference)
		if now := float64(h.best(0) + h.best(1)); step%10 == 9 {
			if now == middle {
				standing++
			}
			middle = now
		}
	}
	h.standing = float64(standing) / float64(steps/10)
	return h
}

func (h *hour) measure(p liquidity.Parameters, steps int, reference float64) {
	bid, ask := h.best(liquidity.Buy), h.best(liquidity.Sell)
	if bid == 0 || ask == 0 {
		return
	}
	h.sides += 1 / float64(steps)
	if ask-bid == 1 {
		h.oneTick += 1 / float64(steps)
	}
	h.spreads = append(h.spreads, float64(ask-bid)/reference*1e4)
	h.touches = append(h.touches, float64(h.touch(liquidity.Buy))*reference*h.TickLot)
	for _, maker := range h.view.Makers {
		lots := math.Abs(float64(maker.Inventory)) * reference * h.TickLot
		h.largest = max(h.largest, lots/(p.Inventory*p.Depth))
	}
}

func quantile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(share*float64(len(sorted)-1))]
}

func mean(values []float64) (sum float64) {
	for _, value := range values {
		sum += value / float64(len(values))
	}
	return sum
}

// signs returns the autocorrelation of the signs of takes.
func (h *hour) signs(lag int) float64 {
	signs := make([]float64, len(h.taken))
	for n, take := range h.taken {
		signs[n] = 1 - 2*float64(take.side)
	}
	middle, variance, covariance := mean(signs), 0.0, 0.0
	for n := range signs {
		variance += (signs[n] - middle) * (signs[n] - middle)
		if n >= lag {
			covariance += (signs[n] - middle) * (signs[n-lag] - middle)
		}
	}
	return covariance / variance
}

// dispersion is the variance of the counts of takes over windows of seconds, divided by their mean.
func (h *hour) dispersion(seconds float64, steps int) float64 {
	counts := make([]float64, int(float64(steps)/10/seconds))
	for _, take := range h.taken {
		if n := int(take.second / seconds); n < len(counts) {
			counts[n]++
		}
	}
	middle, variance := mean(counts), 0.0
	for _, count := range counts {
		variance += (count - middle) * (count - middle) / float64(len(counts))
	}
	return variance / middle
}
