// This file turns what an engine did into the venue's events, and keeps the records of orders and what is held for them in step.

package venue

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// report takes the events of one engine command.
func (v *Venue) report(n int32) {
	settled := 0
	for index := range v.run.matched {
		e := &v.run.matched[index]
		switch e.Kind {
		case matching.Traded:
			v.traded(n, e, &v.run.settled[settled], v.trades-uint64(len(v.run.settled)-settled-1))
			settled++
		case matching.Accepted:
			v.accepted(e)
		case matching.Rested:
			v.tell(OrderRested, e).Visible = e.Lots
			v.run.emit(&v.run.event)
		case matching.Cancelled:
			v.ended(e, OrderCancelled, Cancelled)
		case matching.Expired:
			v.ended(e, OrderExpired, Expired)
		case matching.Replaced:
			v.replaced(e)
		case matching.Triggered, matching.Activated:
			v.woken(e)
		case matching.Refilled:
			v.tell(OrderRefilled, e).Visible = e.Lots
			v.run.emit(&v.run.event)
		case matching.Decremented:
			v.decremented(n, e)
		case matching.PhaseChanged:
			v.phaseChanged(n, e)
		case matching.Uncrossed:
			v.send(Event{Kind: AuctionUncrossed, Instrument: n, Price: e.Price, Lots: e.Lots})
		case matching.ReferenceSet, matching.Rejected:
		}
	}
}

// tell begins an event about an order, to be completed and emitted by the caller.
func (v *Venue) tell(kind EventKind, e *matching.Event) *Event {
	r := v.orders.find(e.Order)
	v.events++
	event := &v.run.event
	*event = Event{
		Kind: kind, Order: r.ID, Account: r.Account, ClientID: r.ClientID, Instrument: r.Instrument, Side: r.Order.Side, Type: r.Order.Type,
		Price: e.Price, Remaining: r.lots(e.Remaining), List: r.List,
	}
	return event
}

// lots returns what an engine says to be open, 0 of an order by quote, which has no lots.
func (r *Record) lots(open int64) int64 {
	if r.Order.Quote > 0 {
		return 0
	}
	return open
}

func (v *Venue) accepted(e *matching.Event) {
	r := v.orders.find(e.Order)
	event := v.tell(OrderAccepted, e)
	event.Lots, event.Display, event.Trigger = r.Order.Lots, r.Order.Display, r.Order.Trigger
	if e.Rests {
		event.Visible = r.Order.Lots
		if r.Order.Display > 0 {
			event.Visible = min(event.Visible, r.Order.Display)
		}
	}
	v.run.emit(event)
}

// traded reports a trade and brings both records up to it.
func (v *Venue) traded(n int32, e *matching.Event, s *account.Settlement, trade uint64) {
	taker, maker := v.orders.find(e.Order), v.orders.find(e.Maker)
	v.events++
	event := &v.run.event
	*event = Event{
		Kind: Traded, Instrument: n, Trade: trade, Price: e.Price, Lots: e.Lots, Auction: e.Reason == matching.AtCall, Mid: v.run.mid,
		Order: taker.ID, Account: taker.Account, ClientID: taker.ClientID, Side: taker.Order.Side, Type: taker.Order.Type,
		Maker: maker.ID, MakerAccount: maker.Account, MakerClient: maker.ClientID,
		Remaining: taker.lots(e.Remaining), MakerRemaining: e.MakerRemaining, Fee: s.Taker, MakerFee: s.Maker,
	}
	v.run.emit(event)
	v.watch(taker, event, false)
	v.watch(maker, event, true)
	v.filled(maker, e.Lots, s.Notional, e.MakerRemaining, e.MakerRemaining == 0)
	v.filled(taker, e.Lots, s.Notional, taker.lots(e.Remaining), e.Remaining == 0)
}

// watch notes a fill of the order that the answer is about.
func (v *Venue) watch(r *Record, e *Event, maker bool) {
	if r.ID != v.run.watched || len(v.run.fills) == MaxFills {
		return
	}
	v.run.fills = append(v.run.fills, FillOf(e, maker, v.run.business, v.events))
}

// FillOf is a trade as one of its sides sees it; maker names the side of Maker, which in an auction is the one that sold.
func FillOf(e *Event, maker bool, business int64, sequence uint64) Fill {
	f := Fill{
		Trade: e.Trade, Order: e.Order, ClientID: e.ClientID, Account: e.Account, Instrument: e.Instrument,
		Buys: e.Side == book.Buy, Maker: maker && !e.Auction, Price: e.Price, Lots: e.Lots, Fee: e.Fee.Fee, FeeAsset: e.Fee.Asset,
		Mid: e.Mid, Time: business, Sequence: sequence,
	}
	if maker {
		f.Order, f.ClientID, f.Account, f.Buys = e.Maker, e.MakerClient, e.MakerAccount, !f.Buys
		f.Fee, f.FeeAsset = e.MakerFee.Fee, e.MakerFee.Asset
	}
	return f
}

// filled brings a record up to a fill.
func (v *Venue) filled(r *Record, lots, notional, remaining int64, whole bool) {
	r.Filled += lots
	r.Spent += notional
	r.Remaining, r.Updated = remaining, v.run.business
	if whole {
		v.finish(r, Filled, "")
	} else {
		r.Status = PartiallyFilled
	}
}

// ended reports an order that ended otherwise.
func (v *Venue) ended(e *matching.Event, kind EventKind, status Status) {
	r := v.orders.find(e.Order)
	reason := matchingReason(e.Reason)
	if e.Reason == matching.Requested && v.run.reason != "" {
		reason = v.run.reason
	}
	event := v.tell(kind, e)
	event.Reason = reason
	v.run.emit(event)
	if status == Cancelled {
		v.run.ended++
	}
	if e.Reason == matching.QuoteSpent {
		status, reason = Filled, ""
	}
	r.Updated = v.run.business
	v.finish(r, status, reason)
}

// finish ends a record and frees what is still held for it.
func (v *Venue) finish(r *Record, status Status, reason string) {
	r.Status, r.Reason, r.Remaining = status, reason, 0
	v.ledger.Release(r.ID)
	v.orders.end(r, v.ledger.Account(r.Account).Owner == account.Venue)
}

func (v *Venue) replaced(e *matching.Event) {
	r := v.orders.find(e.Order)
	r.Order.Price, r.Remaining, r.Updated = e.Price, e.Remaining, v.run.business
	r.Order.Lots = r.Filled + e.Remaining
	event := v.tell(OrderReplaced, e)
	event.Old, event.KeptPriority, event.Lots = e.Old, e.Reason == matching.KeptPriority, r.Order.Lots
	v.run.emit(event)
}

// woken reports an order that waits no more: its price came, or the order before it filled.
func (v *Venue) woken(e *matching.Event) {
	r := v.orders.find(e.Order)
	r.Updated = v.run.business
	if e.Kind == matching.Triggered {
		r.Status = Working
		event := v.tell(OrderTriggered, e)
		event.Trigger = e.Old
		v.run.emit(event)
		return
	}
	if r.Order.Type < matching.Stop {
		r.Status = Working
	}
	r.Order.Lots, r.Remaining = e.Remaining, e.Remaining
	v.run.emit(v.tell(OrderActivated, e))
}

// decremented takes what self-trade prevention took from both orders.
func (v *Venue) decremented(n int32, e *matching.Event) {
	taker, maker := v.orders.find(e.Order), v.orders.find(e.Maker)
	v.send(Event{
		Kind: OrderDecremented, Instrument: n, Order: taker.ID, Account: taker.Account, ClientID: taker.ClientID, Side: taker.Order.Side,
		Type: taker.Order.Type, Maker: maker.ID, MakerAccount: maker.Account, MakerClient: maker.ClientID, Price: e.Price, Lots: e.Lots,
		Remaining: taker.lots(e.Remaining), MakerRemaining: e.MakerRemaining,
	})
	v.lose(maker, e.Lots, e.MakerRemaining)
	if taker.Order.Quote == 0 {
		v.lose(taker, e.Lots, e.Remaining)
	}
}

// lose holds less for an order that lost lots without a trade. What it traded later in the same command is off its hold already.
func (v *Venue) lose(r *Record, lots, open int64) {
	r.Order.Lots, r.Remaining, r.Updated = r.Filled+open, open, v.run.business
	v.ledger.Lose(r.ID, lots)
}
