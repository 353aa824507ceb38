package journal_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// past is what a history hands over.
type past struct {
	restored uint32 // version of the state that it begins with, 0 when it begins with the first command
	state    bank
	commands []string // sequence, times, version and payload of each
}

// pastOf reads the history that leads to an event, and applies it.
func pastOf(directory journal.Directory, event uint64) (past, error) {
	var p past
	err := journal.History(directory, event, func(state io.Reader, version uint32) error {
		p.restored = version
		return p.state.Restore(state, version)
	}, func(version uint32, stamp journal.Stamp, payload []byte) error {
		p.commands = append(p.commands, fmt.Sprintf("%d %d %d %d %x", stamp.Sequence, stamp.Wall.UnixNano(), stamp.Business.UnixNano(), version, payload))
		d, err := codec{}.DecodeCommand(payload)
		p.state.Apply(stamp, d, func(booked) {})
		return err
	})
	return p, err
}

func TestAHistoryLeadsToTheStateThatTheJournalHas(t *testing.T) {
	for _, snapshotAfter := range []int{-1, 2} {
		disk, _ := small(t, snapshotAfter)
		o := on(disk)
		o.SegmentBytes = 300
		j := load(t, o)
		p, err := pastOf(disk, 1000)
		require.NoError(t, err)
		assert.Equal(t, *o.State.(*bank), p.state)
		assert.Equal(t, snapshotAfter >= 0, p.restored == 1)
		assert.Len(t, p.commands, 10-2*(snapshotAfter+1))
		assert.Equal(t, fmt.Sprintf("10 %d %d 1 020700000000000000", start.UnixNano(), start.UnixNano()+4), p.commands[len(p.commands)-1])
		require.NoError(t, j.Close())
	}
}

// The third group ends with event 11, and a snapshot.
func TestAHistoryBeginsWithTheNewestSnapshotThatKnowsNoLaterEvent(t *testing.T) {
	disk, _ := small(t, 2)
	for event, commands := range map[uint64]int{0: 10, 10: 10, 11: 4, 12: 4} {
		p, err := pastOf(disk, event)
		require.NoError(t, err)
		assert.Len(t, p.commands, commands, "to event %d", event)
	}
}

func TestADamagedSnapshotIsPassedOver(t *testing.T) {
	disk, _ := small(t, 2)
	name := files(t, disk, "snapshot-")[0]
	harmed(t, disk, name, func(t *testing.T, content []byte) {
		p, err := pastOf(copyOf(t, disk, map[string][]byte{name: content}), 1000)
		require.NoError(t, err)
		require.Len(t, p.commands, 10, "from the first command")
	})
}

func TestAHistoryThatWasRemovedNamesTheEarliestEvent(t *testing.T) {
	disk, _ := small(t, 2)
	segments := files(t, disk, "commands-")
	_, err := pastOf(copyOf(t, disk, map[string][]byte{segments[0]: nil}), 10)
	var refused *errs.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, errs.OutOfRange, refused.Kind)
	assert.Equal(t, "11", refused.Metadata["earliest"])
	_, err = pastOf(memdisk.New(), 1)
	assert.Equal(t, errs.NotFound, errs.KindOf(err))
	changed := map[string][]byte{}
	for _, name := range segments {
		changed[name] = nil
	}
	_, err = pastOf(copyOf(t, disk, changed), 1000)
	assert.Equal(t, errs.NotFound, errs.KindOf(err), "a snapshot alone is no journal")
}

func TestAHistoryThatIsCutOrHasABitFlippedIsAPrefixOrARefusal(t *testing.T) {
	disk, _ := small(t, -1)
	whole, err := pastOf(disk, 0)
	require.NoError(t, err)
	segments := files(t, disk, "commands-")
	for i, name := range segments {
		harmed(t, disk, name, func(t *testing.T, content []byte) {
			p, err := pastOf(copyOf(t, disk, map[string][]byte{name: content}), 0)
			require.LessOrEqual(t, len(p.commands), len(whole.commands))
			require.Equal(t, whole.commands[:len(p.commands)], append([]string{}, p.commands...))
			if err != nil {
				require.Equal(t, errs.FailedPrecondition, errs.KindOf(err), "%v", err)
			} else if i < len(segments)-1 {
				require.Len(t, p.commands, len(whole.commands), "damage before the last segment is refused")
			}
		})
	}
}

func TestAHistoryEndsWithTheErrorOfItsReader(t *testing.T) {
	disk, _ := small(t, 2)
	enough := errors.New("enough")
	seen := 0
	ignore := func(io.Reader, uint32) error { return nil }
	err := journal.History(disk, 0, ignore, func(uint32, journal.Stamp, []byte) error {
		if seen++; seen == 3 {
			return enough
		}
		return nil
	})
	require.ErrorIs(t, err, enough)
	assert.Equal(t, 3, seen)
	err = journal.History(disk, 1000, func(io.Reader, uint32) error { return enough }, nil)
	require.ErrorIs(t, err, enough)
}

// A daemon that runs is not disturbed: its lock is not asked for, and its directory need not be writable.
func TestAHistoryIsReadBesideTheProcessThatHasTheJournalOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	directory, err := journal.Dir(path)
	require.NoError(t, err)
	m := open(t, on(directory))
	for done := range 40 {
		_, err := m.Submit(t.Context(), deposit{account: 3, amount: 5})
		require.NoError(t, err)
		if done == 20 {
			require.NoError(t, m.Snapshot(t.Context()))
		}
		p, err := pastOf(journal.ReadOnly(path), 0)
		require.NoError(t, err)
		require.Len(t, p.commands, done+1)
	}
	before := listing(t, path)
	p, err := pastOf(journal.ReadOnly(path), 1000)
	require.NoError(t, err)
	assert.EqualValues(t, 200, p.state.balances[3])
	assert.Len(t, p.commands, 19)
	assert.Equal(t, before, listing(t, path))
	file, err := journal.ReadOnly(path).Open("commands-00000000000000000001")
	require.NoError(t, err)
	_, err = file.WriteAt([]byte("x"), 0)
	require.Error(t, err)
	require.NoError(t, file.Close())
}

// listing is the names, sizes and times of the files of a folder.
func listing(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	var text strings.Builder
	for _, entry := range entries {
		info, err := entry.Info()
		require.NoError(t, err)
		fmt.Fprintln(&text, entry.Name(), info.Size(), info.ModTime().Format(time.RFC3339Nano))
	}
	return text.String()
}
