// This file says what an instrument trades in a minute and in parts of it. The parts are those of its trades, so that they
// always add up to the whole.

package path

import "math"

// minuteLots is what instrument i trades in a minute.
func (p *Path) minuteLots(i int, minute int64) float64 {
	if lots, known := p.steadyLots(i, minute); known {
		return lots
	}
	return p.tape(i, minute).seconds[secondsPerMinute-1]
}

// steadyLots is what instrument i trades in a minute in which scenarios change its volume by one factor, if at all. That much
// is known without the trades.
func (p *Path) steadyLots(i int, minute int64) (lots float64, known bool) {
	row := p.listings[i].row
	if !p.layer.busy(row, minute) {
		return p.usualLots(i, minute), true
	}
	factor, known := p.layer.steady(row, minute)
	return math.Round(p.usualLots(i, minute) * factor), known
}

// usualLots is what instrument i trades in a minute without scenarios. A derived instrument trades what its numerator does.
func (p *Path) usualLots(i int, minute int64) float64 {
	p.grid.keep(minute, minute)
	one := &p.listings[i]
	return max(0, one.Lot.Steps(p.grid.volume(one.row, minute)))
}

// secondLots fills parts with the lots that instrument i has traded when each of the minute's seconds ends.
func (p *Path) secondLots(i int, minute int64, parts []float64) {
	copy(parts, p.tape(i, minute).seconds[:])
}

// tickLots fills parts with the lots that instrument i has traded in the minute up to and including each tick of a second.
func (p *Path) tickLots(i int, minute int64, second int, parts []float64) {
	one := p.tape(i, minute)
	for tick := range parts {
		parts[tick] = one.lots(one.until[second*int(ticksPerSecond)+tick+1])
	}
}
