package records_test

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// noted is a state that keeps its hash after each command, and the last event of it.
type noted struct {
	*records.State
	hashes []journal.Hash
	events []uint64
}

func (n *noted) Apply(stamp journal.Stamp, c venue.Command, emit func(*venue.Event)) venue.Answer {
	answer := n.State.Apply(stamp, c, emit)
	n.hashes = append(n.hashes, stateOf(n.Venue))
	n.events = append(n.events, n.Venue.Sequence())
	return answer
}

func stateOf(v *venue.Venue) journal.Hash { return sha256.Sum256(v.Encode(nil)) }

// at is the hash after the first command by which an event had come.
func (n *noted) at(event uint64) (command uint64, hash journal.Hash) {
	for command, last := range n.events {
		if last >= event {
			return uint64(command) + 1, n.hashes[command]
		}
	}
	return 0, journal.Hash{}
}

// written is a journal of some groups with a few snapshots in between, none of whose commands were removed.
func written(t require.TestingT, seed uint64, groups int) (*memdisk.Disk, *noted) {
	o, state := on(memdisk.New()), &noted{State: records.NewState()}
	o.State, o.SegmentBytes = state, 1<<20
	j := load(t, o)
	random := rand.New(rand.NewPCG(seed, 2))
	day(t, j, newCrowd(t, seed), groups, func(int) {
		if random.IntN(8) == 0 {
			require.NoError(t, j.Snapshot(context.Background()))
		}
	})
	require.NoError(t, j.Close())
	return o.Directory.(*memdisk.Disk), state
}

func TestThePastIsAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		disk, state := written(t, rapid.Uint64().Draw(t, "seed"), rapid.IntRange(2, 15).Draw(t, "groups"))
		event := rapid.Uint64Range(1, state.Venue.Sequence()).Draw(t, "event")
		command, hash := state.at(event)
		for _, whole := range []bool{false, true} {
			told := uint64(0)
			past := records.Past{Directory: disk, Event: event, Whole: whole, Tell: func(int64, uint64, *venue.Event) { told++ }}
			reached, err := past.Read(t.Context())
			require.NoError(t, err)
			require.Equal(t, hash, stateOf(reached.Venue))
			if whole {
				require.EqualValues(t, 1, reached.First.Sequence)
				require.Equal(t, command, reached.Last.Sequence)
				require.Equal(t, reached.Venue.Sequence(), told)
			}
		}
		same := func(c venue.Command) (venue.Command, error) { return c, nil }
		past := records.Past{Directory: disk, Command: command, Whole: true, Change: same}
		reached, err := past.Read(t.Context())
		require.NoError(t, err)
		require.Equal(t, hash, stateOf(reached.Venue), "what is not changed comes out the same")
	})
}

func TestWithoutADestinationThePastGoesOnToTheEnd(t *testing.T) {
	disk, state := written(t, 3, 20)
	for _, whole := range []bool{false, true} {
		reached, err := (&records.Past{Directory: disk, Whole: whole}).Read(t.Context())
		require.NoError(t, err)
		assert.Equal(t, state.hashes[len(state.hashes)-1], stateOf(reached.Venue))
	}
	_, err := (&records.Past{Directory: disk, Event: state.Venue.Sequence() + 1}).Read(t.Context())
	assert.Equal(t, errs.OutOfRange, errs.KindOf(err))
}

func TestAJournalOfAnotherVersionIsNotReplayed(t *testing.T) {
	o := on(memdisk.New())
	o.Version = records.Version + 1
	j := load(t, o)
	day(t, j, newCrowd(t, 1), 1, nil)
	require.NoError(t, j.Close())
	_, err := (&records.Past{Directory: o.Directory}).Read(t.Context())
	assert.ErrorContains(t, err, "command 1 was taken by version 2 of the venue, this is version 1")
	assert.Equal(t, errs.FailedPrecondition, errs.KindOf(err))
}
