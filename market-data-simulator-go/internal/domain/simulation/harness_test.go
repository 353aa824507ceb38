package simulation_test

import (
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/profiles"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
)

var midnight = time.Date(2027, time.April, 5, 0, 0, 0, 0, time.UTC)

// shipped is the world of the shipped profile and instruments.
func shipped(t testing.TB) *simulation.World {
	text, err := fs.ReadFile(documents.Documents, "instruments.json")
	require.NoError(t, err)
	listed, err := instrument.Parse(text)
	require.NoError(t, err)
	fitted, err := profiles.Load("lively")
	require.NoError(t, err)
	world, err := simulation.NewWorld(fitted, listed)
	require.NoError(t, err)
	return world
}

// hours is an order for that many hours of minutes of two pairs.
func hours(method simulation.Method, count int) simulation.Spec {
	return simulation.Spec{
		Method: method, Symbols: []string{"ETH/USD", "BTC/USD"}, Start: midnight, End: midnight.Add(time.Duration(count) * time.Hour),
		Interval: time.Minute, Seed: 3,
	}
}

func planned(t testing.TB, world *simulation.World, spec simulation.Spec) *simulation.Plan {
	t.Helper()
	plan, err := world.Plan(spec)
	require.NoError(t, err)
	return plan
}

// made is the bars of an order, by symbol.
func made(t testing.TB, world *simulation.World, spec simulation.Spec) map[string][]bar.Bar {
	t.Helper()
	plan := planned(t, world, spec)
	all := map[string][]bar.Bar{}
	require.NoError(t, plan.EachBar(func(bars []bar.Bar) bool {
		for i, one := range bars {
			all[plan.Symbols[i]] = append(all[plan.Symbols[i]], one)
		}
		return true
	}))
	return all
}

// seriesOf is bars as input.
func seriesOf(bars map[string][]bar.Bar, interval time.Duration) []bar.Series {
	var all []bar.Series
	for _, symbol := range []string{"BTC/USD", "ETH/USD"} {
		all = append(all, bar.Series{Symbol: symbol, Interval: interval, Bars: bars[symbol]})
	}
	return all
}

// everyMethod is each kind of order that makes bars, the last three of two days of given bars.
func everyMethod(t testing.TB, world *simulation.World) map[string]simulation.Method {
	given := seriesOf(made(t, world, hours(simulation.Fitted{}, 48)), time.Minute)
	return map[string]simulation.Method{
		"fitted": simulation.Fitted{}, "brownian": simulation.Modelled{Parameters: model.BrownianMotion{}},
		"heston":     simulation.Modelled{Parameters: model.DefaultHeston()},
		"stationary": simulation.StationaryBootstrap{Bars: given, MeanBlock: 30},
		"days":       simulation.DayBlockBootstrap{Bars: given},
		"replay":     simulation.Replay{Bars: given, Speed: 1},
	}
}

func float(value float64) *float64 { return &value }
