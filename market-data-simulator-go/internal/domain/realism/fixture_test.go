package realism_test

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

const minutesPerDay = 1440

// market is a made-up market with what real ones have: unrest that comes in
// waves of minutes and of hours and is shared by the pairs, busy hours, heavy
// tails, correlated pairs.
func market(days int, seed uint64, symbols ...string) realism.Panel {
	rng := rand.New(rand.NewPCG(seed, 1))
	panel := realism.Panel{Interval: time.Minute, Symbols: symbols, Returns: make([][]float64, len(symbols))}
	quick, slow := rng.NormFloat64(), rng.NormFloat64()
	for t := range days * minutesPerDay {
		quick = 0.9*quick + math.Sqrt(1-0.9*0.9)*rng.NormFloat64()
		slow = 0.998*slow + math.Sqrt(1-0.998*0.998)*rng.NormFloat64()
		hour := 0.5 * math.Sin(2*math.Pi*float64(t%minutesPerDay)/minutesPerDay)
		level := 5e-4 * math.Exp(0.4*quick+0.4*slow+hour+0.3*rng.NormFloat64())
		common := rng.NormFloat64()
		for i := range symbols {
			share := 0.9 - 0.2*float64(i)
			own := share*common + math.Sqrt(1-share*share)*rng.NormFloat64()
			panel.Returns[i] = append(panel.Returns[i], level*own)
		}
	}
	return panel
}

// hours is the same made-up market with each step taken for an hour: long enough
// for a verdict, and a quarter of the work.
func hours(days int, seed uint64, symbols ...string) realism.Panel {
	panel := market((days*24+minutesPerDay-1)/minutesPerDay, seed, symbols...)
	panel.Interval = time.Hour
	for i, r := range panel.Returns {
		panel.Returns[i] = r[:days*24]
	}
	return panel
}

var fixture = sync.OnceValues(func() (realism.Reference, error) {
	return realism.Build(real(), 1)
})

var real = sync.OnceValue(func() realism.Panel { return market(28, 7, "BTC/USD", "ETH/USD", "SOL/USD") })

func reference(t *testing.T) realism.Reference {
	t.Helper()
	built, err := fixture()
	require.NoError(t, err)
	return built
}
