package grpcapi

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/journal/memdisk"
)

func TestAStatementSaysWhatWasPostedNewestFirst(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "1000 USD")
	c.create("bob", "2 BTC")
	c.must(&venue.HoldWithdrawal{ID: "w1", Account: "alice", Amount: venue.Amount{Units: 100_00000}})
	c.must(&venue.SettleWithdrawal{ID: "w1"})
	_, err := c.CreateSubAccount(t.Context(), &exchangev1.CreateSubAccountRequest{Parent: "alice", Name: "bot"})
	require.NoError(t, err)
	_, err = c.Transfer(t.Context(), &exchangev1.TransferRequest{
		TransferId: "t1", FromAccount: "alice", ToAccount: "alice/bot", Amount: &exchangev1.Amount{Asset: "USD", Amount: "50"},
	})
	require.NoError(t, err)
	c.order("bob", 0, book.Sell, 10_000, 1000)
	traded := c.order("alice", 0, book.Buy, 10_000, 1000)

	when := timestamp(noon.UnixNano() + 3600e9)
	var said []string
	for _, entry := range c.statement("alice", "", 2) {
		said = append(said, fmt.Sprint(entry.GetKind(), " ", entry.GetAmount(), " ", entry.GetAsset(), " ", entry.GetReference()))
		assert.True(t, proto.Equal(when, entry.GetTime()))
		assert.NotZero(t, entry.GetSequence())
	}
	assert.Equal(t, []string{
		"ENTRY_KIND_FEE -0.002 BTC 1", "ENTRY_KIND_TRADE -100 USD 1", "ENTRY_KIND_TRADE 1 BTC 1", "ENTRY_KIND_TRANSFER -50 USD t1",
		"ENTRY_KIND_WITHDRAWAL -100 USD w1", "ENTRY_KIND_DEPOSIT 1000 USD open/alice/USD",
	}, said)
	assert.Len(t, c.statement("alice", "BTC", 1), 2)
	assert.Empty(t, c.statement("alice", "ETH", 1))

	fills := c.fills("alice", "", 1)
	require.Len(t, fills, 1)
	assert.True(t, proto.Equal(c.writeFill("alice", &traded.Fills[0]), fills[0]), "as the order was answered")
	fills = c.fills("bob", "BTC/USD", 1)
	require.Len(t, fills, 1)
	assert.True(t, fills[0].GetMaker())
	assert.Equal(t, "0.1", fills[0].GetFee())
	assert.Empty(t, c.fills("bob", "ETH/USD", 1))
	assert.Empty(t, c.statement("venue", "", 1), "the venue's own account has no statement")
}

func TestAPageThatCannotBeIsRefused(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "1000 USD", "1 BTC")
	c.create("bob", "1000 USD")
	first, err := c.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "alice", PageSize: 1})
	require.NoError(t, err)
	token := first.GetNextPageToken()
	require.NotEmpty(t, token)
	for field, bad := range map[string]*exchangev1.ListEntriesRequest{
		"page_size":  {Account: "alice", PageSize: 1001},
		"page_token": {Account: "bob", PageToken: token},
	} {
		_, err = c.ListEntries(t.Context(), bad)
		assertInvalid(t, err, field)
	}
	for field, bad := range map[string]*exchangev1.ListTradesRequest{
		"page_size":  {Account: "alice", PageSize: -1},
		"page_token": {Account: "alice", PageToken: token},
	} {
		_, err = c.ListTrades(t.Context(), bad)
		assertInvalid(t, err, field)
	}
	_, err = c.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "carol"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ACCOUNT")
	_, err = c.ListTrades(t.Context(), &exchangev1.ListTradesRequest{Account: "carol"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ACCOUNT")
	_, err = c.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "alice", Asset: "DOGE"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ASSET")
	_, err = c.ListTrades(t.Context(), &exchangev1.ListTradesRequest{Account: "alice", Symbol: "DOGE/USD"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
}

func TestPagesGoOnOverNewEntriesAndARestart(t *testing.T) {
	c := openCounter(t)
	c.create("alice")
	credit := func(from, to int) {
		for n := from; n < to; n++ {
			c.must(&venue.Credit{ID: fmt.Sprint("d", n), Account: "alice", Amount: venue.Amount{Units: int64(n) + 1}})
		}
	}
	credit(0, 100)
	before := c.statement("alice", "", 7)
	require.Len(t, before, 100)
	page, err := c.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "alice", PageSize: 30})
	require.NoError(t, err)
	token := page.GetNextPageToken()
	credit(100, 120)
	c.close()
	c.start()
	credit(120, 130)
	page, err = c.ListEntries(t.Context(), &exchangev1.ListEntriesRequest{Account: "alice", PageToken: token, PageSize: 1000})
	require.NoError(t, err)
	require.Len(t, page.GetEntries(), 70)
	for n, entry := range page.GetEntries() {
		assert.True(t, proto.Equal(before[30+n], entry))
	}
	assert.Len(t, c.statement("alice", "", 11), 130)
}

// What an account has is what its statement sums to, to the last unit; what was asked for in between does not matter.
func TestAStatementSumsToTheBalance(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := &counter{t: t, disk: memdisk.New()}
		c.start()
		defer func() { c.close() }()
		names := []string{"alice", "bob", "alice/bot"}
		for _, name := range names {
			c.must(&venue.Open{Account: name, Fund: []venue.Amount{{Asset: 0, Units: 1e10}, {Asset: 1, Units: 1e10}, {Asset: 2, Units: 1e10}}})
		}
		for n := range rapid.IntRange(1, 60).Draw(r, "steps") {
			name := rapid.SampledFrom(names).Draw(r, "account")
			amount := venue.Amount{Asset: rapid.Int32Range(0, 2).Draw(r, "asset"), Units: rapid.Int64Range(1, 1e9).Draw(r, "units")}
			switch id := fmt.Sprint("m", n); rapid.IntRange(0, 5).Draw(r, "what") {
			case 0:
				_, _ = c.submit(context.Background(), &venue.Transfer{ID: id, From: "alice", To: "alice/bot", Amount: amount})
			case 1:
				_, _ = c.submit(context.Background(), &venue.HoldWithdrawal{ID: id, Account: name, Amount: amount})
				_, _ = c.submit(context.Background(), &venue.SettleWithdrawal{ID: id})
			default:
				_, _ = c.submit(context.Background(), &venue.Place{
					Account: name, ClientID: id, Instrument: rapid.Int32Range(0, 1).Draw(r, "instrument"),
					Order: venue.Order{
						Side:  book.Side(rapid.IntRange(0, 1).Draw(r, "side")),
						Price: rapid.Int64Range(9_900, 10_100).Draw(r, "price"), Lots: rapid.Int64Range(1, 2000).Draw(r, "lots"),
					},
				})
			}
			if rapid.IntRange(0, 20).Draw(r, "restart") == 0 {
				c.close()
				c.start()
			}
		}
		for _, name := range names {
			c.sums(name)
		}
	})
}

// sums wants the statement of an account to sum to its balances, and its fills to be the trades in it.
func (c *counter) sums(name string) {
	sums, trades := map[string]int64{}, map[string]bool{}
	for _, entry := range c.statement(name, "", 9) {
		asset, err := c.asset(entry.GetAsset())
		require.NoError(c.t, err)
		units, err := c.Listing.Assets[asset].Parse(entry.GetAmount())
		require.NoError(c.t, err)
		sums[entry.GetAsset()] += units
		if entry.GetKind() == exchangev1.EntryKind_ENTRY_KIND_TRADE {
			trades[entry.GetReference()] = true
		}
	}
	balances, err := c.balances(context.Background(), name)
	require.NoError(c.t, err)
	for asset, balance := range balances {
		require.Equal(c.t, balance.Total(), sums[c.Listing.Assets[asset].Code])
	}
	filled := map[string]bool{}
	fills := c.fills(name, "", 9)
	for _, fill := range fills {
		filled[fmt.Sprint(fill.GetTradeId())] = true
	}
	require.Equal(c.t, trades, filled)
	require.True(c.t, slices.IsSortedFunc(fills, func(a, b *exchangev1.Fill) int { return int(b.GetTradeId()) - int(a.GetTradeId()) }))
}
