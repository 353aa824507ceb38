package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// requireBars checks that bars are those of the rule, and that those of an instrument that have closed follow each other without
// a gap. It returns the times at which closed ones open, and the sequences of the others.
func requireBars(t *testing.T, got []received, interval time.Duration) (closed []time.Time, running []uint64) {
	t.Helper()
	for _, one := range got {
		b := one.GetBar()
		require.NotNil(t, b)
		opens := b.GetSequence() - b.GetSequence()%ticksOf(interval)
		at := b.GetStart().AsTime()
		require.Equal(t, path.Epoch.Add(time.Duration(opens)*path.TickInterval), at)
		require.InDelta(t, rulePrice(0, opens), b.GetOpen(), 1e-9)
		require.InDelta(t, rulePrice(0, b.GetSequence()), b.GetClose(), 1e-9)
		require.InDelta(t, float64(b.GetSequence()-opens+1), b.GetVolume(), 0)
		require.Equal(t, b.GetSequence() == opens+ticksOf(interval)-1, b.GetClosed())
		if !b.GetClosed() {
			running = append(running, b.GetSequence())
			continue
		}
		if len(closed) > 0 {
			require.Equal(t, closed[len(closed)-1].Add(interval), at, "no bar is left out")
		}
		closed = append(closed, at)
	}
	return closed, running
}

func TestAReaderOfBarsGetsEachWhenItHasClosedAndAtItsPaceTheOneUnderWay(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		time.Sleep(350 * time.Millisecond)
		reader := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Second, Interval: 500 * time.Millisecond}, nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		got := reader.hangUp(t)
		closed, running := requireBars(t, got, time.Second)
		assert.Equal(t, []uint64{hourTicks + 17, hourTicks + 25, hourTicks + 50, hourTicks + 75, hourTicks + 100}, running, "the first at once")
		assert.Equal(t, []time.Time{path.Epoch.Add(time.Hour), path.Epoch.Add(time.Hour + time.Second)}, closed)
		assert.Equal(t, "1s", got[0].GetBar().GetInterval())
		assert.Equal(t, "AAA/USD", got[0].GetBar().GetSymbol())
	})
}

func TestAReaderOfClosedBarsGetsTheLatestAtOnceAndThenEachAsItCloses(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		time.Sleep(30 * time.Second)
		reader := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Minute, ClosedOnly: true, Interval: time.Second}, nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		got := reader.hangUp(t)
		closed, running := requireBars(t, got, time.Minute)
		assert.Empty(t, running)
		assert.Equal(t, []time.Time{path.Epoch.Add(59 * time.Minute), path.Epoch.Add(60 * time.Minute), path.Epoch.Add(61 * time.Minute)}, closed)
		assert.LessOrEqual(t, got[1].at, 30*time.Second+tick)
	})
}

func TestBarsStartInThePastOrGoOnAfterASequenceWithoutAGap(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		start := path.Epoch.Add(10*time.Minute + time.Second)
		first := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Minute, StartTime: start, Interval: time.Second}, nil)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		got := first.hangUp(t)
		closed, running := requireBars(t, got, time.Minute)
		assert.Equal(t, path.Epoch.Add(11*time.Minute), closed[0], "the first that opens after the start")
		assert.Len(t, closed, 50, "from 00:11 to 01:00")
		assert.Len(t, running, 1+90, "one at once and one a second")

		last := got[len(got)-1].GetBar().GetSequence()
		time.Sleep(10*time.Minute + tick/2)
		resumed := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Minute, AfterSequence: last, Interval: time.Second}, nil)
		synctest.Wait()
		closed, running = requireBars(t, resumed.hangUp(t), time.Minute)
		assert.Equal(t, path.Epoch.Add(61*time.Minute), closed[0], "the one that was under way")
		assert.Len(t, closed, 10)
		assert.Len(t, running, 1)
	})
}

func TestASlowReaderOfBarsMissesNoneThatHasClosed(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		stall := 5 * time.Minute
		reader := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Second, ClosedOnly: true, Interval: time.Second}, func() {
			time.Sleep(stall)
			stall = 0
		})
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		closed, _ := requireBars(t, reader.hangUp(t), time.Second)
		assert.Len(t, closed, 1+6*60)
	})
}

func TestWithAFastClockEveryBarIsSent(t *testing.T) {
	for _, scale := range []float64{7, 1440} {
		inBubble(t, func() simclock.Mapping { return oneHourIn(scale) }, rule{}, func(t *testing.T, hub *Hub) {
			withPast(t, hub)
			reader := listen(t, hub, Request{Instruments: []int{0}, Bars: time.Minute, Interval: time.Second}, nil)
			time.Sleep(20 * time.Second)
			synctest.Wait()
			closed, _ := requireBars(t, reader.hangUp(t), time.Minute)
			assert.InDelta(t, 20*scale/60, len(closed), 1)
		})
	}
}

func TestAllReadersOfAnIntervalShareTheBarsThatAreMade(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		withPast(t, hub)
		line, err := hub.chart.line(time.Minute, hourTicks)
		require.NoError(t, err)
		first, err := line.at(hourTicks + 1)
		require.NoError(t, err)
		again, err := line.at(hourTicks + 1)
		require.NoError(t, err)
		assert.Same(t, first, again)
		before, err := line.at(hourTicks - 1)
		require.NoError(t, err)
		assert.Nil(t, before, "what lies before the latest bar is not the chart's to make")
	})
}

func TestWithoutAPastThereAreNoBars(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		err := hub.Stream(t.Context(), Request{Instruments: []int{0}, Bars: time.Minute, Interval: time.Second}, nil)
		requireReason(t, err, errs.OutOfRange, "SEQUENCE_NOT_RETAINED")
	})
}
