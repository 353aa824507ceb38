package command

import (
	"context"
	"fmt"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/fleet/internal/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

// VenueCommands are for the venue's operators.
type VenueCommands struct {
	Status VenueStatus `cmd:"" help:"Show what the venue and each pair is doing."`
	Halt   VenueHalt   `cmd:"" help:"Halt a pair: cancels are accepted, orders are not."`
	Resume VenueResume `cmd:"" help:"End a halt with a call auction, or at once."`
	Spread VenueSpread `cmd:"" help:"Multiply the spread that the venue's own makers quote."`
}

// VenueStatus shows the venue.
type VenueStatus struct{ Exchange }

// Run implements kong's command.
func (v *VenueStatus) Run(ctx context.Context, app *kong.Context) error {
	return v.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.venue.GetVenueStatus(ctx, &exchangev1.GetVenueStatusRequest{})
		if err != nil {
			return err
		}
		return v.answer(app, answer, venue.Card(answer))
	})
}

// PairArgument is what an operator acts on.
type PairArgument struct {
	Pair string `arg:"" name:"pair" help:"The pair, e.g. BTC/USD, or all."`
}

// symbol is the pair as the exchange is told it.
func (p PairArgument) symbol() string {
	if p.Pair == "all" {
		return ""
	}
	return p.Pair
}

// VenueHalt halts trading.
type VenueHalt struct {
	Exchange
	PairArgument
	Reason string `name:"reason" required:"" placeholder:"TEXT" help:"Why, for those who ask; up to 200 characters."`
}

// Run implements kong's command.
func (v *VenueHalt) Run(ctx context.Context, app *kong.Context) error {
	return v.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.venue.HaltTrading(ctx, &exchangev1.HaltTradingRequest{Symbol: v.symbol(), Reason: v.Reason})
		if err != nil {
			return err
		}
		return v.answer(app, answer, venue.Table(answer.GetSymbols()))
	})
}

// VenueResume resumes trading.
type VenueResume struct {
	Exchange
	PairArgument
	WithoutAuction bool `name:"without-auction" help:"At once, without a call auction."`
}

// Run implements kong's command.
func (v *VenueResume) Run(ctx context.Context, app *kong.Context) error {
	return v.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.venue.ResumeTrading(ctx, &exchangev1.ResumeTradingRequest{Symbol: v.symbol(), WithoutAuction: v.WithoutAuction})
		if err != nil {
			return err
		}
		return v.answer(app, answer, venue.Table(answer.GetSymbols()))
	})
}

// VenueSpread widens or narrows the quotes of the venue's own makers.
type VenueSpread struct {
	Exchange
	PairArgument
	Multiplier float64 `arg:"" name:"multiplier" help:"0.1 to 100; 1 is the normal spread."`
}

// Validate implements kong's check of the usage.
func (v *VenueSpread) Validate() error {
	if !(v.Multiplier >= 0.1 && v.Multiplier <= 100) {
		return fmt.Errorf("the multiplier is %g: want 0.1 to 100, 1 is the normal spread", v.Multiplier)
	}
	return nil
}

// Run implements kong's command.
func (v *VenueSpread) Run(ctx context.Context, app *kong.Context) error {
	return v.ask(ctx, func(ctx context.Context, exchange services) error {
		answer, err := exchange.venue.SetSpread(ctx, &exchangev1.SetSpreadRequest{Symbol: v.symbol(), Multiplier: v.Multiplier})
		if err != nil {
			return err
		}
		return v.answer(app, answer, venue.Table(answer.GetSymbols()))
	})
}
