package journal_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// small is a journal of a few groups over two segments of each kind, with the state's hash after each group.
func small(t testing.TB, snapshotAfter int) (disk *memdisk.Disk, after []journal.Hash) {
	disk = memdisk.New()
	o := on(disk)
	o.SegmentBytes = 300
	j := load(t, o)
	after = append(after, hashOf(t, j))
	for i := range 5 {
		_, err := j.Do(start, start.Add(time.Duration(i)), []deposit{{account: 1, amount: int64(i + 1)}, {account: 2, amount: 7}}, nil)
		require.NoError(t, err)
		after = append(after, hashOf(t, j))
		if i == snapshotAfter {
			require.NoError(t, j.Snapshot(t.Context()))
		}
	}
	require.NoError(t, j.Close())
	return disk, after
}

func files(t *testing.T, disk *memdisk.Disk, prefix string) []string {
	t.Helper()
	names, err := disk.List()
	require.NoError(t, err)
	return slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// reopened loads a journal and says after how many groups its state stands, -1 when it was refused.
func reopened(t *testing.T, disk *memdisk.Disk, after []journal.Hash) int {
	o := on(disk)
	o.SegmentBytes = 300
	j, err := journal.Load(o)
	if err != nil {
		require.Equal(t, errs.FailedPrecondition, errs.KindOf(err), "%v", err)
		return -1
	}
	at := slices.Index(after, hashOf(t, j))
	require.GreaterOrEqual(t, at, 0, "a state that never was")
	require.NoError(t, j.Close())
	return at
}

// harmed calls check with each file cut at each byte, and with each bit of it flipped.
func harmed(t *testing.T, disk *memdisk.Disk, name string, check func(t *testing.T, harmed []byte)) {
	whole := disk.Bytes(name)
	for size := range whole {
		check(t, whole[:size])
	}
	for bit := range len(whole) * 8 {
		flipped := slices.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		check(t, flipped)
	}
}

func TestACommandLogThatIsCutOrHasABitFlippedGivesAPrefixOrARefusal(t *testing.T) {
	disk, after := small(t, -1)
	segments := files(t, disk, "commands-")
	require.Greater(t, len(segments), 1)
	for i, name := range segments {
		results := map[int]int{}
		harmed(t, disk, name, func(t *testing.T, content []byte) {
			changed := map[string][]byte{name: content}
			for _, events := range files(t, disk, "events-") {
				changed[events] = nil // so that they do not give away what is missing
			}
			results[reopened(t, copyOf(t, disk, changed), after)]++
			withEvents := reopened(t, copyOf(t, disk, map[string][]byte{name: content}), after)
			require.Contains(t, []int{-1, len(after) - 1}, withEvents, "events give away that acknowledged commands are missing")
		})
		t.Logf("%s: groups recovered: %v", name, results)
		if i < len(segments)-1 {
			assert.NotContains(t, results, 0, "damage before the last segment is refused")
		}
	}
}

func TestAnEventLogThatIsCutOrHasABitFlippedIsWrittenAgain(t *testing.T) {
	disk, after := small(t, -1)
	for _, name := range files(t, disk, "events-") {
		harmed(t, disk, name, func(t *testing.T, content []byte) {
			harmed := copyOf(t, disk, map[string][]byte{name: content})
			if reopened(t, harmed, after) >= 0 {
				for _, other := range files(t, disk, "events-") {
					require.Equal(t, disk.Bytes(other), harmed.Bytes(other), "byte for byte")
				}
			} else {
				require.False(t, bytes.HasPrefix(content, disk.Bytes(name)[:76]), "only for its header")
			}
		})
	}
}

func TestASnapshotThatIsCutOrHasABitFlippedIsNotTaken(t *testing.T) {
	disk, after := small(t, 2)
	name := files(t, disk, "snapshot-")[0]
	harmed(t, disk, name, func(t *testing.T, content []byte) {
		require.Equal(t, len(after)-1, reopened(t, copyOf(t, disk, map[string][]byte{name: content}), after), "replay from the start")
	})
}

func TestDamageNamesTheFileTheOffsetAndWhatToDo(t *testing.T) {
	disk, _ := small(t, -1)
	name := files(t, disk, "commands-")[0]
	content := disk.Bytes(name)
	content[100] ^= 1
	_, err := journal.Load(on(copyOf(t, disk, map[string][]byte{name: content})))
	require.ErrorContains(t, err, name+" is damaged at byte 76: ")
	require.ErrorContains(t, err, "restore the whole directory from a backup")
}

func TestASegmentOfAnotherJournalIsRefused(t *testing.T) {
	disk, _ := small(t, -1)
	o := on(memdisk.New())
	o.Random = strings.NewReader("another journal!")
	j := load(t, o)
	require.NoError(t, j.Close())
	stranger := o.Directory.(*memdisk.Disk).Bytes("commands-00000000000000000001")
	last := files(t, disk, "commands-")[1]
	_, err := journal.Load(on(copyOf(t, disk, map[string][]byte{last: stranger})))
	require.ErrorContains(t, err, last+" is damaged at byte 0: it is the segment of commands-00000000000000000001")
}
