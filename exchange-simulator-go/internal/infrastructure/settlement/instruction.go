package settlement

// What an event is to the custodian: names instead of numbers, decimals instead of units.

import (
	"context"
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

// instruction returns what is to be booked of an event, nil for nothing. The same event gives the same instruction for ever.
// Deposits that are not in transit come from the custodian itself.
func (e *Exporter) instruction(ctx context.Context, recorded *journal.Event) (*custodianv1.Instruction, error) {
	if !isBooked(recorded.Payload) {
		return nil, nil //nolint:nilnil // nothing is to be booked
	}
	var event venue.Event
	if err := venue.DecodeEvent(recorded.Payload, &event); err != nil {
		return nil, err
	}
	if event.Kind == venue.Deposited && event.Reason != venue.InTransit {
		return nil, nil //nolint:nilnil // nothing is to be booked
	}
	if err := e.book.know(ctx, &event); err != nil {
		return nil, err
	}
	made := &custodianv1.Instruction{
		Sequence: recorded.Sequence, Time: timestamppb.New(recorded.Business), RecordedTime: timestamppb.New(recorded.Wall),
	}
	if event.Kind == venue.Deposited {
		made.InstructionId = e.options.Name + "/deposit/" + event.Text
		made.Content = &custodianv1.Instruction_Deposit{Deposit: e.book.deposit(&event)}
		return made, nil
	}
	trade, err := e.book.trade(&event)
	made.InstructionId = fmt.Sprintf("%s/trade/%d", e.options.Name, event.Trade)
	made.Content = &custodianv1.Instruction_Trade{Trade: trade}
	return made, err
}

// register knows accounts and assets by their numbers. Those of the venue are never removed or renamed, so that only new ones have
// to be read, when they are first met.
type register struct {
	machine Machine
	venue   Venue
	listing *instrument.Listing
	names   []string // of accounts
}

// accountsAtOnce bounds how many accounts are read while commands wait.
const accountsAtOnce = 4096

// know reads of the venue what an event needs.
func (r *register) know(ctx context.Context, event *venue.Event) error {
	for !r.knows(event) {
		before := len(r.names)
		if err := r.machine.Read(ctx, r.read); err != nil {
			return err
		}
		if len(r.names) == before && !r.knows(event) {
			return fmt.Errorf("it names accounts %d and %d, instrument %d and asset %d, not all of which the venue has: the event log is not that of its state",
				event.Account, event.MakerAccount, event.Instrument, event.Asset)
		}
	}
	return nil
}

func (r *register) knows(event *venue.Event) bool {
	return r.listing != nil && int(event.Instrument) < len(r.listing.Instruments) && int(event.Asset) < len(r.listing.Assets) &&
		int(max(event.Account, event.MakerAccount)) < len(r.names)
}

// read copies what was added, within Machine.Read.
func (r *register) read() {
	r.listing = r.venue.Listing()
	ledger, known := r.venue.Ledger(), int32(len(r.names))
	for n := known; n < min(ledger.Accounts(), known+accountsAtOnce); n++ {
		r.names = append(r.names, ledger.Account(n).Name)
	}
}

func (r *register) deposit(event *venue.Event) *custodianv1.DepositInTransit {
	name := r.names[event.Account]
	return &custodianv1.DepositInTransit{
		MovementId: event.Text, Participant: participant(name), Account: name,
		Asset: r.listing.Assets[event.Asset].Code, Amount: r.listing.Assets[event.Asset].Format(event.Amount),
	}
}

func (r *register) trade(event *venue.Event) (*custodianv1.Trade, error) {
	one := &r.listing.Instruments[event.Instrument]
	base, fits := one.BaseUnits(event.Lots)
	notional, valued := one.Notional(event.Price, event.Lots)
	if !fits || !valued {
		return nil, fmt.Errorf("trade %d: %d lots at %d ticks are out of range", event.Trade, event.Lots, event.Price)
	}
	buyer, seller := r.side(event, false), r.side(event, true)
	if event.Side == book.Sell {
		buyer, seller = seller, buyer
	}
	return &custodianv1.Trade{
		TradeId: event.Trade, Symbol: one.Symbol, Price: one.FormatPrice(event.Price),
		BaseAsset: r.listing.Assets[one.Base].Code, BaseQuantity: r.listing.Assets[one.Base].Format(base),
		QuoteAsset: r.listing.Assets[one.Quote].Code, QuoteAmount: r.listing.Assets[one.Quote].Format(notional),
		Buyer: buyer, Seller: seller, FeeParticipant: account.VenueName,
	}, nil
}

// side is that of the order, or of the one that it traded with.
func (r *register) side(event *venue.Event, other bool) *custodianv1.TradeSide {
	fill := venue.FillOf(event, other, 0, 0)
	name, asset, role := r.names[fill.Account], &r.listing.Assets[fill.FeeAsset], custodianv1.TradeRole_TRADE_ROLE_TAKER
	if fill.Maker {
		role = custodianv1.TradeRole_TRADE_ROLE_MAKER
	}
	return &custodianv1.TradeSide{
		Participant: participant(name), Account: name, OrderId: fill.Order, Role: role, Fee: asset.Format(fill.Fee), FeeAsset: asset.Code,
	}
}

// participant is the account at the top: "alice" of "alice/bot".
func participant(name string) string {
	top, _, _ := strings.Cut(name, "/")
	return top
}
