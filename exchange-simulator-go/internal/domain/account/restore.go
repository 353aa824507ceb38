// This file reads a state back from bytes and trusts none of them.

package account

import (
	"fmt"
	"math"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/journal/snapshot"
)

// Decode makes a ledger from a snapshot. The listing may have more assets and instruments than that of the snapshot, behind
// those; what the snapshot has must be the same. It fails on bytes that Encode cannot have written, and names the place.
func Decode(from []byte, listing *instrument.Listing, fees Fees) (*Ledger, error) {
	r := reader{Reader: snapshot.NewReader(from), ledger: New(listing, fees)}
	r.ledger.accounts, r.ledger.names = nil, map[string]int32{}
	r.Want(r.Octet() == snapshotVersion, "want one of version %d", snapshotVersion)
	for _, part := range []func(){r.listing, r.accounts, r.holds, r.movements, r.sums} {
		if r.Failed() {
			break
		}
		part()
	}
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("decode the snapshot of the ledger, %w", err)
	}
	return r.ledger, nil
}

// reader reads what writer writes.
type reader struct {
	snapshot.Reader
	ledger      *Ledger
	assets      int // of the snapshot
	instruments int // of the snapshot
}

func (r *reader) wide() decimal.Wide {
	return decimal.Wide{High: r.Within(-1<<62, 1<<62), Low: r.Uint()}
}

func (r *reader) listing() {
	listed := r.ledger.listing
	r.assets = r.Count()
	r.Want(r.assets <= len(listed.Assets), "it has %d assets, more than the %d that are listed now", r.assets, len(listed.Assets))
	for n := 0; n < r.assets && !r.Failed(); n++ {
		before := instrument.Asset{Code: r.Text(), Scale: int(r.Int())}
		r.Want(before == listed.Assets[n], "asset %d is %s with scale %d, in what is listed now %s with scale %d",
			n, before.Code, before.Scale, listed.Assets[n].Code, listed.Assets[n].Scale)
	}
	r.instruments = r.Count()
	r.Want(r.instruments <= len(listed.Instruments),
		"it has %d instruments, more than the %d that are listed now", r.instruments, len(listed.Instruments))
	for n := 0; n < r.instruments && !r.Failed(); n++ {
		one := &listed.Instruments[n]
		symbol, perLot, perTickLot := r.Text(), r.Int(), r.Int()
		r.Want(symbol == one.Symbol && perLot == one.BaseUnitsPerLot && perTickLot == one.QuoteUnitsPerTickLot,
			"instrument %d is %s with %d and %d units a lot, in what is listed now %s with %d and %d",
			n, symbol, perLot, perTickLot, one.Symbol, one.BaseUnitsPerLot, one.QuoteUnitsPerTickLot)
		r.ledger.references[n] = r.Within(0, math.MaxInt64)
	}
}

func (r *reader) accounts() {
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		r.account()
	}
	r.Want(len(r.ledger.accounts) > 0 && r.ledger.accounts[Venue].Name == VenueName, "the account %q is not the first", VenueName)
}

func (r *reader) account() {
	number := int32(len(r.ledger.accounts))
	name, owner := r.Text(), int32(r.Within(0, int64(number)))
	parent, child, below := strings.Cut(name, "/")
	_, taken := r.ledger.names[name]
	fits := isName(parent) && !taken && below == (owner != number) && (!below || isName(child))
	if owner != number {
		fits = fits && r.ledger.accounts[owner].Name == parent
	}
	r.Want(fits, "%q is no name of account %d that belongs to %d", name, number, owner)
	r.ledger.add(r.Int(), name, owner)
	one := &r.ledger.accounts[number]
	for n := range r.assets {
		one.balances[n].Available = r.Within(0, math.MaxInt64)
	}
	for n := range r.instruments {
		one.positions[n] = Position{Lots: r.Within(-math.MaxInt64, math.MaxInt64), Cost: r.wide(), Realised: r.wide()}
	}
	limits := &one.limits
	for _, limit := range []*decimal.Number{&limits.MaxQuantity, &limits.MaxNotional, &limits.MaxPosition} {
		*limit = decimal.Number{Units: r.Within(0, math.MaxInt64), Scale: int(r.Within(0, decimal.MaxScale))}
	}
	limits.PerSecond, limits.CollarBps = uint32(r.Within(0, math.MaxUint32)), uint32(r.Within(0, math.MaxUint32))
	one.nextOrder, limits.Blocked = r.Int(), r.Flag()
	if one.volume == nil {
		return
	}
	one.volume.today = r.Within(window, math.MaxInt64/day)
	for n := range one.volume.days {
		one.volume.days[n] = r.Within(0, math.MaxInt64)
		one.volume.total = saturating(one.volume.total, one.volume.days[n])
	}
}

func (r *reader) holds() {
	peers := map[uint64]uint64{}
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		h := hold{order: r.Uint()}
		peer := r.Uint()
		h.account, h.instrument = int32(r.Within(0, int64(len(r.ledger.accounts)-1))), int32(r.Within(0, int64(r.instruments-1)))
		h.feeRate = int32(r.Within(0, MaxRate))
		h.perLot, h.lots, h.budget = r.Within(0, math.MaxInt64), r.Within(0, math.MaxInt64), r.Within(0, math.MaxInt64)
		if r.Flag() {
			h.side = Sell
		}
		h.budgeted = r.Flag()
		_, fits := decimal.Mul(h.perLot, h.lots)
		taken := r.ledger.orders.Find(h.order) != 0
		r.Want(fits && !taken && h.order != 0 && (h.budgeted || h.lots > 0), "order %d is not one that can be open", h.order)
		if r.Failed() {
			return
		}
		r.ledger.insert(h)
		if partner := r.ledger.orders.Find(peer); partner != 0 && peers[peer] == h.order {
			first := &r.ledger.holds[partner]
			r.Want(first.account == h.account && first.instrument == h.instrument && first.side == h.side && peer != h.order,
				"orders %d and %d are no pair", h.order, peer)
			r.ledger.link(partner, r.ledger.orders.Find(h.order))
			delete(peers, peer)
		} else if peer != 0 {
			peers[h.order] = peer
		}
	}
	r.Want(len(peers) == 0, "%d orders are paired with others that are not", len(peers))
}

func (r *reader) movements() {
	for left := r.Count(); left > 0 && !r.Failed(); left-- {
		last := int64(len(r.ledger.accounts) - 1)
		one := Movement{
			ID: r.Text(), Kind: MovementKind(r.Within(int64(Deposit), int64(Transfer))), State: MovementState(r.Within(int64(Credited), int64(Released))),
			Account: int32(r.Within(-1, last)), To: int32(r.Within(-1, last)), Asset: int32(r.Within(0, int64(r.assets-1))),
			Amount: r.Within(0, math.MaxInt64),
		}
		key := movementKey{custodian, one.ID}
		if one.Kind == Transfer && one.Account >= 0 {
			key.owner = r.ledger.accounts[one.Account].Owner
		}
		_, taken := r.ledger.ids[key]
		r.Want(!taken && checkID(one.ID) == nil && one.possible(), "movement %q is not one that can have been made", one.ID)
		r.ledger.remember(key, one)
	}
	r.End()
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
				r.add(&l.accounts[one.Account].inTransit[one.Asset], one.Amount)
			}
		case one.Kind == Withdrawal && one.State == Done:
			change = -one.Amount
		case one.Kind == Withdrawal && one.State == Held:
			r.add(&l.accounts[one.Account].balances[one.Asset].Held, one.Amount)
		}
		r.add(&l.circulating[one.Asset], change)
	}
	for _, slot := range l.orders.All() {
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
		r.Want(total == l.circulating[asset], "accounts have %d units of %s, deposits less withdrawals are %d",
			total, l.listing.Assets[asset].Code, l.circulating[asset])
	}
}

func (r *reader) add(to *int64, amount int64) {
	sum, ok := decimal.Add(*to, amount)
	r.Want(ok, "a sum is out of range")
	*to = sum
}
