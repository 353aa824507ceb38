// This file fills a second with its base ticks: the first has the second's opening price, the last its closing price, one
// in between the high, one the low, and the others wander between those without leaving the range.

package path

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
)

// tickView is the log prices of one second, of those rows that were asked for.
type tickView struct {
	second  int // of the minute; -1 when empty
	logs    []float64
	shaped  []bool        // by row; logs of the others are shocks as yet
	streams []draw.Stream // by row: where its shape is drawn from
	shocks  []float64
}

func newTickView(rows int) tickView {
	return tickView{
		second: -1, logs: make([]float64, rows*int(ticksPerSecond)), shaped: make([]bool, rows),
		streams: make([]draw.Stream, rows), shocks: make([]float64, rows),
	}
}

// log is the log price of a row at a tick of the second.
func (t *tickView) log(row, tick int) float64 { return t.logs[row*int(ticksPerSecond)+tick] }

// enterTicks makes the view show a second of its minute, with the ticks of every row.
func (v *minuteView) enterTicks(second int) {
	for row := range v.ticks.shaped {
		v.shapeTicks(second, row)
	}
}

// shapeTicks makes the view show a second of its minute, with the ticks of one row at the least.
func (v *minuteView) shapeTicks(second, row int) {
	if v.ticks.second != second {
		v.drawTicks(second)
	}
	if !v.ticks.shaped[row] {
		v.ticks.shaped[row] = true
		v.shape(row, second, &v.ticks.streams[row])
	}
}

// drawTicks draws the shocks of a second, which the rows of a source have together.
func (v *minuteView) drawTicks(second int) {
	v.ticks.second = second
	index := uint64(v.minute*secondsPerMinute + int64(second))
	for i := range v.path.grid.sources {
		one := &v.path.grid.sources[i]
		stream := draw.Keyed(v.path.seed, lane(purposeTicks, i), index)
		shocks := v.ticks.shocks[:one.count]
		for tick := range int(ticksPerSecond) {
			for j := range shocks {
				shocks[j] = stream.Normal()
			}
			one.Correlate(shocks)
			for j, shock := range shocks {
				v.ticks.logs[(one.row+j)*int(ticksPerSecond)+tick] = shock
			}
		}
		for row := one.row; row < one.row+one.count; row++ {
			v.ticks.shaped[row], v.ticks.streams[row] = false, stream
			stream.Skip(drawsOfShape)
		}
	}
}

// drawsOfShape is what shape draws for a row, whatever it draws.
const drawsOfShape = 3

// shape turns the shocks of a row into prices that run from the second's start over its two extremes to its end.
func (v *minuteView) shape(row, second int, stream *draw.Stream) {
	ticks := v.ticks.logs[row*int(ticksPerSecond) : (row+1)*int(ticksPerSecond)]
	from, to := v.ends(row, second)
	low, high := v.lowOf(row, second), v.highOf(row, second)
	last := len(ticks) - 1
	early, late := 1+int(stream.Below(uint64(last-1))), 1+int(stream.Below(uint64(last-2)))
	if late >= early {
		late++
	} else {
		early, late = late, early
	}
	first, then := low, high
	if stream.Uniform() < highFirst(from, to, low, high) {
		first, then = high, low
	}
	step := v.sigma(row, second) / math.Sqrt(float64(last))
	ticks[0] = from
	span{0, early, first, step, low, high}.fill(ticks)
	span{early, late, then, step, low, high}.fill(ticks)
	span{late, last, to, step, low, high}.fill(ticks)
}

// highFirst is the chance that the high comes before the low: a heuristic by the shorter way round, certain at either end.
func highFirst(from, to, low, high float64) float64 {
	highThenLow, lowThenHigh := (high-from)+(to-low), (from-low)+(high-to)
	if highThenLow+lowThenHigh == 0 {
		return 0.5
	}
	return lowThenHigh / (highThenLow + lowThenHigh)
}

// span is a stretch of ticks between two fixed prices.
type span struct {
	from, to  int
	end       float64 // log price at to; that at from is in place
	step      float64 // standard deviation of a tick
	low, high float64 // what ticks may not leave
}

// fill bridges the stretch; ticks hold standard normals and get log prices. What leaves the range is mirrored back into it.
func (s span) fill(ticks []float64) {
	start, total := ticks[s.from], 0.0
	for tick := s.from + 1; tick <= s.to; tick++ {
		total += s.step * ticks[tick]
		ticks[tick] = total
	}
	drift := (s.end - start - total) / float64(s.to-s.from)
	for tick := s.from + 1; tick < s.to; tick++ {
		price := start + ticks[tick] + drift*float64(tick-s.from)
		if price > s.high {
			price = 2*s.high - price
		}
		if price < s.low {
			price = 2*s.low - price
		}
		ticks[tick] = min(s.high, max(s.low, price))
	}
	ticks[s.to] = s.end
}

// secondView is the second that At was asked for: for each instrument and tick the quoted price and what has happened in
// the minute up to the tick.
type secondView struct {
	minute int64
	second int
	price  []float64 // [instrument*50+tick]
	high   []float64 // since the minute began
	low    []float64
	lots   []float64 // since the minute began
	top    []float64 // of each instrument in the minute's seconds before this one
	bottom []float64
}

func newSecondView(instruments int) secondView {
	size := instruments * int(ticksPerSecond)
	return secondView{
		minute: -1, price: make([]float64, size), high: make([]float64, size), low: make([]float64, size),
		lots: make([]float64, size), top: make([]float64, instruments), bottom: make([]float64, instruments),
	}
}

// enter makes the view show a second of the minute in view.
func (s *secondView) enter(view *minuteView, second int) {
	if s.minute == view.minute && s.second == second {
		return
	}
	first := s.second
	if s.minute != view.minute || first > second {
		first = 0
		for i := range s.top {
			s.top[i], s.bottom[i] = 0, math.Inf(1)
		}
	}
	s.minute, s.second = view.minute, second
	for i := range s.top {
		s.bottom[i], s.top[i] = view.fold(i, first, second, s.bottom[i], s.top[i])
	}
	view.enterTicks(second) // after the folds, which may look at ticks of other seconds
	for i := range s.top {
		s.fill(view, i)
	}
}

// fill computes the ticks of one instrument.
func (s *secondView) fill(view *minuteView, i int) {
	one, size := &view.path.listings[i], int(ticksPerSecond)
	prices := s.price[i*size : (i+1)*size]
	if one.derived {
		for tick := range prices {
			prices[tick] = view.ratioAt(one, tick)
		}
	} else {
		for tick := range prices {
			prices[tick] = one.priceOf(view.ticks.log(one.row, tick))
		}
	}
	high, low := s.top[i], s.bottom[i]
	for tick, price := range prices {
		high, low = max(high, price), min(low, price)
		s.high[i*size+tick], s.low[i*size+tick] = high, low
	}
	view.path.tickLots(i, view.minute, s.second, s.lots[i*size:(i+1)*size])
}
