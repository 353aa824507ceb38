package matching

import "math"

// band is a closed range of prices.
type band struct{ low, high int64 }

func (b band) holds(price int64) bool { return b.low <= price && price <= b.high }

// around returns the band of so many basis points about a price, all prices when there is no price or no band.
func around(price, basisPoints int64) band {
	if price == 0 || basisPoints == 0 {
		return band{math.MinInt64, math.MaxInt64}
	}
	width := price/10_000*basisPoints + price%10_000*basisPoints/10_000
	return band{price - width, price + width}
}

// tradable is where a taker that comes now may trade.
func (e *Engine) tradable() band {
	if e.rules.DynamicBand == 0 {
		return e.static
	}
	dynamic := around(e.last, e.rules.DynamicBand)
	return band{max(dynamic.low, e.static.low), min(dynamic.high, e.static.high)}
}

// SetReference sets the price that the static band lies around, in ticks; the price of the last call auction that had no
// better guide is the one nearest to it. Resting orders stay.
func (e *Engine) SetReference(price int64, events []Event) []Event {
	e.out = events
	event := e.emit()
	event.Price = price
	if price < 1 || price > MaxPrice {
		event.Kind, event.Reason = Rejected, InvalidOrder
		return e.done()
	}
	e.reference, event.Kind = price, ReferenceSet
	e.static = around(price, e.rules.StaticBand)
	return e.done()
}
