// This file lays scenarios over the path. What they do is computed minute after minute, from where the scenario began or from
// a state that was saved on the way, and remembered for a day; minutes that no scenario has reached are left as they are.

package path

import (
	"cmp"
	"math"
	"slices"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
)

// layer is the scenarios of a path and what is known of their course.
type layer struct {
	log     scenario.Log
	overlay *scenario.Overlay // nil without scenarios
	market  scenario.Market
	marks   []mark   // inside spans and at their ends, in order of time; states are never changed
	quiet   mark     // the minute that was asked for last
	records []record // ring of minutes inside spans
	scratch *minuteView
}

// mark is a saved state.
type mark struct {
	minute int64
	state  scenario.State // before the minute
}

// record is one walked minute.
type record struct {
	minute    int64
	state     scenario.State // before it
	low, high []float64      // log prices that a row cannot leave in it, ticks included
}

// Follow makes the path follow a scenario log, from any log that it followed before. Prices before the earliest effective
// time in which the two differ stay what they are, to the last digit.
func (p *Path) Follow(log scenario.Log) {
	l := p.layer
	from, changed := l.log.Changed(log)
	if !changed {
		return
	}
	if l.market.Rows == nil {
		l.market = p.market()
	}
	l.log, l.overlay = log, nil
	if len(log) > 0 {
		l.overlay = scenario.New(log, l.market, p.epoch)
	}
	minute := int64(math.Floor(from.Sub(p.epoch).Minutes()))
	l.forget(minute)
	p.now.minute, p.scan.minute, p.back.minute, p.inside.minute = -1, -1, -1, -1
	p.tapes = newTapes(len(p.listings))
	clear(p.lasts)
	clear(p.tallies)
	if p.window.minute > minute {
		p.window.minute = -1
	}
}

// forget drops what is known of a minute and of those after it.
func (l *layer) forget(minute int64) {
	l.quiet.minute = -1
	l.marks = slices.DeleteFunc(slices.Clone(l.marks), func(m mark) bool { return m.minute > minute })
	for i := range l.records {
		if l.records[i].minute >= minute {
			l.records[i].minute = -1
		}
	}
}

// Log is the scenario log that the path follows.
func (p *Path) Log() scenario.Log { return p.layer.log }

// Market is what scenarios can act on: the pairs that have log prices of their own.
func (p *Path) Market() scenario.Market { return p.market() }

// Acting yields the scenarios that act on instrument i at a base tick, in the order of the log; of a derived instrument those
// that act on its parts, first the numerator's.
func (p *Path) Acting(i int, sequence uint64, yield func(scenario.Acting)) {
	if p.layer.overlay == nil {
		return
	}
	second := int64(sequence) / ticksPerSecond
	one := &p.listings[i]
	p.layer.overlay.During(one.row, second, yield)
	if !one.derived {
		return
	}
	p.layer.overlay.During(p.listings[one.denominator].row, second, func(acting scenario.Acting) {
		twice := false
		p.layer.overlay.During(one.row, second, func(other scenario.Acting) { twice = twice || other == acting })
		if !twice {
			yield(acting)
		}
	})
}

// market describes the rows of the grid.
func (p *Path) market() scenario.Market {
	m := scenario.Market{Rows: make([]scenario.Row, p.grid.rows), Correlation: make([][]float64, p.grid.rows)}
	for i := range p.listings {
		if one := &p.listings[i]; !one.derived {
			m.Rows[one.row] = scenario.Row{Symbol: one.Symbol, Base: one.Base, Quote: one.Quote, Pegged: one.Source == "pegged"}
		}
	}
	for i := range m.Correlation {
		m.Correlation[i] = make([]float64, p.grid.rows)
	}
	for _, one := range p.grid.sources {
		for row, column := range correlations(one) {
			copy(m.Correlation[one.row+row][one.row:], column)
		}
	}
	return m
}

// correlations are those of a source's shocks: with Correlate being a matrix L, L times its transpose.
func correlations(one source) [][]float64 {
	columns := make([][]float64, one.count)
	for j := range columns {
		columns[j] = make([]float64, one.count)
		columns[j][j] = 1
		one.Correlate(columns[j])
	}
	all := make([][]float64, one.count)
	for i := range all {
		all[i] = make([]float64, one.count)
		for j := range all[i] {
			for _, column := range columns {
				all[i][j] += column[i] * column[j]
			}
		}
	}
	return all
}

func newLayer() *layer { return &layer{quiet: mark{minute: -1}} }

// fork is a layer with the same scenarios and marks.
func (l *layer) fork() *layer {
	return &layer{log: l.log, overlay: l.overlay, market: l.market, marks: l.marks[:len(l.marks):len(l.marks)], quiet: mark{minute: -1}}
}

// reaches tells whether scenarios change anything in a minute.
func (l *layer) reaches(p *Path, minute int64) bool {
	if l.overlay == nil || l.overlay.Untouched(minute) {
		return false
	}
	return !l.overlay.Quiet(minute) || !l.before(p, minute).Idle()
}

// ready walks what scenarios do in the minutes first .. last, so that to ask for it later does not move the grid.
func (l *layer) ready(p *Path, first, last int64) {
	if l.overlay == nil {
		return
	}
	for minute := first; minute <= last; minute = l.overlay.Next(minute+1, last+1) {
		if !l.overlay.Quiet(minute) {
			l.record(p, minute)
		}
	}
}

// before is the state when a minute begins; not to be changed.
func (l *layer) before(p *Path, minute int64) scenario.State {
	if !l.overlay.Quiet(minute) {
		if known := l.known(minute); known != nil {
			return known.state
		}
	} else if l.quiet.minute == minute {
		return l.quiet.state
	}
	state, at := l.overlay.Start(), int64(0)
	after, exact := slices.BinarySearchFunc(l.marks, minute, func(m mark, minute int64) int { return cmp.Compare(m.minute, minute) })
	if exact {
		after++
	}
	if after > 0 {
		state, at = l.marks[after-1].state, l.marks[after-1].minute
	}
	for {
		if l.overlay.Outside(state, at) {
			next := l.overlay.Next(at, minute)
			state, at = state.After(next-at), next
		}
		if at == minute {
			l.quiet = mark{minute, state} // read only of quiet minutes
			return state
		}
		if known := l.known(at + 1); known != nil && !l.overlay.Quiet(at+1) {
			state, at = known.state, at+1
			continue
		}
		state, at = l.walk(p, at, state), at+1
	}
}

// walk takes a state through a minute inside a span and remembers both.
func (l *layer) walk(p *Path, minute int64, state scenario.State) (end scenario.State) {
	if l.scratch == nil {
		l.scratch = newMinuteView(p)
	}
	l.scratch.minute = -1
	l.scratch.bridge(minute)
	return l.scratch.lay(state)
}

// known is the record of a minute, nil when there is none.
func (l *layer) known(minute int64) *record {
	if len(l.records) == 0 {
		return nil
	}
	if one := &l.records[minute%ringLength]; one.minute == minute {
		return one
	}
	return nil
}

// record is that of a minute inside a span.
func (l *layer) record(p *Path, minute int64) *record {
	if known := l.known(minute); known != nil {
		return known
	}
	l.walk(p, minute, l.before(p, minute))
	return l.known(minute)
}

// keep remembers a minute inside a span, and the state after it now and then.
func (l *layer) keep(minute int64, before, after scenario.State, low, high []float64) {
	if len(l.records) == 0 {
		l.records = make([]record, ringLength)
		for i := range l.records {
			l.records[i].minute = -1
		}
	}
	one := &l.records[minute%ringLength]
	one.minute, one.state = minute, before
	one.low, one.high = append(one.low[:0], low...), append(one.high[:0], high...)
	if next := minute + 1; next%markEvery == 0 || next == l.overlay.End(minute) {
		at, there := slices.BinarySearchFunc(l.marks, next, func(m mark, minute int64) int { return cmp.Compare(m.minute, minute) })
		if !there {
			l.marks = slices.Insert(slices.Clone(l.marks), at, mark{next, after.Clone()})
		}
	}
}

// opening is the log price of a row when a minute that the grid keeps begins.
func (p *Path) opening(row int, minute int64) float64 {
	open := p.grid.minute(minute)[row].Open
	if !p.layer.reaches(p, minute) {
		return open
	}
	return open + p.layer.before(p, minute).Offset[row]
}

// extent is what the log price of a row cannot leave in a minute that the grid keeps.
func (p *Path) extent(row int, minute int64) (low, high float64) {
	move := &p.grid.minute(minute)[row]
	if !p.layer.reaches(p, minute) {
		return bounds(move)
	}
	if !p.layer.overlay.Quiet(minute) {
		one := p.layer.record(p, minute)
		return one.low[row], one.high[row]
	}
	state := p.layer.before(p, minute)
	return quietBounds(move, state, row)
}

// quietBounds is what a row cannot leave in a minute in which scenarios only have left something.
func quietBounds(move *process.Move, state scenario.State, row int) (low, high float64) {
	low, high = bounds(move)
	room := reach * move.Sigma / math.Sqrt(secondsPerMinute)
	return low + min(state.Offset[row], state.End(row)) - room, high + max(state.Offset[row], state.End(row)) + room
}

// swell changes the running totals of lots, one a second of a minute, of a row. They are rounded from where the factor changed
// last, so that a minute of one factor trades that many times its lots, and later changes leave the seconds before them alone.
func (l *layer) swell(row int, minute int64, parts []float64) {
	usual, swelled, before := 0.0, 0.0, 0.0 // at the last change; in the second before
	for k, until := range parts {
		factor := l.overlay.Volume(row, minute*secondsPerMinute+int64(k))
		if k > 0 && factor != l.overlay.Volume(row, minute*secondsPerMinute+int64(k)-1) {
			usual, swelled = before, parts[k-1]
		}
		before, parts[k] = until, swelled+math.Round((until-usual)*factor)
	}
}

// steady is the factor on the volume of a row in a minute, if it is the same in all its seconds.
func (l *layer) steady(row int, minute int64) (factor float64, steady bool) {
	first := minute * secondsPerMinute
	factor = l.overlay.Volume(row, first)
	for second := first + 1; second < first+secondsPerMinute; second++ {
		if l.overlay.Volume(row, second) != factor {
			return 0, false
		}
	}
	return factor, true
}

// busy tells whether volume or spread of a row may differ from the usual one in a minute.
func (l *layer) busy(row int, minute int64) bool {
	return l.overlay != nil && l.overlay.Busy(row, minute)
}

// spreadOf is the factor on the distance of bid and ask of an instrument at a tick; of a derived one the larger of its parts'.
func (l *layer) spreadOf(p *Path, i int, tick int64) float64 {
	one, second := &p.listings[i], tick/ticksPerSecond
	if l.overlay == nil {
		return 1
	}
	wide := l.overlay.Spread(one.row, second)
	if one.derived {
		wide = max(wide, l.overlay.Spread(p.listings[one.denominator].row, second))
	}
	return wide
}
