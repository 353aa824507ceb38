// This file puts trades on the ticks of a minute: what the minute trades is dealt out to the trades of its tape, in whole lots,
// so that the sizes always add up to the volume. A trade happens at its tick's price.

package path

import (
	"math"
	"time"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/draw"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/process"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/tape"
)

// mostOrders bounds the mean number of orders a second in a minute of extreme volume.
const mostOrders = 60

// Trade is one trade. It happens at the price of a base tick, which is its ask when the aggressor buys, else its bid.
type Trade struct {
	Sequence uint64  // base tick
	Price    float64 // quote units per base unit
	Size     float64 // base units; 0: no trade
	Buy      bool    // the aggressor, who takes what is quoted, buys
}

// minuteTape is the trades of one instrument in one minute.
type minuteTape struct {
	minute  int64 // -1 when empty
	drawn   tape.Minute
	totals  []float64                      // lots traded in the minute up to and including each trade
	seconds [secondsPerMinute]float64      // when each second ends
	until   [int(ticksPerMinute) + 1]int32 // number of trades before each tick
}

// tapes are the two minutes of an instrument that were asked for last, an even and an odd one.
type tapes [2]minuteTape

func newTapes(instruments int) []tapes {
	all := make([]tapes, instruments)
	for i := range all {
		all[i][0].minute, all[i][1].minute = -1, -1
	}
	return all
}

// tape is the trades of instrument i in a minute.
func (p *Path) tape(i int, minute int64) *minuteTape {
	one := &p.tapes[i][minute%2]
	if one.minute != minute {
		one.minute = minute
		p.fillTape(i, one)
	}
	return one
}

// fillTape draws the trades as they are without scenarios, and deals out the lots that are traded with them.
func (p *Path) fillTape(i int, one *minuteTape) {
	lots := p.usualLots(i, one.minute)
	stream := draw.Keyed(p.seed, lane(purposeTrades, i), uint64(one.minute))
	rate := tape.BusyRate * math.Pow(lots/p.typicalLots(i), tape.RateExponent)
	one.drawn.Draw(&stream, min(rate, mostOrders), TickInterval)
	one.dealSeconds(lots)
	if row := p.listings[i].row; p.layer.busy(row, one.minute) {
		p.layer.swell(row, one.minute, one.seconds[:])
	}
	one.dealTrades()
}

// typicalLots is what instrument i trades in a minute of mean volatility.
func (p *Path) typicalLots(i int) float64 {
	one := &p.listings[i]
	return max(1, one.Lot.Steps(p.grid.volumeOf(one.row, 0, process.Tone{Variance: 1, Shock: 1})))
}

// deal is lots in shares of weights, whole ones: each trade gets one if there are as many, and a share of the others.
type deal struct {
	each, rest float64
	weights    float64 // of all trades together
}

func newDeal(lots float64, trades []tape.Trade) deal {
	d := deal{rest: lots}
	if count := float64(len(trades)); lots >= count {
		d.each, d.rest = 1, lots-count
	}
	for i := range trades {
		d.weights += trades[i].Weight
	}
	return d
}

// upTo is the lots of the first trades, given their number and weight.
func (d deal) upTo(count int, weight float64) float64 {
	return d.each*float64(count) + math.Floor(d.rest*(weight/d.weights))
}

// dealSeconds fills the totals of the seconds.
func (m *minuteTape) dealSeconds(lots float64) {
	trades, at, weight := m.drawn.Trades, 0, 0.0
	all := newDeal(lots, trades)
	for second := range m.seconds {
		for end := time.Duration(second+1) * time.Second; at < len(trades) && trades[at].At < end; at++ {
			weight += trades[at].Weight
		}
		m.seconds[second] = all.upTo(at, weight)
	}
}

// dealTrades fills the totals of the trades from those of the seconds, and drops trades of nothing.
func (m *minuteTape) dealTrades() {
	trades := m.drawn.Trades
	m.totals = m.totals[:0]
	kept, before, at := 0, 0.0, 0
	for second, total := range m.seconds {
		first := at
		for end := time.Duration(second+1) * time.Second; at < len(trades) && trades[at].At < end; at++ {
		}
		own, weight := newDeal(total-before, trades[first:at]), 0.0
		last := before
		for k := first; k < at; k++ {
			weight += trades[k].Weight
			if sum := before + own.upTo(k+1-first, weight); sum > last {
				trades[kept], last = trades[k], sum
				m.totals = append(m.totals, sum)
				kept++
			}
		}
		before = total
	}
	m.drawn.Trades = trades[:kept]
	at = 0
	for tick := range m.until {
		for end := time.Duration(tick) * TickInterval; at < kept && trades[at].At < end; at++ {
		}
		m.until[tick] = int32(at)
	}
}

// lots is what has been traded in the minute by its first trades.
func (m *minuteTape) lots(trades int32) float64 {
	if trades == 0 {
		return 0
	}
	return m.totals[trades-1]
}

// last is the latest trade up to and including a tick: its place in a tape, nil when there is none in this minute and the one before.
func (p *Path) last(i int, tick int64) (*minuteTape, int) {
	minute := tick / ticksPerMinute
	now := p.tape(i, minute)
	if at := now.until[tick%ticksPerMinute+1]; at > 0 {
		return now, int(at) - 1
	}
	if minute == 0 {
		return nil, 0
	}
	if before := p.tape(i, minute-1); len(before.totals) > 0 {
		return before, len(before.totals) - 1
	}
	return nil, 0
}

// trade is one trade of a tape.
func (p *Path) trade(i int, of *minuteTape, at int) Trade {
	drawn := &of.drawn.Trades[at]
	tick := of.minute*ticksPerMinute + int64(drawn.At/TickInterval)
	return Trade{
		Sequence: uint64(tick), Price: p.priceAt(i, tick), Buy: drawn.Buy,
		Size: p.listings[i].Lot.Value(of.totals[at] - of.lots(int32(at))),
	}
}

// lastTrade is the latest trade up to and including a tick, remembered while it stays the latest.
func (p *Path) lastTrade(i int, tick int64) Trade {
	of, at := p.last(i, tick)
	if of == nil {
		return Trade{}
	}
	drawn := &of.drawn.Trades[at]
	if known := &p.lasts[i]; known.Size == 0 || int64(known.Sequence) != of.minute*ticksPerMinute+int64(drawn.At/TickInterval) {
		*known = p.trade(i, of, at)
	}
	return p.lasts[i]
}

// Trades yields the trades of instrument i at the base ticks after one, up to and including another, oldest first, until yield
// answers false.
func (p *Path) Trades(i int, after, until uint64, yield func(Trade) bool) {
	for tick := int64(after) + 1; tick <= int64(until); {
		minute := tick / ticksPerMinute
		one, end := p.tape(i, minute), min((minute+1)*ticksPerMinute, int64(until)+1)
		for at := one.until[tick%ticksPerMinute]; at < one.until[end-minute*ticksPerMinute]; at++ {
			if !yield(p.trade(i, one, int(at))) {
				return
			}
		}
		tick = end
	}
}

// priceAt is the quoted price of instrument i at any tick.
func (p *Path) priceAt(i int, tick int64) float64 {
	minute, second, within := tick/ticksPerMinute, int(tick%ticksPerMinute/ticksPerSecond), int(tick%ticksPerSecond)
	if p.inside.minute == minute && p.inside.second == second {
		return p.inside.price[i*int(ticksPerSecond)+within]
	}
	one, view := &p.listings[i], p.back
	view.enter(minute)
	if !one.derived {
		view.shapeTicks(second, one.row)
		return one.priceOf(view.ticks.log(one.row, within))
	}
	view.shapeTicks(second, p.listings[one.numerator].row)
	view.shapeTicks(second, p.listings[one.denominator].row)
	return view.ratioAt(one, within)
}
