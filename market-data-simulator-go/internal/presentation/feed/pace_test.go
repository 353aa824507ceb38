package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func realTime() simclock.Mapping { return oneHourIn(1) }

func TestAReaderGetsTheLatestAtOnceAndThenEachMultipleOfItsInterval(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		time.Sleep(70 * time.Millisecond) // three ticks after the hour
		reader := listen(t, hub, Request{Instruments: []int{0}, Interval: 100 * time.Millisecond}, nil)
		time.Sleep(350 * time.Millisecond)
		synctest.Wait()
		got := reader.hangUp(t)
		require.Equal(t, []uint64{hourTicks + 3, hourTicks + 5, hourTicks + 10, hourTicks + 15, hourTicks + 20}, sequences(got))
		assert.Zero(t, got[0].at)
		assert.Equal(t, 30*time.Millisecond, got[1].at, "the next multiple of 100 ms")
		assert.Equal(t, 130*time.Millisecond, got[2].at)
	})
}

func TestAnUpdateSaysWhatTheSourceSaysAndWhatCameBefore(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		reader := listen(t, hub, Request{Instruments: []int{1}, Interval: 60 * time.Millisecond}, nil)
		time.Sleep(60 * time.Millisecond)
		synctest.Wait()
		got := reader.hangUp(t)
		require.Len(t, got, 2)
		assert.Zero(t, got[0].GetPreviousSequence())
		assert.Zero(t, got[0].GetConflatedTicks())
		assert.Equal(t, hourTicks, got[1].GetPreviousSequence())
		assert.Equal(t, uint64(2), got[1].GetConflatedTicks())
		update := got[1].GetUpdate()
		price := rulePrice(1, hourTicks+3)
		assert.Equal(t, "BBB/USD", update.GetSymbol())
		assert.Equal(t, hourTicks+3, update.GetSequence())
		assert.Equal(t, path.Epoch.Add(time.Hour+60*time.Millisecond), update.GetBusinessTime().AsTime())
		assert.Equal(t, []float64{price, price, price + 0.01, 1.5},
			[]float64{update.GetPrice(), update.GetBid(), update.GetAsk(), update.GetMinuteVolume()})
		day := update.GetDayChange()
		assert.Equal(t, []float64{100, price, 100, 2000}, []float64{day.GetOpen(), day.GetHigh(), day.GetLow(), day.GetVolume()})
		assert.InDelta(t, price-100, day.GetAmount(), 1e-9)
		assert.InDelta(t, price-100, day.GetPercent(), 1e-9)
	})
}

func TestAllReadersOfAnIntervalGetTheSameSequencesWheneverTheyCame(t *testing.T) {
	inBubble(t, realTime, rule{}, func(t *testing.T, hub *Hub) {
		early := listen(t, hub, Request{Instruments: []int{0}, Interval: 200 * time.Millisecond}, nil)
		time.Sleep(130 * time.Millisecond)
		late := listen(t, hub, Request{Instruments: []int{0}, Interval: 200 * time.Millisecond}, nil)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, sequences(early.hangUp(t))[1:], sequences(late.hangUp(t))[1:], "but for the first")
	})
}

func TestWithAFastClockFiftyTicksASecondArePublishedAndTheRestIsCounted(t *testing.T) {
	inBubble(t, func() simclock.Mapping { return oneHourIn(1440) }, rule{}, func(t *testing.T, hub *Hub) {
		reader := listen(t, hub, Request{Instruments: []int{0}, Interval: 20 * time.Millisecond}, nil)
		time.Sleep(time.Second)
		synctest.Wait()
		got := reader.hangUp(t)
		require.Len(t, got, 51)
		for i, one := range got[1:] {
			require.Equal(t, (hourTicks/1440+uint64(i)+1)*1440, one.GetUpdate().GetSequence())
			require.Equal(t, uint64(1439), one.GetConflatedTicks())
		}
	})
}

func TestAfterAPauseTheFeedGoesOnAtThePresentAndSaysWhatWasLeftOut(t *testing.T) {
	slept := false
	nap := rule{stall: func(sequence uint64) {
		if sequence == hourTicks+10 && !slept {
			slept = true
			time.Sleep(10 * time.Second)
		}
	}}
	inBubble(t, realTime, nap, func(t *testing.T, hub *Hub) {
		reader := listen(t, hub, Request{Instruments: []int{0}, Interval: 20 * time.Millisecond}, nil)
		time.Sleep(10*time.Second + 300*time.Millisecond)
		synctest.Wait()
		got := reader.hangUp(t)
		last := hourTicks + 515
		assert.Equal(t, last, got[len(got)-1].GetUpdate().GetSequence())
		assertGapless(t, got)
		resumed := listen(t, hub, Request{Instruments: []int{0}, Interval: 20 * time.Millisecond, AfterSequence: hourTicks + 5}, nil)
		synctest.Wait()
		assert.Len(t, resumed.hangUp(t), 510, "what the pause left out can be replayed all the same")
	})
}

// assertGapless checks that updates and what they say was conflated together account for every tick.
func assertGapless(t *testing.T, got []received) {
	t.Helper()
	for i, one := range got[1:] {
		require.Equal(t, got[i].GetUpdate().GetSequence(), one.GetPreviousSequence())
		require.Equal(t, one.GetUpdate().GetSequence(), one.GetPreviousSequence()+one.GetConflatedTicks()+1)
	}
}

func TestAClockSetBackPublishesNothingUntilItHasCaughtUp(t *testing.T) {
	hub := newHub(t, realTime(), rule{})
	now := hub.schedule.Wall(hourTicks)
	require.NoError(t, hub.publishDue(now))
	require.NoError(t, hub.publishDue(now.Add(-time.Hour)))
	assert.Equal(t, hourTicks, hub.ring.newest.Load().sequence)
	require.NoError(t, hub.publishDue(now.Add(20*time.Millisecond)))
	assert.Equal(t, hourTicks+1, hub.ring.newest.Load().sequence)
}

func TestAStartFillsTheRetainedWindowAsIfTheFeedHadAlwaysRun(t *testing.T) {
	computed := 0
	hub := newHub(t, realTime(), rule{stall: func(uint64) { computed++ }})
	require.NoError(t, hub.publishDue(hub.schedule.Wall(hourTicks)))
	for step := hourTicks - 3000; step <= hourTicks; step++ {
		require.NotNil(t, hub.ring.at(step), "step %d", step)
	}
	assert.Nil(t, hub.ring.at(hourTicks-3001))
	assert.Equal(t, 3001, computed, "and computes nothing else")
}
