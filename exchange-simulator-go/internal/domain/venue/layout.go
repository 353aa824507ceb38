// This file names the fields of each command. Their order is in journals: new ones go to the end of their type.

package venue

import (
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/liquidity"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
)

// command walks over a command. The types are listed, and not called by the interface, so that nothing escapes to the heap.
func (f *fields) command(c Command) {
	switch c := c.(type) {
	case *Place:
		f.place(c)
	case *Cancel:
		f.target(&c.Target)
	case *Replace:
		f.target(&c.Target)
		f.text(&c.RequestID)
		f.int(&c.Lots)
		f.int(&c.Price)
	case *CancelAll:
		f.row()
		f.text(&c.Account)
		f.small(&c.Instrument)
	case *Disconnect:
		f.row()
		f.uint(&c.Session)
	case *SetReferences:
		f.quotes(&c.Quotes)
	case *Configure:
		f.configure(c)
	default:
		f.funding(c)
	}
}

// funding walks over the commands of accounts and money.
func (f *fields) funding(c Command) {
	switch c := c.(type) {
	case *Open:
		f.row()
		f.text(&c.Account)
		for n := range listOf(f, &c.Fund) {
			f.row()
			f.amount(&c.Fund[n])
		}
	case *Transfer:
		f.row()
		f.text(&c.ID)
		f.text(&c.From)
		f.text(&c.To)
		f.amount(&c.Amount)
	case *SetLimits:
		f.row()
		f.text(&c.Account)
		f.limits(&c.Limits)
	case *Credit:
		f.row()
		f.text(&c.ID)
		f.text(&c.Account)
		f.amount(&c.Amount)
		f.flag(&c.InTransit)
	case *HoldWithdrawal:
		f.row()
		f.text(&c.ID)
		f.text(&c.Account)
		f.amount(&c.Amount)
	case *SettleWithdrawal:
		f.row()
		f.text(&c.ID)
	case *ReleaseWithdrawal:
		f.row()
		f.text(&c.ID)
	default:
		f.operation(c)
	}
}

// operation walks over the commands of an operator.
func (f *fields) operation(c Command) {
	switch c := c.(type) {
	case *Halt:
		f.row()
		f.small(&c.Instrument)
		f.text(&c.Reason)
	case *Resume:
		f.row()
		f.small(&c.Instrument)
		f.flag(&c.WithoutAuction)
	case *SetSpread:
		f.row()
		f.small(&c.Instrument)
		f.float(&c.Multiplier)
	case *InjectFault:
		f.fault(&c.Fault)
	case *ClearFaults:
		for n := range listOf(f, &c.IDs) {
			f.row()
			f.text(&c.IDs[n])
		}
	}
}

func (f *fields) place(c *Place) {
	f.row()
	f.text(&c.Account)
	f.text(&c.ClientID)
	f.small(&c.Instrument)
	f.uint(&c.Session)
	for _, other := range [...]**Order{&c.Other, &c.TakeProfit, &c.StopLoss} {
		if f.next(*other != nil) && f.reading {
			*other = &Order{}
		}
	}
	f.order(&c.Order)
	for _, other := range [...]*Order{c.Other, c.TakeProfit, c.StopLoss} {
		if other != nil {
			f.order(other)
		}
	}
}

func (f *fields) order(o *Order) {
	f.row()
	octet(f, &o.Side)
	f.int(&o.Price)
	f.int(&o.Lots)
	octet(f, &o.Type)
	octet(f, &o.Force)
	octet(f, &o.SelfTrade)
	f.flag(&o.PostOnly)
	octet(f, &o.TriggerBy)

	f.row()
	f.int(&o.Quote)
	f.int(&o.Display)
	f.int(&o.Trigger)
	f.int(&o.Trail)
	f.int(&o.Expiry)
	f.int(&o.MaxQuote)
}

func (f *fields) target(t *Target) {
	f.row()
	f.text(&t.Account)
	f.uint(&t.Order)
	f.text(&t.ClientID)
}

func (f *fields) amount(a *Amount) {
	f.small(&a.Asset)
	f.int(&a.Units)
}

func (f *fields) limits(l *account.Limits) {
	f.row()
	f.number(&l.MaxQuantity)
	f.number(&l.MaxNotional)
	f.number(&l.MaxPosition)

	f.row()
	f.natural(&l.PerSecond)
	f.natural(&l.CollarBps)
	f.flag(&l.Blocked)
}

func (f *fields) quotes(quotes *[]Quote) {
	for n := range listOf(f, quotes) {
		one := &(*quotes)[n]
		f.row()
		f.small(&one.Instrument)
		f.float(&one.Price)
		f.flag(&one.Stale)
	}
}

func (f *fields) fault(one *Fault) {
	f.row()
	f.text(&one.ID)
	octet(f, &one.Kind)
	f.small(&one.Instrument)
	f.float(&one.Share)
	f.text(&one.Reason)
	f.int(&one.Delay)
	f.int(&one.Jitter)
	f.int(&one.From)

	f.row()
	f.int(&one.Until)
	f.uint(&one.Hits)
}

func (f *fields) configure(c *Configure) {
	f.row()
	f.int(&c.Opening)
	f.int(&c.Resumption)
	f.int(&c.Cooling)
	f.uint(&c.Seed)
	f.fees(&c.Fees)
	for n := range listOf(f, &c.Assets) {
		f.row()
		f.text(&c.Assets[n].Code)
		f.whole(&c.Assets[n].Scale)
	}
	for n := range listOf(f, &c.Instruments) {
		f.instrument(&c.Instruments[n])
	}
	for n := range listOf(f, &c.Rules) {
		f.rules(&c.Rules[n])
	}
	for n := range listOf(f, &c.Liquidity) {
		f.parameters(&c.Liquidity[n])
	}
}

func (f *fields) fees(fees *account.Fees) {
	f.small(&fees.VolumeAsset)
	f.flag(&fees.InQuote)
	for n := range listOf(f, &fees.Tiers) {
		tier := &fees.Tiers[n]
		f.row()
		f.int(&tier.Volume)
		f.small(&tier.Maker)
		f.small(&tier.Taker)
	}
}

func (f *fields) instrument(one *instrument.Instrument) {
	f.row()
	f.text(&one.Symbol)
	f.small(&one.Base)
	f.small(&one.Quote)
	f.number(&one.Tick)
	f.number(&one.Lot)
	f.int(&one.MinLots)

	f.row()
	f.int(&one.MaxLots)
	f.int(&one.MinNotional)
	f.small(&one.MaxOpenOrders)
	f.number(&one.PriceUp)
	f.number(&one.PriceDown)
	f.int(&one.BaseUnitsPerLot)

	f.row()
	f.int(&one.QuoteUnitsPerTickLot)
}

func (f *fields) rules(r *matching.Rules) {
	f.row()
	f.int(&r.StaticBand)
	f.int(&r.DynamicBand)
	f.flag(&r.PauseOnBand)
	f.whole(&r.MaxTriggers)
}

func (f *fields) parameters(p *liquidity.Parameters) {
	f.row()
	f.whole(&p.Makers)
	f.whole(&p.Levels)
	f.float(&p.SpreadBps)
	f.float(&p.Depth)
	f.float(&p.Inventory)
	f.float(&p.Volatility)
	f.whole(&p.Takers)
	f.float(&p.TakesPerSecond)
}
