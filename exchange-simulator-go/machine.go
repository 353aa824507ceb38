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

// Command and the types after it are what a simulation tells the machine, and hears of it.
type (
	Command = venue.Command
	Answer  = venue.Answer
	Event   = venue.Event
	Venue   = venue.Venue

	Configure         = venue.Configure
	Place             = venue.Place
	Order             = venue.Order
	Cancel            = venue.Cancel
	Replace           = venue.Replace
	CancelAll         = venue.CancelAll
	Target            = venue.Target
	Disconnect        = venue.Disconnect
	Open              = venue.Open
	Amount            = venue.Amount
	Transfer          = venue.Transfer
	SetLimits         = venue.SetLimits
	Credit            = venue.Credit
	HoldWithdrawal    = venue.HoldWithdrawal
	SettleWithdrawal  = venue.SettleWithdrawal
	ReleaseWithdrawal = venue.ReleaseWithdrawal
	Halt              = venue.Halt
	Resume            = venue.Resume
	SetSpread         = venue.SetSpread
	SetReferences     = venue.SetReferences
	Quote             = venue.Quote
	Advance           = venue.Advance
	InjectFault       = venue.InjectFault
	ClearFaults       = venue.ClearFaults
	Fault             = venue.Fault

	Limits    = account.Limits
	Side      = book.Side
	OrderType = matching.Type
	Force     = matching.Force
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
