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
		trades, next, err := x.historian.Trades(t.Context(), 0, 0, 1)
		require.NoError(t, err)
		require.Len(t, trades, 1)
		assert.Equal(t, answer.Fills[0].Trade, trades[0].ID)
		assert.Equal(t, trade > 0, next != 0)
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
	x.now() // it has read them all
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
		assert.Equal(t, earliest-1, h.Missed())
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
