package journal_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestEveryCallerGetsTheAnswerToItsOwnCommand(t *testing.T) {
	disk := memdisk.New()
	o := on(disk)
	o.SnapshotBytes = 5000
	m := open(t, o)
	var callers sync.WaitGroup
	for account := range 16 {
		callers.Go(func() {
			for i := range 125 {
				balance, err := m.Submit(t.Context(), deposit{account: uint8(account), amount: 2})
				assert.NoError(t, err)
				assert.Equal(t, int64(2*i+2), balance)
			}
		})
	}
	callers.Wait()
	hash, err := m.Hash(t.Context())
	require.NoError(t, err)
	require.NoError(t, m.Close(t.Context()))
	stats := m.Stats()
	assert.Equal(t, uint64(2000), stats.Commands)
	assert.Equal(t, uint64(2000), stats.Events)
	assert.LessOrEqual(t, stats.Groups, uint64(2000))

	m = open(t, on(disk))
	assert.Equal(t, journal.Recovery{Snapshot: 2000}, m.Recovery())
	assert.Equal(t, uint64(2000), m.Stats().Commands, "also before the next one comes")
	again, err := m.Hash(t.Context())
	require.NoError(t, err)
	assert.Equal(t, hash, again)
}

func TestAnswersOfAStreamComeInItsOrder(t *testing.T) {
	m := open(t, on(memdisk.New()))
	var answers []int64
	all := make(chan struct{})
	for range 100 {
		require.NoError(t, m.SubmitAsync(deposit{amount: 1}, func(balance int64, err error) {
			assert.NoError(t, err)
			if answers = append(answers, balance); balance == 100 {
				close(all)
			}
		}))
	}
	<-all
	for i, balance := range answers {
		assert.Equal(t, int64(i+1), balance)
	}
}

// stuck returns a machine whose disk does not sync until it is let go.
func stuck(t *testing.T, limit int) (m *machine, letGo func()) {
	disk := memdisk.New()
	o := on(slow{disk, make(chan struct{})})
	o.Queue = limit
	m = open(t, o)
	hold := o.Directory.(slow).hold
	released := sync.OnceFunc(func() { close(hold) })
	t.Cleanup(released)
	return m, released
}

// slow is a disk on which a group is synced once hold is closed.
type slow struct {
	*memdisk.Disk
	hold chan struct{}
}

type slowFile struct {
	journal.File
	hold chan struct{}
	size int
}

func (s slow) Create(name string, size int64) (journal.File, error) {
	file, err := s.Disk.Create(name, size)
	return &slowFile{File: file, hold: s.hold}, err
}

func (f *slowFile) WriteAt(b []byte, offset int64) (int, error) {
	f.size += len(b)
	return f.File.WriteAt(b, offset)
}

func (f *slowFile) Sync() error {
	if f.size > 100 { // not the header of a segment
		<-f.hold
	}
	return f.File.Sync()
}

func TestAFullQueueRefusesWithATimeToRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, letGo := stuck(t, 3)
		count := 0
		answered := func(int64, error) { count++ }
		require.NoError(t, m.SubmitAsync(deposit{amount: 1}, answered))
		synctest.Wait() // the first one is with the writer
		for range 3 {
			require.NoError(t, m.SubmitAsync(deposit{amount: 1}, answered))
		}
		_, err := m.Submit(t.Context(), deposit{amount: 1})
		var refused *errs.Error
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "QUEUE_FULL", refused.Reason)
		assert.Equal(t, 10*time.Millisecond, refused.RetryAfter)
		assert.Equal(t, 3, m.Stats().Queued)
		assert.Zero(t, count, "nothing is answered before it is durable")
		letGo()
		require.NoError(t, m.Close(t.Context()))
		assert.Equal(t, 4, count)
		assert.Equal(t, uint64(2), m.Stats().Groups, "what waited together is one group")
	})
}

func TestACallerThatLeavesIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, letGo := stuck(t, 3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := m.Submit(ctx, deposit{amount: 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = m.Submit(ctx, deposit{amount: 1})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		letGo()
		balance, err := m.Submit(t.Context(), deposit{amount: 0})
		require.NoError(t, err)
		assert.Equal(t, int64(1), balance, "the first one was accepted, the second was not")
		require.NoError(t, m.Close(t.Context()))
	})
}

func TestAFollowerSeesEventsOnceTheyAreDurable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, letGo := stuck(t, 3)
		reader, err := m.Events(1)
		require.NoError(t, err)
		var seen atomic.Uint64
		var follower sync.WaitGroup
		follower.Go(func() {
			for {
				event, err := reader.Next(t.Context())
				if err != nil {
					assert.Equal(t, errs.Unavailable, errs.KindOf(err), "the journal was closed")
					assert.NoError(t, reader.Close())
					return
				}
				seen.Store(event.Sequence)
			}
		})
		require.NoError(t, m.SubmitAsync(deposit{amount: 1}, func(int64, error) {}))
		synctest.Wait()
		assert.Zero(t, seen.Load())
		letGo()
		synctest.Wait()
		assert.Equal(t, uint64(2), seen.Load())
		for range 100 { // over many segments
			_, err := m.Submit(t.Context(), deposit{amount: 1})
			require.NoError(t, err)
		}
		synctest.Wait()
		assert.Equal(t, uint64(202), seen.Load())
		require.NoError(t, m.Close(t.Context()))
		follower.Wait()
	})
}

func TestAReaderMayStartAtAnyEvent(t *testing.T) {
	m := open(t, on(memdisk.New()))
	for range 60 {
		_, err := m.Submit(t.Context(), deposit{amount: 1})
		require.NoError(t, err)
	}
	for from := uint64(1); from <= 120; from++ {
		reader, err := m.Events(from)
		require.NoError(t, err)
		event, err := reader.Next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, from, event.Sequence)
		require.NoError(t, reader.Close())
	}
}

func TestAReaderKnowsHowManyEventsAreAheadOfIt(t *testing.T) {
	m := open(t, on(memdisk.New()))
	reader, err := m.Events(0)
	require.NoError(t, err)
	assert.Zero(t, reader.Ahead())
	for range 5 {
		_, err := m.Submit(t.Context(), deposit{amount: 2})
		require.NoError(t, err)
	}
	for ahead := uint64(5); ahead > 0; ahead-- {
		assert.Equal(t, ahead, reader.Ahead())
		_, err := reader.Next(t.Context())
		require.NoError(t, err)
	}
	assert.Zero(t, reader.Ahead())
	require.NoError(t, reader.Close())
	reader, err = m.Events(4)
	require.NoError(t, err)
	assert.Equal(t, uint64(2), reader.Ahead(), "what is skipped does not count")
	require.NoError(t, reader.Close())
}

func TestAReadSeesWhatWasAnswered(t *testing.T) {
	o := on(memdisk.New())
	m := open(t, o)
	state := o.State.(*bank)
	for i := range int64(20) {
		balance, err := m.Submit(t.Context(), deposit{amount: 1})
		require.NoError(t, err)
		var read int64
		require.NoError(t, m.Read(t.Context(), func() { read = state.balances[0] }))
		assert.Equal(t, balance, read)
		assert.Equal(t, i+1, read)
	}
	require.NoError(t, m.Close(t.Context()))
	assert.Equal(t, errs.Unavailable, errs.KindOf(m.Read(t.Context(), func() {})))
	_, err := m.Submit(t.Context(), deposit{})
	assert.Equal(t, errs.Unavailable, errs.KindOf(err))
	assert.Error(t, m.Health(t.Context()))
	require.NoError(t, m.Close(t.Context()), "a second one does nothing")
}

func TestACommandThatIsTooLargeIsRefusedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, letGo := stuck(t, 3)
		var failures []error
		answered := func(_ int64, err error) { failures = append(failures, err) }
		require.NoError(t, m.SubmitAsync(deposit{amount: 1}, answered))
		synctest.Wait()
		for _, size := range []int{10, journal.MaxRecord, 100_000} { // the last one is larger than a segment
			require.NoError(t, m.SubmitAsync(deposit{amount: 1, payload: make([]byte, size)}, answered))
		}
		letGo()
		require.NoError(t, m.Close(t.Context()))
		require.Len(t, failures, 4)
		assert.Equal(t, errs.Invalid, errs.KindOf(failures[2]))
		assert.NoError(t, errors.Join(failures[0], failures[1], failures[3]))
	})
}
