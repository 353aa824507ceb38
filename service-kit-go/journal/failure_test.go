package journal_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func reasonOf(t *testing.T, err error) string {
	t.Helper()
	var refused *errs.Error
	require.ErrorAs(t, err, &refused)
	return refused.Reason
}

func TestAFullDiskRefusesCommandsUntilThereIsRoom(t *testing.T) {
	disk := memdisk.New()
	o := on(disk)
	m := open(t, o)
	disk.Limit(disk.Used() + 600)
	var balance int64
	for {
		answer, err := m.Submit(t.Context(), deposit{amount: -2})
		if err != nil {
			assert.Equal(t, "DISK_FULL", reasonOf(t, err))
			assert.Equal(t, errs.ResourceExhausted, errs.KindOf(err))
			require.ErrorContains(t, err, "make room on its disk")
			break
		}
		balance = answer
	}
	disk.Limit(0)
	answer, err := m.Submit(t.Context(), deposit{amount: -2})
	require.NoError(t, err)
	assert.Equal(t, balance-2, answer, "what was refused has no effect")
	require.NoError(t, m.Close(t.Context()))
	m = open(t, on(disk))
	answer, err = m.Submit(t.Context(), deposit{amount: -2})
	require.NoError(t, err)
	assert.Equal(t, balance-4, answer)
}

func TestWithoutRoomForEventsAnswersWaitAndCommandsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := memdisk.New()
		m := open(t, on(disk))
		disk.Limit(disk.Used() + 10)
		answered := make(chan error, 1)
		require.NoError(t, m.SubmitAsync(deposit{amount: 2}, func(_ int64, err error) { answered <- err }))
		synctest.Wait()
		assert.Empty(t, answered)
		_, err := m.Submit(t.Context(), deposit{amount: 2})
		assert.Equal(t, "DISK_FULL", reasonOf(t, err))
		assert.Equal(t, err, m.Health(t.Context()))
		disk.Limit(0)
		time.Sleep(time.Second)
		require.NoError(t, <-answered)
		require.NoError(t, m.Health(t.Context()))
		_, err = m.Submit(t.Context(), deposit{amount: 2})
		require.NoError(t, err)
		require.NoError(t, m.Close(t.Context()))
	})
}

func TestAStopOnAFullDiskLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := memdisk.New()
		m := open(t, on(disk))
		disk.Limit(disk.Used() + 10)
		answered := make(chan error, 1)
		require.NoError(t, m.SubmitAsync(deposit{amount: 2}, func(_ int64, err error) { answered <- err }))
		synctest.Wait()
		assert.Equal(t, "JOURNAL_FAILED", reasonOf(t, m.Close(t.Context())))
		assert.Equal(t, "JOURNAL_FAILED", reasonOf(t, <-answered))
		disk.Limit(0)
		m = open(t, on(disk))
		balance, err := m.Submit(t.Context(), deposit{amount: 2})
		require.NoError(t, err)
		assert.Equal(t, int64(4), balance, "the command was durable")
		require.NoError(t, m.Close(t.Context()))
	})
}

func TestAfterASyncThatFailedNothingIsAcceptedUntilARestart(t *testing.T) {
	for _, operation := range []string{"sync", "write"} {
		disk := memdisk.New()
		m := open(t, on(disk))
		_, err := m.Submit(t.Context(), deposit{amount: 1})
		require.NoError(t, err)
		disk.Fault(func(asked, name string) error {
			if asked == operation && strings.HasPrefix(name, "commands-") {
				return errors.New("input/output error")
			}
			return nil
		})
		_, err = m.Submit(t.Context(), deposit{amount: 1})
		assert.Equal(t, "JOURNAL_FAILED", reasonOf(t, err))
		require.ErrorContains(t, err, "input/output error")
		disk.Fault(nil)
		_, err = m.Submit(t.Context(), deposit{amount: 1})
		assert.Equal(t, "JOURNAL_FAILED", reasonOf(t, err), "though the disk seems to work again")
		assert.Error(t, m.Health(t.Context()))
		assert.Error(t, m.Close(t.Context()))
		m = open(t, on(disk))
		balance, err := m.Submit(t.Context(), deposit{amount: 0})
		require.NoError(t, err)
		assert.Contains(t, []int64{1, 2}, balance, "wholly there or wholly absent")
	}
}

func TestASnapshotThatFailsIsSeenAndTriedAgain(t *testing.T) {
	disk := memdisk.New()
	m := open(t, on(disk))
	_, err := m.Submit(t.Context(), deposit{amount: 1})
	require.NoError(t, err)
	disk.Limit(disk.Used() + 10)
	require.Error(t, m.Snapshot(t.Context()))
	assert.Error(t, m.Stats().SnapshotError)
	disk.Limit(0)
	require.NoError(t, m.Snapshot(t.Context()))
	require.NoError(t, m.Stats().SnapshotError)
	assert.Equal(t, uint64(1), m.Stats().Snapshot)
	require.NoError(t, m.Health(t.Context()))
}

func TestAStopWithoutTimeLeavesTheSnapshotOut(t *testing.T) {
	disk := memdisk.New()
	m := open(t, on(disk))
	_, err := m.Submit(t.Context(), deposit{amount: 1})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, m.Close(ctx), context.Canceled)
	m = open(t, on(disk))
	assert.Equal(t, uint64(1), m.Recovery().Replayed)
}
