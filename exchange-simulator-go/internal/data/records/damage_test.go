package records_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// small is a journal of a few groups of commands, with the state's hash after each.
func small(t *testing.T, snapshotAfter int) (disk *memdisk.Disk, after []journal.Hash) {
	disk = memdisk.New()
	j := load(t, onSmall(disk))
	after = append(after, hashOf(t, j))
	order := venue.Order{Price: 6_000_000, Lots: 1000}
	selling := venue.Order{Side: book.Sell, Price: 5_900_000, Lots: 300}
	for n, group := range [][]venue.Command{
		{one(t)},
		{&venue.Open{Account: "alice", Fund: []venue.Amount{{Asset: 0, Units: 1 << 50}}}, &venue.Open{Account: "bob", Fund: []venue.Amount{{Asset: 1, Units: 1 << 50}}}},
		{&venue.Place{Account: "alice", ClientID: "a", Order: order}, &venue.Place{Account: "bob", ClientID: "b", Order: selling}},
		{&venue.Cancel{Target: venue.Target{Account: "alice", ClientID: "a"}}},
	} {
		answers, err := j.Do(morning, morning.Add(time.Duration(n)), group, nil)
		require.NoError(t, err)
		for _, answer := range answers {
			require.NoError(t, answer.Err)
		}
		after = append(after, hashOf(t, j))
		if n == snapshotAfter {
			require.NoError(t, j.Snapshot(t.Context()))
		}
	}
	require.NoError(t, j.Close())
	return disk, after
}

func onSmall(disk *memdisk.Disk) records.Options {
	o := on(disk)
	o.SegmentBytes = 600
	return o
}

// reopened loads a journal and says after how many groups its state stands, -1 when it was refused.
func reopened(t *testing.T, disk *memdisk.Disk, after []journal.Hash) int {
	j, err := journal.Load(onSmall(disk))
	if err != nil {
		require.Equal(t, errs.FailedPrecondition, errs.KindOf(err), "%v", err)
		return -1
	}
	at := slices.Index(after, hashOf(t, j))
	require.GreaterOrEqual(t, at, 0, "a state that never was")
	require.NoError(t, j.Close())
	return at
}

// harmed calls check with a file cut at each byte, and with each bit of it flipped.
func harmed(disk *memdisk.Disk, name string, check func(content []byte)) {
	whole := disk.Bytes(name)
	for size := range whole {
		check(whole[:size])
	}
	for bit := range len(whole) * 8 {
		flipped := slices.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		check(flipped)
	}
}

func TestCommandsThatAreCutOrHaveABitFlippedGiveAPrefixOrARefusal(t *testing.T) {
	disk, after := small(t, -1)
	segments := files(t, disk, "commands-")
	require.Greater(t, len(segments), 1)
	for at, name := range segments {
		results := map[int]int{}
		harmed(disk, name, func(content []byte) {
			changed := map[string][]byte{name: content}
			for _, events := range files(t, disk, "events-") {
				changed[events] = nil // so that they do not give away what is missing
			}
			results[reopened(t, copyOf(t, disk, changed), after)]++
		})
		t.Logf("%s: groups recovered: %v", name, results)
		if at < len(segments)-1 {
			assert.Len(t, results, 2, "damage before the last segment is refused, or of no consequence")
			assert.Positive(t, results[-1])
		}
	}
}

func TestEventsThatAreCutOrHaveABitFlippedAreWrittenAgain(t *testing.T) {
	disk, after := small(t, -1)
	for _, name := range files(t, disk, "events-") {
		refused := 0
		harmed(disk, name, func(content []byte) {
			again := copyOf(t, disk, map[string][]byte{name: content})
			if reopened(t, again, after) < 0 {
				refused++
				return
			}
			require.Equal(t, disk.Bytes(name), again.Bytes(name), "byte for byte")
		})
		assert.LessOrEqual(t, refused, 76*9, "only for its header")
	}
}

func TestASnapshotThatIsCutOrHasABitFlippedIsNotTaken(t *testing.T) {
	disk, after := small(t, 2)
	name := files(t, disk, "snapshot-")[0]
	harmed(disk, name, func(content []byte) {
		require.Equal(t, len(after)-1, reopened(t, copyOf(t, disk, map[string][]byte{name: content}), after), "replay from the start")
	})
}
