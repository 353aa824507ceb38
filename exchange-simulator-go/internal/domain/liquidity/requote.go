// This file turns what makers want into the few orders that bring the book there: a quote near enough to one of its levels
// stays and keeps its place in the queue.

package liquidity

import "math"

// refreshRate is how often a second one quote is renewed in another size though its price holds.
const refreshRate = 1

// plan is what one step knows of the makers' quotes.
type plan struct {
	makers  [MaxMakers]makerPlan
	highest int64 // best bid that stays, ticks; 0 is none
	lowest  int64 // best ask that stays, ticks; math.MaxInt64 is none
	placed  int
}

// makerPlan is what one step knows of one maker.
type makerPlan struct {
	ladder
	covered [2][MaxLevels]bool
	spare   [2][MaxLevels]Quote // stand away from every level, and go when another takes their place
	spares  [2]int
	kept    [2]int   // quotes that stay for now, spare ones included
	room    [2]int64 // lots that may still be placed
}

// requote cancels what stands wrong and places what is missing, the touch first, at most MaxPlaces.
func (s *Source) requote(view *View, passed float64, intentions []Intention) []Intention {
	p := &s.plan
	makers := min(s.parameters.Makers, len(view.Makers))
	p.highest, p.lowest, p.placed = 0, math.MaxInt64, 0
	renewed := s.renewed(passed)
	for m := range view.Makers {
		if m < makers {
			intentions = s.review(view, m, renewed, intentions)
			continue
		}
		for _, quote := range view.Makers[m].Quotes {
			intentions = append(intentions, Intention{Kind: Cancel, Participant: m, ID: quote.ID})
		}
	}
	if makers == 0 {
		return intentions
	}
	p.heed(view)
	first := s.random.IntN(makers) // who comes first at a price changes
	for level := range s.parameters.Levels {
		for n := range makers {
			m := (first + n) % makers
			intentions = s.cover(m, Buy, level, intentions)
			intentions = s.cover(m, Sell, level, intentions)
		}
	}
	return intentions
}

// place is one quote of one maker that is wanted.
type place struct {
	maker int
	side  Side
	level int
}

// renewed draws the quote that is renewed in this step; its maker is -1 when none is.
func (s *Source) renewed(passed float64) place {
	if s.parameters.Makers == 0 || s.random.Float64() >= -math.Expm1(-refreshRate*passed) {
		return place{maker: -1}
	}
	return place{s.random.IntN(s.parameters.Makers), Side(s.random.IntN(2)), s.random.IntN(s.parameters.Levels)}
}

// review finds the level of each quote of a maker, and cancels those that would give a better price than the maker wants
// to, or are too many.
func (s *Source) review(view *View, m int, renewed place, intentions []Intention) []Intention {
	maker, plan := &view.Makers[m], &s.plan.makers[m]
	*plan = makerPlan{}
	plan.fill(s, view, m)
	funds := [2]int64{maker.CanBuy, maker.CanSell}
	limit := int64(s.limit())
	appetite := [2]int64{limit - maker.Inventory, limit + maker.Inventory}
	for _, quote := range maker.Quotes {
		side := quote.Side
		level := plan.level(quote, s.parameters.Levels)
		wrong := level < 0 && float64(quote.Price-plan.target[side][0])*side.sign() > 0
		if wrong || plan.kept[side] == s.parameters.Levels {
			funds[side] += quote.Lots
			intentions = append(intentions, Intention{Kind: Cancel, Participant: m, ID: quote.ID})
			continue
		}
		if level < 0 || renewed == (place{m, side, level}) {
			plan.spare[side][plan.spares[side]] = quote
			plan.spares[side]++
		} else {
			plan.covered[side][level] = true
		}
		plan.kept[side]++
		appetite[side] -= quote.Lots
		s.plan.stays(quote)
	}
	for side := range plan.room {
		plan.room[side] = min(funds[side], appetite[side])
	}
	return intentions
}

// level returns the first free level that a quote is near enough to, or -1.
func (m *makerPlan) level(quote Quote, levels int) int {
	for level := range levels {
		away := quote.Price - m.target[quote.Side][level]
		if max(away, -away) <= m.tolerance[level] && !m.covered[quote.Side][level] {
			return level
		}
	}
	return -1
}

// stays takes note of a quote that the other side must not cross.
func (p *plan) stays(quote Quote) {
	if quote.Side == Buy {
		p.highest = max(p.highest, quote.Price)
	} else {
		p.lowest = min(p.lowest, quote.Price)
	}
}

// heed adds the orders of others: a best price at which no maker stood is theirs.
func (p *plan) heed(view *View) {
	bid, ask := view.BestBid > 0, view.BestAsk > 0
	for m := range view.Makers {
		for _, quote := range view.Makers[m].Quotes {
			bid = bid && !(quote.Side == Buy && quote.Price == view.BestBid)
			ask = ask && !(quote.Side == Sell && quote.Price == view.BestAsk)
		}
	}
	if bid {
		p.highest = max(p.highest, view.BestBid)
	}
	if ask {
		p.lowest = min(p.lowest, view.BestAsk)
	}
}

// cover places a quote at a level that has none, as near as the other side allows, and takes a spare one back for it.
func (s *Source) cover(m int, side Side, level int, intentions []Intention) []Intention {
	p, maker := &s.plan, &s.plan.makers[m]
	if maker.covered[side][level] || p.placed == MaxPlaces {
		return intentions
	}
	freed := int64(0)
	if maker.spares[side] > 0 {
		maker.spares[side]--
		quote := maker.spare[side][maker.spares[side]]
		freed = quote.Lots
		intentions = append(intentions, Intention{Kind: Cancel, Participant: m, ID: quote.ID})
	}
	maker.room[side] += freed
	price := maker.target[side][level]
	if side == Buy {
		price = min(price, p.lowest-1)
	} else {
		price = max(price, p.highest+1)
	}
	lots := s.lots(s.size(level), max(price, 1), maker.room[side])
	if lots == 0 || price < 1 {
		return intentions
	}
	maker.room[side] -= lots
	p.placed++
	p.stays(Quote{Side: side, Price: price})
	return append(intentions, Intention{Kind: Place, Side: side, Participant: m, Price: price, Lots: lots})
}
