// This file bridges a minute: one-second log prices of every row, correlated as the minutes are, and the exact range of each
// second on demand.

package path

import (
	"math"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
)

// Purposes key the independent streams of draws of this package. The process counts its own from 1.
const (
	purposeBridge = 101 + iota // index: minute
	purposeRange               // index: second since the epoch, one stream for each row
	purposeTicks               // index: second since the epoch
	purposeSpread              // index: tick, one stream for each instrument
	purposeTrades              // index: minute, one stream for each instrument
)

// lane tells the streams of one purpose apart.
func lane(purpose, n int) uint64 { return uint64(purpose) + uint64(n)<<16 }

// minuteView is one minute with its seconds.
type minuteView struct {
	path   *Path
	minute int64 // -1 when empty
	moves  []process.Move
	at     []float64 // log price of row r at the start of second k, and at the end of the last: [r*61+k]
	high   []float64 // log price, [r*60+k]; NaN until asked for
	low    []float64
	ranges []draw.Key // of the draws behind the range of each row
	sd     []float64  // standard deviation of a second without scenarios, one a row
	shocks []float64
	ticks  tickView
	laid   laid
}

// points is the number of second boundaries in a minute.
const points = secondsPerMinute + 1

func newMinuteView(p *Path) *minuteView {
	rows := p.grid.rows
	v := &minuteView{
		path: p, minute: -1, moves: make([]process.Move, rows),
		at: make([]float64, rows*points), high: make([]float64, rows*secondsPerMinute),
		low: make([]float64, rows*secondsPerMinute), sd: make([]float64, rows), shocks: make([]float64, rows), ticks: newTickView(rows),
	}
	for row := range rows {
		v.ranges = append(v.ranges, draw.KeyOf(p.seed, lane(purposeRange, row)))
	}
	return v
}

// enter makes the view show a minute.
func (v *minuteView) enter(minute int64) {
	if v.minute == minute {
		return
	}
	v.bridge(minute)
	v.overlay()
}

// bridge fills the view with a minute as it is without scenarios.
func (v *minuteView) bridge(minute int64) {
	v.path.grid.keep(minute, minute)
	v.minute = minute
	v.ticks.second = -1
	copy(v.moves, v.path.grid.minute(minute))
	for i := range v.high {
		v.high[i], v.low[i] = math.NaN(), math.NaN()
	}
	for i := range v.path.grid.sources {
		v.walk(i)
		one := &v.path.grid.sources[i]
		for row := one.row; row < one.row+one.count; row++ {
			v.pin(row)
		}
	}
}

// walk fills the rows of a source with unpinned, correlated unit walks over the seconds.
func (v *minuteView) walk(i int) {
	one := &v.path.grid.sources[i]
	stream := draw.Keyed(v.path.seed, lane(purposeBridge, i), uint64(v.minute))
	shocks := v.shocks[:one.count]
	for row := one.row; row < one.row+one.count; row++ {
		v.at[row*points] = 0
	}
	for k := 1; k < points; k++ {
		for j := range shocks {
			shocks[j] = stream.Normal()
		}
		one.Correlate(shocks)
		for j, shock := range shocks {
			at := (one.row+j)*points + k
			v.at[at] = v.at[at-1] + shock
		}
	}
}

// pin turns the unit walk of a row into the bridge from the minute's open to its close.
func (v *minuteView) pin(row int) {
	walk, move := v.at[row*points:(row+1)*points], &v.moves[row]
	scale := move.Sigma / math.Sqrt(secondsPerMinute)
	v.sd[row] = scale
	drift := (move.Close - move.Open - scale*walk[secondsPerMinute]) / secondsPerMinute
	low, high := bounds(move)
	for k := 1; k < secondsPerMinute; k++ {
		walk[k] = min(high, max(low, move.Open+scale*walk[k]+drift*float64(k)))
	}
	walk[0], walk[secondsPerMinute] = move.Open, move.Close
}

// bounds is what a row cannot leave in a minute without scenarios, its ticks included.
func bounds(move *process.Move) (low, high float64) {
	return min(move.Open, move.Close) - reach*move.Sigma, max(move.Open, move.Close) + reach*move.Sigma
}

// ends is the log price of a row where a second begins and where it ends.
func (v *minuteView) ends(row, second int) (from, to float64) {
	return v.at[row*points+second], v.at[row*points+second+1]
}

// chances is the draws behind the range of a row in a second: for the high, and for the fall given the high.
func (v *minuteView) chances(row, second int) (forHigh, forFall float64) {
	stream := v.ranges[row].At(uint64(v.minute*secondsPerMinute + int64(second)))
	return stream.Uniform(), stream.Uniform()
}

// highOf is the highest log price of a row in a second.
func (v *minuteView) highOf(row, second int) float64 {
	at := row*secondsPerMinute + second
	if math.IsNaN(v.high[at]) {
		from, to := v.ends(row, second)
		chance, _ := v.chances(row, second)
		_, most := v.limits(row, second)
		v.high[at] = min(most, bridgeHigh(from, to, v.sigma(row, second), chance))
	}
	return v.high[at]
}

// lowOf is the lowest log price of a row in a second.
func (v *minuteView) lowOf(row, second int) float64 {
	at := row*secondsPerMinute + second
	if math.IsNaN(v.low[at]) {
		from, to := v.ends(row, second)
		_, chance := v.chances(row, second)
		least, _ := v.limits(row, second)
		sd := v.sigma(row, second)
		drop := newFall(from, to, sd, v.highOf(row, second)).quantile(chance)
		v.low[at] = max(least, min(from, to, from-sd*drop))
	}
	return v.low[at]
}

// risesAbove is false when a row stays at or below a log price in a second, and true when it may get above. To know that
// much costs a fraction of knowing how far.
func (v *minuteView) risesAbove(row, second int, top float64) bool {
	if high := v.high[row*secondsPerMinute+second]; !math.IsNaN(high) {
		return high > top
	}
	from, to := v.ends(row, second)
	sd := v.sigma(row, second)
	if max(from, to)+reach*sd <= top {
		return false
	}
	if max(from, to) > top {
		return true
	}
	chance, _ := v.chances(row, second)
	return 2*(top-from)*(top-to) < sd*sd*logAtMost(chance)
}

// fallsBelow tells whether a row gets below a log price in a second. To know that costs a tenth of knowing how far, and
// mostly less.
func (v *minuteView) fallsBelow(row, second int, bottom float64) bool {
	if low := v.low[row*secondsPerMinute+second]; !math.IsNaN(low) {
		return low < bottom
	}
	from, to := v.ends(row, second)
	sd := v.sigma(row, second)
	if min(from, to)-reach*sd >= bottom {
		return false
	}
	if min(from, to) < bottom {
		return true
	}
	forHigh, chance := v.chances(row, second)
	depth := (from - bottom) / sd
	if newFall(from, to, sd, leastHigh(from, to, sd, forHigh)).beyondAtMost(depth) <= 1-chance-accuracy {
		return false
	}
	drop := newFall(from, to, sd, v.highOf(row, second))
	return drop.beyondAtMost(depth) > 1-chance-accuracy && drop.within(depth) < chance+accuracy
}

// ratioAt is the quoted price of a derived instrument at a tick of the second in view.
func (v *minuteView) ratioAt(one *listing, tick int) float64 {
	upper, lower := &v.path.listings[one.numerator], &v.path.listings[one.denominator]
	return one.ratio(upper.priceOf(v.ticks.log(upper.row, tick)), lower.priceOf(v.ticks.log(lower.row, tick)))
}

// priceAt is the quoted price of instrument i where a second begins; second 60 is the end of the minute.
func (v *minuteView) priceAt(i, second int) float64 {
	one := &v.path.listings[i]
	if !one.derived {
		return one.priceOf(v.at[one.row*points+second])
	}
	upper, lower := &v.path.listings[one.numerator], &v.path.listings[one.denominator]
	return one.ratio(upper.priceOf(v.at[upper.row*points+second]), lower.priceOf(v.at[lower.row*points+second]))
}
