package matching_test

import (
	"slices"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	m "github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

func (n *naive) work(o *naiveOrder) {
	o.at = working
	if n.phase != m.Continuous {
		n.rest(o)
		return
	}
	n.prints = nil
	if o.PostOnly && n.crossing(o.Side, o.Price) {
		n.end(o, m.Expired, m.WouldTake)
		return
	}
	if o.Force == m.FOK && !n.fillsOnACopy(o) {
		n.end(o, m.Expired, m.NotInFull)
		return
	}
	reason := n.match(o)
	switch {
	case reason == m.NoReason && n.done(o):
		n.drop(o, true)
	case reason == m.NoReason && !n.limited(o):
		n.end(o, m.Expired, m.NoLiquidity)
	case reason == m.NoReason && o.Force == m.IOC:
		n.end(o, m.Expired, m.NotImmediate)
	case reason == m.NoReason:
		n.rest(o)
	default:
		n.end(o, m.Expired, reason)
		if reason == m.OutsideBand && n.rules.PauseOnBand {
			n.setPhase(m.Halted, m.OutsideBand)
		}
	}
}

func (n *naive) done(o *naiveOrder) bool {
	if o.Order.Lots == 0 {
		return o.Quote == 0
	}
	return o.open == 0
}

// fillsOnACopy tries.
func (n *naive) fillsOnACopy(o *naiveOrder) bool {
	trial := n.clone()
	mine := trial.find(o.ID)
	trial.match(mine)
	filled := int64(0)
	for _, event := range trial.out {
		if event.Kind == m.Traded && event.Order == o.ID {
			filled += event.Lots
		}
	}
	return filled == o.open
}

func (n *naive) match(o *naiveOrder) m.Reason {
	before := n.last
	for !n.done(o) {
		others := n.side(o.Side.Opposite())
		if len(others) == 0 || (n.limited(o) && !reaches(o.Side, o.Price, others[0].Price)) {
			return m.NoReason
		}
		maker := others[0]
		if !n.inBand(maker.Price, n.reference, n.rules.StaticBand) || !n.inBand(maker.Price, before, n.rules.DynamicBand) {
			return m.OutsideBand
		}
		want := o.open
		if o.Order.Lots == 0 {
			want = o.Quote / maker.Price
		}
		if want == 0 {
			return m.QuoteSpent
		}
		lots := min(want, maker.shown)
		if maker.Owner == o.Owner && o.SelfTrade != m.Allow {
			if n.prevent(o, maker, lots) {
				return m.PreventedSelfTrade
			}
			continue
		}
		payable := n.purse.Affordable(o.ID, o.Account, o.Side, maker.Price, lots)
		if payable > 0 {
			n.trade(o, maker, payable)
		}
		if payable < lots {
			return m.NoFunds
		}
	}
	return m.NoReason
}

func (n *naive) prevent(o, maker *naiveOrder, lots int64) (stop bool) {
	switch o.SelfTrade {
	case m.ExpireMaker:
		n.end(maker, m.Expired, m.PreventedSelfTrade)
		return false
	case m.ExpireBoth:
		n.end(maker, m.Expired, m.PreventedSelfTrade)
		return true
	case m.Decrement:
		n.both(m.Decremented, m.NoReason, o, maker, maker.Price, lots)
		n.shrink(maker, lots)
		if maker.open == 0 {
			n.end(maker, m.Expired, m.PreventedSelfTrade)
		}
		return n.done(o)
	default:
		return true
	}
}

// both takes lots from a taker and reports them with what the maker will have left.
func (n *naive) both(kind m.Kind, reason m.Reason, o, maker *naiveOrder, price, lots int64) {
	if o.Order.Lots == 0 {
		o.Quote -= price * lots
	} else {
		o.open -= lots
	}
	event := n.event(kind, reason, o)
	event.Price, event.Lots, event.Maker, event.MakerAccount = price, lots, maker.ID, maker.Account
	event.MakerRemaining = maker.open - lots
	if o.Order.Lots == 0 {
		event.Remaining = o.Quote
	}
}

func (n *naive) trade(o, maker *naiveOrder, lots int64) {
	n.last = maker.Price
	n.prints = append(n.prints, maker.Price)
	n.both(m.Traded, m.NoReason, o, maker, maker.Price, lots)
	n.purse.Settle(&n.out[len(n.out)-1])
	n.filled(maker, lots)
	n.cancelPeer(o)
}

func (n *naive) filled(maker *naiveOrder, lots int64) {
	n.shrink(maker, lots)
	if maker.open == 0 {
		n.drop(maker, true)
	} else {
		n.cancelPeer(maker)
	}
}

// shrink takes lots from what an order shows, and shows more.
func (n *naive) shrink(o *naiveOrder, lots int64) {
	o.open -= lots
	o.shown -= lots
	if o.shown == 0 && o.open > 0 {
		o.shown = min(o.Display, o.open)
		n.put(o, resting)
		n.event(m.Refilled, m.NoReason, o).Lots = o.shown
	}
}

func (n *naive) rest(o *naiveOrder) {
	o.shown = o.open
	if o.Display > 0 {
		o.shown = min(o.Display, o.open)
	}
	n.put(o, resting)
	if last := len(n.out) - 1; last >= 0 && n.out[last].Kind == m.Accepted && n.out[last].Order == o.ID {
		n.out[last].Rests = true
		return
	}
	n.event(m.Rested, m.NoReason, o).Lots = o.shown
}

// indicative tries every tick.
func (n *naive) indicative() m.Auction {
	bids, asks := n.side(book.Buy), n.side(book.Sell)
	if len(bids) == 0 || len(asks) == 0 || bids[0].Price < asks[0].Price {
		return m.Auction{}
	}
	var candidates []m.Auction
	for price := asks[0].Price; price <= bids[0].Price; price++ {
		demand, supply := int64(0), int64(0)
		for _, o := range bids {
			if o.Price >= price {
				demand += o.open
			}
		}
		for _, o := range asks {
			if o.Price <= price {
				supply += o.open
			}
		}
		candidates = append(candidates, m.Auction{Price: price, Lots: min(demand, supply), Surplus: demand - supply})
	}
	return n.choose(candidates)
}

func (n *naive) choose(all []m.Auction) m.Auction {
	size := func(a m.Auction) int64 { return max(a.Surplus, -a.Surplus) }
	most := slices.MaxFunc(all, func(a, b m.Auction) int { return int(a.Lots - b.Lots) })
	all = slices.DeleteFunc(all, func(a m.Auction) bool { return a.Lots < most.Lots })
	least := slices.MinFunc(all, func(a, b m.Auction) int { return int(size(a) - size(b)) })
	all = slices.DeleteFunc(all, func(a m.Auction) bool { return size(a) > size(least) })
	lowest, highest := all[0], all[len(all)-1]
	guide := n.reference
	if guide == 0 {
		guide = n.last
	}
	switch {
	case !slices.ContainsFunc(all, func(a m.Auction) bool { return a.Surplus <= 0 }):
		return highest
	case !slices.ContainsFunc(all, func(a m.Auction) bool { return a.Surplus >= 0 }):
		return lowest
	case guide == 0:
		guide = lowest.Price + (highest.Price-lowest.Price)/2
	}
	return slices.MinFunc(all, func(a, b m.Auction) int {
		return int(max(a.Price-guide, guide-a.Price) - max(b.Price-guide, guide-b.Price))
	})
}

func (n *naive) uncross() {
	if n.phase != m.Calling {
		n.refuse(m.WrongPhase, 0, 0)
		return
	}
	n.prints = nil
	if auction := n.indicative(); auction.Lots > 0 {
		n.out = append(n.out, m.Event{Kind: m.Uncrossed, Price: auction.Price, Lots: auction.Lots})
		n.prints, n.last = []int64{auction.Price}, auction.Price
		for left := auction.Lots; left > 0; {
			buy, sell := n.side(book.Buy)[0], n.side(book.Sell)[0]
			lots := min(buy.shown, sell.shown)
			n.out = append(n.out, m.Event{
				Kind: m.Traded, Reason: m.AtCall, Order: buy.ID, Account: buy.Account, Type: buy.Type, Price: auction.Price,
				Lots: lots, Maker: sell.ID, MakerAccount: sell.Account, Remaining: buy.open - lots, MakerRemaining: sell.open - lots,
			})
			n.filled(buy, lots)
			n.filled(sell, lots)
			left -= lots
		}
	}
	n.setPhase(m.Continuous, m.ByOperator)
	n.settle()
}
