package history

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/account"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
)

func TestASnapshotGoesOnAsTheHistoryItselfDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		bytes := w.history.Encode([]byte("before"))
		require.Equal(t, "before", string(bytes[:6]))
		again, err := Decode(bytes[6:], w.ledger.Listing())
		require.NoError(t, err)
		require.Equal(t, bytes[6:], again.Encode(nil))
		original := w.history
		steps := func(seed uint64) []byte {
			random := rand.New(rand.NewPCG(seed, 0))
			for range 20 {
				w.trade(t, venue.Event{
					Side: book.Side(random.IntN(2)), Account: random.Int32N(5), MakerAccount: random.Int32N(5),
					Instrument: random.Int32N(2), Price: 1 + random.Int64N(50), Lots: 1 + random.Int64N(20),
				})
			}
			return w.history.Encode(nil)
		}
		sequence, next, ledger := w.sequence, w.next, w.ledger.Encode(nil)
		want := steps(7)
		w.history, w.sequence, w.next = again, sequence, next
		w.ledger, err = account.Decode(ledger, w.ledger.Listing(), w.ledger.Fees())
		require.NoError(t, err)
		require.Equal(t, want, steps(7))
		fills, entries := original.Held()
		fillsAgain, entriesAgain := again.Held()
		require.Equal(t, []int{fills, entries}, []int{fillsAgain, entriesAgain})
	})
}

func TestASnapshotThatCannotBeIsRefused(t *testing.T) {
	w := newWorld(t, account.Fees{Tiers: []account.Tier{{}}})
	w.deposit(t, 1, usd, 1000)
	sound := w.history.Encode(nil)
	for name, change := range map[string]func(h *History){
		"more events missed than there were":  func(h *History) { h.missed = h.sequence + 1 },
		"the venue is somebody's":             func(h *History) { h.own[0] = false },
		"records of the venue":                func(h *History) { h.entries.add(4, *h.entries.rows[1].at(0)) },
		"a record after the last event":       func(h *History) { h.entries.rows[1].at(0).Sequence = h.sequence + 1 },
		"a record before the first event":     func(h *History) { h.entries.rows[1].at(0).Sequence = 0 },
		"an unknown asset":                    func(h *History) { h.entries.rows[1].at(0).Asset = 3 },
		"an unknown kind":                     func(h *History) { h.entries.rows[1].at(0).Kind = 6 },
		"a deposit that refers to a trade":    func(h *History) { h.entries.rows[1].at(0).Trade = 6 },
		"two records at one place":            func(h *History) { h.entries.rows[1].push(*h.entries.rows[1].at(0)) },
		"a row without records":               func(h *History) { h.entries.rows[1].length = 0 },
		"an unknown instrument":               func(h *History) { h.fills.add(1, venue.Fill{Sequence: 1, Price: 1, Lots: 1, Instrument: 2}) },
		"a fill of nothing":                   func(h *History) { h.fills.add(1, venue.Fill{Sequence: 1, Price: 1}) },
		"a fill for nothing":                  func(h *History) { h.fills.add(1, venue.Fill{Sequence: 1, Lots: 1}) },
		"trades of what is not listed":        func(h *History) { h.trades = append(h.trades, queue[Trade]{}) },
		"a sequence that leaves no place for": func(h *History) { h.sequence = 1 << 62 },
	} {
		h, err := Decode(sound, w.ledger.Listing())
		require.NoError(t, err)
		change(h)
		_, err = Decode(h.Encode(nil), w.ledger.Listing())
		assert.ErrorContains(t, err, "decode the history of accounts", name)
	}
	for length := range sound {
		_, err := Decode(sound[:length], w.ledger.Listing())
		assert.Error(t, err)
	}
	_, err := Decode(append(sound, 0), w.ledger.Listing())
	require.ErrorContains(t, err, "1 bytes follow its end")
	sound[0]++
	_, err = Decode(sound, w.ledger.Listing())
	assert.ErrorContains(t, err, "version is 2: want 1")
}

// Whatever is decoded is a state that writes itself as it is read.
func FuzzDecode(f *testing.F) {
	w := newWorld(f, account.Fees{Tiers: []account.Tier{{Maker: 1000, Taker: 2000}}})
	f.Add(New().Encode(nil))
	f.Add(w.history.Encode(nil))
	for _, number := range []int32{1, 2, 3, 4} {
		w.deposit(f, number, usd, 1_000_000)
		w.deposit(f, number, btc, 1_000_000)
	}
	w.transfer(1, 2, btc, 5)
	w.withdraw(f, 3, usd, 7, false)
	w.trade(f, venue.Event{Account: 1, MakerAccount: 3, Price: 10, Lots: 5})
	w.trade(f, venue.Event{Account: 3, MakerAccount: 2, Price: 10, Lots: 5, Side: book.Sell, Auction: true})
	w.trade(f, venue.Event{Account: 4, MakerAccount: 4, Price: 10, Lots: 5, Side: book.Sell})
	f.Add(w.history.Encode(nil))
	listed := listing(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		h, err := Decode(bytes, listed)
		if err != nil {
			return
		}
		encoded := h.Encode(nil)
		again, err := Decode(encoded, listed)
		require.NoError(t, err)
		require.Equal(t, encoded, again.Encode(nil))
		for account := range int32(5) {
			page := all(func(before Cursor, to []Entry) ([]Entry, Cursor) { return h.Entries(account, venue.All, before, 3, to) })
			require.LessOrEqual(t, len(page), EntriesOfAccount)
		}
	})
}
