package exchangesim

import (
	"context"
	"io"
	"io/fs"

	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// Machine is the bare state machine of the exchange behind its journal, one thing at a time: it has no goroutine, no network and no
// clock, so that a simulation of a whole fleet can schedule it, crash its disk and open it again, and get the same events each time.
// Do carries out commands, at times that the caller brings; Events, Snapshot, Hash and Close are those of the journal.
type Machine struct {
	*journal.Journal[Command, *Event, Answer]
	state *records.State
}

// NewMachine opens the journal in a directory, e.g. one of package memdisk, and replays what is in it. An empty one waits for Configure
// as its first command (see Configuration). Errors are those of journal.Load.
func NewMachine(directory journal.Directory) (*Machine, error) {
	state := records.NewState()
	loaded, err := journal.Load(records.Options{
		Directory: directory, State: state, Codec: records.Codec{}, Version: records.Version, Consumers: consumers,
	})
	if err != nil {
		return nil, err
	}
	return &Machine{loaded, state}, nil
}

// Venue returns the state, to be read before the next command.
func (m *Machine) Venue() *Venue { return m.state.Venue }

// Configuration makes the first command of a venue from its documents, instruments, fees and market (see Documents). The error names the
// document, the field and the value.
func Configuration(from fs.FS, seed uint64) (*Configure, error) {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	return readConfiguration(context.Background(), remoteconfig.New(remoteconfig.Options{Defaults: from, Log: silent}), seed)
}

// DecodeEvent reads the payload of an event of the journal.
func DecodeEvent(from []byte, into *Event) error { return venue.DecodeEvent(from, into) }

type (
	// Command is anything that the venue can be asked to do: a pointer to one of the types below.
	Command = venue.Command
	// Answer is what became of a command.
	Answer = venue.Answer
	// Event is one thing that happened at the venue.
	Event = venue.Event
	// Venue is the state of the exchange.
	Venue = venue.Venue
	// Configure gives the venue what its documents say; see Configuration.
	Configure = venue.Configure
	// Place places an order, an OCO pair or a bracket.
	Place = venue.Place
	// Order says what to trade and how.
	Order = venue.Order
	// Cancel takes an order out.
	Cancel = venue.Cancel
	// Replace changes price and quantity of an order.
	Replace = venue.Replace
	// CancelAll takes out all orders of an account.
	CancelAll = venue.CancelAll
	// Target names an order of an account.
	Target = venue.Target
	// Disconnect takes out what was placed in a session.
	Disconnect = venue.Disconnect
	// Open opens an account.
	Open = venue.Open
	// Amount is an amount of one asset, in its units.
	Amount = venue.Amount
	// Transfer moves an amount between two accounts of one owner.
	Transfer = venue.Transfer
	// SetLimits replaces the limits of an account.
	SetLimits = venue.SetLimits
	// Credit makes a deposit available.
	Credit = venue.Credit
	// HoldWithdrawal holds an amount that is to go out.
	HoldWithdrawal = venue.HoldWithdrawal
	// SettleWithdrawal takes out what was held.
	SettleWithdrawal = venue.SettleWithdrawal
	// ReleaseWithdrawal gives a withdrawal up.
	ReleaseWithdrawal = venue.ReleaseWithdrawal
	// Halt halts an instrument.
	Halt = venue.Halt
	// Resume ends a halt.
	Resume = venue.Resume
	// SetSpread multiplies the spread of the venue's own makers.
	SetSpread = venue.SetSpread
	// SetReferences brings reference prices.
	SetReferences = venue.SetReferences
	// Quote is a reference price, in ticks.
	Quote = venue.Quote
	// Advance does what is due by its time.
	Advance = venue.Advance
	// InjectFault begins a fault.
	InjectFault = venue.InjectFault
	// ClearFaults ends faults.
	ClearFaults = venue.ClearFaults
	// Fault is something that the venue does wrong for a while.
	Fault = venue.Fault
	// Limits are what an account may do.
	Limits = account.Limits
	// Side is Buy or Sell.
	Side = book.Side
	// OrderType is the type of an order.
	OrderType = matching.Type
	// Force is how long an order stays in force.
	Force = matching.Force
)

// The words of an order.
const (
	Buy  = book.Buy
	Sell = book.Sell

	LimitOrder        = matching.Limit
	MarketOrder       = matching.Market
	StopOrder         = matching.Stop
	StopLimit         = matching.StopLimit
	TakeProfit        = matching.TakeProfit
	TakeProfitLimit   = matching.TakeProfitLimit
	TrailingStop      = matching.TrailingStop
	TrailingStopLimit = matching.TrailingStopLimit

	GTC = matching.GTC
	IOC = matching.IOC
	FOK = matching.FOK
	GTD = matching.GTD
	Day = matching.Day

	All = venue.All // every instrument
)
