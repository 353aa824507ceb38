// This file reads a state back from bytes and trusts none of them.

package account

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/decimal"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
)

// Decode makes a ledger from a snapshot. The listing may have more assets and instruments than that of the snapshot, behind
// those; what the snapshot has must be the same. It fails on bytes that Encode cannot have written, and names the place.
func Decode(from []byte, listing *instrument.Listing, fees Fees) (*Ledger, error) {
	r := reader{bytes: from, ledger: New(listing, fees)}
	r.ledger.accounts, r.ledger.names = nil, map[string]int32{}
	if len(from) == 0 || from[0] != snapshotVersion {
		return nil, fmt.Errorf("decode the snapshot of the ledger: want one of version %d", snapshotVersion)
	}
	r.at = 1
	for _, part := range []func(){r.listing, r.accounts, r.holds, r.movements, r.sums} {
		if part(); r.err != nil {
			return nil, fmt.Errorf("decode the snapshot of the ledger, byte %d of %d: %w", r.at, len(from), r.err)
		}
	}
	return r.ledger, nil
}

// reader reads what writer writes; after an error it reads zeros.
type reader struct {
	bytes       []byte
	at          int
	err         error
	ledger      *Ledger
	assets      int // of the snapshot
	instruments int // of the snapshot
}

var errCutOff = errors.New("it is cut off, or a number in it is out of range")

func (r *reader) want(holds bool, what string, values ...any) {
	if !holds && r.err == nil {
		r.err = fmt.Errorf(what, values...)
	}
}

func (r *reader) number() int64 {
	value, length := binary.Varint(r.bytes[r.at:])
	if r.err != nil || length <= 0 {
		r.want(false, "%w", errCutOff)
		return 0
	}
	r.at += length
	return value
}

func (r *reader) unsigned() uint64 {
	value, length := binary.Uvarint(r.bytes[r.at:])
	if r.err != nil || length <= 0 {
		r.want(false, "%w", errCutOff)
		return 0
	}
	r.at += length
	return value
}

// within reads a number from the least to the most.
func (r *reader) within(least, most int64) int64 {
	value := r.number()
	if value < least || value > most {
		r.want(false, "%d stands where %d to %d are possible", value, least, most)
		return least
	}
	return value
}

// count reads how many things follow, each of at least one byte.
func (r *reader) count() int {
	count := r.unsigned()
	if count > uint64(len(r.bytes)-r.at) {
		r.want(false, "%w", errCutOff)
		return 0
	}
	return int(count)
}

func (r *reader) text() string {
	start := r.count() + r.at
	text := string(r.bytes[r.at:start])
	r.at = start
	return text
}

func (r *reader) flag() bool {
	if r.at == len(r.bytes) || r.bytes[r.at] > 1 {
		r.want(false, "%w", errCutOff)
		return false
	}
	r.at++
	return r.bytes[r.at-1] == 1
}

func (r *reader) wide() decimal.Wide {
	return decimal.Wide{High: r.within(-1<<62, 1<<62), Low: r.unsigned()}
}

func (r *reader) listing() {
	listed := r.ledger.listing
	r.assets = r.count()
	r.want(r.assets <= len(listed.Assets), "it has %d assets, more than the %d that are listed now", r.assets, len(listed.Assets))
	for n := 0; n < r.assets && r.err == nil; n++ {
		before := instrument.Asset{Code: r.text(), Scale: int(r.number())}
		r.want(before == listed.Assets[n], "asset %d is %s with scale %d, in what is listed now %s with scale %d",
			n, before.Code, before.Scale, listed.Assets[n].Code, listed.Assets[n].Scale)
	}
	r.instruments = r.count()
	r.want(r.instruments <= len(listed.Instruments),
		"it has %d instruments, more than the %d that are listed now", r.instruments, len(listed.Instruments))
	for n := 0; n < r.instruments && r.err == nil; n++ {
		one := &listed.Instruments[n]
		symbol, perLot, perTickLot := r.text(), r.number(), r.number()
		r.want(symbol == one.Symbol && perLot == one.BaseUnitsPerLot && perTickLot == one.QuoteUnitsPerTickLot,
			"instrument %d is %s with %d and %d units a lot, in what is listed now %s with %d and %d",
			n, symbol, perLot, perTickLot, one.Symbol, one.BaseUnitsPerLot, one.QuoteUnitsPerTickLot)
		r.ledger.references[n] = r.within(0, math.MaxInt64)
	}
}

func (r *reader) accounts() {
	for left := r.count(); left > 0 && r.err == nil; left-- {
		r.account()
	}
	r.want(len(r.ledger.accounts) > 0 && r.ledger.accounts[Venue].Name == VenueName, "the account %q is not the first", VenueName)
}

func (r *reader) account() {
	number := int32(len(r.ledger.accounts))
	name, owner := r.text(), int32(r.within(0, int64(number)))
	parent, child, below := strings.Cut(name, "/")
	_, taken := r.ledger.names[name]
	fits := isName(parent) && !taken && below == (owner != number) && (!below || isName(child))
	if owner != number {
		fits = fits && r.ledger.accounts[owner].Name == parent
	}
	r.want(fits, "%q is no name of account %d that belongs to %d", name, number, owner)
	r.ledger.add(r.number(), name, owner)
	one := &r.ledger.accounts[number]
	for n := range r.assets {
		one.balances[n].Available = r.within(0, math.MaxInt64)
	}
	for n := range r.instruments {
		one.positions[n] = Position{Lots: r.within(-math.MaxInt64, math.MaxInt64), Cost: r.wide(), Realised: r.wide()}
	}
	limits := &one.limits
	for _, limit := range []*decimal.Number{&limits.MaxQuantity, &limits.MaxNotional, &limits.MaxPosition} {
		*limit = decimal.Number{Units: r.within(0, math.MaxInt64), Scale: int(r.within(0, decimal.MaxScale))}
	}
	limits.PerSecond, limits.CollarBps = uint32(r.within(0, math.MaxUint32)), uint32(r.within(0, math.MaxUint32))
	one.nextOrder, limits.Blocked = r.number(), r.flag()
	if one.volume == nil {
		return
	}
	one.volume.today = r.within(window, math.MaxInt64/day)
	for n := range one.volume.days {
		one.volume.days[n] = r.within(0, math.MaxInt64)
		one.volume.total = saturating(one.volume.total, one.volume.days[n])
	}
}

func (r *reader) holds() {
	peers := map[uint64]uint64{}
	for left := r.count(); left > 0 && r.err == nil; left-- {
		h := hold{order: r.unsigned()}
		peer := r.unsigned()
		h.account, h.instrument = int32(r.within(0, int64(len(r.ledger.accounts)-1))), int32(r.within(0, int64(r.instruments-1)))
		h.feeRate = int32(r.within(0, MaxRate))
		h.perLot, h.lots, h.budget = r.within(0, math.MaxInt64), r.within(0, math.MaxInt64), r.within(0, math.MaxInt64)
		if r.flag() {
			h.side = Sell
		}
		h.budgeted = r.flag()
		_, fits := decimal.Mul(h.perLot, h.lots)
		_, taken := r.ledger.orders[h.order]
		r.want(fits && !taken && h.order != 0 && (h.budgeted || h.lots > 0), "order %d is not one that can be open", h.order)
		if r.err != nil {
			return
		}
		r.ledger.insert(h)
		if partner := r.ledger.orders[peer]; partner != 0 && peers[peer] == h.order {
			first := &r.ledger.holds[partner]
			r.want(first.account == h.account && first.instrument == h.instrument && first.side == h.side && peer != h.order,
				"orders %d and %d are no pair", h.order, peer)
			r.ledger.link(partner, r.ledger.orders[h.order])
			delete(peers, peer)
		} else if peer != 0 {
			peers[h.order] = peer
		}
	}
	r.want(len(peers) == 0, "%d orders are paired with others that are not", len(peers))
}

func (r *reader) movements() {
	for left := r.count(); left > 0 && r.err == nil; left-- {
		last := int64(len(r.ledger.accounts) - 1)
		one := Movement{
			ID: r.text(), Kind: MovementKind(r.within(int64(Deposit), int64(Transfer))), State: MovementState(r.within(int64(Credited), int64(Released))),
			Account: int32(r.within(-1, last)), To: int32(r.within(-1, last)), Asset: int32(r.within(0, int64(r.assets-1))),
			Amount: r.within(0, math.MaxInt64),
		}
		key := movementKey{custodian, one.ID}
		if one.Kind == Transfer && one.Account >= 0 {
			key.owner = r.ledger.accounts[one.Account].Owner
		}
		_, taken := r.ledger.ids[key]
		r.want(!taken && checkID(one.ID) == nil && one.possible(), "movement %q is not one that can have been made", one.ID)
		r.ledger.remember(key, one)
	}
	r.want(r.at == len(r.bytes), "%d bytes follow its end", len(r.bytes)-r.at)
}

// possible tells whether the parts of a movement belong together.
func (m *Movement) possible() bool {
	if m.Account == -1 {
		return m.Kind == Withdrawal && m.State == Released && m.To == -1 && m.Amount == 0
	}
	switch m.Kind {
	case Deposit:
		return m.Amount > 0 && m.To == -1 && (m.State == Credited || m.State == Done)
	case Withdrawal:
		return m.Amount > 0 && m.To == -1 && m.State != Credited
	default:
		return m.Amount > 0 && m.To >= 0 && m.State == Done
	}
}

// sums works out what follows from the rest, and checks that value is conserved.
func (r *reader) sums() {
	l := r.ledger
	for n := range l.movements {
		one := &l.movements[n]
		change := int64(0)
		switch {
		case one.Kind == Deposit:
			change = one.Amount
			if one.State == Credited {
				r.add(&l.inTransit[one.Asset], one.Amount)
			}
		case one.Kind == Withdrawal && one.State == Done:
			change = -one.Amount
		case one.Kind == Withdrawal && one.State == Held:
			r.add(&l.accounts[one.Account].balances[one.Asset].Held, one.Amount)
		}
		r.add(&l.circulating[one.Asset], change)
	}
	for _, slot := range l.orders {
		h := &l.holds[slot]
		amount := h.amount()
		if h.peer != 0 {
			if h.order > l.holds[h.peer].order {
				continue // the other one counts for both
			}
			amount = max(amount, l.holds[h.peer].amount())
		}
		r.add(&l.accounts[h.account].balances[l.pays(h)].Held, amount)
	}
	for asset := range l.circulating {
		total := int64(0)
		for n := range l.accounts {
			r.add(&total, l.accounts[n].balances[asset].Available)
			r.add(&total, l.accounts[n].balances[asset].Held)
		}
		r.want(total == l.circulating[asset], "accounts have %d units of %s, deposits less withdrawals are %d",
			total, l.listing.Assets[asset].Code, l.circulating[asset])
	}
}

func (r *reader) add(to *int64, amount int64) {
	sum, ok := decimal.Add(*to, amount)
	r.want(ok, "a sum is out of range")
	*to = sum
}
