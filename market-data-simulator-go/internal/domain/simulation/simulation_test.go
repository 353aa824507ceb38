package simulation_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/bar"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/model"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/simulation"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

var brownian = simulation.Modelled{Parameters: model.BrownianMotion{}}

func TestEveryMethodMakesTheBarsThatWereOrdered(t *testing.T) {
	world := shipped(t)
	for name, method := range everyMethod(t, world) {
		t.Run(name, func(t *testing.T) {
			plan := planned(t, world, hours(method, 24))
			assert.Equal(t, []string{"ETH/USD", "BTC/USD"}, plan.Symbols)
			assert.Equal(t, 24*60, plan.Bars)
			bars := made(t, world, hours(method, 24))
			for symbol, all := range bars {
				require.Len(t, all, 24*60, symbol)
				for n, one := range all {
					require.Equal(t, midnight.Add(time.Duration(n)*time.Minute), one.Time)
					require.LessOrEqual(t, one.Low, min(one.Open, one.Close))
					require.GreaterOrEqual(t, one.High, max(one.Open, one.Close))
					require.InDelta(t, math.Round(100*one.Close), 100*one.Close, 1e-6, "whole cents")
				}
			}
			assert.Equal(t, bars, made(t, world, hours(method, 24)), "the same seed")
			if name != "replay" && name != "days" {
				other := hours(method, 24)
				other.Seed++
				assert.NotEqual(t, bars, made(t, world, other))
			}
		})
	}
}

func TestWhichSymbolsAreShownChangesNoPrice(t *testing.T) {
	world := shipped(t)
	for name, method := range everyMethod(t, world) {
		both, one := hours(method, 2), hours(method, 2)
		one.Symbols = []string{"BTC/USD"}
		assert.Equal(t, made(t, world, both)["BTC/USD"], made(t, world, one)["BTC/USD"], name)
	}
	all := hours(brownian, 1)
	all.Symbols = nil
	assert.Len(t, planned(t, world, all).Symbols, 7)
}

func TestADerivedCrossIsTheQuotientOfItsLegs(t *testing.T) {
	order := hours(brownian, 1)
	order.Symbols = []string{"BTC/USDT", "BTC/USD", "USDT/USD"}
	bars := made(t, shipped(t), order)
	for n, cross := range bars["BTC/USDT"] {
		assert.InDelta(t, bars["BTC/USD"][n].Close/bars["USDT/USD"][n].Close, cross.Close, 0.0051)
	}
}

func TestAdjustmentsMoveLevelVolatilityAndDrift(t *testing.T) {
	world, order := shipped(t), hours(brownian, 24*30)
	order.Interval, order.FlatHours = time.Hour, true
	order.Adjustments = []simulation.Adjustment{
		{Symbol: "BTC/USD", Level: float(1000), Volatility: float(0.01), Drift: float(12)}, {Symbol: "ETH/USD", Volatility: float(2)},
	}
	bars := made(t, world, order)
	assert.Equal(t, 1000.0, bars["BTC/USD"][0].Open)
	assert.InEpsilon(t, 1000*math.Exp(12*30.0/365), bars["BTC/USD"][719].Close, 0.02, "a drift of 12 a year for a month")
	squares := 0.0
	for n := 1; n < 720; n++ {
		squares += math.Pow(math.Log(bars["ETH/USD"][n].Close/bars["ETH/USD"][n-1].Close), 2) / 719
	}
	assert.InEpsilon(t, 2/math.Sqrt(365*24), math.Sqrt(squares), 0.1)
}

func TestRunKOfAMonteCarloSimulationIsTheSimulationOfItsSeed(t *testing.T) {
	world := shipped(t)
	for _, method := range []simulation.Method{simulation.Fitted{}, brownian} {
		order := hours(simulation.MonteCarlo{Of: method, Runs: 5, Quantiles: []float64{0.2, 0.5, 0.999}}, 2)
		order.Interval = 15 * time.Minute
		plan := planned(t, world, order)
		require.True(t, plan.IsMonteCarlo())
		paths, err := plan.Quantiles(t.Context())
		require.NoError(t, err)
		require.Len(t, paths, 2*3)
		single := order
		single.Method = method
		var runs [5][]bar.Bar
		for k := range runs {
			runs[k] = made(t, world, single)["BTC/USD"]
			single.Seed++
		}
		for at := range 8 {
			var sorted []float64
			for k := range runs {
				sorted = append(sorted, runs[k][at].Close)
			}
			slices.Sort(sorted)
			for q, want := range []float64{sorted[0], sorted[2], sorted[4]} {
				assert.Equal(t, "BTC/USD", paths[3+q].Symbol)
				assert.Equal(t, want, paths[3+q].Prices[at])
			}
		}
	}
}

func TestMonteCarloQuantilesOfBrownianMotionAreLogNormal(t *testing.T) {
	order := hours(simulation.MonteCarlo{Of: brownian, Runs: 2000}, 24)
	order.Interval, order.FlatHours, order.Symbols = 6*time.Hour, true, []string{"BTC/USD"}
	order.Adjustments = []simulation.Adjustment{{Symbol: "BTC/USD", Level: float(50_000), Volatility: float(0.8)}}
	paths, err := planned(t, shipped(t), order).Quantiles(t.Context())
	require.NoError(t, err)
	sigma := 0.8 / math.Sqrt(365)
	for q, normal := range []float64{-1.6449, -0.6745, 0, 0.6745, 1.6449} {
		want := math.Log(50_000) + sigma*normal - sigma*sigma/2
		assert.InDelta(t, want, math.Log(paths[q].Prices[3]), 0.12*sigma)
	}
}

func TestACancelledMonteCarloSimulationEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := planned(t, shipped(t), hours(simulation.MonteCarlo{Of: brownian, Runs: 100}, 48)).Quantiles(ctx)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAnOrderThatCannotBeRightIsRefusedNamingFieldAndRange(t *testing.T) {
	world := shipped(t)
	runs := func(runs int, quantiles ...float64) simulation.Method {
		return simulation.MonteCarlo{Of: brownian, Runs: runs, Quantiles: quantiles}
	}
	for want, change := range map[string]func(*simulation.Spec){
		"symbols[1] is \"XMR/USD\": known are [BTC/USD": func(s *simulation.Spec) { s.Symbols[1] = "XMR/USD" },
		"each symbol once":           func(s *simulation.Spec) { s.Symbols[1] = s.Symbols[0] },
		"interval is \"7s\"":         func(s *simulation.Spec) { s.Interval = 7 * time.Second },
		"a time on the grid of 1m0s": func(s *simulation.Spec) { s.Start = s.Start.Add(time.Second) },
		"a time after the start":     func(s *simulation.Spec) { s.End = s.Start },
		"at least one interval":      func(s *simulation.Spec) { s.Interval = 4 * time.Hour },
		"at most 400 days":           func(s *simulation.Spec) { s.End = s.Start.Add(401 * 24 * time.Hour) },
		"at most 1000000 bars": func(s *simulation.Spec) {
			s.Interval, s.End = time.Second, s.Start.Add(6*24*time.Hour)
		},
		"pairs[0].symbol is \"XMR/USD\"": func(s *simulation.Spec) { s.Adjustments = []simulation.Adjustment{{Symbol: "XMR/USD"}} },
		"each pair once": func(s *simulation.Spec) {
			s.Adjustments = []simulation.Adjustment{{Symbol: "BTC/USD"}, {Symbol: "BTC/USD"}}
		},
		"pairs[0].volatility is -1": func(s *simulation.Spec) {
			s.Adjustments = []simulation.Adjustment{{Symbol: "BTC/USD", Volatility: float(-1)}}
		},
		"no volatility and no drift": func(s *simulation.Spec) {
			s.Method, s.Adjustments = simulation.Fitted{}, []simulation.Adjustment{{Symbol: "BTC/USD", Drift: float(1)}}
		},
		"flat_hours is true": func(s *simulation.Spec) { s.Method, s.FlatHours = simulation.Fitted{}, true },
		"mean_reversion.half_life_hours is 0": func(s *simulation.Spec) {
			s.Method = simulation.Modelled{Parameters: model.MeanReversion{}}
		},
		"monte_carlo.runs is 1: want 2 to 10000": func(s *simulation.Spec) { s.Method = runs(1) },
		"monte_carlo.quantiles[1]":               func(s *simulation.Spec) { s.Method = runs(9, 0.5, 0.5) },
		"monte_carlo.quantiles is 22":            func(s *simulation.Spec) { s.Method = runs(9, make([]float64, 22)...) },
		"runs times minutes of at most": func(s *simulation.Spec) {
			s.Method, s.End, s.Interval = runs(10_000), s.Start.Add(48*time.Hour), time.Hour
		},
		"runs times intervals": func(s *simulation.Spec) { s.Method, s.End = runs(4000), s.Start.Add(24*time.Hour) },
		"at least 1m":          func(s *simulation.Spec) { s.Method, s.Interval = runs(9), time.Second },
	} {
		refused(t, world, want, change)
	}
}

func TestAnOrderThatGivenBarsCannotFillIsRefused(t *testing.T) {
	world := shipped(t)
	given := seriesOf(made(t, world, hours(brownian, 24)), time.Minute)
	for want, change := range map[string]func(*simulation.Spec){
		"midnight UTC": func(s *simulation.Spec) {
			s.Method, s.Start = simulation.DayBlockBootstrap{Bars: given}, s.Start.Add(time.Hour)
		},
		"stationary_bootstrap.mean_block is 0": func(s *simulation.Spec) { s.Method = simulation.StationaryBootstrap{Bars: given} },
		"replay.speed is 0":                    func(s *simulation.Spec) { s.Method = simulation.Replay{Bars: given} },
		"at most 1440 intervals of 1m0s after the start: then the given bars": func(s *simulation.Spec) {
			s.Method, s.End = simulation.Replay{Bars: given, Speed: 1}, s.Start.Add(25*time.Hour)
		},
		"symbols[0] is \"SOL/USD\": known are [BTC/USD ETH/USD]": func(s *simulation.Spec) {
			s.Method, s.Symbols = simulation.Replay{Bars: given, Speed: 1}, []string{"SOL/USD"}
		},
		"pairs[0].start_price is 0": func(s *simulation.Spec) {
			s.Method, s.Adjustments = simulation.Replay{Bars: given, Speed: 1}, []simulation.Adjustment{{Symbol: "BTC/USD", Level: float(0)}}
		},
		"drawn bars of all pairs together": func(s *simulation.Spec) {
			s.Method = simulation.StationaryBootstrap{Bars: oneSecond(), MeanBlock: 2}
			s.Symbols, s.End, s.Interval = nil, s.Start.Add(400*24*time.Hour), 24*time.Hour
		},
	} {
		refused(t, world, want, change)
	}
}

// refused changes a sound order and looks for what is wrong with it then.
func refused(t *testing.T, world *simulation.World, want string, change func(*simulation.Spec)) {
	t.Helper()
	order := hours(brownian, 2)
	change(&order)
	_, err := world.Plan(order)
	require.ErrorContains(t, err, want)
	kind := errs.Invalid
	if strings.Contains(want, "XMR") || strings.Contains(want, "known are") {
		kind = errs.NotFound
	}
	assert.Equal(t, kind, errs.KindOf(err), want)
}

// oneSecond is two bars of a second each, of two pairs.
func oneSecond() []bar.Series {
	one := bar.Series{Symbol: "BTC/USD", Interval: time.Second}
	for n := range 2 {
		one.Bars = append(one.Bars, bar.Bar{Time: midnight.Add(time.Duration(n) * time.Second), Open: 1, High: 1, Low: 1, Close: 1})
	}
	other := one
	other.Symbol = "ETH/USD"
	return []bar.Series{one, other}
}

func TestAFastReplayTakesLessTime(t *testing.T) {
	world := shipped(t)
	given := made(t, world, hours(brownian, 24))
	order := hours(simulation.Replay{Bars: seriesOf(given, time.Minute), Speed: 60}, 0)
	order.End = order.Start.Add(24 * time.Minute)
	fast := made(t, world, order)["BTC/USD"]
	require.Len(t, fast, 24)
	assert.Equal(t, given["BTC/USD"][59].Close, fast[0].Close)
	assert.Equal(t, given["BTC/USD"][1439].Close, fast[23].Close)
}
