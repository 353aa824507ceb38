package grpcapi

// Accounts as callers see them: copied between two groups of commands, written afterwards.

import (
	"context"
	"math"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// holder is an account with all that there is to say about it.
type holder struct {
	name, owner  string
	opened       int64
	balances     []account.Balance // by asset
	positions    []position
	limits       account.Limits
	maker, taker int32 // rates, 10^-8
	orders       int32
}

// position is what trading in an instrument has come to, at its reference price in ticks, 0 when there is none.
type position struct {
	account.Position
	instrument int32
	reference  float64
}

// account reads an account and writes it. NOT_FOUND (UNKNOWN_ACCOUNT).
func (s *AccountServer) account(ctx context.Context, name string) (*exchangev1.Account, error) {
	_, now := s.Clock()
	var found holder
	err := s.look(ctx, name, func(v *venue.Venue, number int32) { found = holderOf(v, number, now.UnixNano()) })
	if err != nil {
		return nil, err
	}
	return s.writeHolder(&found), nil
}

// balances reads what an account has, by asset. NOT_FOUND (UNKNOWN_ACCOUNT).
func (s *AccountServer) balances(ctx context.Context, name string) (balances []account.Balance, err error) {
	err = s.look(ctx, name, func(v *venue.Venue, number int32) { balances = balancesOf(v.Ledger(), number) })
	return balances, err
}

// look shows an account by its number, as read does. NOT_FOUND (UNKNOWN_ACCOUNT).
func (s *AccountServer) look(ctx context.Context, name string, view func(v *venue.Venue, number int32)) error {
	var unknown error
	ended := s.read(ctx, func(v *venue.Venue) {
		number, err := v.Ledger().Find(name)
		if err != nil {
			unknown = errs.New(errs.NotFound, account.UnknownAccount.String(), "%w", err).With("field", "account").With("value", shown(name))
			return
		}
		view(v, number)
	})
	if ended != nil {
		return ended
	}
	return unknown
}

func holderOf(v *venue.Venue, number int32, now int64) holder {
	ledger := v.Ledger()
	who := ledger.Account(number)
	h := holder{
		name: who.Name, owner: ledger.Account(who.Owner).Name, opened: ledger.Opened(number), balances: balancesOf(ledger, number),
		limits: ledger.Limits(number), orders: ledger.OpenOrders(number),
	}
	h.maker, h.taker = ledger.Rates(now, number)
	for n := range v.Listing().Instruments {
		one := position{Position: ledger.Position(number, int32(n)), instrument: int32(n), reference: v.State(int32(n)).Reference}
		if one.Lots != 0 || !one.Realised.IsZero() {
			h.positions = append(h.positions, one)
		}
	}
	return h
}

func balancesOf(ledger *account.Ledger, number int32) []account.Balance {
	balances := make([]account.Balance, len(ledger.Listing().Assets))
	for asset := range balances {
		balances[asset] = ledger.Balance(number, int32(asset))
	}
	return balances
}

func (d *Desk) writeHolder(h *holder) *exchangev1.Account {
	written := &exchangev1.Account{
		Account: h.name, Owner: h.owner, Balances: d.writeBalances(h.balances), Limits: writeLimits(&h.limits),
		MakerFeeBps: bps(h.maker), TakerFeeBps: bps(h.taker), CreatedTime: timestamp(h.opened), OpenOrders: uint32(h.orders),
	}
	for n := range h.positions {
		written.Positions = append(written.Positions, d.writePosition(&h.positions[n]))
	}
	return written
}

// writeBalances leaves out what is nothing.
func (d *Desk) writeBalances(balances []account.Balance) (written []*exchangev1.Balance) {
	for asset, one := range balances {
		if one != (account.Balance{}) {
			written = append(written, d.writeBalance(int32(asset), one))
		}
	}
	return written
}

func (d *Desk) writeBalance(asset int32, of account.Balance) *exchangev1.Balance {
	one := &d.Listing.Assets[asset]
	return &exchangev1.Balance{Asset: one.Code, Available: one.Format(of.Available), Held: one.Format(of.Held)}
}

func (d *Desk) writePosition(p *position) *exchangev1.Position {
	one := &d.Listing.Instruments[p.instrument]
	quote := &d.Listing.Assets[one.Quote]
	written := &exchangev1.Position{
		Symbol: one.Symbol, Quantity: one.FormatQuantity(p.Lots), AveragePrice: inQuote(p.Average(one), one),
		RealisedProfit: inAsset(p.Realised, quote),
	}
	if p.reference > 0 {
		written.UnrealisedProfit = inAsset(p.Unrealised(one, int64(math.Round(p.reference))), quote)
	}
	return written
}

// inQuote turns a price in ticks into quote units per base unit.
func inQuote(ticks float64, one *instrument.Instrument) float64 {
	return ticks * float64(one.Tick.Units) / float64(decimal.Pow10(one.Tick.Scale))
}

// inAsset turns units of an asset into a double.
func inAsset(units decimal.Wide, asset *instrument.Asset) float64 {
	return units.Float64() / float64(decimal.Pow10(asset.Scale))
}

// bps turns a rate into basis points.
func bps(rate int32) float64 { return float64(rate) * basisPoints / account.RateOne }

// writeLimits is the inverse of readLimits.
func writeLimits(limits *account.Limits) *exchangev1.Limits {
	text := func(limit decimal.Number) string {
		if limit.Units == 0 {
			return ""
		}
		return limit.String()
	}
	return &exchangev1.Limits{
		MaxOrderQuantity: text(limits.MaxQuantity), MaxOrderNotional: text(limits.MaxNotional), MaxPosition: text(limits.MaxPosition),
		MaxOrdersPerSecond: limits.PerSecond, PriceCollarBps: limits.CollarBps, Blocked: limits.Blocked,
	}
}
