package model

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
)

var midnight = time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)

// square is a market of two equal pairs, correlated by 0.6, with the same volatility at all hours.
func square(volatility float64) Market {
	market := Market{Correlation: [][]float64{{1, 0.6}, {0.6, 1}}}
	for i := range 2 {
		pair := Pair{
			Symbol: fmt.Sprintf("A%d/USD", i), Level: 100, Volatility: volatility,
			Volume: profile.Volume{Level: 3, Volatility: 1, Shock: 0.5, Persistence: 0.4, Residual: 0.5},
		}
		for hour := range pair.Hours {
			pair.Hours[hour], pair.Volume.Hours[hour] = 1, 1
		}
		market.Pairs = append(market.Pairs, pair)
	}
	return market
}

// sigmaOf is the standard deviation of a minute's return at a volatility.
func sigmaOf(volatility float64) float64 { return volatility / math.Sqrt(minutesPerYear) }

func newProcess(t require.TestingT, market Market, parameters Parameters, seed uint64) process.Process {
	one, err := New(market, parameters, midnight)
	require.NoError(t, err)
	return one.Process(seed)
}

// walk is the moves of the minutes 0 .. n-1 of two pairs, and the state's own part before each.
func walk(one process.Process, n int64) (moves [2][]process.Move, own [][]float64) {
	state, step := one.Start(), make([]process.Move, 2)
	width := len(state) - 2*stateSize
	moves[0], moves[1] = make([]process.Move, n), make([]process.Move, n)
	flat := make([]float64, n*int64(width))
	for minute := range n {
		kept := flat[int(minute)*width : int(minute+1)*width]
		copy(kept, state[2*stateSize:])
		own = append(own, kept)
		one.Step(state, minute, step)
		moves[0][minute], moves[1][minute] = step[0], step[1]
	}
	return moves, own
}

// column picks one number of each row.
func column(rows [][]float64, at int) []float64 {
	values := make([]float64, len(rows))
	for n, row := range rows {
		values[n] = row[at]
	}
	return values
}

func returnsOf(moves []process.Move) []float64 {
	values := make([]float64, len(moves))
	for n, move := range moves {
		values[n] = move.Close - move.Open
	}
	return values
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, value := range values {
		sum += value
	}
	return sum / float64(len(values))
}

// product is the mean of (x_n - mean x) (y_n+lag - mean y).
func product(x, y []float64, lag int) float64 {
	meanX, meanY, sum := mean(x), mean(y), 0.0
	for n := range len(x) - lag {
		sum += (x[n] - meanX) * (y[n+lag] - meanY)
	}
	return sum / float64(len(x)-lag)
}

func variance(x []float64) float64 { return product(x, x, 0) }
func correlation(x, y []float64) float64 {
	return product(x, y, 0) / math.Sqrt(variance(x)*variance(y))
}
func persistence(x []float64, lag int) float64 { return product(x, x, lag) / variance(x) }

// moment is the k-th central moment over the k-th power of the standard deviation.
func moment(x []float64, k float64) float64 {
	centre, sum := mean(x), 0.0
	for _, value := range x {
		sum += math.Pow(value-centre, k)
	}
	return sum / float64(len(x)) / math.Pow(variance(x), k/2)
}

// sums adds up stretches of that many values.
func sums(values []float64, length int) []float64 {
	var summed []float64
	for n := 0; n+length <= len(values); n += length {
		summed = append(summed, mean(values[n:n+length])*float64(length))
	}
	return summed
}

func where(values []float64, holds func(n int) bool) []float64 {
	var kept []float64
	for n, value := range values {
		if holds(n) {
			kept = append(kept, value)
		}
	}
	return kept
}

func squared(values []float64) []float64 {
	squares := make([]float64, len(values))
	for n, value := range values {
		squares[n] = value * value
	}
	return squares
}

// everyModel is each model with its default parameters.
func everyModel() map[string]Parameters {
	return map[string]Parameters{
		"brownian motion": BrownianMotion{}, "jump diffusion": DefaultJumpDiffusion(), "heston": DefaultHeston(), "garch": DefaultGARCH(),
		"regime switching": DefaultRegimeSwitching(), "mean reversion": DefaultMeanReversion(), "trend following": DefaultTrendFollowing(),
	}
}

func forEveryModel(t *testing.T, body func(t *testing.T, parameters Parameters)) {
	for name, parameters := range everyModel() {
		t.Run(name, func(t *testing.T) { body(t, parameters) })
	}
}
