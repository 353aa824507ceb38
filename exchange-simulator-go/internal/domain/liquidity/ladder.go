// This file says at which prices and in which sizes a maker wants to quote.

package liquidity

import "math"

const (
	// spacing is the distance of the second level from the touch, in standard deviations of a second. It doubles from level
	// to level, so that few orders reach far.
	spacing = 0.6
	// skewAtLimit is how far a maker at the limit of its inventory shifts its prices, in standard deviations of a second.
	skewAtLimit = 2.5
	// skewSteps is how finely the shift is graded: quotes move when it has changed by a part of the tolerance, not with each
	// fill.
	skewSteps = 4
	// sizeSpread is the standard deviation of the logarithm of a quote's size. With it the sum of a few makers varies as the
	// time-weighted size at the touch does in the tick sample (BTC/USD: 5, 25, 50, 75 and 95 % at 0.05, 0.25, 0.9, 1.5 and
	// 2.4 of the mean).
	sizeSpread = 1
	// largest is the most that a quote may be, as a multiple of the mean at its level.
	largest = 4
)

// ladder is the prices that one maker wants on each side.
type ladder struct {
	target    [2][MaxLevels]int64 // ticks, by side and level; level 0 is the touch
	tolerance [MaxLevels]int64    // ticks that a quote may be away from its level
}

// fill computes the ladder of maker m. The touch stands around the reservation price of Avellaneda & Stoikov (2008),
// High-frequency trading in a limit order book, r = s - q gamma sigma^2 (T-t): s is the anchor, q the inventory, and the
// risk aversion gamma over the horizon T-t is given by the shift at the limit of the inventory. The half spread is the
// wider of the least one and of what volatility asks for.
func (l *ladder) fill(s *Source, view *View, m int) {
	a := &s.anchor
	multiplier := min(max(view.SpreadMultiplier, 0.1), 100)
	if !(view.SpreadMultiplier > 0) {
		multiplier = 1
	}
	half := multiplier * max(s.parameters.SpreadBps*a.price/2e4, 0.5, a.widen)
	grade := a.tolerance() / skewSteps
	share := min(max(float64(view.Makers[m].Inventory)/s.limit(), -1), 1)
	shift := math.Round(share*skewAtLimit*a.sigma*a.price/grade) * grade
	bid := ticks(a.price - shift - half)
	touch := [2]int64{bid, bid + ticks(2*half)}

	first := max(spacing*a.sigma*a.price, 1)
	stagger := float64(m) / float64(s.parameters.Makers)
	offset, gap := 0.0, first
	for level := range s.parameters.Levels {
		away := int64(0)
		if level > 0 {
			away = ticks(offset + stagger*gap) // so that makers do not all stand on the same prices
			l.tolerance[level] = int64(min(gap/2, most))
		}
		l.target[Buy][level], l.target[Sell][level] = max(touch[Buy]-away, 1), touch[Sell]+away
		offset += gap
		if level > 0 {
			gap *= 2
		}
	}
}

// most is the largest price and quantity that is reckoned with: far above any real one, and far below what overflows.
const most = 1e15

// ticks rounds a price or a distance to one that can be.
func ticks(value float64) int64 { return int64(math.Round(min(max(value, 1), most))) }

// limit is the most lots that a maker takes on, either way.
func (s *Source) limit() float64 { return min(s.parameters.Inventory*s.depth(), most) }

// depth is the mean size at the touch of one side, lots.
func (s *Source) depth() float64 { return s.parameters.Depth / (s.anchor.price * s.instrument.TickLot) }

// size draws the lots of a quote at a level: books grow in depth behind the touch (Bouchaud, Mezard & Potters 2002,
// Statistical properties of stock order books), here by the size at the touch with each level.
func (s *Source) size(level int) float64 {
	mean := s.depth() / float64(s.parameters.Makers) * float64(1+level)
	drawn := math.Exp(sizeSpread*s.random.NormFloat64() - sizeSpread*sizeSpread/2)
	return mean * min(drawn, largest)
}

// lots rounds a size into the bounds of an order at a price and to what is free; 0 when no order fits.
func (s *Source) lots(size float64, price, free int64) int64 {
	byValue := math.Ceil(s.instrument.MinNotional / (float64(price) * s.instrument.TickLot))
	least := max(float64(s.instrument.MinLots), byValue)
	size = min(max(math.Round(size), least), float64(s.instrument.MaxLots), float64(free))
	if size < least {
		return 0
	}
	return min(int64(size), free)
}
