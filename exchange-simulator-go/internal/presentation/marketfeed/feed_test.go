package marketfeed

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue/crowd"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

func TestMoreSubscribersThanTheLimitAreTurnedAwayUntilOthersLeave(t *testing.T) {
	inBubble(t, 11, func(t *testing.T, w *world) {
		w.feed.limit = newLimit(2)
		book, events := w.listen(crowd.BTCUSD, false, 0), w.follow(0, 0, everything)
		synctest.Wait()
		assert.Equal(t, 1.0, testutil.ToFloat64(w.feed.metrics.subscribers.WithLabelValues(books)))
		for _, result := range []chan error{w.listen(crowd.BTCUSD, true, 0).result, w.follow(0, 0, everything).result} {
			var refused *errs.Error
			require.ErrorAs(t, <-result, &refused)
			assert.Equal(t, errs.ResourceExhausted, refused.Kind)
			assert.Equal(t, "TOO_MANY_SUBSCRIBERS", refused.Reason)
			assert.Equal(t, RetryFullAfter, refused.RetryAfter)
		}
		assert.Equal(t, 2.0, testutil.ToFloat64(w.feed.metrics.refused))
		events.hangUp(t)
		again := w.follow(0, 0, everything)
		synctest.Wait()
		again.hangUp(t)
		book.hangUp(t)
		assert.Zero(t, testutil.ToFloat64(w.feed.metrics.subscribers.WithLabelValues(books)))
	})
}

func TestTheDefaultLimitIsTenThousand(t *testing.T) {
	assert.Equal(t, 10_000, newLimit(0).most)
}

func TestAFeedThatWasLeftBehindCopiesTheBooksAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 12)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		var gone atomic.Bool
		opened, fail := w.feed.events, make(chan struct{})
		w.feed.events = func(from uint64) (*journal.Reader, error) {
			if gone.CompareAndSwap(false, true) {
				<-fail
				return nil, errs.New(errs.OutOfRange, "SEQUENCE_TRUNCATED", "removed").With("earliest", "100")
			}
			return opened(from)
		}
		go func() { done <- w.feed.Run(ctx) }()
		synctest.Wait()
		reader := w.listen(crowd.BTCUSD, true, 0)
		synctest.Wait()
		w.trade(100)
		close(fail)
		synctest.Wait()
		assert.Equal(t, 1.0, testutil.ToFloat64(w.feed.metrics.restarts))
		requireUpToDate(t, w, reader)
		w.trade(100)
		synctest.Wait()
		requireUpToDate(t, w, reader)
		reader.hangUp(t)
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, w.machine.Close(context.Background()))
	})
}

func TestTheFeedIsHealthyFromItsFirstCopyUntilItStalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 13)
		require.ErrorContains(t, w.feed.Health(t.Context()), "do not stand yet")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.feed.Run(ctx) }()
		synctest.Wait()
		require.NoError(t, w.feed.Health(t.Context()))
		w.trade(10)
		time.Sleep(time.Hour)
		require.NoError(t, w.feed.Health(t.Context()), "nothing happened meanwhile")
		cancel()
		require.NoError(t, <-done)
		w.trade(10)
		time.Sleep(StalledAfter + time.Second)
		require.ErrorContains(t, w.feed.Health(t.Context()), "events behind the venue")
		require.NoError(t, w.machine.Close(context.Background()))
	})
}

func TestTheFeedEndsWithTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 14)
		done := make(chan error, 1)
		go func() { done <- w.feed.Run(t.Context()) }()
		synctest.Wait()
		require.NoError(t, w.machine.Close(context.Background()))
		require.NoError(t, <-done)
	})
}
