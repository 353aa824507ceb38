package records_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// day journals an opening and so many groups, and counts what was told by kind.
func day(t require.TestingT, j *log, c *crowd, groups int, between func(group int)) {
	commands := c.opening()
	now := morning
	for group := range groups {
		_, err := j.Do(now, now, commands, nil)
		require.NoError(t, err)
		if between != nil {
			between(group)
		}
		now = now.Add(time.Duration(c.IntN(300)) * time.Millisecond)
		commands = nil
		for range 1 + c.IntN(12) {
			commands = append(commands, c.command())
		}
	}
}

// kindsOf are the kinds of events that were told.
func kindsOf(t require.TestingT, all []string) map[venue.EventKind]int {
	kinds := map[venue.EventKind]int{}
	for _, one := range all {
		var sequence, wall, business int64
		var payload []byte
		_, err := fmt.Sscanf(one, "%d %d %d %x", &sequence, &wall, &business, &payload)
		require.NoError(t, err)
		var event venue.Event
		require.NoError(t, venue.DecodeEvent(payload, &event))
		kinds[event.Kind]++
	}
	return kinds
}

func TestAJournalGivesTheSameStateAndTheSameEventsAgain(t *testing.T) {
	disk := memdisk.New()
	j := load(t, on(disk))
	day(t, j, newCrowd(t, 1), 600, nil)
	hash, events := hashOf(t, j), told(t, j)
	require.NoError(t, j.Close())
	kinds := kindsOf(t, events)
	for _, kind := range []venue.EventKind{
		venue.OrderAccepted, venue.OrderRejected, venue.OrderRested, venue.OrderTriggered, venue.OrderActivated, venue.OrderReplaced,
		venue.OrderRefilled, venue.OrderDecremented, venue.OrderCancelled, venue.OrderExpired, venue.Traded, venue.Deposited,
		venue.WithdrawalHeld, venue.WithdrawalSettled, venue.WithdrawalReleased, venue.Transferred, venue.LimitsChanged, venue.PhaseChanged,
		venue.AuctionUncrossed, venue.SpreadChanged, venue.ReferenceChanged, venue.FaultBegan, venue.FaultEnded,
	} {
		assert.Positive(t, kinds[kind], "the day has no event of kind %d", kind)
	}

	removed := map[string][]byte{}
	for _, name := range files(t, disk, "events-") {
		removed[name] = nil
	}
	again := copyOf(t, disk, removed)
	j = load(t, on(again))
	assert.Equal(t, hash, hashOf(t, j))
	assert.Equal(t, events, told(t, j))
	require.NoError(t, j.Close())
	for name := range removed {
		assert.True(t, bytes.Equal(disk.Bytes(name), again.Bytes(name)), "%s is not the same, byte for byte", name)
	}
}

func TestASnapshotAndWhatFollowsGiveTheSameStateAndTheSameEvents(t *testing.T) {
	disk := memdisk.New()
	j := load(t, on(disk))
	day(t, j, newCrowd(t, 2), 300, func(group int) {
		if group == 200 {
			require.NoError(t, j.Snapshot(t.Context()))
		}
	})
	hash, events := hashOf(t, j), told(t, j)
	require.NoError(t, j.Close())
	again := copyOf(t, disk, nil)
	j = load(t, on(again))
	recovery := j.Recovery()
	assert.Positive(t, recovery.Snapshot)
	assert.Positive(t, recovery.Replayed)
	assert.Less(t, recovery.Replayed, recovery.Snapshot, "only what came after the snapshot")
	assert.Equal(t, hash, hashOf(t, j))
	assert.Equal(t, events, told(t, j))
	require.NoError(t, j.Close())
}

// However often it is started again, from snapshots or without them, a venue goes on as one that never stopped.
func TestAVenueThatIsRestartedGoesOnAsOneThatNeverStopped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed, groups := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(1, 60).Draw(t, "groups")
		straight := load(t, on(memdisk.New()))
		day(t, straight, newCrowd(t, seed), groups, nil)

		o := on(memdisk.New())
		j := &restarting{log: load(t, o), options: o}
		commands := newCrowd(t, seed)
		j.day(t, commands, groups)
		require.Equal(t, hashOf(t, straight), hashOf(t, j.log))
		require.Equal(t, told(t, straight), told(t, j.log))
		require.NoError(t, straight.Close())
		require.NoError(t, j.log.Close())
	})
}

// restarting is a journal that is closed and loaded again now and then.
type restarting struct {
	log     *log
	options records.Options
}

func (r *restarting) day(t *rapid.T, c *crowd, groups int) {
	commands, now := c.opening(), morning
	for range groups {
		_, err := r.log.Do(now, now, commands, nil)
		require.NoError(t, err)
		switch rapid.IntRange(0, 9).Draw(t, "between") {
		case 0:
			require.NoError(t, r.log.Snapshot(t.Context()))
		case 1:
			require.NoError(t, r.log.Close())
			r.options.State = records.NewState()
			r.log = load(t, r.options)
		}
		now = now.Add(time.Duration(c.IntN(300)) * time.Millisecond)
		commands = nil
		for range 1 + c.IntN(12) {
			commands = append(commands, c.command())
		}
	}
}

func TestAnAcknowledgedOrderSurvivesALossOfPower(t *testing.T) {
	disk, c := memdisk.New(), newCrowd(t, 3)
	m, err := journal.Open(on(disk))
	require.NoError(t, err)
	for _, command := range c.opening() {
		answer, err := m.Submit(t.Context(), command)
		require.NoError(t, err)
		require.NoError(t, answer.Err)
	}
	var acknowledged sync.Map
	var traders sync.WaitGroup
	for _, name := range names {
		traders.Go(func() {
			for n := range 50 {
				answer, err := m.Submit(t.Context(), &venue.Place{
					Account: name, ClientID: fmt.Sprintf("%s-%d", name, n), Order: venue.Order{Side: book.Side(n % 2), Price: 1_000_000, Lots: 100},
				})
				assert.NoError(t, err)
				assert.NoError(t, answer.Err)
				acknowledged.Store(venue.Target{Account: name, Order: answer.Order.ID}, answer.Order.ClientID)
			}
		})
	}
	traders.Wait()
	hash, err := m.Hash(t.Context())
	require.NoError(t, err)
	disk.Crash(rand.New(rand.NewPCG(1, 1)))
	_ = m.Close(t.Context()) // its disk is another one now

	o := on(disk)
	j := load(t, o)
	assert.Equal(t, hash, hashOf(t, j))
	count := 0
	acknowledged.Range(func(target, clientID any) bool {
		order, err := o.State.(*records.State).Venue.Order(target.(venue.Target))
		assert.NoError(t, err)
		assert.Equal(t, clientID, order.ClientID)
		count++
		return true
	})
	assert.Equal(t, 200, count)
	require.NoError(t, j.Close())
}

func TestAStateOfAnotherVersionIsRefused(t *testing.T) {
	err := records.NewState().Restore(strings.NewReader(""), records.Version+1)
	assert.ErrorContains(t, err, "start the build that wrote it, or move the data away")
	assert.Error(t, records.NewState().Restore(strings.NewReader("no venue"), records.Version))
}
