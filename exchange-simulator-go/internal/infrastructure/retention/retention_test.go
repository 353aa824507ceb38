package retention_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/infrastructure/retention"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	bound  = 1000
	weight = 10 // bytes of an event
)

// disk is a log whose events weigh the same; a snapshot removes what all have acknowledged.
type disk struct {
	mu        sync.Mutex
	earliest  uint64
	last      uint64
	cursors   map[string]uint64
	snapshots int
}

func (d *disk) Stats() journal.Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	return journal.Stats{Events: d.last, EarliestEvent: d.earliest, EventBytes: int64(d.last+1-d.earliest) * weight}
}

func (d *disk) Cursor(consumer string) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cursors[consumer]
}

func (d *disk) Acknowledge(consumer string, sequence uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cursors[consumer] = max(d.cursors[consumer], sequence)
	return nil
}

func (d *disk) Snapshot(context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.snapshots++
	d.earliest = max(d.earliest, min(d.cursors["history"], d.cursors["settlement"], d.cursors["audit"])+1)
	return nil
}

func (d *disk) taken() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.snapshots
}

// grow adds events, which some consumers take at once.
func (d *disk) grow(events uint64, taken ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last += events
	for _, consumer := range taken {
		d.cursors[consumer] = d.last
	}
}

func run(t *testing.T, test func(t *testing.T, d *disk, k *retention.Keeper)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log := logrus.New()
		log.SetOutput(t.Output())
		d := &disk{earliest: 1, cursors: map[string]uint64{}}
		k := retention.New(d, bound, log)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- k.Run(ctx) }()
		test(t, d, k)
		cancel()
		require.NoError(t, <-done)
	})
}

func TestALogWithRoomIsLeftAlone(t *testing.T) {
	run(t, func(t *testing.T, d *disk, k *retention.Keeper) {
		d.grow(70)
		time.Sleep(time.Hour)
		assert.Zero(t, d.taken())
		assert.Zero(t, d.Cursor("audit"))
		assert.NoError(t, k.Refusal())
	})
}

func TestWhatTheAuditDoesNotFetchIsDroppedOldestFirst(t *testing.T) {
	run(t, func(t *testing.T, d *disk, k *retention.Keeper) {
		for range 1000 {
			d.grow(7, "history", "settlement")
			time.Sleep(10 * time.Second)
			require.NoError(t, k.Refusal())
			require.LessOrEqual(t, d.Stats().EventBytes, int64(bound))
		}
		stats := d.Stats()
		assert.GreaterOrEqual(t, stats.EventBytes, int64(bound/2), "no more is dropped than must be")
		assert.Equal(t, stats.EarliestEvent-1, k.Dropped())
		assert.Equal(t, health.Up, k.Dependencies()[0].State)
	})
}

func TestWhatIsToBeSettledIsKeptAndNewOrdersAreRefusedInstead(t *testing.T) {
	run(t, func(t *testing.T, d *disk, k *retention.Keeper) {
		d.grow(10, "settlement")
		d.grow(105, "history", "audit")
		time.Sleep(time.Minute)
		err := k.Refusal()
		require.Error(t, err)
		assert.Equal(t, errs.ResourceExhausted, errs.KindOf(err))
		assert.ErrorContains(t, err, "settlement has taken only the events up to 10 of 115")
		assert.Equal(t, health.Degraded, k.Dependencies()[0].State)
		assert.EqualValues(t, 11, d.Stats().EarliestEvent)
		d.grow(6, "history")
		time.Sleep(time.Minute)
		require.Error(t, k.Refusal())
		require.NoError(t, d.Acknowledge("settlement", 121))
		require.NoError(t, d.Acknowledge("audit", 121))
		time.Sleep(time.Minute)
		assert.NoError(t, k.Refusal())
		assert.Equal(t, health.Up, k.Dependencies()[0].State)
	})
}

func TestSnapshotsForRoomAreTakenNowAndThen(t *testing.T) {
	run(t, func(t *testing.T, d *disk, _ *retention.Keeper) {
		d.grow(99)
		time.Sleep(time.Minute + time.Millisecond)
		assert.InDelta(t, 6, d.taken(), 1)
	})
}
