package historian

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/history"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

// often has a checkpoint written every few events.
func often(r *records.Options, o *Options) { r.SegmentBytes, o.CheckpointEvents = 1<<14, 10 }

func TestAReaderSeesWhatWasAnsweredBefore(t *testing.T) {
	x := start(t, memdisk.New())
	defer x.close()
	alice := x.fund("alice").Account
	x.fund("bob")
	for trade := range 20 {
		answer := x.trade()
		require.NoError(t, answer.Err)
		require.Len(t, answer.Fills, 1)
		require.NoError(t, x.historian.Read(t.Context(), answer.Sequence, func(h *history.History) {
			fills, _ := h.Fills(alice, venue.All, 0, 100, nil)
			require.Len(t, fills, trade+1)
			assert.Equal(t, answer.Fills[0], fills[0])
		}))
	}
	assert.Zero(t, x.gauge("exchange_history_lag_events"))
	assert.EqualValues(t, 40+4+20*2*3, x.gauge("exchange_history_records"))
}

// random has something random happen at the venue.
func (x *exchange) random(random *rand.Rand) {
	names := []string{"alice", "bob", "alice/bot"}
	name, price, lots := names[random.IntN(3)], 99_00+random.Int64N(200), 1+random.Int64N(50)
	amount := venue.Amount{Asset: random.Int32N(2), Units: 1 + random.Int64N(1e10)}
	id := time.Duration(random.Int64()).String()
	var command venue.Command
	switch random.IntN(9) {
	case 0:
		command = &venue.SetReferences{Quotes: []venue.Quote{{Price: float64(price)}}}
	case 1:
		command = &venue.Transfer{ID: id, From: "alice", To: "alice/bot", Amount: amount}
	case 2:
		command = &venue.Credit{ID: id, Account: name, Amount: amount}
	case 3:
		x.must(&venue.Credit{ID: id + "-", Account: name, Amount: amount})
		x.must(&venue.HoldWithdrawal{ID: id, Account: name, Amount: amount})
		command = &venue.SettleWithdrawal{ID: id}
	default:
		x.order(name, book.Side(random.IntN(2)), price, lots)
		return
	}
	_, err := x.machine.Submit(context.Background(), command)
	require.NoError(x, err)
}

func TestStatementsSumToTheBalancesWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := start(t, memdisk.New(), often)
		defer x.close()
		for _, name := range []string{"alice", "bob", "alice/bot"} {
			x.fund(name)
		}
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for range rapid.IntRange(1, 100).Draw(t, "commands") {
			x.random(random)
		}
		balances, sequence := map[string][]int64{}, uint64(0)
		numbers := map[string]int32{}
		require.NoError(t, x.machine.Read(context.Background(), func() {
			ledger := x.state.Venue.Ledger()
			for number := range ledger.Accounts() {
				name := ledger.Account(number).Name
				numbers[name] = number
				balances[name] = []int64{ledger.Balance(number, usd).Total(), ledger.Balance(number, btc).Total()}
			}
			sequence = x.state.Venue.Sequence()
		}))
		require.NoError(t, x.historian.Read(context.Background(), sequence, func(h *history.History) {
			for name, number := range numbers {
				entries, _ := h.Entries(number, venue.All, 0, history.EntriesOfAccount, nil)
				if name == "venue" || len(name) > 6 && name[:6] == "venue/" {
					require.Empty(t, entries)
					continue
				}
				sums := []int64{0, 0}
				for _, entry := range entries {
					sums[entry.Asset] += entry.Amount
				}
				require.Equal(t, balances[name], sums, name)
			}
		}))
	})
}

func TestARestartGoesOnFromTheCheckpoint(t *testing.T) {
	disk := memdisk.New()
	small := func(o *records.Options, _ *Options) { o.SegmentBytes, o.SnapshotBytes = 1024, 1024 }
	x := start(t, disk, often, small)
	x.fund("alice")
	x.fund("bob")
	for range 30 {
		x.trade()
	}
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

func TestAGapIsReportedAndTheHistoryGoesOn(t *testing.T) {
	disk := memdisk.New()
	small := func(o *records.Options, _ *Options) { o.SegmentBytes = 1024 }
	x := start(t, disk, small)
	alice := x.fund("alice").Account
	x.fund("bob")
	x.must(&venue.SetReferences{Quotes: []venue.Quote{{Price: 100_00}}})
	for range 30 {
		x.trade()
	}
	require.NoError(t, x.stop())
	require.NoError(t, x.machine.Snapshot(t.Context()))
	x.trade()
	require.NoError(t, x.machine.Close(t.Context()))
	earliest := x.machine.Stats().EarliestEvent
	require.Greater(t, earliest, uint64(50))
	require.NoError(t, disk.Remove(File))

	x = start(t, disk, small)
	defer x.close()
	answer := x.trade()
	require.NoError(t, x.historian.Read(t.Context(), answer.Sequence, func(h *history.History) {
		assert.EqualValues(t, earliest-1, h.Missed())
		fills, _ := h.Fills(alice, venue.All, 0, 1, nil)
		require.Len(t, fills, 1)
		assert.Equal(t, answer.Fills[len(answer.Fills)-1], fills[0])
		for number := range x.state.Venue.Ledger().Accounts() { // nothing else happens meanwhile
			entries, _ := h.Entries(number, venue.All, 0, 10, nil)
			name := x.state.Venue.Ledger().Account(number).Name
			assert.Equal(t, name == "alice" || name == "bob", len(entries) > 0, name)
		}
	}))
	require.Len(t, x.logged.AllEntries(), 1)
	assert.EqualValues(t, earliest-1, x.logged.LastEntry().Data["missed"])
	assert.EqualValues(t, earliest-1, x.gauge("exchange_history_missed_events"))
}

func TestWhatCannotBeSavedIsTriedAgainAndKeepsTheEvents(t *testing.T) {
	disk := memdisk.New()
	x := start(t, disk, often)
	disk.Fault(func(operation, name string) error {
		if name == File+aside && operation == "sync" {
			return errors.New("no")
		}
		return nil
	})
	x.fund("alice")
	x.fund("bob")
	for range 10 {
		x.trade()
	}
	x.now()
	assert.Zero(t, x.machine.Cursor(Consumer))
	assert.Positive(t, x.gauge("exchange_history_checkpoint_failures_total"))
	disk.Fault(nil)
	require.NoError(t, x.stop())
	assert.Equal(t, x.machine.Stats().Events, x.machine.Cursor(Consumer), "the last one is tried in any case")
	require.NoError(t, x.machine.Close(t.Context()))
	names, err := disk.List()
	require.NoError(t, err)
	assert.NotContains(t, names, File+aside)
}

func TestWhoWaitsLeavesWithItsContextOrTheHistorian(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t, memdisk.New())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := x.historian.Read(ctx, 1000, func(*history.History) { assert.Fail(t, "there is no event 1000") })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		waited := make(chan error)
		go func() { waited <- x.historian.Wait(t.Context(), 1000) }()
		synctest.Wait()
		x.close()
		assert.Equal(t, errs.Unavailable, errs.KindOf(<-waited))
	})
}

func TestTheEndOfTheJournalIsAnError(t *testing.T) {
	x := start(t, memdisk.New())
	x.fund("alice")
	x.now()
	require.NoError(t, x.machine.Close(t.Context()))
	<-x.historian.ended
	assert.ErrorContains(t, x.stop(), "follow the events for the history of accounts")
	assert.NotEmpty(t, x.options.Directory.(*memdisk.Disk).Bytes(File), "what it had is saved")
	options := x.historian.options
	options.Registerer = nil
	again := New(options)
	assert.ErrorContains(t, again.Run(t.Context()), "the journal is closed")
}

var _ journal.Directory = (*doomed)(nil)
