package ledger_test

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/ledger"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func listing(t require.TestingT) *asset.Listing {
	l, err := asset.NewListing([]asset.Asset{{Code: "USD", Scale: 2, Kind: asset.Fiat}, {Code: "BTC", Scale: 8}})
	require.NoError(t, err)
	return l
}

func reason(err error) string {
	if refusal, is := errors.AsType[*errs.Error](err); is {
		return refusal.Reason
	}
	return ""
}

func big128(w decimal.Wide) string {
	value := new(big.Int).Lsh(big.NewInt(w.High), 64)
	return value.Add(value, new(big.Int).SetUint64(w.Low)).String()
}

func drawTransfer(t *rapid.T) ledger.Transfer {
	id := func(label string) ledger.ID { return ledger.IDOf(fmt.Sprint(rapid.IntRange(0, 20).Draw(t, label))) }
	one := ledger.Transfer{
		ID: id("id"), Kind: rapid.SampledFrom([]ledger.Kind{ledger.Pending, ledger.Plain, ledger.Post, ledger.Void, ledger.Reverse}).Draw(t, "kind"), Code: uint16(rapid.IntRange(0, 1).Draw(t, "code")),
		Reference: rapid.SampledFrom([]uint64{0, 0, 1 << 63}).Draw(t, "reference"),
	}
	switch one.Kind {
	case ledger.Plain, ledger.Pending:
		ways := [][2]int32{{1, 2}, {3, 0}, {0, 3}, {2, 1}, {0, 1}, {1, 0}, {1, 3}, {4, 5}, {5, 4}, {1, 1}, {1, 5}}
		way := rapid.SampledFrom(ways).Draw(t, "way")
		one.Debit, one.Credit = way[0], way[1]
		one.Amount = rapid.SampledFrom([]int64{40, 30, 60, 20, 1, 0, 1 << 62}).Draw(t, "amount")
	case ledger.Post:
		one.Of, one.Amount = id("of"), rapid.SampledFrom([]int64{0, 0, 1, 20, 40}).Draw(t, "part")
	default:
		one.Of = id("of")
	}
	return one
}

// pair is both ledgers, and what projections would make of the entries.
type pair struct {
	real  *ledger.Ledger
	naive *naiveLedger
	now   int64
	fresh int // ids that were made up
	last  map[int32]ledger.Balance
}

func newPair(t *rapid.T) *pair {
	p := &pair{real: ledger.New(listing(t)), naive: &naiveLedger{}, now: 10, last: map[int32]ledger.Balance{}}
	for _, one := range []ledger.Account{
		{},
		{Bound: ledger.DebitsWithinCredits},
		{Bound: ledger.DebitsWithinCredits},
		{Bound: ledger.CreditsWithinDebits},
		{Asset: 1},
		{Asset: 1, Bound: ledger.DebitsWithinCredits},
	} {
		_, err := p.real.Open(one.Asset, one.Bound)
		require.NoError(t, err)
		p.naive.accounts = append(p.naive.accounts, one)
	}
	for n, credit := range []int32{1, 2, 5} {
		one := ledger.Transfer{ID: ledger.IDOf(fmt.Sprint("fund", n)), Credit: credit, Amount: 60}
		if credit == 5 {
			one.Debit = 4
		}
		entries, err := p.real.Apply(p.now, &one, nil)
		require.NoError(t, err)
		require.Empty(t, p.naive.apply(p.now, one))
		p.project(entries)
	}
	return p
}

func (p *pair) project(entries []ledger.Entry) {
	for _, one := range entries {
		p.last[one.Account] = one.Balance
	}
}

func (p *pair) draw(t *rapid.T) ledger.Transfer {
	one := drawTransfer(t)
	if rapid.Bool().Draw(t, "new") { // small numbers are drawn far more often than others, and would be ids that are taken
		p.fresh++
		one.ID = ledger.IDOf(fmt.Sprint("new", p.fresh))
	}
	if one.Kind >= ledger.Post && rapid.Bool().Draw(t, "of the last") {
		back := rapid.IntRange(1, min(4, len(p.naive.made))).Draw(t, "back")
		one.Of = p.naive.made[len(p.naive.made)-back].ID
	}
	if one.Kind == ledger.Pending {
		one.Expires = rapid.SampledFrom([]int64{p.now + 1, 0, p.now + 2, p.now + 9}).Draw(t, "expires")
	}
	if rapid.IntRange(0, 5).Draw(t, "again") == 0 && len(p.naive.made) > 0 {
		one = rapid.SampledFrom(p.naive.made).Draw(t, "made").asked
	}
	return one
}

func (p *pair) check(t *rapid.T) {
	for number := range p.naive.accounts {
		want, have := p.naive.sums(int32(number)), p.real.Balance(int32(number))
		require.Equal(t, []string{want.debits.String(), want.debitsPending.String(), want.credits.String(), want.creditsPending.String()},
			[]string{big128(have.DebitsPosted), big128(have.DebitsPending), big128(have.CreditsPosted), big128(have.CreditsPending)})
		require.Equal(t, have, p.last[int32(number)], "the entries tell the balances")
		switch p.naive.accounts[number].Bound {
		case ledger.DebitsWithinCredits:
			require.False(t, have.Available().Negative())
		case ledger.CreditsWithinDebits:
			require.False(t, have.DebitsPosted.Sub(have.CreditsPosted).Sub(have.CreditsPending).Negative())
		}
	}
	for _, total := range p.real.Totals() {
		require.Equal(t, total.DebitsPosted, total.CreditsPosted)
		require.Equal(t, total.DebitsPending, total.CreditsPending)
	}
	require.Equal(t, len(p.naive.made), p.real.Transfers())
	resolved := map[ledger.ID]int{}
	next := int64(0)
	for _, one := range p.naive.made {
		record, known := p.real.Find(one.ID)
		require.True(t, known)
		require.Equal(t, one.state, record.State)
		require.Equal(t, one.Transfer, record.Transfer)
		if resolved[one.Of]++; one.Of != (ledger.ID{}) {
			require.Equal(t, 1, resolved[one.Of], "each is resolved once")
		}
		if one.state == ledger.Open && one.Expires != 0 && (next == 0 || one.Expires < next) {
			next = one.Expires
		}
	}
	require.Equal(t, next, p.real.NextExpiry())
	bytes := p.real.Encode(nil)
	restored, err := ledger.Decode(bytes, listing(t))
	require.NoError(t, err)
	require.Equal(t, bytes, restored.Encode(nil))
	for number := range p.naive.accounts {
		require.Equal(t, p.real.Balance(int32(number)), restored.Balance(int32(number)))
	}
	require.Equal(t, next, restored.NextExpiry())
	if rapid.IntRange(0, 3).Draw(t, "go on from the snapshot") == 0 {
		p.real = restored
	}
}

func TestTheLedgerIsTheObviousOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPair(t)
		t.Repeat(map[string]func(*rapid.T){
			"one": func(t *rapid.T) {
				one := p.draw(t)
				entries, err := p.real.Apply(p.now, &one, nil)
				require.Equal(t, p.naive.apply(p.now, one), reason(err))
				p.project(entries)
			},
			"group": func(t *rapid.T) {
				group := make([]ledger.Transfer, rapid.IntRange(0, 4).Draw(t, "size"))
				for n := range group {
					group[n] = p.draw(t)
				}
				entries, err := p.real.ApplyGroup(p.now, group, nil)
				require.Equal(t, p.naive.group(p.now, group), reason(err))
				p.project(entries)
			},
			"pass": func(t *rapid.T) { p.now += rapid.SampledFrom([]int64{1, 2, 0}).Draw(t, "time") },
			"expire": func(t *rapid.T) {
				entries := p.real.Expire(p.now, nil)
				want := p.naive.expire(p.now)
				require.Len(t, entries, 2*len(want))
				for n, id := range want {
					require.Equal(t, id, entries[2*n].Transfer)
				}
				p.project(entries)
			},
			"close": func(t *rapid.T) {
				number := int32(rapid.IntRange(0, 5).Draw(t, "account"))
				one := &p.naive.accounts[number]
				if one.Closed = !one.Closed; one.Closed {
					require.NoError(t, p.real.Close(number))
				} else {
					require.NoError(t, p.real.Reopen(number))
				}
			},
			"": p.check,
		})
	})
}
