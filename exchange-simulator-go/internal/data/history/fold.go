// This file says what each event means to accounts.

package history

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// Apply takes the next event, which happened at the business time, nanoseconds since 1970 UTC. An event that it has had changes
// nothing; those between the last one and this one count as missed.
func (h *History) Apply(sequence uint64, business int64, e *venue.Event) {
	if sequence <= h.sequence {
		return
	}
	h.missed += sequence - h.sequence - 1
	h.sequence = sequence
	switch e.Kind {
	case venue.AccountOpened:
		h.Enrol(e.Account, e.Text)
	case venue.Traded:
		h.traded(business, e)
	case venue.Deposited:
		h.moved(business, e, account.DepositEntry, leg{e.Account, e.Amount})
	case venue.WithdrawalSettled:
		h.moved(business, e, account.WithdrawalEntry, leg{e.Account, -e.Amount})
	case venue.Transferred:
		h.moved(business, e, account.TransferEntry, leg{e.Account, -e.Amount}, leg{e.To, e.Amount})
	}
}

// leg is one side of a movement.
type leg struct {
	account int32
	amount  int64
}

func (h *History) moved(business int64, e *venue.Event, kind account.EntryKind, legs ...leg) {
	for n, one := range legs {
		h.post(one.account, Entry{
			Sequence: h.sequence, Time: business, Amount: one.amount, Movement: e.Text, Asset: e.Asset, Kind: kind, Index: uint8(n),
		})
	}
}

// post keeps an entry of an account that has a history.
func (h *History) post(number int32, entry Entry) {
	if h.keeps(number) {
		h.entries.add(number, entry)
	}
}

// traded keeps a trade as everybody sees it, as each of its two accounts does, and what it moved.
func (h *History) traded(business int64, e *venue.Event) {
	h.publish(business, e)
	if !h.keeps(e.Account) && !h.keeps(e.MakerAccount) {
		return
	}
	buy, sell := sides(h.sequence, business, e)
	for _, fill := range [...]*venue.Fill{&buy, &sell} {
		if h.keeps(fill.Account) {
			h.fills.add(fill.Account, *fill)
		}
	}
	h.settle(&buy, &sell)
}

func (h *History) publish(business int64, e *venue.Event) {
	public := &h.trades[e.Instrument]
	if public.length == TradesOfInstrument {
		public.pop()
	}
	public.push(Trade{
		ID: e.Trade, Sequence: h.sequence, Time: business, Price: e.Price, Lots: e.Lots, Taker: e.Side, Auction: e.Auction,
	})
}

// sides are the two fills of a trade.
func sides(sequence uint64, business int64, e *venue.Event) (buy, sell venue.Fill) {
	taker, maker := venue.FillOf(e, false, business, sequence), venue.FillOf(e, true, business, sequence)
	if taker.Buys {
		return taker, maker
	}
	return maker, taker
}

// settle posts what the ledger posts for a trade, in its order; the part of the venue is left out, but has its place.
func (h *History) settle(buy, sell *venue.Fill) {
	one := &h.listing.Instruments[buy.Instrument]
	base, _ := one.BaseUnits(buy.Lots) // in range, as the ledger has moved them
	notional, _ := one.Notional(buy.Price, buy.Lots)
	for n, posting := range [...]account.Entry{
		{Amount: base, Account: buy.Account, Asset: one.Base, Kind: account.TradeEntry},
		{Amount: -notional, Account: buy.Account, Asset: one.Quote, Kind: account.TradeEntry},
		{Amount: -base, Account: sell.Account, Asset: one.Base, Kind: account.TradeEntry},
		{Amount: notional, Account: sell.Account, Asset: one.Quote, Kind: account.TradeEntry},
		{Amount: -buy.Fee, Account: buy.Account, Asset: buy.FeeAsset, Kind: account.FeeEntry},
		{Account: account.Venue},
		{Amount: -sell.Fee, Account: sell.Account, Asset: sell.FeeAsset, Kind: account.FeeEntry},
	} {
		if posting.Amount != 0 {
			h.post(posting.Account, Entry{
				Sequence: buy.Sequence, Time: buy.Time, Amount: posting.Amount, Trade: buy.Trade,
				Asset: posting.Asset, Kind: posting.Kind, Index: uint8(n),
			})
		}
	}
}
