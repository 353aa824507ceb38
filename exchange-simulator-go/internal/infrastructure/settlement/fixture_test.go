package settlement

// The world of these tests: a venue that does what a script says, behind a real journal, and a custodian that keeps the
// contract to the letter, on a network in memory.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	custodianv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/custodian/v1"
	"github.com/trading-ecosystem/service-kit-go/clients"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/errs"
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

// world is one exchange and one custodian.
type world struct {
	network *kittest.Network
	*custodian
	peers    *clients.Manager
	log      *diary // of the exporter that runs
	registry *prometheus.Registry

	disk    *memdisk.Disk
	machine *scripted
	state   *script
	trades  uint64

	*Exporter
	stop func()
}

// newWorld starts all but the exporter; the custodian does not listen yet.
func newWorld(t tb, network *kittest.Network) *world {
	w := &world{network: network, custodian: newCustodian(), disk: memdisk.New(), log: &diary{}}
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	w.peers = clients.New(clients.Options{
		Self: "exchange", Resolver: discovery.NewDirectory(nil, silent, nil).Resolver(map[string]string{"custodian": custodianAddress}),
		Log: silent, Dial: []grpc.DialOption{grpc.WithContextDialer(network.Dial)},
	})
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

// start runs an exporter.
func (w *world) start() {
	logger := logrus.New()
	logger.SetOutput(w.log)
	w.registry = prometheus.NewRegistry()
	w.Exporter = New(Options{
		Machine: w.machine, Venue: w.state, Custodian: w.peers.Custodian().Settlement, Name: "exchange", Registerer: w.registry, Log: logger,
	})
	w.resume()
}

// resume runs the exporter that was made.
func (w *world) resume() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = w.Run(ctx) // always nil
	}()
	w.stop = func() { cancel(); <-ended }
}

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
	w.stop()
	w.peers.Close()
	w.hangUp()
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
	return &venue.Event{Kind: venue.Deposited, Amount: 5_0000000, Text: id, Reason: InTransit}
}

func accepted() *venue.Event {
	return &venue.Event{Kind: venue.OrderAccepted, Order: 1, Price: 1, Lots: 1}
}

// state of the export as /readyz has it.
func (w *world) ready() health.Dependency { return w.Dependencies()[0] }

const custodianAddress = "127.0.0.1:50053"

// custodian takes instructions as the contract says, and misbehaves when told to.
type custodian struct {
	custodianv1.UnimplementedSettlementServiceServer
	server *grpc.Server
	ended  chan error

	mu       sync.Mutex
	before   func(*custodianv1.SubmitInstructionsRequest) error  // what a call fails with; nil lets it through
	after    func(*custodianv1.SubmitInstructionsResponse) error // what happens to its answer
	journal  string
	through  uint64
	gaps     int // batches that left something out
	booked   []*custodianv1.Instruction
	known    map[string]*custodianv1.Instruction
	requests []*custodianv1.SubmitInstructionsRequest
	times    []time.Time
}

func newCustodian() *custodian { return &custodian{known: map[string]*custodianv1.Instruction{}} }

// listen lets the custodian be reached.
func (c *custodian) listen(t tb, network *kittest.Network) {
	t.Helper()
	socket, err := network.Listen(context.Background(), custodianAddress)
	require.NoError(t, err)
	c.server, c.ended = grpc.NewServer(), make(chan error, 1)
	custodianv1.RegisterSettlementServiceServer(c.server, c)
	checks := grpchealth.NewServer()
	checks.SetServingStatus("custodian", healthpb.HealthCheckResponse_SERVING)
	healthpb.RegisterHealthServer(c.server, checks)
	go func() { c.ended <- c.server.Serve(socket) }()
}

// hangUp ends what listen began.
func (c *custodian) hangUp() {
	if c.server != nil {
		c.server.Stop()
		<-c.ended
		c.server = nil
	}
}

func (c *custodian) SubmitInstructions(
	_ context.Context, request *custodianv1.SubmitInstructionsRequest,
) (*custodianv1.SubmitInstructionsResponse, error) {
	answer, after, err := c.submit(request)
	if err == nil && after != nil {
		err = after(answer) // without the lock, since it may take its time
	}
	if err != nil {
		return nil, errs.Status(err, "custodian").Err()
	}
	return answer, nil
}

func (c *custodian) submit(request *custodianv1.SubmitInstructionsRequest) (
	answer *custodianv1.SubmitInstructionsResponse, after func(*custodianv1.SubmitInstructionsResponse) error, err error,
) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests, c.times = append(c.requests, request), append(c.times, time.Now())
	if c.before != nil {
		if err := c.before(request); err != nil {
			return nil, nil, err
		}
	}
	answer, err = c.take(request)
	return answer, c.after, err
}

// take books a batch as a whole or not at all.
func (c *custodian) take(request *custodianv1.SubmitInstructionsRequest) (*custodianv1.SubmitInstructionsResponse, error) {
	from, through := request.GetFromSequence(), request.GetThroughSequence()
	switch {
	case c.journal != "" && c.journal != request.GetJournalId():
		return nil, errs.New(errs.FailedPrecondition, "JOURNAL_CHANGED", "another journal")
	case from < 1 || through < from || len(request.GetInstructions()) > MaxInstructions:
		return nil, errs.InvalidField("through_sequence", through, "a range")
	case from > c.through+1:
		c.gaps++
		return nil, errs.New(errs.FailedPrecondition, "SEQUENCE_GAP", "a gap").With("next_sequence", fmt.Sprint(c.through+1))
	}
	answer := &custodianv1.SubmitInstructionsResponse{}
	var fresh []*custodianv1.Instruction
	at := from
	for _, one := range request.GetInstructions() {
		if one.GetSequence() < at || one.GetSequence() > through {
			return nil, errs.InvalidField("sequence", one.GetSequence(), "ascending and in the range")
		}
		at = one.GetSequence() + 1
		outcome := custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_DUPLICATE
		switch known := c.known[one.GetInstructionId()]; {
		case known == nil:
			outcome = custodianv1.InstructionOutcome_INSTRUCTION_OUTCOME_ACCEPTED
			fresh = append(fresh, one)
		case !proto.Equal(known, one):
			return nil, errs.New(errs.AlreadyExists, "INSTRUCTION_ID_REUSED", "other content").With("instruction_id", one.GetInstructionId())
		}
		answer.Acknowledgements = append(answer.Acknowledgements,
			&custodianv1.InstructionAcknowledgement{InstructionId: one.GetInstructionId(), Outcome: outcome})
	}
	for _, one := range fresh {
		c.known[one.GetInstructionId()] = one
	}
	c.booked, c.journal, c.through = append(c.booked, fresh...), request.GetJournalId(), max(c.through, through)
	answer.HighestSequence = c.through
	return answer, nil
}

// misbehave sets what happens to calls from now on.
func (c *custodian) misbehave(before func(*custodianv1.SubmitInstructionsRequest) error, after func(*custodianv1.SubmitInstructionsResponse) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

// forget makes the custodian as it was after so many of its instructions, which end with an event.
func (c *custodian) forget(instructions int, through uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.booked[instructions:] {
		delete(c.known, one.GetInstructionId())
	}
	c.booked, c.through = c.booked[:instructions], through
}

// all is what was booked, in order.
func (c *custodian) all() []*custodianv1.Instruction {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.booked)
}

// ids of what was booked, in order.
func (c *custodian) ids() (ids []string) {
	for _, one := range c.all() {
		ids = append(ids, one.GetInstructionId())
	}
	return ids
}

// seen is every call, and when it came.
func (c *custodian) seen() ([]*custodianv1.SubmitInstructionsRequest, []time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests), slices.Clone(c.times)
}

// calls is how many there were.
func (c *custodian) calls() int {
	requests, _ := c.seen()
	return len(requests)
}

// diary is a log that can be read while it is written.
type diary struct {
	mu   sync.Mutex
	text strings.Builder
}

func (d *diary) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(line)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.String()
}
