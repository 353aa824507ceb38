package marketfeed

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// follower is a reader of events that keeps what it is told.
type follower struct {
	mu     sync.Mutex
	got    []*Item
	opened chan struct{}
	cancel context.CancelFunc
	result chan error
}

func everything(*venue.Event) bool { return true }

// follow reads the events that are wanted from a sequence on.
func (w *world) follow(from uint64, pause time.Duration, wants func(*venue.Event) bool) *follower {
	ctx, cancel := context.WithCancel(w.Context())
	w.Cleanup(cancel)
	f := &follower{opened: make(chan struct{}), cancel: cancel, result: make(chan error, 1)}
	go func() {
		f.result <- w.feed.StreamEvents(ctx, Request{
			Kind: Executions, From: from, Wants: wants,
			Opened: func() error { close(f.opened); return nil },
			Each: func(item *Item) error {
				f.mu.Lock()
				f.got = append(f.got, item)
				f.mu.Unlock()
				if pause > 0 {
					select {
					case <-time.After(pause):
					case <-ctx.Done():
					}
				}
				return nil
			},
		})
	}()
	return f
}

// items are those that came so far.
func (f *follower) items() []*Item {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.got)
}

func (f *follower) hangUp(t testing.TB) []*Item {
	f.cancel()
	require.ErrorIs(t, <-f.result, context.Canceled)
	return f.items()
}

// requireAll checks that a follower was told all that it wanted from a sequence on, and nothing twice.
func (w *world) requireAll(f *follower, from uint64, wants func(*venue.Event) bool) {
	w.Helper()
	n, items := 0, f.items()
	for _, e := range w.past() {
		if e.sequence < from || !isOrders(e.Kind) || !wants(&e.Event) {
			continue
		}
		require.Less(w, n, len(items), "event %d is missing", e.sequence)
		require.Equal(w, e.sequence, items[n].Sequence)
		require.Equal(w, e.Event, items[n].Event)
		require.Equal(w, e.business, items[n].Business)
		n++
	}
	require.Len(w, items, n)
}

func TestEventsCanBeReadFromEverySequenceOnWithoutAGap(t *testing.T) {
	inBubble(t, 5, func(t *testing.T, w *world) {
		w.trade(50)
		var followers []*follower
		for from := uint64(1); from <= w.machine.Stats().Events+1; from++ {
			followers = append(followers, w.follow(from, 0, everything))
		}
		synctest.Wait()
		w.trade(50)
		synctest.Wait()
		for n, f := range followers {
			f.hangUp(t)
			w.requireAll(f, uint64(n)+1, everything)
		}
	})
}

func TestAReaderOfEventsThatIsLeftBehindGoesOnInTheJournal(t *testing.T) {
	trades := func(e *venue.Event) bool { return e.Kind == venue.Traded }
	inBubble(t, 6, func(t *testing.T, w *world) {
		w.trade(100)
		from := w.machine.Stats().Events + 1
		slow, fast, picky := w.follow(0, 3*time.Second, everything), w.follow(0, 0, everything), w.follow(0, time.Millisecond, trades)
		synctest.Wait()
		w.trade(600)
		synctest.Wait()
		w.requireAll(fast, from, everything)
		assert.Less(t, len(slow.items()), len(fast.items())/2)
		time.Sleep(12 * time.Hour)
		fast.hangUp(t)
		slow.hangUp(t)
		w.trade(50) // while one reader alone is there
		synctest.Wait()
		time.Sleep(time.Hour)
		picky.hangUp(t)
		w.requireAll(picky, from, trades)
		last := fast.items()[len(fast.items())-1].Sequence
		assert.Equal(t, last, slow.items()[len(slow.items())-1].Sequence)
		assert.Len(t, slow.items(), len(fast.items()))
	})
}

func TestEventsOnTheTapeAreDecodedOnceForAllTheirReaders(t *testing.T) {
	inBubble(t, 7, func(t *testing.T, w *world) {
		w.feed.tape.room = kept
		one, other := w.follow(0, 0, everything), w.follow(0, 0, everything)
		synctest.Wait()
		w.trade(5)
		synctest.Wait()
		one.hangUp(t)
		other.hangUp(t)
		require.NotEmpty(t, one.items())
		for n := range one.items() {
			require.Same(t, one.items()[n], other.items()[n])
		}
		made := 0
		makes := func() proto.Message { made++; return &emptypb.Empty{} }
		first := one.items()[0].Frame(Public, makes)
		assert.Same(t, first, other.items()[0].Frame(Public, makes))
		assert.NotSame(t, first, one.items()[0].Frame(Taker, makes))
		assert.Equal(t, 2, made)
	})
}

func TestAReaderMayBeAheadOfTheTape(t *testing.T) {
	one := newTape(nil, 4)
	one.record(nil, false, 5)
	items, next, covered := one.read(9, nil)
	assert.Empty(t, items)
	assert.Equal(t, uint64(9), next)
	assert.True(t, covered)
}

func TestFromNowOnMissesNothingThatHappensAfterItWasOpened(t *testing.T) {
	inBubble(t, 8, func(t *testing.T, w *world) {
		for range 50 {
			f := w.follow(0, 0, everything)
			<-f.opened
			before := w.machine.Stats().Events
			w.do(w.crowd.Command(w.last))
			w.do(w.crowd.Command(w.last))
			synctest.Wait()
			f.hangUp(t)
			w.requireAll(f, before+1, everything)
		}
	})
}

func TestASequenceThatIsNoLongerOrNotYetThereIsRefusedWithWhatIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 9, func(o *records.Options) { o.SegmentBytes = 1 << 16; o.Consumers = nil })
		defer func() { require.NoError(t, w.machine.Close(context.Background())) }()
		for range 4 {
			w.trade(600)
			require.NoError(t, w.machine.Snapshot(t.Context()))
		}
		earliest := w.machine.Stats().EarliestEvent
		require.Greater(t, earliest, uint64(1))
		for from, want := range map[uint64]struct{ reason, key string }{
			1:                            {"SEQUENCE_NOT_RETAINED", "earliest"},
			earliest - 1:                 {"SEQUENCE_NOT_RETAINED", "earliest"},
			w.machine.Stats().Events + 2: {"SEQUENCE_AHEAD", "next"},
		} {
			f := w.follow(from, 0, everything)
			var refused *errs.Error
			require.ErrorAs(t, <-f.result, &refused)
			assert.Equal(t, want.reason, refused.Reason)
			assert.Equal(t, errs.OutOfRange, refused.Kind)
			assert.NotEmpty(t, refused.Metadata[want.key])
		}
		w.feed.tape.record(nil, false, w.machine.Stats().Events+1)
		lost := w.feed.tape.follow(t.Context(), 1, everything, nil)
		assert.Equal(t, errs.OutOfRange, errs.KindOf(lost), "a reader that was so late that the journal has lost what it needs")
	})
}

func TestTheErrorOfAReaderEndsItsStream(t *testing.T) {
	inBubble(t, 10, func(t *testing.T, w *world) {
		broken := errors.New("broken pipe")
		failing := func() error { return broken }
		err := w.feed.StreamEvents(t.Context(), Request{Kind: Trades, From: 1, Wants: everything, Opened: failing})
		assert.ErrorIs(t, err, broken)
		err = w.feed.StreamEvents(t.Context(), Request{
			Kind: Trades, From: 1, Wants: everything, Opened: func() error { return nil }, Each: func(*Item) error { return broken },
		})
		assert.ErrorIs(t, err, broken)
		err = w.feed.StreamBook(t.Context(), crowd.BTCUSD, false, func(*Frame) error { return broken })
		assert.ErrorIs(t, err, broken)
	})
}
