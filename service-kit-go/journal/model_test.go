package journal_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// model is a naive journal: what was acknowledged, in a slice.
type model struct {
	t       *rapid.T
	disk    *memdisk.Disk
	journal *core
	random  *rand.Rand
	kept    []call
}

type call struct {
	deposit
	wall, business time.Time
}

func (m *model) options() options {
	o := on(m.disk)
	o.SegmentBytes, o.Consumers = 700, []string{"audit"}
	return o
}

// replica applies commands to a fresh state on a fresh disk, one group for each, and returns the hash and the payloads of the events.
func (m *model) replica(calls []call) (journal.Hash, []string) {
	j := load(m.t, on(memdisk.New()))
	for _, c := range calls {
		_, err := j.Do(c.wall, c.business, []deposit{c.deposit}, nil)
		require.NoError(m.t, err)
	}
	_, all := everything(m.t, j, uint64(eventsOf(calls)))
	return hashOf(m.t, j), all
}

func eventsOf(calls []call) (total int) {
	for _, c := range calls {
		total += int(c.amount&1 + min(c.amount, 1))
	}
	return total
}

// do journals a group. Power may be lost, or the disk fill up, in the middle of it.
func (m *model) do(t *rapid.T) {
	now := start.Add(time.Duration(len(m.kept)+1) * time.Second)
	var group []call
	var deposits []deposit
	for _, amount := range rapid.SliceOfN(rapid.Int64Range(0, 9), 1, 8).Draw(t, "amounts") {
		d := deposit{account: uint8(amount), amount: amount}
		deposits, group = append(deposits, d), append(group, call{d, now, now})
	}
	_, err := m.journal.Do(now, now, deposits, nil)
	switch {
	case err == nil:
		m.kept = append(m.kept, group...)
	case errs.KindOf(err) == errs.ResourceExhausted: // nothing was changed: the next check sees to it
	default:
		m.reopen(t, group)
	}
}

func (m *model) snapshot(t *rapid.T) {
	if last := uint64(eventsOf(m.kept)); last > 0 {
		require.NoError(t, m.journal.Acknowledge("audit", rapid.Uint64Range(0, last).Draw(t, "acknowledged")))
	}
	if err := m.journal.Snapshot(t.Context()); err != nil {
		m.reopen(t, nil)
	}
}

// lose makes power fail at one of the next operations of the disk.
func (m *model) lose(t *rapid.T) {
	left := rapid.IntRange(0, 12).Draw(t, "operations")
	m.disk.Fault(func(string, string) error {
		if left--; left < 0 {
			return errors.New("power is lost")
		}
		return nil
	})
}

func (m *model) fill(t *rapid.T) {
	m.disk.Limit(m.disk.Used() + rapid.Int64Range(0, 2000).Draw(t, "room"))
}

func (m *model) crash(t *rapid.T) { m.reopen(t, nil) }

// reopen loses power and loads the journal again. The group whose call failed may be there or not.
func (m *model) reopen(t *rapid.T, inDoubt []call) {
	m.disk.Fault(nil)
	m.disk.Limit(0)
	_ = m.journal.Close() // in a crash nobody does; it frees nothing that matters here, since files are forgotten below
	m.disk.Crash(m.random)
	m.journal = load(t, m.options())
	hash, _ := m.replica(m.kept)
	if len(inDoubt) > 0 && hashOf(t, m.journal) != hash {
		m.kept = append(m.kept, inDoubt...)
	}
	m.check(t)
}

// check compares state and events with the model's.
func (m *model) check(t *rapid.T) {
	hash, all := m.replica(m.kept)
	require.Equal(t, hash, hashOf(t, m.journal), "the state after %d commands", len(m.kept))
	earliest, found := everything(t, m.journal, uint64(len(all)))
	require.True(t, slices.Equal(all[earliest-1:], found), "events from %d: want %q, got %q", earliest, all[earliest-1:], found)
	require.LessOrEqual(t, earliest, m.journal.Cursor("audit")+1)
}

func TestALogThatCrashesKeepsWhatItAcknowledged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, disk: memdisk.New(), random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))}
		m.journal = load(t, m.options())
		m.disk.Fault(nil)
		t.Repeat(map[string]func(*rapid.T){
			"do": m.do, "do more": m.do, "snapshot": m.snapshot, "lose power": m.lose, "fill the disk": m.fill, "crash": m.crash,
		})
		m.reopen(t, nil)
		require.NoError(t, m.journal.Close())
	})
}
