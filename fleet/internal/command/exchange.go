package command

// What the commands of the exchange have in common: whom they ask, for which account, and how lists and answers are printed.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/fleet/internal/refusal"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

const largestPage = 1000 // of the lists of the exchange

// Exchange finds the exchange, and says how its answers are printed.
type Exchange struct {
	Search
	JSON bool `name:"json" help:"Print the answer as one JSON object."`
}

// services are the services of the exchange.
type services struct {
	orders   exchangev1.TradingServiceClient
	accounts exchangev1.AccountServiceClient
	market   exchangev1.MarketServiceClient
	venue    exchangev1.VenueServiceClient
}

func servicesOver(channel grpc.ClientConnInterface) services {
	return services{
		exchangev1.NewTradingServiceClient(channel), exchangev1.NewAccountServiceClient(channel),
		exchangev1.NewMarketServiceClient(channel), exchangev1.NewVenueServiceClient(channel),
	}
}

// ask asks the exchange.
func (e Exchange) ask(ctx context.Context, call func(context.Context, services) error) error {
	return refusal.Error(e.askAny(ctx, "exchange", func(ctx context.Context, channel grpc.ClientConnInterface) error {
		return call(ctx, servicesOver(channel))
	}))
}

// answer prints what the exchange has answered: the message itself for scripts, text for people.
func (e Exchange) answer(app *kong.Context, message proto.Message, text ...string) error {
	if e.JSON {
		return printMessage(app, message)
	}
	_, err := fmt.Fprint(app.Stdout, strings.Join(text, "\n"))
	return err
}

// printMessage prints a message in its canonical JSON form, with the names of the contract and fields that are empty.
func printMessage(app *kong.Context, message proto.Message) error {
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(message)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return printJSON(app.Stdout, json.RawMessage(text))
}

// AccountFlag is the account that a command acts for. None is guessed.
type AccountFlag struct {
	Account string `name:"account" env:"FLEET_ACCOUNT" placeholder:"NAME" help:"The account that acts."`
}

// Validate implements kong's check of the usage.
func (a AccountFlag) Validate() error {
	if a.Account == "" {
		return errors.New("no account: name one with --account NAME or in FLEET_ACCOUNT; `fleet account create NAME` opens one")
	}
	return nil
}

// AccountArgument is the account that a command shows. None is guessed.
type AccountArgument struct {
	Account string `arg:"" optional:"" name:"account" env:"FLEET_ACCOUNT" help:"The account, e.g. alice or alice/bot."`
}

// Validate implements kong's check of the usage.
func (a AccountArgument) Validate() error {
	if a.Account == "" {
		return errors.New("no account: name one, or set FLEET_ACCOUNT; `fleet account create NAME` opens one")
	}
	return nil
}

// ListFlags say how long a list may be.
type ListFlags struct {
	Limit int `name:"limit" default:"100" placeholder:"N" help:"Most rows to show, newest first; 0 shows all."`
}

// checkLimit is the check of the usage.
func (l ListFlags) checkLimit() error {
	if l.Limit < 0 {
		return fmt.Errorf("--limit is %d: want 0 or more", l.Limit)
	}
	return nil
}

// collect asks for pages until there are limit rows, or all of them.
func (l ListFlags) collect(page func(size int32, token string) (rows int, next string, err error)) error {
	token := ""
	for seen := 0; l.Limit == 0 || seen < l.Limit; {
		size := largestPage
		if l.Limit > 0 {
			size = min(size, l.Limit-seen)
		}
		rows, next, err := page(int32(size), token)
		if err != nil || next == "" {
			return err
		}
		seen, token = seen+rows, next
	}
	return nil
}
