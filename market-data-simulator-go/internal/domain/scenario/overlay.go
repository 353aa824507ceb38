// This file compiles a log for a market: which rows each phase moves, and in which minutes anything happens at all.

package scenario

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Row is a pair that has a log price of its own, and so can be moved.
type Row struct {
	Symbol string
	Base   string
	Quote  string
	Pegged bool
}

// Market is what scenarios act on.
type Market struct {
	Rows        []Row
	Correlation [][]float64 // of the rows' moves within a minute
}

// target is a phase as it acts on the rows of a market.
type target struct {
	act
	entry     int // index of its scenario
	effect    Effect
	intensity float64
	touched   []bool    // by row
	move      []float64 // log move of each row
	joined    []float64 // weight of each row in the common factor
	leaver    []bool    // rows that lose their correlation with the joined ones
}

// span is a stretch of minutes in which something acts, or has acted since the stretch began.
type span struct {
	first, end int64 // minutes: first .. end-1
	begins     int64 // second in which the first of its targets begins
	targets    []int // indices, in the order of the log
}

// Overlay is a log laid over a market. It never changes and is safe for concurrent use.
type Overlay struct {
	market  Market
	targets []target
	spans   []span // in order of time; none shares a minute with another
	acting  []Acting
}

// Acting names a scenario that acts on a price.
type Acting struct {
	ID        string
	Effective time.Time // business time
}

const (
	minuteSeconds = 60
	points        = minuteSeconds + 1
)

// New compiles a log; epoch is the time of second 0 and lies on a whole minute. Symbols that the market does not have are
// passed over: a log may be older than the market's documents.
func New(log Log, market Market, epoch time.Time) *Overlay {
	o := &Overlay{market: market}
	for n, scenario := range log.Scenarios() {
		begins := int64(scenario.Effective.Sub(epoch) / time.Second)
		o.acting = append(o.acting, Acting{ID: scenario.ID, Effective: scenario.Effective})
		for _, phase := range scenario.Phases {
			one := market.aim(phase)
			one.act, one.entry = timing(phase, begins), n
			if !scenario.Cancelled.IsZero() {
				one.cut(int64(scenario.Cancelled.Sub(epoch) / time.Second))
			}
			if !one.never() && one.start >= 0 {
				o.targets = append(o.targets, one)
			}
		}
	}
	o.lay()
	return o
}

// lay finds the spans.
func (o *Overlay) lay() {
	order := make([]int, len(o.targets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(o.targets[a].start, o.targets[b].start) })
	for _, i := range order {
		one := &o.targets[i]
		first, end := one.start/minuteSeconds, (one.over()+minuteSeconds-1)/minuteSeconds
		if n := len(o.spans); n > 0 && first < o.spans[n-1].end {
			last := &o.spans[n-1]
			last.end, last.targets = max(last.end, end), append(last.targets, i)
			continue
		}
		o.spans = append(o.spans, span{first: first, end: end, begins: one.start, targets: []int{i}})
	}
	for n := range o.spans {
		slices.Sort(o.spans[n].targets)
	}
}

// aim finds the rows of a phase.
func (m Market) aim(phase Phase) target {
	t := target{effect: effects[phase.Kind], intensity: phase.Intensity}
	rows := len(m.Rows)
	t.touched, t.move, t.joined, t.leaver = make([]bool, rows), make([]float64, rows), make([]float64, rows), make([]bool, rows)
	named := func(row Row) bool { return slices.Contains(phase.Symbols, row.Symbol) }
	switch {
	case phase.Kind == Divergence:
		m.diverge(&t, phase)
		return t
	case len(phase.Symbols) == 0:
		named = func(row Row) bool { return row.Symbol != "" && row.Pegged == (phase.Kind == Depeg) }
	}
	weights := m.weights()
	for i, row := range m.Rows {
		if !named(row) {
			continue
		}
		weight := weights[i]
		if len(phase.Symbols) > 0 || phase.Kind == Depeg {
			weight = 1
		}
		t.touched[i], t.move[i] = true, weight*t.effect.Move*t.intensity
		if weight != 0 {
			t.joined[i] = 1
		}
	}
	return t
}

// weights is how a coordinated move of all modelled base assets shows in each row: in full where the quote asset stands still,
// not at all where it moves as well, so that the rates between the pairs stay consistent.
func (m Market) weights() []float64 {
	bases := map[string]bool{}
	for _, row := range m.Rows {
		bases[row.Base] = bases[row.Base] || !row.Pegged
	}
	weights := make([]float64, len(m.Rows))
	for i, row := range m.Rows {
		if !row.Pegged && !bases[row.Quote] {
			weights[i] = 1
		}
	}
	return weights
}

// diverge sends the named rows, or else the first modelled one, one way and all other modelled rows the other.
func (m Market) diverge(t *target, phase Phase) {
	weights := m.weights()
	leader := slices.IndexFunc(m.Rows, func(row Row) bool { return row.Symbol != "" && !row.Pegged })
	for i, row := range m.Rows {
		leaves := i == leader
		if len(phase.Symbols) > 0 {
			leaves = slices.Contains(phase.Symbols, row.Symbol)
		}
		switch {
		case leaves:
			t.touched[i], t.leaver[i], t.move[i] = true, true, t.effect.Move*t.intensity
		case row.Symbol != "" && !row.Pegged:
			t.touched[i], t.move[i], t.joined[i] = true, t.effect.Others*t.intensity, weights[i]
		}
	}
}

// spanOf is the span of a minute, or nil and the index of the next one.
func (o *Overlay) spanOf(minute int64) (found *span, next int) {
	next, _ = slices.BinarySearchFunc(o.spans, minute, func(s span, minute int64) int { return cmp.Compare(s.end, minute+1) })
	if next < len(o.spans) && o.spans[next].first <= minute {
		return &o.spans[next], next
	}
	return nil, next
}

// Quiet tells that no scenario acts in a minute.
func (o *Overlay) Quiet(minute int64) bool {
	found, _ := o.spanOf(minute)
	return found == nil
}

// During yields the scenarios that act on a row in a second, in the order of the log, each once.
func (o *Overlay) During(row int, second int64, yield func(Acting)) {
	found, _ := o.spanOf(second / minuteSeconds)
	if found == nil {
		return
	}
	last := -1
	for _, i := range found.targets {
		if one := &o.targets[i]; one.entry != last && one.touched[row] && one.acts(second) {
			last = one.entry
			yield(o.acting[one.entry])
		}
	}
}

// Busy tells whether the volume or the spread of a row may differ from the usual one in a minute.
func (o *Overlay) Busy(row int, minute int64) bool {
	found, _ := o.spanOf(minute)
	return found != nil && slices.ContainsFunc(found.targets, func(i int) bool { return o.targets[i].touched[row] })
}

// Volume is the factor on the volume of a row in a second.
func (o *Overlay) Volume(row int, second int64) float64 {
	return min(MaxVolume, o.product(row, second, func(e *Effect) float64 { return e.Volume }))
}

// Spread is the factor on the distance of bid and ask of a row in a second.
func (o *Overlay) Spread(row int, second int64) float64 {
	return min(MaxSpread, o.product(row, second, func(e *Effect) float64 { return e.Spread }))
}

// product multiplies a factor over what acts on a row in a second.
func (o *Overlay) product(row int, second int64, full func(*Effect) float64) float64 {
	product := 1.0
	found, _ := o.spanOf(second / minuteSeconds)
	if found == nil {
		return product
	}
	for _, i := range found.targets {
		if one := &o.targets[i]; one.touched[row] && one.acts(second) {
			product *= factor(full(&one.effect), one.intensity*one.force(second))
		}
	}
	return product
}

// pullOf is the share of the distance from its anchor that a target takes away in a second.
func (t *target) pullOf(force float64) float64 {
	if t.effect.HalfLife == 0 {
		return 0
	}
	return -math.Expm1(-math.Ln2 * t.intensity * force / t.effect.HalfLife.Seconds())
}
