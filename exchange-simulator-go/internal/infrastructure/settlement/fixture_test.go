package settlement

// The world of these tests: a venue that does what a script says, behind a real journal, on a network in memory.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/clients"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// tb is what *testing.T and *rapid.T have in common.
type tb interface {
	require.TestingT
	Helper()
}

// script is a venue that does what it is told: a command is the event that it emits.
type script struct {
	listing *instrument.Listing
	ledger  *account.Ledger
}

func newScript() *script {
	assets := []instrument.Asset{{Code: "USD", Scale: 7}, {Code: "BTC", Scale: 9}}
	one, err := instrument.New(assets, instrument.Instrument{
		Symbol: "BTC/USD", Base: 1, Quote: 0, Tick: decimal.Number{Units: 1, Scale: 2}, Lot: decimal.Number{Units: 1, Scale: 5},
	})
	if err != nil {
		panic(err)
	}
	listing, err := instrument.NewListing(assets, []instrument.Instrument{one})
	if err != nil {
		panic(err)
	}
	return &script{listing, account.New(listing, account.Fees{Tiers: []account.Tier{{}}})}
}

func (s *script) Listing() *instrument.Listing { return s.listing }
func (s *script) Ledger() *account.Ledger      { return s.ledger }

func (s *script) Apply(_ journal.Stamp, command *venue.Event, emit func(*venue.Event)) struct{} {
	if command.Kind == venue.AccountOpened {
		if _, err := s.ledger.Open(0, command.Text); err != nil {
			panic(err)
		}
	}
	emit(command)
	return struct{}{}
}

func (s *script) Snapshot(w io.Writer) error {
	for n := int32(1); n < s.ledger.Accounts(); n++ {
		if _, err := fmt.Fprintln(w, s.ledger.Account(n).Name); err != nil {
			return err
		}
	}
	return nil
}

func (s *script) Restore(r io.Reader, _ uint32) error {
	text, err := io.ReadAll(r)
	for name := range strings.FieldsSeq(string(text)) {
		_, bad := s.ledger.Open(0, name)
		err = errors.Join(err, bad)
	}
	return err
}

type codec struct{}

func (codec) AppendCommand(to []byte, c *venue.Event) []byte { return venue.AppendEvent(to, c) }
func (codec) AppendEvent(to []byte, e *venue.Event) []byte   { return venue.AppendEvent(to, e) }
func (codec) DecodeCommand(from []byte) (*venue.Event, error) {
	var e venue.Event
	return &e, venue.DecodeEvent(from, &e)
}

type scripted = journal.Machine[*venue.Event, *venue.Event, struct{}]

// house is where an exporter runs, with the custodian that it calls.
type house struct {
	network *kittest.Network
	*custodian
	peers    *clients.Manager
	log      *diary // of the exporters
	registry *prometheus.Registry

	*Exporter
	stop func()
}

// newHouse makes all but the exporter; the custodian does not listen yet.
func newHouse(network *kittest.Network) *house {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	return &house{network: network, custodian: newCustodian(), log: &diary{}, peers: clients.New(clients.Options{
		Self: "exchange", Resolver: discovery.NewDirectory(nil, silent, nil).Resolver(map[string]string{"custodian": custodianAddress}),
		Log: silent, Dial: []grpc.DialOption{grpc.WithContextDialer(network.Dial)},
	})}
}

// export runs an exporter.
func (h *house) export(machine Machine, of Venue) {
	logger := logrus.New()
	logger.SetOutput(h.log)
	h.registry = prometheus.NewRegistry()
	h.Exporter = New(Options{
		Machine: machine, Venue: of, Custodian: h.peers.Custodian().Settlement, Name: "exchange", Registerer: h.registry, Log: logger,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = h.Run(ctx) // always nil
	}()
	h.stop = func() { cancel(); <-ended }
}

// leave stops the exporter and the custodian.
func (h *house) leave() {
	h.stop()
	h.peers.Close()
	h.hangUp()
}

// ready is the export as /readyz has it.
func (h *house) ready() health.Dependency { return h.Dependencies()[0] }

// world is a house with a scripted venue.
type world struct {
	*house
	disk    *memdisk.Disk
	machine *scripted
	state   *script
	trades  uint64
}

func newWorld(t tb, network *kittest.Network) *world {
	w := &world{house: newHouse(network), disk: memdisk.New()}
	w.open(t)
	return w
}

// segment keeps segments small, so that some are removed.
const segment = 4 << 10

func (w *world) open(t tb) {
	w.state = newScript()
	machine, err := journal.Open(journal.Options[*venue.Event, *venue.Event, struct{}]{
		Directory: w.disk, State: w.state, Codec: codec{}, Version: 1, Consumers: []string{Consumer}, SegmentBytes: segment,
		Clock: func() (wall, business time.Time) { return time.Now(), time.Now().Add(24 * time.Hour) },
	})
	require.NoError(t, err)
	w.machine = machine
}

// start runs an exporter of the venue.
func (w *world) start() { w.export(w.machine, w.state) }

// crash loses power under the exchange, and starts it again.
func (w *world) crash(t tb, random *rand.Rand) {
	w.stop()
	w.disk.Crash(random)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	_ = w.machine.Close(over) // its files are gone
	w.open(t)
	w.start()
}

// end stops everything.
func (w *world) end() {
	w.leave()
	_ = w.machine.Close(context.Background()) // what is kept does not matter any more
}

// do has the venue do something.
func (w *world) do(t tb, events ...*venue.Event) {
	for _, event := range events {
		_, err := w.machine.Submit(context.Background(), event)
		require.NoError(t, err)
	}
}

func (w *world) opened(name string) *venue.Event {
	return &venue.Event{Kind: venue.AccountOpened, Account: w.state.ledger.Accounts(), Text: name}
}

// traded is one more trade of the venue with itself.
func (w *world) traded() *venue.Event {
	w.trades++
	return &venue.Event{Kind: venue.Traded, Trade: w.trades, Order: 2 * w.trades, Maker: 2*w.trades - 1, Price: 6_000_000, Lots: int64(w.trades)}
}

func deposited(id string) *venue.Event {
	return &venue.Event{Kind: venue.Deposited, Amount: 5_0000000, Text: id, Reason: venue.InTransit}
}

func accepted() *venue.Event {
	return &venue.Event{Kind: venue.OrderAccepted, Order: 1, Price: 1, Lots: 1}
}
