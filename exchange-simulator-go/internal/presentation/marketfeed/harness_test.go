package marketfeed

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/depth"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/matching"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a venue behind its journal, with a feed and a crowd.
type world struct {
	testing.TB
	state   *records.State
	machine *records.Machine
	feed    *Feed
	crowd   crowd.Crowd
	random  *rand.Rand
	last    uint64 // order
}

// inBubble runs a feed of a busy venue under virtual time.
func inBubble(t *testing.T, seed uint64, body func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.feed.Run(ctx) }()
		defer func() { // also when the test has failed
			cancel()
			assert.NoError(t, <-done)
			assert.NoError(t, w.machine.Close(context.Background()))
		}()
		synctest.Wait()
		body(t, w)
	})
}

func newWorld(t testing.TB, seed uint64, adjust ...func(*records.Options)) *world {
	w := &world{TB: t, state: records.NewState(), random: rand.New(rand.NewPCG(seed, 0))}
	w.crowd.Draw = w.random.IntN
	clock := func() (wall, business time.Time) { now := time.Now(); return now, now }
	options := records.Options{
		Directory: memdisk.New(), State: w.state, Codec: records.Codec{}, Version: records.Version, Clock: clock, Consumers: []string{"audit"},
	}
	for _, change := range adjust {
		change(&options)
	}
	var err error
	w.machine, err = journal.Open(options)
	require.NoError(t, err)
	for _, command := range crowd.Opening() {
		require.NoError(t, w.do(command).Err)
	}
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	w.feed = New(Options{
		Machine: w.machine, State: w.state, Listing: w.state.Venue.Listing(), Clock: clock, Registerer: prometheus.NewRegistry(), Log: silent,
	})
	for _, one := range w.feed.boards { // shorter, so that readers are late sooner
		one.levels.ring, one.orders.ring = make([]atomic.Pointer[change], 16), make([]atomic.Pointer[change], 16)
	}
	w.feed.tape.room = 16
	return w
}

func (w *world) do(command venue.Command) venue.Answer {
	answer, err := w.machine.Submit(w.Context(), command)
	require.NoError(w, err)
	w.last = max(w.last, answer.Order.ID)
	return answer
}

// trade lets the crowd send so many commands, a few at a time.
func (w *world) trade(commands int) {
	for commands > 0 {
		var burst []venue.Command
		for range min(commands, 1+w.random.IntN(8)) {
			burst = append(burst, w.crowd.Command(w.last))
		}
		commands -= len(burst)
		for _, command := range burst {
			err := w.machine.SubmitAsync(command, func(answer venue.Answer, _ error) { w.last = max(w.last, answer.Order.ID) })
			require.NoError(w, err)
		}
		w.do(&venue.Advance{}) // answered after those before
		time.Sleep(time.Duration(w.random.IntN(40)) * time.Millisecond)
	}
}

// event is one of the journal.
type event struct {
	venue.Event
	sequence uint64
	business time.Time
}

// past reads all events that there are.
func (w *world) past() (events []event) {
	reader, err := w.machine.Events(1)
	require.NoError(w, err)
	defer func() { require.NoError(w, reader.Close()) }()
	for range w.machine.Stats().Events {
		raw, err := reader.Next(w.Context())
		require.NoError(w, err)
		one := event{sequence: raw.Sequence, business: raw.Business}
		require.NoError(w, venue.DecodeEvent(raw.Payload, &one.Event))
		events = append(events, one)
	}
	return events
}

// moment is what a book was after an event that concerned it.
type moment struct {
	levels, orders string
	phase          matching.Phase
}

// moments are the books of an instrument after each event, made anew from all events.
func (w *world) moments(instrument int32) map[uint64]moment {
	all, replayed, phase := map[uint64]moment{}, depth.New(), matching.PreOpen
	one := &w.state.Venue.Listing().Instruments[instrument]
	for _, e := range w.past() {
		if e.Instrument != instrument {
			continue
		}
		if e.Kind == venue.PhaseChanged {
			phase = e.Phase
		}
		if isOrders(e.Kind) {
			replayed.Apply(&e.Event)
			known := &known{}
			known.change(bookMessage(one, byLevel.copy(replayed), 0, 0, e.business))
			known.change(bookMessage(one, byOrder.copy(replayed), 0, 0, e.business))
			all[e.sequence] = moment{levels: known.showLevels(), orders: known.showOrders(), phase: phase}
		}
	}
	return all
}

// known is what a reader of the feed knows of a book, by what the messages promise and nothing else.
type known struct {
	bids, asks []*exchangev1.Level
	orders     []*exchangev1.BookOrder
}

func (k *known) change(message *exchangev1.StreamOrderBookResponse) {
	if message.GetSnapshot() {
		*k = known{}
	}
	k.bids, k.asks = changeLevels(k.bids, message.GetBids()), changeLevels(k.asks, message.GetAsks())
	for _, o := range message.GetOrders() {
		at := slices.IndexFunc(k.orders, func(one *exchangev1.BookOrder) bool { return one.GetOrderId() == o.GetOrderId() })
		switch {
		case at < 0:
			k.orders = append(k.orders, o)
		case o.GetQuantity() == "0":
			k.orders = slices.Delete(k.orders, at, at+1)
		default:
			k.orders[at] = o
		}
	}
}

func changeLevels(levels, changes []*exchangev1.Level) []*exchangev1.Level {
	for _, level := range changes {
		at := slices.IndexFunc(levels, func(one *exchangev1.Level) bool { return one.GetPrice() == level.GetPrice() })
		switch {
		case at < 0:
			levels = append(levels, level)
		case level.GetQuantity() == "0":
			levels = slices.Delete(levels, at, at+1)
		default:
			levels[at] = level
		}
	}
	return levels
}

func (k *known) showLevels() string {
	sorted := func(levels []*exchangev1.Level) []*exchangev1.Level {
		return slices.SortedFunc(slices.Values(levels), func(a, b *exchangev1.Level) int { return byPrice(a.GetPrice(), b.GetPrice()) })
	}
	return fmt.Sprint(sorted(k.bids), " | ", sorted(k.asks))
}

func (k *known) showOrders() string {
	return fmt.Sprint(slices.SortedStableFunc(slices.Values(k.orders), func(a, b *exchangev1.BookOrder) int {
		return cmp.Or(cmp.Compare(a.GetSide(), b.GetSide()), byPrice(a.GetPrice(), b.GetPrice()))
	}))
}

// byPrice compares decimals.
func byPrice(a, b string) int {
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

// crossed tells whether a buyer offers what a seller asks, or more.
func (k *known) crossed() bool {
	for _, bid := range k.bids {
		for _, ask := range k.asks {
			if byPrice(bid.GetPrice(), ask.GetPrice()) >= 0 {
				return true
			}
		}
	}
	return false
}

// listener is a reader of a book that keeps what it is sent.
type listener struct {
	instrument int32
	byOrder    bool
	mu         sync.Mutex
	received   []*exchangev1.StreamOrderBookResponse
	cancel     context.CancelFunc
	result     chan error
	pause      time.Duration // after each message
}

// listen opens the book of an instrument.
func (w *world) listen(instrument int32, byOrder bool, pause time.Duration) *listener {
	ctx, cancel := context.WithCancel(w.Context())
	w.Cleanup(cancel)
	l := &listener{instrument: instrument, byOrder: byOrder, cancel: cancel, result: make(chan error, 1), pause: pause}
	go func() {
		l.result <- w.feed.StreamBook(ctx, instrument, byOrder, func(frame *Frame) error {
			l.mu.Lock()
			l.received = append(l.received, frame.Message().(*exchangev1.StreamOrderBookResponse))
			l.mu.Unlock()
			if l.pause == 0 {
				return nil
			}
			select {
			case <-time.After(l.pause):
			case <-ctx.Done():
			}
			return nil
		})
	}()
	return l
}

// hangUp ends the stream and returns what came.
func (l *listener) hangUp(t testing.TB) []*exchangev1.StreamOrderBookResponse {
	l.cancel()
	require.ErrorIs(t, <-l.result, context.Canceled)
	return l.messages()
}

// messages are those that came so far.
func (l *listener) messages() []*exchangev1.StreamOrderBookResponse {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.received)
}
