package journal_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestReplayGivesTheSameStateAndEventsByteForByte(t *testing.T) {
	for _, c := range []struct {
		name          string
		snapshotAfter int
	}{{"from the start", -1}, {"from a snapshot and what followed", 2}, {"from a snapshot at the end", 4}} {
		t.Run(c.name, func(t *testing.T) {
			disk, after := small(t, c.snapshotAfter)
			for _, lost := range [][]string{nil, files(t, disk, "events-")} {
				changed := map[string][]byte{}
				for _, name := range lost {
					changed[name] = nil
				}
				again := copyOf(t, disk, changed)
				if c.snapshotAfter >= 0 && lost != nil {
					assert.Equal(t, -1, reopened(t, again, after), "events before a snapshot cannot be made anew")
					continue
				}
				assert.Equal(t, len(after)-1, reopened(t, again, after))
				for _, name := range files(t, disk, "events-") {
					assert.Equal(t, disk.Bytes(name), again.Bytes(name))
				}
			}
		})
	}
}

func TestRecoverySaysWhatWasFound(t *testing.T) {
	disk, _ := small(t, 2)
	last := files(t, disk, "commands-")
	name := last[len(last)-1]
	torn := disk.Bytes(name)
	end := len(strings.TrimRight(string(torn), "\x00")) + 7 // the last amount is 7, in eight bytes
	copy(torn[end:], "half a group")
	o := on(copyOf(t, disk, map[string][]byte{name: torn}))
	j := load(t, o)
	assert.Equal(t, journal.Recovery{Snapshot: 6, Replayed: 4, TornBytes: 12}, j.Recovery())
	require.NoError(t, j.Close())
	j = load(t, on(o.Directory))
	assert.Zero(t, j.Recovery().TornBytes, "it was cut off")
	require.NoError(t, j.Close())
}

func TestAnotherVersionStartsFromASnapshotOnly(t *testing.T) {
	disk, _ := small(t, 2)
	o := on(disk)
	o.Version = 2
	_, err := journal.Load(o)
	require.ErrorContains(t, err, "commands from 7 were written by version 1 of the state machine, this is version 2: start and stop the program of version 1")

	j := load(t, on(disk))
	require.NoError(t, j.Snapshot(t.Context()))
	require.NoError(t, j.Close())
	for range 2 { // also when the segment of the new version is still empty, and when it is not
		o = on(disk)
		o.Version = 2
		j = load(t, o)
		_, err = j.Do(start, start, []deposit{{amount: 1}}, nil)
		require.NoError(t, err)
		require.NoError(t, j.Close())
	}
}

func TestAStateMachineThatReplaysOtherEventsIsFoundOut(t *testing.T) {
	disk, _ := small(t, -1)
	o := on(disk)
	o.State = fickle{&bank{}}
	_, err := journal.Load(o)
	require.ErrorContains(t, err, "replay gives other events from sequence 1 ")
	assert.Equal(t, errs.FailedPrecondition, errs.KindOf(err))
}

type fickle struct{ *bank }

func (f fickle) Apply(stamp journal.Stamp, d deposit, emit func(booked)) int64 {
	d.amount += 2
	return f.bank.Apply(stamp, d, emit)
}

func TestTwoSnapshotsAndWhatFollowsTheOlderAreKept(t *testing.T) {
	disk := memdisk.New()
	o := on(disk)
	o.Consumers = []string{"audit", "settlement"}
	j := load(t, o)
	for i := range 40 {
		_, err := j.Do(start, start, []deposit{{amount: int64(i)}, {amount: 2}}, nil)
		require.NoError(t, err)
		if i%10 == 9 {
			require.NoError(t, j.Snapshot(t.Context()))
		}
	}
	assert.Equal(t, []string{"snapshot-00000000000000000060", "snapshot-00000000000000000080"}, files(t, disk, "snapshot-"))
	assert.Less(t, files(t, disk, "commands-")[0], "commands-00000000000000000062")
	assert.Greater(t, files(t, disk, "commands-")[0], "commands-00000000000000000040")
	assert.Equal(t, "events-00000000000000000001", files(t, disk, "events-")[0], "nobody has acknowledged")

	require.NoError(t, j.Acknowledge("audit", 90))
	require.NoError(t, j.Snapshot(t.Context()))
	assert.Equal(t, "events-00000000000000000001", files(t, disk, "events-")[0], "settlement has not acknowledged")
	require.NoError(t, j.Acknowledge("settlement", 50))
	require.NoError(t, j.Acknowledge("settlement", 20), "a smaller one changes nothing")
	require.NoError(t, j.Snapshot(t.Context()))
	require.NoError(t, j.Close())

	o = on(disk)
	o.Consumers = []string{"audit", "settlement"}
	j = load(t, o)
	assert.Equal(t, uint64(50), j.Cursor("settlement"))
	_, err := j.Events(3)
	assert.Equal(t, errs.OutOfRange, errs.KindOf(err))
	earliest, _ := everything(t, j, 99)
	require.ErrorContains(t, err, "the earliest is")
	assert.Greater(t, earliest, uint64(3))
	assert.LessOrEqual(t, earliest, uint64(51))
	_, err = j.Events(200)
	require.ErrorContains(t, err, "the next event will be 100")
	require.ErrorContains(t, j.Acknowledge("nobody", 1), `consumer is "nobody": want one of ["audit" "settlement"]`)
	require.ErrorContains(t, j.Acknowledge("audit", 100), "want at most 99")
	require.NoError(t, j.Close())
}

func TestTheOlderSnapshotServesWhenTheNewerIsDamaged(t *testing.T) {
	disk := memdisk.New()
	j := load(t, on(disk))
	for i := range 30 {
		_, err := j.Do(start, start, []deposit{{amount: int64(i)}, {amount: 2}}, nil)
		require.NoError(t, err)
		if i%10 == 9 {
			require.NoError(t, j.Snapshot(t.Context()))
		}
	}
	hash := hashOf(t, j)
	require.NoError(t, j.Close())
	newest := files(t, disk, "snapshot-")[1]
	content := disk.Bytes(newest)
	content[len(content)/2] ^= 1
	j = load(t, on(copyOf(t, disk, map[string][]byte{newest: content})))
	assert.Equal(t, hash, hashOf(t, j))
	assert.Equal(t, uint64(40), j.Recovery().Snapshot)
	assert.Equal(t, uint64(20), j.Recovery().Replayed)
	require.Len(t, j.Recovery().Skipped, 1)
	require.NoError(t, j.Snapshot(t.Context()), "it takes the place of the damaged one")
	require.NoError(t, j.Close())
}

func TestBusinessTimeNeverRunsBackwards(t *testing.T) {
	disk := memdisk.New()
	j := load(t, on(disk))
	for _, business := range []time.Duration{5, 3} {
		_, err := j.Do(start, start.Add(business), []deposit{{amount: 2}}, nil)
		require.NoError(t, err)
	}
	require.NoError(t, j.Snapshot(t.Context()))
	require.NoError(t, j.Close())
	j = load(t, on(disk))
	_, err := j.Do(start, start, []deposit{{amount: 2}}, nil)
	require.NoError(t, err)
	_, all := everything(t, j, 3)
	for _, event := range all {
		assert.Equal(t, "1767323045000000011", strings.Fields(event)[2])
	}
	require.NoError(t, j.Close())
}

func TestASecondOneIsToldWhoHoldsTheDirectory(t *testing.T) {
	path := t.TempDir()
	directory, err := journal.Dir(path)
	require.NoError(t, err)
	j := load(t, on(directory))
	_, err = journal.Load(on(directory))
	require.ErrorContains(t, err, "it is held by pid ")
	require.ErrorContains(t, err, " on host ")
	require.NoError(t, j.Close())
	j = load(t, on(directory))
	require.NoError(t, j.Close())
}
