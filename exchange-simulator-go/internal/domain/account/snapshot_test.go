package account

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// busy is a ledger with one of everything.
func busy(t require.TestingT) *Ledger {
	l, alice, bob := desk(t, flat(10*bps, 20*bps, true))
	bot, err := l.Open(start, "alice/bot")
	require.NoError(t, err)
	for n, err := range []error{
		l.SetLimits(bot, Limits{MaxQuantity: decimal.Number{Units: 5, Scale: 1}, PerSecond: 7, CollarBps: 8, Blocked: true}),
		l.Place(&Order{ID: 9, Account: bob, Side: Sell, Price: 1000, Lots: 100}),
		l.Place(&Order{ID: 3, Account: alice, Side: Buy, Price: 1100, Lots: 30}),
		l.PlacePair(&Order{ID: 5, Account: alice, Price: 10, Lots: 5}, &Order{ID: 4, Account: alice, Price: 20, Lots: 5}),
		l.HoldWithdrawal("held", alice, btc, 5), l.HoldWithdrawal("gone", alice, btc, 6), l.ReleaseWithdrawal("late"),
	} {
		require.NoError(t, err, n)
	}
	_, err = l.SettleWithdrawal("gone", nil)
	require.NoError(t, err)
	_, err = l.Credit("coming", bob, usd, 17, true, nil)
	require.NoError(t, err)
	_, err = l.Transfer("held", alice, bot, ada, 3, nil)
	require.NoError(t, err)
	_, _, err = l.Settle(start, &Trade{ID: 1, Price: 1000, Lots: 10, Taker: 3, Maker: 9}, nil)
	require.NoError(t, err)
	l.SetReference(btcusd, 1000)
	return l
}

func TestASnapshotIsTheWholeState(t *testing.T) {
	l := busy(t)
	snapshot := l.Encode([]byte("before"))
	require.True(t, bytes.HasPrefix(snapshot, []byte("before")))
	restored, err := Decode(snapshot[6:], l.listing, l.fees)
	require.NoError(t, err)
	assert.Equal(t, l.accounts, restored.accounts)
	assert.Equal(t, l.movements, restored.movements)
	assert.Equal(t, l.ids, restored.ids)
	assert.Equal(t, l.names, restored.names)
	assert.Equal(t, l.circulating, restored.circulating)
	assert.Equal(t, l.inTransit, restored.inTransit)
	assert.Equal(t, l.references, restored.references)
	assert.True(t, bytes.Equal(snapshot[6:], restored.Encode(nil)))
}

func TestASnapshotThatDoesNotFitIsRefused(t *testing.T) {
	l := busy(t)
	snapshot := l.Encode(nil)
	for cut := range snapshot {
		_, err := Decode(snapshot[:cut], l.listing, l.fees)
		require.Error(t, err, cut)
	}
	_, err := Decode(append(bytes.Clone(snapshot), 0), l.listing, l.fees)
	assert.ErrorContains(t, err, "1 bytes follow its end")
	_, err = Decode([]byte{9}, l.listing, l.fees)
	assert.ErrorContains(t, err, "want one of version 1")

	other := testListing(t)
	other.Assets[btc].Scale = 8
	_, err = Decode(snapshot, other, l.fees)
	assert.ErrorContains(t, err, "asset 1 is BTC with scale 9, in what is listed now BTC with scale 8")
	other = testListing(t)
	other.Instruments[adabtc].BaseUnitsPerLot++
	_, err = Decode(snapshot, other, l.fees)
	assert.ErrorContains(t, err, "instrument 1 is ADA/BTC with 100000 and 1 units a lot")

	l.accounts[1].balances[usd].Available++
	_, err = Decode(l.Encode(nil), l.listing, l.fees)
	assert.ErrorContains(t, err, "units of USD, deposits less withdrawals are", "value that came from nowhere")
}

func TestAListingMayGrow(t *testing.T) {
	l := busy(t)
	old := testListing(t)
	listing, err := instrument.NewListing(append(old.Assets, instrument.Asset{Code: "EUR", Scale: 2}), append(old.Instruments, instrument.Instrument{Symbol: "EUR/USD", Base: 3}))
	require.NoError(t, err)
	restored, err := Decode(l.Encode(nil), listing, l.fees)
	require.NoError(t, err)
	assert.Equal(t, l.Balance(1, usd), restored.Balance(1, usd))
	_, err = restored.Credit("euros", 1, 3, 5, false, nil)
	require.NoError(t, err)
	_, err = Decode(restored.Encode(nil), listing, l.fees)
	assert.NoError(t, err)
}

func FuzzDecode(f *testing.F) {
	l := busy(f)
	f.Add(l.Encode(nil))
	f.Add(New(l.listing, l.fees).Encode(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, snapshot []byte) {
		restored, err := Decode(snapshot, l.listing, l.fees)
		if err != nil {
			return
		}
		for asset := range restored.circulating {
			for n := range restored.accounts {
				if b := restored.accounts[n].balances[asset]; b.Available < 0 || b.Held < 0 || b.Total() < 0 {
					t.Fatalf("a balance of %+v", b)
				}
			}
		}
		again, err := Decode(restored.Encode(nil), l.listing, l.fees)
		if err != nil || !bytes.Equal(again.Encode(nil), restored.Encode(nil)) {
			t.Fatal("what was read cannot be written and read again", err)
		}
	})
}
