package realism

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestArrangedMagnitudesStandWhereSortingWouldPutThemAsFarAsFactsLook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := absolute(rapid.SliceOfN(rapid.Float64Range(-3, 3), 1, 400).Draw(t, "numbers"))
		if rapid.Bool().Draw(t, "with ties") {
			for i := range numbers {
				numbers[i] = math.Round(numbers[i])
			}
		}
		want, order := sorted(numbers), newOrdering(len(numbers))

		order.arrange(numbers)

		threshold := len(numbers) - int(hillShare*float64(len(numbers))) - 1
		assert.Equal(t, want[threshold:], numbers[threshold:])
		assert.Equal(t, quantile(want, tailMedian), quantile(numbers, tailMedian))
	})
}

// The meter against the same facts computed from sorted magnitudes and plain sums.
func TestFactsOfTheMeterAreThoseByDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for _, s := range scales {
		panel := Panel{Interval: s.interval, Symbols: []string{"A", "B"}, Returns: [][]float64{nil, nil}}
		for range s.barsPerDay() * 20 {
			common := rng.NormFloat64()
			panel.Returns[0] = append(panel.Returns[0], 1e-3*common*math.Exp(rng.NormFloat64()))
			panel.Returns[1] = append(panel.Returns[1], math.Round(2*common)*1e-3) // on a coarse grid
		}

		found := facts(panel, s)

		want := []float64{}
		for _, r := range panel.Returns {
			want = append(want, ownFactsByDefinition(r, s)...)
		}
		want = append(want, plainCorrelation(panel.Returns[0], panel.Returns[1], 0),
			plainCorrelation(absolute(panel.Returns[0]), absolute(panel.Returns[1]), 0))
		require.Len(t, found, len(factNames(panel.Symbols, s)))
		assert.InDeltaSlice(t, want, found, 1e-9)
	}
}

func ownFactsByDefinition(r []float64, s scale) []float64 {
	magnitude, ascending := absolute(r), sorted(absolute(r))
	marginal := marginalFacts(r, ascending)
	result := append(marginal[:], plainCorrelation(r, r, 1))
	for _, lag := range s.factLags {
		result = append(result, plainCorrelation(magnitude, magnitude, lag))
	}
	leverage := 0.0
	for j := 1; j <= s.leverageDistance; j++ {
		leverage += plainCorrelation(r, magnitude, j) / float64(s.leverageDistance)
	}
	result = append(result, deviation(logVolatility(r, s.window)), leverage)
	for _, horizon := range s.factHorizons {
		result = append(result, math.Log(deviation(summed(r, horizon))+tiny))
	}
	return append(result, deviation(hourProfile(magnitude, s.barsPerHour())))
}

func plainCorrelation(x, y []float64, lag int) float64 {
	mx, my, sxy, sxx, syy := 0.0, 0.0, 0.0, 0.0, 0.0
	for t := range x {
		mx += x[t] / float64(len(x))
		my += y[t] / float64(len(y))
	}
	for t := range x {
		sxx += (x[t] - mx) * (x[t] - mx)
		syy += (y[t] - my) * (y[t] - my)
		if t >= lag {
			sxy += (x[t-lag] - mx) * (y[t] - my)
		}
	}
	return sxy / math.Sqrt(sxx*syy)
}

func TestMeterDoesNotAllocate(t *testing.T) {
	s := scales[1]
	r := autoregression(s.barsPerDay()*400, 0.5)
	m := newMeter(2, len(r), s)
	facts, cross := make([]float64, m.Own()), make([]float64, m.Facts()-2*m.Own())
	assert.Zero(t, testing.AllocsPerRun(10, func() {
		m.Pair(0, r, facts)
		m.Pair(1, r, facts)
		m.Cross(cross)
	}))
	assert.InDelta(t, 1, slices.Min(cross), 1e-12, "a pair with itself")
}

func BenchmarkFactsOfAPair(b *testing.B) {
	r := autoregression(28*1440, 0.5)
	m := newMeter(1, len(r), scales[0])
	facts := make([]float64, m.Own())
	for b.Loop() {
		m.Pair(0, r, facts)
	}
}
