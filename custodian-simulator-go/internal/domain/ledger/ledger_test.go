package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/ledger"
	"github.com/trading-ecosystem/service-kit-go/decimal"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// The accounts of the tests.
const (
	issuer, alice, bob, owing, bitcoins int32 = 0, 1, 2, 3, 4
	now                                       = int64(100)
)

// desk is a ledger in which alice has 100.00 USD.
func desk(t require.TestingT) *ledger.Ledger {
	l := ledger.New(listing(t))
	for _, one := range []ledger.Account{
		{}, {Bound: ledger.DebitsWithinCredits}, {Bound: ledger.DebitsWithinCredits}, {Bound: ledger.CreditsWithinDebits}, {Asset: 1},
	} {
		_, err := l.Open(one.Asset, one.Bound)
		require.NoError(t, err)
	}
	_, err := l.Apply(now, &ledger.Transfer{ID: ledger.IDOf("fund"), Debit: issuer, Credit: alice, Amount: 10_000}, nil)
	require.NoError(t, err)
	return l
}

func pending(id string, amount, expires int64) *ledger.Transfer {
	return &ledger.Transfer{ID: ledger.IDOf(id), Kind: ledger.Pending, Debit: alice, Credit: bob, Amount: amount, Expires: expires}
}

func of(id string, kind ledger.Kind, other string, amount int64) *ledger.Transfer {
	return &ledger.Transfer{ID: ledger.IDOf(id), Kind: kind, Of: ledger.IDOf(other), Amount: amount}
}

func TestAPartIsPostedAndTheRestIsFreeAgain(t *testing.T) {
	l := desk(t)
	entries, err := l.Apply(now, pending("p", 6000, 0), nil)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	assert.EqualValues(t, -6000, entries[0].Reserved)
	assert.Equal(t, decimal.WideOf(4000), entries[0].Available())
	assert.Equal(t, decimal.WideOf(10_000), entries[0].Settled())
	assert.Equal(t, decimal.WideOf(6000), entries[1].CreditsPending)

	entries, err = l.Apply(now, of("post", ledger.Post, "p", 2500), entries[:0])
	require.NoError(t, err)
	assert.EqualValues(t, -2500, entries[0].Posted)
	assert.EqualValues(t, 6000, entries[0].Reserved)
	assert.Equal(t, decimal.WideOf(7500), entries[0].Available())
	record, known := l.Find(ledger.IDOf("p"))
	require.True(t, known)
	assert.Equal(t, ledger.Posted, record.State)
	assert.Equal(t, ledger.IDOf("post"), record.By)
}

func TestTheSameAgainSucceedsAndDoesNothing(t *testing.T) {
	l := desk(t)
	for _, one := range []*ledger.Transfer{
		pending("p", 6000, now+5), of("post", ledger.Post, "p", 0), of("back", ledger.Reverse, "post", 0),
	} {
		_, err := l.Apply(now, one, nil)
		require.NoError(t, err)
		before := l.Encode(nil)
		entries, err := l.Apply(now+1000, one, nil)
		require.NoError(t, err)
		assert.Empty(t, entries)
		record, _ := l.Find(one.ID)
		_, err = l.Apply(now, &record.Transfer, nil)
		require.NoError(t, err, "what is found can be asked for again")
		other := *one
		other.Code++
		_, err = l.Apply(now, &other, nil)
		assert.Equal(t, ledger.IDReused, reason(err))
		assert.Equal(t, errs.AlreadyExists, errs.KindOf(err))
		assert.Equal(t, before, l.Encode(nil))
	}
}

func TestAReversalMovesBackOnceAndKeepsTheBound(t *testing.T) {
	l := desk(t)
	_, err := l.Apply(now, of("back", ledger.Reverse, "fund", 0), nil)
	require.NoError(t, err)
	balance := l.Balance(alice)
	assert.True(t, balance.Settled().IsZero())
	assert.Equal(t, decimal.WideOf(10_000), balance.DebitsPosted, "nothing was changed in place")
	_, err = l.Apply(now, of("twice", ledger.Reverse, "fund", 0), nil)
	assert.Equal(t, ledger.TransferResolved, reason(err))
	_, err = l.Apply(now, of("again", ledger.Reverse, "back", 0), nil)
	require.NoError(t, err, "a reversal can be reversed")
	_, err = l.Apply(now, pending("p", 1, 0), nil)
	require.NoError(t, err)
	_, err = l.Apply(now, of("not all", ledger.Reverse, "again", 0), nil)
	assert.Equal(t, ledger.InsufficientBalance, reason(err))
}

func TestAGroupIsMadeWholeOrNotAtAll(t *testing.T) {
	l := desk(t)
	before := l.Encode(nil)
	group := []ledger.Transfer{
		*pending("p", 10_000, now+1), *of("post", ledger.Post, "p", 0),
		{ID: ledger.IDOf("on"), Debit: bob, Credit: issuer, Amount: 10_000},
		{ID: ledger.IDOf("too much"), Debit: bob, Credit: issuer, Amount: 1},
	}
	entries, err := l.ApplyGroup(now, group, nil)
	refusal, is := errors.AsType[*errs.Error](err)
	require.True(t, is)
	assert.Equal(t, ledger.InsufficientBalance, refusal.Reason)
	assert.Equal(t, "3", refusal.Metadata["index"])
	assert.Empty(t, entries)
	assert.Equal(t, before, l.Encode(nil))
	for n := range 2 {
		entries, err = l.ApplyGroup(now, group[:3], entries[:0])
		require.NoError(t, err)
		assert.Len(t, entries, 6*(1-n), "each sees those before it, and again it is a duplicate")
	}
	_, err = l.ApplyGroup(now, []ledger.Transfer{group[0], {ID: ledger.IDOf("new"), Debit: issuer, Credit: bob, Amount: 1}}, nil)
	assert.Equal(t, ledger.IDReused, reason(err), "some were made before")
}

func TestWhatTimesOutIsVoidedInOrderOfTimeThenID(t *testing.T) {
	l := desk(t)
	for n := range 300 {
		id := fmt.Sprint(n)
		_, err := l.Apply(now, pending(id, 1, now+1+int64(n%7)), nil)
		require.NoError(t, err)
		if n%3 != 0 {
			_, err = l.Apply(now, of("void"+id, ledger.Void, id, 0), nil)
			require.NoError(t, err)
		}
	}
	assert.Equal(t, now+1, l.NextExpiry())
	_, err := l.Apply(now+1, of("late", ledger.Post, "0", 0), nil)
	assert.Equal(t, ledger.TransferExpired, reason(err), "although nothing has voided it yet")
	entries := l.Expire(now+7, nil)
	require.Len(t, entries, 200)
	for n := 2; n < len(entries); n += 2 {
		a, _ := l.Find(entries[n-2].Transfer)
		b, _ := l.Find(entries[n].Transfer)
		assert.True(t, a.Expires < b.Expires || a.Expires == b.Expires && a.ID.String() < b.ID.String())
		assert.Equal(t, ledger.Expired, b.State)
		assert.Equal(t, ledger.TimedOut, entries[n].Kind)
	}
	assert.Zero(t, l.NextExpiry())
	balance := l.Balance(alice)
	assert.Equal(t, decimal.WideOf(10_000), balance.Available())
}

func TestEachRefusalNamesItsReasonAndChangesNothing(t *testing.T) {
	l := desk(t)
	for _, one := range []*ledger.Transfer{pending("open", 10, 0), pending("void", 10, 0), of("voided", ledger.Void, "void", 0)} {
		_, err := l.Apply(now, one, nil)
		require.NoError(t, err)
	}
	id := ledger.IDOf("new")
	before := l.Encode(nil)
	for want, cases := range map[string][]ledger.Transfer{
		ledger.InvalidID:           {{Debit: issuer, Credit: alice, Amount: 1}},
		ledger.InvalidKind:         {{ID: id, Kind: ledger.TimedOut}, {ID: id, Of: id, Debit: issuer, Credit: alice, Amount: 1}},
		ledger.InvalidAmount:       {{ID: id, Debit: issuer, Credit: alice}, *of("new", ledger.Post, "open", -1), *of("new", ledger.Void, "open", 9)},
		ledger.InvalidExpiry:       {*pending("new", 1, now), {ID: id, Debit: issuer, Credit: alice, Amount: 1, Expires: now + 1}},
		ledger.UnknownAccount:      {{ID: id, Debit: -1, Credit: alice, Amount: 1}, {ID: id, Debit: issuer, Credit: 99, Amount: 1}},
		ledger.SameAccount:         {{ID: id, Debit: issuer, Credit: issuer, Amount: 1}},
		ledger.AssetMismatch:       {{ID: id, Debit: issuer, Credit: bitcoins, Amount: 1}},
		ledger.InsufficientBalance: {*pending("new", 9991, 0), {ID: id, Debit: issuer, Credit: owing, Amount: 1}},
		ledger.UnknownTransfer:     {*of("new", ledger.Post, "none", 0)},
		ledger.NotPending:          {*of("new", ledger.Void, "fund", 0)},
		ledger.NotPosted:           {*of("new", ledger.Reverse, "open", 0), *of("new", ledger.Reverse, "voided", 0)},
		ledger.TransferResolved:    {*of("new", ledger.Post, "void", 0)},
		ledger.ExceedsPending:      {*of("new", ledger.Post, "open", 11)},
	} {
		for _, one := range cases {
			_, err := l.Apply(now, &one, nil)
			assert.Equal(t, want, reason(err), "%v", err)
		}
	}
	_, err := l.Apply(now, &ledger.Transfer{ID: id, Debit: alice, Credit: bob, Amount: 9991}, nil)
	refusal, _ := errors.AsType[*errs.Error](err)
	assert.ErrorContains(t, err, "99.91 of USD are needed of account 1, 99.9 are available")
	assert.Equal(t, []string{"USD", "99.91", "99.9"}, []string{refusal.Metadata["asset"], refusal.Metadata["needed"], refusal.Metadata["available"]})
	assert.Equal(t, before, l.Encode(nil))
}

func TestAClosedAccountFinishesWhatIsPending(t *testing.T) {
	l := desk(t)
	_, err := l.Apply(now, pending("p", 10, 0), nil)
	require.NoError(t, err)
	require.NoError(t, l.Close(bob))
	_, err = l.Apply(now, pending("q", 10, 0), nil)
	assert.Equal(t, ledger.ClosedAccount, reason(err))
	_, err = l.Apply(now, of("post", ledger.Post, "p", 0), nil)
	require.NoError(t, err)
	require.NoError(t, l.Reopen(bob))
	_, err = l.Apply(now, pending("q", 10, 0), nil)
	require.NoError(t, err)
	assert.Equal(t, ledger.UnknownAccount, reason(l.Close(99)))
	_, err = l.Open(9, ledger.None)
	assert.Equal(t, ledger.UnknownAsset, reason(err))
	_, err = l.Open(0, 9)
	assert.Equal(t, ledger.InvalidBound, reason(err))
}
