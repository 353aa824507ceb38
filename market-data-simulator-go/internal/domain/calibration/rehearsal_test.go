package calibration

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/profile"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/realism"
)

var midnight = start.Truncate(24 * time.Hour)

// closes are the log returns of the rounded closes of a profile's own process.
func closes(t require.TestingT, fitted profile.Profile, seed uint64, intervals int) [][]float64 {
	one, err := process.NewSuperposed(fitted, seed, midnight)
	require.NoError(t, err)
	state, moves := one.Start(), make([]process.Move, len(fitted.Pairs))
	returns, before := make([][]float64, len(fitted.Pairs)), make([]float64, len(fitted.Pairs))
	log := func(i int, at float64) float64 {
		return math.Log(instrument.Instrument{Tick: fitted.Pairs[i].Tick}.Price(fitted.Pairs[i].Level * math.Exp(at)))
	}
	for i := range before {
		before[i] = log(i, 0)
	}
	for n := range intervals {
		one.Step(state, int64(n), moves)
		for i, move := range moves {
			now := log(i, move.Close)
			returns[i], before[i] = append(returns[i], now-before[i]), now
		}
	}
	return returns
}

// coarse is the known market, its second pair with a tick that binds, and every parameter in use.
func coarse(t require.TestingT) profile.Profile {
	fitted := truth(t)
	fitted.Pairs[1].Symbol, fitted.Pairs[1].Level, fitted.Pairs[1].Tick = "ADA/BTC", 0.00002, increment(t, "0.00000001")
	fitted.Pairs[1].Factors.Overshoot, fitted.Pairs[1].Factors.Leverage = 0.05, -0.4
	return fitted
}

// pointOf is the parameters of a profile.
func pointOf(fitted profile.Profile) point {
	p := newPoint(len(fitted.Pairs))
	for i, pair := range fitted.Pairs {
		p.set(i, pair.Factors)
		for j := range i {
			p.values[p.correlation(j, i)] = fitted.Correlation[i][j]
		}
	}
	p.values[p.mixing()] = fitted.CommonMixing
	return p
}

// small is a rehearsal of a profile over two weeks of minutes that aims at one of its own simulations.
func small(t *testing.T, fitted profile.Profile) (*rehearsal, point) {
	const intervals = 14 * 24 * 60
	panel := realism.Panel{Interval: time.Minute, Returns: closes(t, fitted, 77, intervals)}
	var cast []role
	for _, pair := range fitted.Pairs {
		panel.Symbols = append(panel.Symbols, pair.Symbol)
		cast = append(cast, newRole(pair, time.Minute))
	}
	meter, err := realism.NewMeter(len(fitted.Pairs), intervals, time.Minute)
	require.NoError(t, err)
	facts := make([]float64, meter.Facts())
	for i, r := range panel.Returns {
		meter.Pair(i, r, facts[i*meter.Own():(i+1)*meter.Own()])
	}
	meter.Cross(facts[len(fitted.Pairs)*meter.Own():])
	errors := make([]float64, len(facts))
	for fact := range errors {
		errors[fact] = 0.05
	}
	aim, err := newTarget(panel, realism.Reference{Measures: realism.Measures{Facts: facts}, FactErrors: errors}, meter)
	require.NoError(t, err)
	return newRehearsal(t.Context().Err, aim, meter, cast, time.Minute, 2), pointOf(fitted)
}

func TestARehearsalPlaysWhatTheProcessWouldWithTheSameSeed(t *testing.T) {
	for name, base := range map[string]time.Duration{"1m": time.Minute, "1h": time.Hour} {
		fitted := coarse(t)
		fitted.Provenance.BaseStep = name
		const intervals = 5000
		want := closes(t, fitted, 12, intervals)
		drawn, found := newStage(2, intervals, base, 12), make([]float64, intervals)
		rows := lower(fitted.Correlation)
		for i, pair := range fitted.Pairs {
			as := newRole(pair, base)
			as.fitted, as.weights, as.row = pair.Factors, process.WeightsOf(pair.Factors, fitted.CommonMixing), rows[i]
			drawn.play(i, as, 1, found)
			assert.InDeltaSlice(t, want[i], found, 1e-11, "%s of %s", pair.Symbol, name)
		}
	}
}

func TestMirroredRunsHaveTheSlowVolatilityOfTheOtherSign(t *testing.T) {
	pair := truth(t).Pairs[0]
	pair.Factors = profile.Factors{Level: -7, Scales: [process.Scales]float64{0, 0, 0, 1}, Common: 0.5}
	as := newRole(pair, time.Minute)
	as.fitted, as.weights, as.row = pair.Factors, process.WeightsOf(pair.Factors, 0), []float64{1}
	drawn := newStage(1, 5000, time.Minute, 3)
	one, other := make([]float64, 5000), make([]float64, 5000)
	as.tick = increment(t, "0.000000001") // so that nothing is lost in rounding
	drawn.play(0, as, 1, one)
	drawn.play(0, as, -1, other)
	for n := range one {
		if shock := drawn.shocks[n]; math.Abs(shock) > 0.1 { // beside less, the pull to the start level is felt
			require.InEpsilon(t, math.Exp(-14)*shock*shock, one[n]*other[n], 0.02, "sigmas exp(-7+h) and exp(-7-h)")
		}
	}
}

// Moving one parameter at a time, the long way.
func TestGroupedSlopesAreThoseOfEachParameterAlone(t *testing.T) {
	r, p := small(t, coarse(t))
	found := r.slopes(p, 1)
	base := r.residuals(p)[1]
	for place := range p.values {
		moved := p.clone()
		direction := moved.nudge(place)
		alone := r.residuals(moved)[1]
		for fact := range base {
			want := (alone[fact] - base[fact]) * direction
			switch {
			case place < p.mixing() && place/p.pairs != kindCommon && fact >= r.target.cross() && fact < r.target.calm():
				// a change of both pairs at once is dealt out in halves
			case place > p.mixing() && (fact < r.target.cross() || fact >= r.target.calm()):
				assert.Zero(t, found[place][fact], "own facts do not tell correlations")
			default:
				require.InDelta(t, want, found[place][fact], 1e-9, "parameter %d, fact %d", place, fact)
			}
		}
	}
}

func TestPointKeepsItsParametersAndItsLimits(t *testing.T) {
	fitted := coarse(t)
	p := pointOf(fitted)
	for i, pair := range fitted.Pairs {
		assert.Equal(t, pair.Factors, p.factors(i))
	}
	assert.InDelta(t, 0.7, p.matrix()[1][0], 1e-12)
	step := make([]float64, len(p.values))
	for place := range step {
		step[place] = 1e6
	}
	far := p.moved(step)
	assert.InDelta(t, p.values[0]+longest*ofPairs[kindLevel].unit, far.values[0], 1e-12, "no further than a step may")
	for range 100 {
		far = far.moved(step)
	}
	for place, value := range far.values {
		assert.Equal(t, p.kind(place).limit.High, value)
		assert.Equal(t, -1.0, far.clone().nudge(place), "inward")
	}
}

func TestRobustLossBoundsWhatAMissCounts(t *testing.T) {
	for _, round := range []int{0, rounds - 1} {
		count := countingOf(round)
		assert.InDelta(t, 1e-6, count.loss(1e-3), 1e-9, "u^2 where it is small")
		const at, step = 1.7, 1e-6
		slope := (count.loss(at+step) - count.loss(at-step)) / (2 * step)
		assert.InDelta(t, slope, 2*at*count.weight(at), 1e-6)
	}
	assert.Less(t, countingOf(rounds-1).loss(100), 1.0)
	assert.Greater(t, countingOf(0).loss(100), 20.0)
}
