package feed

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestAStreamThatStartsInThePastCatchesUpWithTheFeedWithoutAGap(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		start := path.Epoch.Add(50*time.Minute + time.Millisecond)
		reads := 0
		reader := listen(t, hub, Request{Instruments: []int{0}, Interval: 5 * tick, StartTime: start}, func() {
			if reads++; reads%10 == 0 {
				time.Sleep(tick) // fifty times as fast as the feed
			}
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		got := reader.hangUp(t)
		assert.Equal(t, hourTicks-10*3000+5, got[0].GetUpdate().GetSequence(), "the first multiple after the start")
		assert.Zero(t, got[0].GetPreviousSequence())
		assertGapless(t, got)
		for _, one := range got[1:] {
			require.Equal(t, uint64(4), one.GetConflatedTicks(), "every update of the interval was sent")
			require.InDelta(t, rulePrice(0, one.GetUpdate().GetSequence()), one.GetUpdate().GetPrice(), 1e-9)
		}
		assert.Equal(t, hourTicks+3000, got[len(got)-1].GetUpdate().GetSequence(), "it is live")
		assert.Zero(t, testutil.ToFloat64(hub.metrics.conflated))
		assert.InDelta(t, 1, testutil.ToFloat64(hub.metrics.resumed), 0)
	})
}

func TestAnyReaderCatchesUpWithoutAGapThatIsFasterThanTheFeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := rapid.Uint64Range(1, 60).Draw(t, "every")
		start := rapid.Uint64Range(0, 5000).Draw(t, "start")
		newest := start + rapid.Uint64Range(0, 5000).Draw(t, "behind")
		slowness := rapid.Float64Range(0, 0.5).Draw(t, "steps published for each step read")
		c := resumeAfter(start, newest, every)
		c.deep()
		behind, published := newest-start, float64(newest)
		for range 10_000 {
			expected := c.following()
			step, ok := c.next(newest-min(newest, 3000), newest)
			if !ok {
				return // live
			}
			require.Equal(t, expected, step)
			c.sent(step)
			published += float64(every) * slowness
			newest = uint64(published)
		}
		t.Fatalf("never live: %d behind at first, now %d", behind, newest-c.last)
	})
}

func TestAReaderThatDoesNotCatchUpIsLateLikeAnyOther(t *testing.T) {
	c, newest := resumeAfter(0, 1000, 1), uint64(1000)
	c.deep()
	for range 1000 {
		step, ok := c.next(0, newest)
		require.True(t, ok)
		c.sent(step)
		newest += 2
	}
	step, ok := c.next(0, newest)
	require.True(t, ok)
	assert.Equal(t, newest, step)
}

func TestASequenceHoweverOldCanBeResumedAfter(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		reader := listen(t, hub, Request{Instruments: []int{0, 1}, Interval: time.Minute, AfterSequence: 7}, nil)
		synctest.Wait()
		got := reader.hangUp(t)
		require.Len(t, got, 2*60, "an hour of minutes")
		assert.Equal(t, uint64(7), got[0].GetPreviousSequence())
		assert.Equal(t, uint64(3000), got[0].GetUpdate().GetSequence())
		assert.Equal(t, hourTicks, got[119].GetUpdate().GetSequence())
		refused := requireReason(t, hub.Stream(t.Context(), Request{Instruments: []int{0}, Interval: tick, AfterSequence: hourTicks + 51}, nil),
			errs.OutOfRange, "SEQUENCE_NOT_RETAINED")
		assert.Equal(t, "0", refused.Metadata["earliest"])
	})
}

func TestALosslessReaderIsSentEveryTickHoweverLateItIs(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		stall := 90 * time.Second // longer than ticks are retained
		reader := listen(t, hub, Request{Instruments: []int{0}, Lossless: true}, func() {
			time.Sleep(stall)
			stall = 2 * time.Millisecond
		})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		reader.cancel(nil)
		require.Error(t, <-reader.result)
		for i, one := range reader.got {
			require.Equal(t, hourTicks+uint64(i), one.GetUpdate().GetSequence())
			require.InDelta(t, rulePrice(0, hourTicks+uint64(i)), one.GetUpdate().GetPrice(), 1e-9)
			require.Zero(t, one.GetConflatedTicks())
		}
		assert.Equal(t, hourTicks+6000, reader.got[len(reader.got)-1].GetUpdate().GetSequence(), "it has caught up")
	})
}

func TestWithoutAPastALosslessReaderThatIsTooLateIsToldSo(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		reader := listen(t, hub, Request{Instruments: []int{0}, Lossless: true}, func() { time.Sleep(90 * time.Second) })
		requireReason(t, <-reader.result, errs.OutOfRange, "SEQUENCE_NOT_RETAINED")
		assert.InDelta(t, 1, testutil.ToFloat64(hub.metrics.closed.WithLabelValues("failed")), 0)
	})
}

func TestAPastThatCannotBeComputedEndsItsStreamAndNoOther(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		broken := errors.New("disk full")
		withPast(t, hub).archive.open = func(uint64) (Charted, error) { return nil, broken }
		live := listen(t, hub, Request{Instruments: []int{0}, Interval: tick}, nil)
		err := hub.Stream(context.Background(), Request{Instruments: []int{0}, Interval: tick, AfterSequence: 1}, nil)
		require.ErrorIs(t, err, broken)
		time.Sleep(tick)
		synctest.Wait()
		assert.Len(t, live.hangUp(t), 2)
	})
}

func TestAHeartbeatIsSentWhenNothingElseWasForASecond(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		time.Sleep(350 * time.Millisecond)
		idle := listen(t, hub, Request{Instruments: []int{0}, Interval: 3 * time.Second, Heartbeats: true}, nil)
		busy := listen(t, hub, Request{Instruments: []int{0}, Interval: time.Second / 2, Heartbeats: true}, nil)
		silent := listen(t, hub, Request{Instruments: []int{0}, Interval: 3 * time.Second}, nil)
		time.Sleep(5500 * time.Millisecond)
		synctest.Wait()
		var beats []time.Duration
		for _, one := range idle.hangUp(t) {
			if one.GetHeartbeat() != nil {
				beats = append(beats, one.at)
				now := path.Epoch.Add(time.Hour + 350*time.Millisecond + one.at)
				assert.WithinRange(t, one.GetHeartbeat().GetBusinessTime().AsTime(), now.Add(-tick), now)
				assert.Nil(t, one.GetUpdate())
			}
		}
		assert.Equal(t, []time.Duration{time.Second, 2 * time.Second, 3650 * time.Millisecond, 4650 * time.Millisecond}, beats)
		for _, one := range append(busy.hangUp(t), silent.hangUp(t)...) {
			assert.Nil(t, one.GetHeartbeat())
		}
	})
}

func TestTheSymbolsOfAllStreamsTogetherAreLimited(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		hub.limits = newLimits(Options{Subscriptions: 3})
		first := listen(t, hub, Request{Instruments: []int{0, 1}, Interval: tick}, nil)
		synctest.Wait()
		assert.InDelta(t, 2, testutil.ToFloat64(hub.metrics.symbols), 0)
		err := hub.Stream(t.Context(), Request{Instruments: []int{0, 1}, Interval: tick}, nil)
		refused := requireReason(t, err, errs.ResourceExhausted, "TOO_MANY_SUBSCRIPTIONS")
		assert.Equal(t, RetryFullAfter, refused.RetryAfter)
		assert.Equal(t, "the limit of 3 symbols that all price streams together may follow (MAX_SUBSCRIPTIONS) is reached: try another replica, or again in 5s", err.Error())
		assert.Equal(t, "3", refused.Metadata["limit"])
		assert.InDelta(t, 1, testutil.ToFloat64(hub.metrics.turned.WithLabelValues("TOO_MANY_SUBSCRIPTIONS")), 0)
		second := listen(t, hub, Request{Instruments: []int{1}, Interval: tick}, nil)
		synctest.Wait()
		assert.NotEmpty(t, second.hangUp(t), "there is room for one more")
		first.hangUp(t)
		assert.Zero(t, testutil.ToFloat64(hub.metrics.symbols))
	})
}
