package cli

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/data/records"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	"github.com/trading-ecosystem/service-kit-go/journal"
)

func TestTheBookIsShownAsItWasAfterAnyEvent(t *testing.T) {
	d, resting, last := traded(t)
	before := replayJSON[books](t, "--data-dir", d.folder, "--until", text(resting), "--symbol=BTC/USD")
	require.Len(t, before.Books, 1)
	assert.Equal(t, resting, before.Event)
	assert.Equal(t, morning, before.Business)
	assert.Equal(t, depth{
		Symbol: "BTC/USD", Phase: "continuous", Bids: []level{}, Asks: []level{{Price: "60000", Quantity: "2", Orders: 1}},
	}, before.Books[0])
	after := replayJSON[books](t, "--data-dir", d.folder)
	require.Len(t, after.Books, 7)
	assert.Equal(t, last, after.Event)
	assert.Equal(t, []level{{Price: "60000", Quantity: "1", Orders: 1}}, after.Books[0].Asks)
	assert.Equal(t, "60000", after.Books[0].Last)
	assert.Equal(t, `BTC/USD after event `+text(resting)+` (command 4, 2026-03-02T08:00:00Z), continuous
  orders  bid  price  price  ask  orders
                      60000    2       1
`, strings.ReplaceAll(replay(t, "--data-dir", d.folder, "--until", text(resting), "--symbol=BTC/USD"), " \n", "\n"))
}

func TestAccountsAreShownAsTheyWere(t *testing.T) {
	d, resting, _ := traded(t)
	before := replayJSON[accounts](t, "--data-dir", d.folder, "--until", text(resting), "--show=accounts", "--account=alice")
	assert.Equal(t, []statement{{Account: "alice", OpenOrders: 1, Balances: []balance{{"BTC", "1", "2"}}}}, before.Accounts)
	after := replayJSON[accounts](t, "--data-dir", d.folder, "--show=accounts")
	assert.Equal(t, []statement{
		{Account: "venue", Balances: []balance{{"USD", "60", "0"}, {"BTC", "0.001", "0"}}},
		{Account: "alice", OpenOrders: 1, Balances: []balance{{"USD", "59940", "0"}, {"BTC", "1", "1"}}},
		{Account: "bob", Balances: []balance{{"USD", "40000", "0"}, {"BTC", "0.999", "0"}}},
	}, after.Accounts)
	assert.Contains(t, replay(t, "--data-dir", d.folder, "--show=accounts"), "alice    USD      59940     0            1")
}

func TestFillsAreBothSidesOfEachTrade(t *testing.T) {
	d, resting, last := traded(t)
	none := replayJSON[fills](t, "--data-dir", d.folder, "--until", text(resting), "--show=fills")
	assert.Empty(t, none.Fills)
	all := replayJSON[fills](t, "--data-dir", d.folder, "--show=fills")
	assert.EqualValues(t, 1, all.From)
	require.Len(t, all.Fills, 2)
	assert.Equal(t, fill{
		Event: last, Time: morning.Add(time.Minute), Trade: 1, Account: "bob", Order: 2, ClientID: "b1", Symbol: "BTC/USD", Side: "buy", Role: "taker",
		Price: "60000", Quantity: "1", Fee: "0.001", FeeAsset: "BTC",
	}, all.Fills[0])
	hers := replayJSON[fills](t, "--data-dir", d.folder, "--show=fills", "--account=alice", "--symbol=BTC/USD")
	require.Len(t, hers.Fills, 1)
	assert.Equal(t, all.Fills[1], hers.Fills[0])
	assert.Equal(t, []string{"maker", "sell", "60", "USD"}, []string{hers.Fills[0].Role, hers.Fills[0].Side, hers.Fills[0].Fee, hers.Fills[0].FeeAsset})
	assert.Empty(t, replayJSON[fills](t, "--data-dir", d.folder, "--show=fills", "--symbol=ETH/USD").Fills)
	assert.Contains(t, replay(t, "--data-dir", d.folder, "--show=fills"), "2 fills from command 1 on, after event "+text(last))
}

func TestTheSameCommandsUnderOtherFees(t *testing.T) {
	d, _, last := traded(t)
	file := write(t, "fees", `{"volume": "0", "maker_bps": "10", "taker_bps": "10"}`, `{"volume": "0", "maker_bps": "0", "taker_bps": "25"}`)
	found := replayJSON[difference](t, "--data-dir", d.folder, "--set", "fees="+file)
	assert.Equal(t, difference{
		moment: moment{last, 5, morning.Add(time.Minute)}, From: 1, Set: []string{"fees=" + file}, Trades: change{"1", "1"},
		Accounts: []shift{
			{"venue", "USD", change{"-60", "0"}, change{"60", "0"}},
			{"venue", "BTC", change{"-0.001", "-0.0025"}, change{"0.001", "0.0025"}},
			{"alice", "USD", change{"60", "0"}, change{"59940", "60000"}},
			{"alice", "BTC", change{"0", "0"}, change{"2", "2"}},
			{"bob", "USD", change{"0", "0"}, change{"40000", "40000"}},
			{"bob", "BTC", change{"0.001", "0.0025"}, change{"0.999", "0.9975"}},
		},
	}, found)
	his := replayJSON[difference](t, "--data-dir", d.folder, "--set", "fees="+file, "--account=bob")
	assert.Equal(t, found.Accounts[4:], his.Accounts)
	printed := replay(t, "--data-dir", d.folder, "--set", "fees="+file)
	assert.Contains(t, printed, "trades: 1 before, 1 after")
	assert.Contains(t, printed, "BTC        0.001   0.0025           0.999  0.9975")
}

// With makers of the venue, what a client places gets other ids; what it cancels must still be its own order.
func TestTheSameCommandsAmongOtherParticipants(t *testing.T) {
	d := open(t)
	d.fund("alice", venue.Amount{Asset: btc, Units: 3 * coins})
	d.do(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: 0, Price: 6_000_000}}})
	for n, price := range []int64{63_000, 64_000, 65_000} {
		d.now = d.now.Add(time.Second)
		d.do(&venue.SetReferences{Quotes: []venue.Quote{{Instrument: 0, Price: 6_000_000 + float64(n)}}})
		d.place("alice", "a"+text(uint64(n)), book.Sell, price, 500)
	}
	d.do(&venue.Cancel{Target: venue.Target{Account: "alice", Order: 2}})
	d.do(&venue.Replace{Target: venue.Target{Account: "alice", Order: 3}, RequestID: "r", Price: 6_550_000})
	file := write(t, "market", `"lively"`, `"calm"`)
	past := (&Replay{DataDir: d.folder}).past(newProgress(&bytes.Buffer{}), "")
	other, err := (&Replay{Set: map[string]string{"market": file}}).setting()
	require.NoError(t, err)
	_, err = follow(t.Context(), past, other.note)
	require.NoError(t, err)
	past.Change = other.change
	reached, err := follow(t.Context(), past, nil)
	require.NoError(t, err)
	alice, err := reached.Venue.Ledger().Find("alice")
	require.NoError(t, err)
	assert.EqualValues(t, 2, reached.Venue.Ledger().OpenOrders(alice))
	one, err := reached.Venue.Order(venue.Target{Account: "alice", ClientID: "a1"})
	require.NoError(t, err)
	assert.NotEqualValues(t, 2, one.ID)
	assert.Equal(t, venue.Cancelled, one.Status)
	one, err = reached.Venue.Order(venue.Target{Account: "alice", ClientID: "a2"})
	require.NoError(t, err)
	assert.EqualValues(t, 6_550_000, one.Order.Price)
	assert.Positive(t, replayJSON[difference](t, "--data-dir", d.folder, "--set", "market="+file).From)
}

// A snapshot and the removal of what came before leave a way to each event since the older snapshot.
func TestWhatWasRemovedIsSaidAndTheRestIsReplayed(t *testing.T) {
	d, resting, _ := traded(t)
	for n := range 60 {
		d.place("alice", "more"+text(uint64(n)), book.Sell, 62_000+int64(n), 1)
		if n%20 == 10 {
			require.NoError(t, d.machine.Snapshot(t.Context()))
		}
	}
	last := d.place("bob", "b2", book.Buy, 60_000, 100)
	_, _, _, failure := run(t.Context(), t, "--data-dir", d.folder, "--until", text(resting))
	require.ErrorContains(t, failure, "the commands that lead there were removed, the earliest that can be reached is ")
	shown := replayJSON[books](t, "--data-dir", d.folder, "--until", text(last))
	assert.Equal(t, level{Price: "60000", Quantity: "0.9", Orders: 1}, shown.Books[0].Asks[0])
	all := replayJSON[fills](t, "--data-dir", d.folder, "--show=fills")
	assert.Greater(t, all.From, uint64(5))
	require.Len(t, all.Fills, 2, "the earlier trade is before the snapshot")
	file := write(t, "fees", `{"volume": "0", "maker_bps": "10", "taker_bps": "10"}`, `{"volume": "0", "maker_bps": "20", "taker_bps": "10"}`)
	found := replayJSON[difference](t, "--data-dir", d.folder, "--set", "fees="+file, "--account=alice")
	assert.Equal(t, all.From, found.From)
	assert.Equal(t, shift{"alice", "USD", change{"6", "12"}, change{"65934", "65928"}}, found.Accounts[0])
}

func TestFailuresSayWhatToDo(t *testing.T) {
	d, _, last := traded(t)
	empty := t.TempDir()
	bad := write(t, "fees", `"received"`, `"blood"`)
	unknown := write(t, "fees", `"taken_in"`, `"taken_out"`)
	rebate := write(t, "fees", `"maker_bps": "10"`, `"maker_bps": "-1"`)
	for want, arguments := range map[string][]string{
		"the journal ends with event " + text(last):          {"--data-dir", d.folder, "--until", text(last + 1)},
		"want the directory of a journal":                    {"--data-dir", empty},
		`--symbol is "BTC"`:                                  {"--data-dir", d.folder, "--symbol=BTC"},
		`account is "carol"`:                                 {"--data-dir", d.folder, "--show=accounts", "--account=carol"},
		`configuration document "fees": taken_in is "blood"`: {"--data-dir", d.folder, "--set", "fees=" + bad},
		`unknown field "taken_out"`:                          {"--data-dir", d.folder, "--set", "fees=" + unknown},
		"tiers[0].maker_bps is negative":                     {"--data-dir", d.folder, "--set", "fees=" + rebate},
		"no such file":                                       {"--data-dir", d.folder, "--set", "market=" + filepath.Join(empty, "none.json")},
	} {
		out, _, usage, failure := run(t.Context(), t, arguments...)
		require.NoError(t, usage)
		require.ErrorContains(t, failure, want)
		require.ErrorContains(t, failure, "replay "+arguments[1])
		assert.Empty(t, out)
	}
}

func TestAnInterruptedReplaySaysSo(t *testing.T) {
	d, _, _ := traded(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out, _, usage, failure := run(ctx, t, "--data-dir", d.folder)
	require.NoError(t, usage)
	require.ErrorIs(t, failure, context.Canceled)
	require.ErrorContains(t, failure, "interrupted")
	assert.Empty(t, out)
}

func TestProgressIsALineNowAndThen(t *testing.T) {
	var lines bytes.Buffer
	show := newProgress(&lines)
	for commands := uint64(1); commands <= 5; commands++ {
		show.passed("replayed", commands*1000)
	}
	show.end()
	assert.Equal(t, "replayed: 1000 commands\nreplayed: 2000 commands\nreplayed: 4000 commands\n", lines.String())
}

func TestBadUsageIsToldBeforeAnythingIsRead(t *testing.T) {
	folder := t.TempDir()
	for want, arguments := range map[string][]string{
		"missing flags: --data-dir":             {},
		"--set has":                             {"--data-dir", folder, "--set", "instruments=x"},
		"--show must be one of":                 {"--data-dir", folder, "--show=orders"},
		"--symbol goes with":                    {"--data-dir", folder, "--show=accounts", "--symbol=BTC/USD"},
		"--account goes with":                   {"--data-dir", folder, "--account=bob"},
		"stat " + filepath.Join(folder, "none"): {"--data-dir", filepath.Join(folder, "none")},
	} {
		_, _, usage, _ := run(t.Context(), t, arguments...)
		assert.ErrorContains(t, usage, want)
	}
}

// The daemon goes on: its lock is not asked for and its files stay as they are.
func TestAReplayDoesNotDisturbTheDaemon(t *testing.T) {
	d, _, last := traded(t)
	for n := range 10 {
		next := d.place("alice", "more"+text(uint64(n)), book.Sell, 62_000, 1)
		assert.Equal(t, next, replayJSON[books](t, "--data-dir", d.folder).Event)
		last = max(last, next)
	}
	hash, err := d.machine.Hash(t.Context())
	require.NoError(t, err)
	require.NoError(t, d.machine.Close(t.Context()))
	directory, err := journal.Dir(filepath.Join(d.folder, records.Folder))
	require.NoError(t, err)
	j, err := journal.Load(records.Options{Directory: directory, State: records.NewState(), Codec: records.Codec{}, Version: records.Version})
	require.NoError(t, err)
	again, err := j.Hash()
	require.NoError(t, err)
	assert.Equal(t, hash, again)
	require.NoError(t, j.Close())
}
