package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// spoiled runs a fault on AAA/USD for a second, after a second without, and returns what a reader of both symbols got in four
// seconds at ten updates a second, by symbol, and the fault.
func spoiled(t *testing.T, spec FaultSpec) (hit, spared []received, fault Fault) {
	spec.Duration = time.Second
	spec.Instruments = []int{0}
	if spec.Probability == 0 {
		spec.Probability = 1
	}
	inBubble(t, atScaleOne, rule{}, func(t *testing.T, hub *Hub) {
		l := listen(t, hub, Request{Instruments: []int{0, 1}, Interval: 100 * time.Millisecond}, nil)
		time.Sleep(1010 * time.Millisecond)
		_, err := hub.Faults().Inject(spec)
		require.NoError(t, err)
		assert.Equal(t, "degraded", string(hub.Faults().Dependencies()[0].State))
		time.Sleep(3 * time.Second)
		synctest.Wait()
		assert.Equal(t, "up", string(hub.Faults().Dependencies()[0].State))
		assert.Empty(t, hub.Faults().List(false))
		fault = hub.Faults().List(true)[0]
		for _, one := range l.hangUp(t) {
			if one.GetUpdate().GetSymbol() == "AAA/USD" {
				hit = append(hit, one)
			} else {
				spared = append(spared, one)
			}
		}
	})
	for n, one := range spared {
		require.InDelta(t, rulePrice(1, one.GetUpdate().GetSequence()), one.GetUpdate().GetPrice(), 1e-9)
		require.True(t, n == 0 || one.GetPreviousSequence() == spared[n-1].GetUpdate().GetSequence(), "others do not notice")
	}
	return hit, spared, fault
}

func atScaleOne() simclock.Mapping { return oneHourIn(1) }

func TestAStaleFeedRepeatsTheLastUpdateUnderNewSequences(t *testing.T) {
	hit, spared, fault := spoiled(t, FaultSpec{Kind: Stale})
	require.Len(t, hit, len(spared))
	for n, one := range hit {
		stale := n > 10 && n <= 20
		assert.Equal(t, spared[n].GetUpdate().GetSequence(), one.GetUpdate().GetSequence())
		if stale {
			assert.InDelta(t, hit[11].GetUpdate().GetPrice(), one.GetUpdate().GetPrice(), 1e-9)
			assert.True(t, proto.Equal(hit[11].GetUpdate().GetBusinessTime(), one.GetUpdate().GetBusinessTime()))
		} else {
			assert.InDelta(t, rulePrice(0, one.GetUpdate().GetSequence()), one.GetUpdate().GetPrice(), 1e-9)
		}
	}
	assert.InDelta(t, 49, float64(fault.Hits), 1)
	assert.Equal(t, fault.First+fault.Hits-1, fault.Last)
}

func TestAGapShowsInThePreviousSequence(t *testing.T) {
	hit, spared, fault := spoiled(t, FaultSpec{Kind: Gap, Probability: 0.5, Seed: 4})
	assert.Less(t, len(hit), len(spared))
	assert.Greater(t, len(hit), len(spared)-10)
	gaps := 0
	for n := 1; n < len(hit); n++ {
		if hit[n].GetPreviousSequence() != hit[n-1].GetUpdate().GetSequence() {
			gaps++
		}
	}
	assert.Positive(t, gaps)
	assert.InDelta(t, 25, float64(fault.Hits), 12)
	again, _, _ := spoiled(t, FaultSpec{Kind: Gap, Probability: 0.5, Seed: 4})
	assert.Equal(t, sequences(hit), sequences(again), "the same seed strikes the same updates")
}

func TestADelayedFeedIsLateByTheLagAndCatchesUpAtTheEnd(t *testing.T) {
	hit, spared, _ := spoiled(t, FaultSpec{Kind: Delay, Lag: 400 * time.Millisecond})
	assert.Len(t, hit, len(spared)-4, "nothing comes until the lag is over")
	lateBy := map[uint64]int{}
	at := map[time.Duration]uint64{}
	for _, one := range spared {
		at[one.at] = one.GetUpdate().GetSequence()
	}
	for _, one := range hit {
		lateBy[at[one.at]-one.GetUpdate().GetSequence()]++
	}
	assert.Equal(t, map[uint64]int{0: len(hit) - 6, 20: 6}, lateBy)
}

func TestAnOutageIsSilenceAndAPriceIsUnavailableAfterASecond(t *testing.T) {
	hit, spared, _ := spoiled(t, FaultSpec{Kind: Outage})
	assert.Len(t, hit, len(spared)-10)
	inBubble(t, atScaleOne, rule{}, func(t *testing.T, hub *Hub) {
		_, err := hub.Faults().Inject(FaultSpec{Kind: Outage, Probability: 1, Duration: time.Hour})
		require.NoError(t, err)
		time.Sleep(500 * time.Millisecond)
		_, err = hub.Latest(0)
		require.NoError(t, err, "the last one that was sent")
		time.Sleep(time.Second)
		_, err = hub.Latest(0)
		requireReason(t, err, errs.Unavailable, "FEED_OUTAGE")
		cleared, unknown := hub.Faults().Clear([]uint64{7})
		assert.Empty(t, cleared)
		assert.Equal(t, uint64(7), unknown)
		cleared, _ = hub.Faults().Clear(nil)
		assert.Equal(t, []uint64{1}, cleared)
		time.Sleep(50 * time.Millisecond)
		_, err = hub.Latest(0)
		require.NoError(t, err)
	})
}

func TestAnOutOfOrderFeedShowsSequencesThatFall(t *testing.T) {
	hit, spared, fault := spoiled(t, FaultSpec{Kind: OutOfOrder, Probability: 0.5, Seed: 2, Lag: 300 * time.Millisecond})
	require.Len(t, hit, len(spared))
	falls := 0
	for n := 1; n < len(hit); n++ {
		if hit[n].GetUpdate().GetSequence() < hit[n-1].GetUpdate().GetSequence() {
			falls++
		}
	}
	assert.Positive(t, falls)
	assert.Positive(t, fault.Hits)
}

func TestABadTickIsOffByItsMagnitude(t *testing.T) {
	hit, _, fault := spoiled(t, FaultSpec{Kind: BadTick, Probability: 0.4, Seed: 3, Magnitude: 0.2})
	bad := 0
	for _, one := range hit {
		off := one.GetUpdate().GetPrice()/rulePrice(0, one.GetUpdate().GetSequence()) - 1
		if off > 1e-6 || off < -1e-6 {
			assert.InDelta(t, 0.2, max(off, -off), 1e-9)
			bad++
		}
	}
	assert.Positive(t, bad)
	assert.Greater(t, int(fault.Hits), bad, "not every tick is sent to this reader")
}

func TestFaultsAreBounded(t *testing.T) {
	faults := newFaults(NewSchedule(oneHourIn(1), time.Now()), nil, nil)
	for range MaxFaults {
		_, err := faults.Inject(FaultSpec{Kind: Gap, Probability: 1, Duration: time.Hour})
		require.NoError(t, err)
	}
	_, err := faults.Inject(FaultSpec{Kind: Gap, Probability: 1, Duration: time.Hour})
	requireReason(t, err, errs.ResourceExhausted, "TOO_MANY_FEED_FAULTS")
	for range 10 * MaxFaults {
		faults.Clear(nil)
		_, err := faults.Inject(FaultSpec{Kind: Gap, Probability: 1, Duration: time.Hour})
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, len(faults.List(true)), MaxEnded+1)
}

func TestAFaultThatMeetsWithheldUpdatesLeavesThem(t *testing.T) {
	faults := newFaults(NewSchedule(oneHourIn(1), time.Now()), nil, nil)
	for _, kind := range []FaultKind{Gap, Stale, BadTick, OutOfOrder, Delay} {
		_, err := faults.Inject(FaultSpec{Kind: kind, Probability: 1, Duration: time.Hour, Magnitude: 0.1})
		require.NoError(t, err)
	}
	update, err := proto.Marshal(&marketdatav1.StreamPricesResponse{Update: &marketdatav1.PriceUpdate{Price: 1}})
	require.NoError(t, err)
	struck, err := faults.strike(1, time.Now(), [][]byte{update, nil})
	require.NoError(t, err)
	assert.Equal(t, [][]byte{nil, nil}, struck)
}
