// This file splits the volume of a minute into whole lots, second by second and tick by tick, so that the parts always add
// up to the whole.

package path

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// minuteLots is what instrument i trades in a minute.
func (p *Path) minuteLots(i int, minute int64) float64 {
	if !p.layer.busy(p.listings[i].row, minute) {
		return p.usualLots(i, minute)
	}
	var seconds [secondsPerMinute]float64
	p.secondLots(i, minute, seconds[:])
	return seconds[secondsPerMinute-1]
}

// usualLots is what instrument i trades in a minute without scenarios. A derived instrument trades what its numerator does.
func (p *Path) usualLots(i int, minute int64) float64 {
	p.grid.keep(minute, minute)
	one := &p.listings[i]
	return max(0, one.Lot.Steps(p.grid.volume(one.row, minute)))
}

// secondLots fills parts with the lots that instrument i has traded when each of the minute's seconds ends.
func (p *Path) secondLots(i int, minute int64, parts []float64) {
	stream := draw.Keyed(p.seed, lane(purposeVolumes, i), uint64(minute))
	split(&stream, p.usualLots(i, minute), parts)
	if row := p.listings[i].row; p.layer.busy(row, minute) {
		p.layer.swell(row, minute, parts)
	}
}

// tickLots fills parts with the lots that instrument i has traded in the minute up to and including each tick of a second.
func (p *Path) tickLots(i int, minute int64, second int, parts []float64) {
	var seconds [secondsPerMinute]float64
	p.secondLots(i, minute, seconds[:])
	before := 0.0
	if second > 0 {
		before = seconds[second-1]
	}
	stream := draw.Keyed(p.seed, lane(purposeSizes, i), uint64(minute*secondsPerMinute+int64(second)))
	split(&stream, seconds[second]-before, parts)
	for tick := range parts {
		parts[tick] += before
	}
}

// split fills parts with running totals of whole lots that end at the total. Shares are exponential, as between the events
// of a Poisson process.
func split(stream *draw.Stream, total float64, parts []float64) {
	sum := 0.0
	for i := range parts {
		sum += stream.Exponential()
		parts[i] = sum
	}
	for i := range parts {
		parts[i] = math.Floor(total * (parts[i] / sum))
	}
	parts[len(parts)-1] = total
}
