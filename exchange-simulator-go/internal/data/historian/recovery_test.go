package historian

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestARestartGoesOnFromTheCheckpoint(t *testing.T) {
	disk := memdisk.New()
	small := func(o *records.Options, _ *Options) { o.SegmentBytes, o.SnapshotBytes = 1024, 1024 }
	x := start(t, disk, often, small)
	x.fund("alice")
	x.fund("bob")
	for range 30 {
		x.trade()
	}
	x.now() // it has read them all
	require.NoError(t, x.stop())
	before := x.now()
	assert.Equal(t, x.machine.Stats().Events, x.machine.Cursor(Consumer), "all of it is saved")
	require.NoError(t, x.machine.Snapshot(t.Context()))
	x.trade()
	require.NoError(t, x.machine.Snapshot(t.Context()))
	assert.Greater(t, x.machine.Stats().EarliestEvent, uint64(50), "the journal may drop what is saved")
	require.NoError(t, x.machine.Close(t.Context()))

	x = start(t, disk, often, small)
	defer x.close()
	after := x.now()
	assert.Greater(t, len(after), len(before), "what came since is there, too")
	assert.Zero(t, x.gauge("exchange_history_missed_events"))
	assert.Empty(t, x.logged.AllEntries())
}

// doomed is a disk whose process is killed as soon as a checkpoint is durable, before the journal hears of it.
type doomed struct {
	*memdisk.Disk
	left   int // checkpoints until then
	killed chan struct{}
}

func (d *doomed) Sync() error {
	err := d.Disk.Sync()
	if d.left--; d.left == 0 {
		d.Kill()
		close(d.killed)
	}
	return err
}

func TestAKillBetweenCheckpointAndAcknowledgementChangesNothing(t *testing.T) {
	for checkpoints := 1; checkpoints <= 3; checkpoints++ {
		disk := memdisk.New()
		to := &doomed{disk, checkpoints, make(chan struct{})}
		x := start(t, disk, often, func(_ *records.Options, o *Options) { o.Directory = to })
		for dead := false; !dead; {
			_, err := x.machine.Submit(t.Context(), &venue.Open{Account: "alice", Fund: []venue.Amount{{Asset: usd, Units: 1e11}}})
			for range 5 {
				if err == nil {
					_, err = x.machine.Submit(t.Context(), &venue.SetLimits{Account: "alice"})
				}
			}
			select {
			case <-to.killed:
				dead = true
			default:
				require.NoError(t, err)
			}
		}
		_ = x.stop()                     // its process is gone
		_ = x.machine.Close(t.Context()) // likewise

		x = start(t, disk, often)
		require.Equal(t, x.folded(), x.now())
		require.Empty(t, x.logged.AllEntries())
		x.must(&venue.Credit{ID: "later", Account: "alice", Amount: venue.Amount{Units: 7}})
		require.Equal(t, x.folded(), x.now())
		x.close()
	}
}

func TestPowerLossAtAnyTimeChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		disk := memdisk.New()
		for life := range 4 {
			x := start(t, disk, often)
			if life == 0 {
				for _, name := range []string{"alice", "bob", "alice/bot"} {
					x.fund(name)
				}
			}
			for range rapid.IntRange(0, 25).Draw(t, "commands") {
				x.random(random)
			}
			require.Equal(t, x.folded(), x.now())
			require.Empty(t, x.logged.AllEntries())
			disk.Crash(random)
			_ = x.stop()
			_ = x.machine.Close(context.Background())
		}
	})
}

func TestACheckpointThatCannotBeUsedIsRefusedWithFileAndReason(t *testing.T) {
	disk := memdisk.New()
	x := start(t, disk, often)
	x.fund("alice")
	x.fund("bob")
	x.trade()
	x.now()
	x.close()
	sound := disk.Bytes(File)
	foreign := append([]byte{}, sound...)
	for name, c := range map[string]struct {
		content []byte
		reason  string
	}{
		"cut off":               {sound[:20], "cut off"},
		"one bit is another":    {append(append([]byte{}, sound[:50]...), append([]byte{sound[50] ^ 1}, sound[51:]...)...), "its hash is"},
		"not one at all":        {signed(append([]byte("EXHIST\x00\x02"), foreign[8:len(foreign)-32]...)), "it begins with"},
		"of another journal":    {signed(append(append([]byte(magic), make([]byte, 15)...), append([]byte{9}, foreign[24:len(foreign)-32]...)...)), "it is of journal"},
		"not what was encoded":  {signed(append(foreign[:24:24], 1, 2, 3)), "decode the history of accounts"},
		"of a later time of it": {later(t, x, sound), "which the journal lacks"},
	} {
		disk.Put(File, c.content)
		again := start(t, disk, often)
		assert.Equal(t, again.folded(), again.now(), name)
		if entries := again.logged.AllEntries(); assert.Len(t, entries, 1, name) {
			line, err := entries[0].String()
			require.NoError(t, err)
			assert.Contains(t, line, "file=history")
			assert.Contains(t, line, c.reason)
		}
		again.close()
		assert.Equal(t, sound, disk.Bytes(File), name)
	}
}

// signed makes content whole.
func signed(content []byte) []byte {
	disk := memdisk.New()
	_ = write(disk, sealed(content))
	return disk.Bytes(File)
}

// later is a checkpoint with one event more than the journal has.
func later(t *testing.T, x *exchange, sound []byte) []byte {
	h, err := decode(sound, x.machine.ID(), x.state.Venue.Listing())
	require.NoError(t, err)
	h.Apply(h.Sequence()+1, 0, &venue.Event{Kind: venue.OrderRested})
	disk := memdisk.New()
	require.NoError(t, saveCheckpoint(disk, x.machine.ID(), h))
	return disk.Bytes(File)
}

func TestAnyByteThatIsAnotherIsFound(t *testing.T) {
	x := start(t, memdisk.New())
	x.fund("alice")
	x.now()
	x.close()
	content := x.options.Directory.(*memdisk.Disk).Bytes(File)
	for n := range content {
		content[n] ^= 0x10
		_, err := decode(content, x.machine.ID(), x.state.Venue.Listing())
		require.Error(t, err)
		content[n] ^= 0x10
	}
	_, err := decode(content, x.machine.ID(), nil)
	require.ErrorContains(t, err, "the venue has none")
}

var _ journal.Directory = (*doomed)(nil)

// Whatever the file says, it is refused or taken up whole.
func FuzzCheckpoint(f *testing.F) {
	x := start(f, memdisk.New())
	x.fund("alice")
	x.fund("bob")
	x.trade()
	x.now()
	x.close()
	sound := x.options.Directory.(*memdisk.Disk).Bytes(File)
	f.Add(sound[:len(sound)-sha256.Size])
	f.Add([]byte(magic))
	id, listing := x.machine.ID(), x.state.Venue.Listing()
	f.Fuzz(func(t *testing.T, content []byte) {
		_, err := decode(content, id, listing)
		require.Error(t, err, "without its hash it is nothing")
		kept, err := decode(sealed(slices.Clone(content)), id, listing)
		if err != nil {
			return
		}
		disk := memdisk.New()
		require.NoError(t, saveCheckpoint(disk, id, kept))
		again, err := loadCheckpoint(disk, id, listing)
		require.NoError(t, err)
		require.Equal(t, kept.Encode(nil), again.Encode(nil))
	})
}
