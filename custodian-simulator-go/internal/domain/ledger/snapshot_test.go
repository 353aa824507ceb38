package ledger_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/asset"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/domain/ledger"
)

// busy is a ledger with a transfer of each kind and state.
func busy(t require.TestingT) *ledger.Ledger {
	l := desk(t)
	for _, one := range []*ledger.Transfer{
		pending("posted", 10, 0), of("post", ledger.Post, "posted", 4), pending("voided", 10, now+9), of("void", ledger.Void, "voided", 0),
		of("back", ledger.Reverse, "post", 0), pending("out", 10, now+1), pending("open", 10, now+2),
	} {
		_, err := l.Apply(now, one, nil)
		require.NoError(t, err)
	}
	l.Expire(now+1, nil)
	require.NoError(t, l.Close(owing))
	return l
}

func TestASnapshotThatDoesNotFitIsRefused(t *testing.T) {
	encoded := busy(t).Encode([]byte("before"))[6:]
	restored, err := ledger.Decode(encoded, listing(t))
	require.NoError(t, err)
	assert.Equal(t, encoded, restored.Encode(nil))
	assert.True(t, restored.Account(owing).Closed)
	for cut := range encoded {
		_, err := ledger.Decode(encoded[:cut], listing(t))
		require.Error(t, err, cut)
	}
	_, err = ledger.Decode(append(bytes.Clone(encoded), 0), listing(t))
	require.Error(t, err)
	other, err := asset.NewListing([]asset.Asset{{Code: "USD", Scale: 3}, {Code: "BTC", Scale: 8}})
	require.NoError(t, err)
	_, err = ledger.Decode(encoded, other)
	assert.ErrorContains(t, err, "asset 0 is USD with scale 2, in what is listed now USD with scale 3")
}

// What is decoded keeps every law, and is what it says.
func FuzzDecode(f *testing.F) {
	f.Add(busy(f).Encode(nil))
	f.Add([]byte{1, 0, 0, 0})
	assets := listing(f)
	f.Fuzz(func(t *testing.T, from []byte) {
		l, err := ledger.Decode(from, assets)
		if err != nil {
			return
		}
		encoded := l.Encode(nil)
		again, err := ledger.Decode(encoded, assets)
		require.NoError(t, err)
		require.Equal(t, encoded, again.Encode(nil))
		for _, total := range l.Totals() {
			require.Equal(t, total.DebitsPosted, total.CreditsPosted)
			require.Equal(t, total.DebitsPending, total.CreditsPending)
		}
		l.Expire(1<<62, nil)
	})
}
