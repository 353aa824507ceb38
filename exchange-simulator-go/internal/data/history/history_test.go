package history

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

// newest is a list as pages show it.
func newest[T any](records []T) []T {
	turned := slices.Clone(records)
	slices.Reverse(turned)
	return turned
}

func TestTheStatementIsWhatTheLedgerPostedAndSumsToTheBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		size := rapid.IntRange(1, 7).Draw(t, "page size")
		for number := range w.ledger.Accounts() {
			entries := all(func(before Cursor, to []Entry) ([]Entry, Cursor) {
				return w.history.Entries(number, venue.All, before, size, to)
			})
			sums := map[int32]int64{}
			for n := range entries {
				sums[entries[n].Asset] += entries[n].Amount
				entries[n].Index = 0 // it orders those of one event, which the ledger's order shows
			}
			require.Equal(t, newest(w.posted[number]), entries)
			for asset := range ada + 1 {
				of := all(func(before Cursor, to []Entry) ([]Entry, Cursor) {
					return w.history.Entries(number, asset, before, size, to)
				})
				require.Len(t, of, len(slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Asset != asset })))
				if w.ledger.Account(number).Owner == account.Venue {
					require.Empty(t, of)
				} else {
					require.Equal(t, w.ledger.Balance(number, asset).Total(), sums[asset])
				}
			}
		}
	})
}

func TestFillsAndPublicTradesAreWhatTheTradesWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		size := rapid.IntRange(1, 7).Draw(t, "page size")
		for number := range w.ledger.Accounts() {
			fills := all(func(before Cursor, to []venue.Fill) ([]venue.Fill, Cursor) {
				return w.history.Fills(number, venue.All, before, size, to)
			})
			require.Equal(t, newest(w.filled[number]), fills)
			ofOne := all(func(before Cursor, to []venue.Fill) ([]venue.Fill, Cursor) {
				return w.history.Fills(number, adabtc, before, size, to)
			})
			kept := slices.DeleteFunc(slices.Clone(fills), func(f venue.Fill) bool { return f.Instrument != adabtc })
			require.Len(t, ofOne, len(kept))
		}
		for one := range adabtc + 1 {
			trades := all(func(before Cursor, to []Trade) ([]Trade, Cursor) { return w.history.Trades(one, before, size, to) })
			require.Equal(t, newest(w.traded[one]), trades)
		}
	})
}

func TestOneTradeAsItsTwoSidesAndEverybodySeeIt(t *testing.T) {
	w := newWorld(t, account.Fees{VolumeAsset: usd, InQuote: true, Tiers: []account.Tier{{Maker: -100_000, Taker: 200_000}}})
	alice, bot, maker := int32(1), int32(2), int32(4)
	w.deposit(t, alice, usd, 1_000_000)
	w.deposit(t, maker, btc, 1_000_000)
	w.trade(t, venue.Event{Side: book.Buy, Account: alice, MakerAccount: maker, Instrument: btcusd, Price: 500, Lots: 4, Mid: 999})

	fills, next := w.history.Fills(alice, btcusd, 0, 10, nil)
	assert.Zero(t, next)
	require.Len(t, fills, 1)
	assert.Equal(t, venue.Fill{
		Trade: 3, Order: 4, ClientID: "order-4", Account: alice, Instrument: btcusd, Buys: true, Price: 500, Lots: 4, Fee: 4, FeeAsset: usd,
		Mid: 999, Time: w.time(), Sequence: w.sequence,
	}, fills[0])
	entries, _ := w.history.Entries(alice, venue.All, 0, 10, nil)
	require.Len(t, entries, 4)
	assert.Equal(t, Entry{Sequence: w.sequence, Time: w.time(), Amount: -4, Trade: 3, Asset: usd, Kind: account.FeeEntry, Index: 4}, entries[0])
	assert.Equal(t, Entry{Sequence: w.sequence, Time: w.time(), Amount: -2000, Trade: 3, Asset: usd, Kind: account.TradeEntry, Index: 1}, entries[1])
	assert.Equal(t, Entry{Sequence: w.sequence, Time: w.time(), Amount: 40_000, Trade: 3, Asset: btc, Kind: account.TradeEntry}, entries[2])
	assert.Equal(t, "3", entries[2].Reference())
	assert.Equal(t, "deposit-1", entries[3].Reference())

	none, _ := w.history.Fills(maker, venue.All, 0, 10, nil)
	assert.Empty(t, none, "the venue's own participants have no history")
	none, _ = w.history.Fills(bot, venue.All, 0, 10, nil)
	assert.Empty(t, none)
	trades, _ := w.history.Trades(btcusd, 0, 10, nil)
	assert.Equal(t, []Trade{{ID: 3, Sequence: w.sequence, Time: w.time(), Price: 500, Lots: 4, Taker: book.Buy}}, trades)
	trades, _ = w.history.Trades(9, 0, 10, nil)
	assert.Empty(t, trades)
}

func TestEventsThatWereMissedAreCountedAndThoseItHadChangeNothing(t *testing.T) {
	w := newWorld(t, account.Fees{Tiers: []account.Tier{{}}})
	before := w.history.Encode(nil)
	w.history.Apply(w.sequence, day, &venue.Event{Kind: venue.Deposited, Account: 1, Amount: 5, Text: "again"})
	assert.Equal(t, before, w.history.Encode(nil))
	w.history.Apply(w.sequence+8, day, &venue.Event{Kind: venue.Deposited, Account: 7, Amount: 5, Text: "late"})
	assert.EqualValues(t, 7, w.history.Missed())
	assert.Equal(t, w.sequence+8, w.history.Sequence())
	entries, _ := w.history.Entries(7, venue.All, 0, 10, nil)
	assert.Len(t, entries, 1, "an account that it was never told of is somebody's")
	w.history.Enrol(8, "venue/taker")
	w.history.Apply(w.sequence+9, day, &venue.Event{Kind: venue.Deposited, Account: 8, Amount: 5, Text: "own"})
	entries, _ = w.history.Entries(8, venue.All, 0, 10, nil)
	assert.Empty(t, entries)
}
