package matching

import "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"

// Auction is what a call auction would trade now.
type Auction struct {
	Price   int64 // ticks
	Lots    int64 // 0 when nothing crosses, and then no Price
	Surplus int64 // lots that the price leaves to buy (above 0) or to sell (below) among those that would trade at it
}

// Uncross ends a call auction: everything that crosses trades at one price, in price-time priority, hidden lots too and
// without self-trade prevention, and continuous trading begins. The Traded events follow Uncrossed, reason AtCall.
func (e *Engine) Uncross(events []Event) []Event {
	e.out = events
	if e.phase != Calling {
		return e.refuse(WrongPhase, 0, 0)
	}
	if auction := e.Indicative(); auction.Lots > 0 {
		event := e.emit()
		event.Kind, event.Price, event.Lots = Uncrossed, auction.Price, auction.Lots
		e.traded, e.first, e.last = true, auction.Price, auction.Price
		for left := auction.Lots; left > 0; {
			left -= e.cross(auction.Price)
		}
	}
	e.setPhase(Continuous, ByOperator)
	return e.settle()
}

// cross trades the fronts of both sides with each other and returns the lots.
func (e *Engine) cross(price int64) int64 {
	buying, selling := e.book.Front(book.Bids), e.book.Front(book.Asks)
	buy, sell := e.book.At(buying), e.book.At(selling)
	lots := min(buy.Lots, sell.Lots)
	event := e.emit()
	event.Kind, event.Reason, event.Order, event.Account, event.Type = Traded, AtCall, buy.ID, buy.Account, Type(buy.Type)
	event.Maker, event.MakerAccount, event.Price, event.Lots = sell.ID, sell.Account, price, lots
	event.Remaining, event.MakerRemaining = buy.Open()-lots, sell.Open()-lots
	if e.funds != nil {
		e.funds.Settle(event)
	}
	e.consume(buying, buy, lots)
	e.consume(selling, sell, lots)
	return lots
}

// Indicative returns the price that trades the most lots; among those the one that leaves the least surplus; among those
// the highest when all leave buyers over, the lowest when all leave sellers over, else the one nearest to the reference
// (the last trade when none was set, the middle when there was none). Every tick is a candidate, also those between two levels.
func (e *Engine) Indicative() Auction {
	bid, ask := e.book.Best(book.Bids), e.book.Best(book.Asks)
	if bid == nil || ask == nil || bid.Price < ask.Price {
		return Auction{}
	}
	var found equilibrium
	ask, supply := e.supply(bid.Price)
	demand := int64(0)
	for price := bid.Price; ; {
		if bid != nil && bid.Price == price {
			demand += bid.Lots + bid.Reserve
			bid = e.book.Worse(book.Bids, bid)
		}
		found.consider(price, price, demand, supply)
		if ask.Price == price {
			supply -= ask.Lots + ask.Reserve
			if ask = e.book.Better(book.Asks, ask); ask == nil {
				return found.choose(e.guide())
			}
		}
		next := ask.Price
		if bid != nil {
			next = max(next, bid.Price)
		}
		if next < price-1 {
			found.consider(next+1, price-1, demand, supply)
		}
		price = next
	}
}

// supply returns the last level that asks a price or less, and the lots of all of them.
func (e *Engine) supply(price int64) (last *book.Level, lots int64) {
	for level := e.book.Best(book.Asks); level != nil && level.Price <= price; level = e.book.Worse(book.Asks, level) {
		last = level
		lots += level.Lots + level.Reserve
	}
	return last, lots
}

// guide is the price that an auction stays near to when nothing else decides, 0 when there is none.
func (e *Engine) guide() int64 {
	if e.reference != 0 {
		return e.reference
	}
	return e.last
}

// equilibrium is the best range of prices so far, looked at from the highest down.
type equilibrium struct {
	lots      int64
	least     int64 // absolute surplus
	low, high int64
	top       int64 // the highest price in the range that leaves buyers over
	buyers    bool  // some price in the range leaves buyers over
	sellers   bool
}

// consider takes the prices from low to high, all with the same demand and supply.
func (q *equilibrium) consider(low, high, demand, supply int64) {
	lots, surplus := min(demand, supply), demand-supply
	size := max(surplus, -surplus)
	switch {
	case lots > q.lots, lots == q.lots && size < q.least:
		*q = equilibrium{lots: lots, least: size, low: low, high: high}
	case lots < q.lots, size > q.least:
		return
	}
	q.low = low
	if surplus > 0 && !q.buyers {
		q.buyers, q.top = true, high
	}
	q.sellers = q.sellers || surplus < 0
}

// choose takes one price out of the range.
func (q *equilibrium) choose(guide int64) Auction {
	price := min(max(guide, q.low), q.high)
	switch {
	case q.buyers && !q.sellers:
		price = q.high
	case q.sellers && !q.buyers:
		price = q.low
	case guide == 0:
		price = q.low + (q.high-q.low)/2
	}
	surplus := q.least
	if !q.buyers || price > q.top {
		surplus = -surplus
	}
	return Auction{Price: price, Lots: q.lots, Surplus: surplus}
}
