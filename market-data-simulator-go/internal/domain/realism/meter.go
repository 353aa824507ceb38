package realism

// The meter measures the facts of many panels of one shape: calibration asks for
// them a thousand times. It sorts no more than the facts look at, and works in
// memory of its own.

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Meter measures the facts of returns, pair by pair. It is not safe for
// concurrent use.
type Meter struct {
	scale   scale
	pairs   []gauge
	names   []factName
	ordered []float64 // scratch: magnitudes, in order where it matters
	sums    []float64 // scratch: returns summed over a horizon, volatilities
	order   ordering
	calm    []calmWindow
}

// gauge keeps what the cross-asset facts want of a pair.
type gauge struct{ returns, magnitudes centred }

// NewMeter makes a meter for so many pairs of so many bars each. Errors: an
// interval for which realism is not defined.
func NewMeter(pairs, bars int, interval time.Duration) (*Meter, error) {
	s, err := scaleOf(interval)
	if err != nil {
		return nil, err
	}
	return newMeter(pairs, bars, s), nil
}

func newMeter(pairs, bars int, s scale) *Meter {
	m := &Meter{scale: s, pairs: make([]gauge, pairs), ordered: make([]float64, bars), sums: make([]float64, 0, bars)}
	m.order = newOrdering(bars)
	symbols := make([]string, pairs)
	for i := range m.pairs {
		symbols[i] = fmt.Sprint(i)
		m.pairs[i] = gauge{centred{values: make([]float64, bars)}, centred{values: make([]float64, bars)}}
	}
	m.names = factNames(symbols, s)
	return m
}

// Own is the number of facts about one pair alone.
func (m *Meter) Own() int { return (len(m.names) - len(m.pairs)*(len(m.pairs)-1)) / len(m.pairs) }

// Facts is the number of all facts: the pairs' own, pair by pair, then the
// correlations of r and then those of |r|, of each two pairs in the order 01 02
// .. 12 .. .
func (m *Meter) Facts() int { return len(m.names) }

// Levels are the places, among a pair's own facts, of those that tell how large
// its returns are: ln sigma over each horizon.
func (m *Meter) Levels() []int {
	var places []int
	for place, name := range m.names[:m.Own()] {
		if strings.HasPrefix(name.what, levelFact) {
			places = append(places, place)
		}
	}
	return places
}

// Family is that of a fact.
func (m *Meter) Family(fact int) Family { return m.names[fact].family }

// Pair measures the own facts of pair i and keeps what Cross wants of it. Facts
// has place for Own numbers.
func (m *Meter) Pair(i int, r, facts []float64) {
	g := &m.pairs[i]
	for t, x := range r {
		m.ordered[t] = math.Abs(x)
	}
	g.returns, g.magnitudes = centreInto(g.returns.values, r), centreInto(g.magnitudes.values, m.ordered)
	hours := [hoursPerDay]float64{}
	seasonal := deviation(hourProfileInto(hours[:], m.ordered, m.scale.barsPerHour()))
	m.order.arrange(m.ordered)
	marginal := marginalFacts(r, m.ordered)
	facts = append(facts[:0], marginal[:]...)
	facts = m.temporal(facts, g, r)
	_ = append(facts, seasonal)
}

// Cross measures the facts about two pairs; facts has place for Facts less the
// pairs' own.
func (m *Meter) Cross(facts []float64) {
	facts = facts[:0]
	for i := range m.pairs {
		for j := i + 1; j < len(m.pairs); j++ {
			facts = append(facts, m.pairs[i].returns.correlation(m.pairs[j].returns, 0))
		}
	}
	for i := range m.pairs {
		for j := i + 1; j < len(m.pairs); j++ {
			facts = append(facts, m.pairs[i].magnitudes.correlation(m.pairs[j].magnitudes, 0))
		}
	}
}

// all measures every fact of a panel, into a slice of its own.
func (m *Meter) all(panel Panel) []float64 {
	facts, own := make([]float64, m.Facts()), m.Own()
	for i, r := range panel.Returns {
		m.Pair(i, r, facts[i*own:(i+1)*own])
	}
	m.Cross(facts[len(panel.Returns)*own:])
	return facts
}

func (m *Meter) temporal(facts []float64, g *gauge, r []float64) []float64 {
	facts = append(facts, g.returns.correlation(g.returns, singleLag))
	for _, lag := range m.scale.factLags {
		facts = append(facts, g.magnitudes.correlation(g.magnitudes, lag))
	}
	m.sums = appendLogVolatility(m.sums[:0], r, m.scale.window)
	facts = append(facts, deviation(m.sums), leverage(g.returns, g.magnitudes, m.scale.leverageDistance))
	for _, horizon := range m.scale.factHorizons {
		m.sums = appendSummed(m.sums[:0], r, horizon)
		facts = append(facts, math.Log(deviation(m.sums)+tiny))
	}
	return facts
}
