// This file holds what a trade costs: rates by how much an owner traded in the last thirty days.

package account

import (
	"errors"
	"fmt"

	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// RateOne is the whole in the unit of rates: a rate of 1 is 10^-8, one basis point 10,000.
const RateOne = 100_000_000

// MaxRate is the highest rate, a tenth.
const MaxRate = RateOne / 10

// Tier is what is paid from a volume on.
type Tier struct {
	Volume int64 // of the owner's accounts in 30 days, units of the volume asset
	Maker  int32 // in 10^-8 of the trade; negative is a rebate
	Taker  int32 // in 10^-8 of the trade
}

// Fees are the rates of the venue. A fee is rounded up, in the venue's favour, a rebate down. It is taken from what the
// trade gives: base from the buyer, quote from the seller; with InQuote from both in quote, which a buyer has held.
// A rebate comes out of the fee of the other side, so it needs InQuote and no tier may pay more than every tier takes.
type Fees struct {
	VolumeAsset int32
	InQuote     bool
	Tiers       []Tier // by volume, the first from 0 on
}

// Check says what does not fit together. An error names the tier as the document of fees does.
func (f *Fees) Check() error {
	if len(f.Tiers) == 0 || f.Tiers[0].Volume != 0 {
		return errors.New("tiers: want at least one, the first with volume 0")
	}
	lowestTaker := int32(MaxRate)
	for n, tier := range f.Tiers {
		if n > 0 && tier.Volume <= f.Tiers[n-1].Volume {
			return fmt.Errorf("tiers[%d].volume is not above that of the tier before: want tiers in the order of their volume", n)
		}
		if tier.Taker < 0 || tier.Taker > MaxRate || tier.Maker < -MaxRate || tier.Maker > MaxRate {
			return fmt.Errorf("tiers[%d]: want rates up to 1000 basis points, and none below 0 for takers", n)
		}
		lowestTaker = min(lowestTaker, tier.Taker)
	}
	for n, tier := range f.Tiers {
		if tier.Maker < 0 && !f.InQuote {
			return fmt.Errorf("tiers[%d].maker_bps is negative: a rebate comes out of the taker's fee, so both must be in one asset; "+
				"want taken_in quote, or no rebate", n)
		}
		if -tier.Maker > lowestTaker {
			return fmt.Errorf("tiers[%d].maker_bps: want no rebate above the lowest taker_bps, which pays for it", n)
		}
	}
	return nil
}

// highest is the highest rate of all.
func (f *Fees) highest() int32 {
	highest := int32(0)
	for _, tier := range f.Tiers {
		highest = max(highest, tier.Maker, tier.Taker)
	}
	return highest
}

// tier returns the rates for a volume.
func (f *Fees) tier(volume int64) *Tier {
	at := len(f.Tiers) - 1
	for at > 0 && f.Tiers[at].Volume > volume {
		at--
	}
	return &f.Tiers[at]
}

// SetFees changes the rates from the next trade on; they must pass Check. Orders that were held for under lower rates in
// quote never pay more than was held.
func (l *Ledger) SetFees(fees Fees) {
	l.fees, l.routes = fees, l.routes[:0]
	for n := range l.listing.Instruments {
		l.routes = append(l.routes, l.routeOf(n))
	}
}

// Fees returns the rates.
func (l *Ledger) Fees() Fees { return l.fees }

// Rates returns what an account pays as maker and as taker at the time, in 10^-8; it must exist.
func (l *Ledger) Rates(now int64, number int32) (maker, taker int32) {
	tier := l.fees.tier(l.Volume(now, number))
	return tier.Maker, tier.Taker
}

// Volume returns what the owner of an account traded in the 30 days up to the time, today included, in units of the volume
// asset; the account must exist.
func (l *Ledger) Volume(now int64, number int32) int64 {
	return l.accounts[l.accounts[number].Owner].volume.on(now / day)
}

const (
	day    = 86_400_000_000_000 // nanoseconds
	window = 30                 // days
)

// volume is what an owner traded in the last days, one bucket for each day of UTC.
type volume struct {
	days  [window]int64 // by day modulo window
	today int64
	total int64
}

// on returns what was traded in the window that ends on a day.
func (v *volume) on(today int64) int64 {
	if today <= v.today {
		return v.total
	}
	total := int64(0)
	for kept := today - window + 1; kept <= v.today; kept++ {
		total = saturating(total, v.days[kept%window])
	}
	return total
}

// advance forgets the days that left the window.
func (v *volume) advance(today int64) {
	if today <= v.today {
		return
	}
	v.total = v.on(today)
	for gone := max(v.today+1, today-window+1); gone <= today; gone++ {
		v.days[gone%window] = 0
	}
	v.today = today
}

func (v *volume) add(traded int64) {
	bucket := &v.days[v.today%window]
	*bucket, v.total = saturating(*bucket, traded), saturating(v.total, traded)
}

// route is how a trade in an instrument counts as volume: its notional when it is quoted in the volume asset, its base
// when that is the volume asset, else its notional at the reference price of the instrument that is via, or nothing.
type route struct {
	quote, base bool
	via         int32 // -1 is none
}

func (l *Ledger) routeOf(n int) route {
	one := &l.listing.Instruments[n]
	r := route{quote: one.Quote == l.fees.VolumeAsset, base: one.Base == l.fees.VolumeAsset, via: -1}
	for other := range l.listing.Instruments {
		through := &l.listing.Instruments[other]
		if through.Base == one.Quote && through.Quote == l.fees.VolumeAsset {
			r.via = int32(other)
			break
		}
	}
	return r
}

// countVolume adds a trade to the volume of both owners.
func (l *Ledger) countVolume(now int64, t *Trade, s *Settlement, accounts [2]int32) {
	traded := int64(0)
	switch r := &l.routes[t.Instrument]; {
	case r.quote:
		traded = s.Notional
	case r.base:
		traded = s.Base
	case r.via >= 0:
		through := &l.listing.Instruments[r.via]
		price, ok := decimal.Mul(l.references[r.via], through.QuoteUnitsPerTickLot)
		traded = orMost(decimal.MulDivDown(s.Notional, orMost(price, ok), through.BaseUnitsPerLot))
	}
	for _, number := range accounts {
		v := l.accounts[l.accounts[number].Owner].volume
		v.advance(now / day)
		v.add(traded)
	}
}
