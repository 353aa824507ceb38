package account

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/service-kit-go/decimal"
)

// The listing of the tests: assets and instruments by their indices.
const (
	usd, btc, ada              int32 = 0, 1, 2
	btcusd, adabtc, adausd     int32 = 0, 1, 2
	bps                              = 10_000
	second                           = int64(1_000_000_000)
	start                            = int64(20_000 * day)
	million, bitcoin, thousand       = 1_000_000 * dollar, int64(1_000_000_000), 1000 * dollar
	dollar                           = int64(10_000_000)
)

func testListing(t require.TestingT) *instrument.Listing {
	assets := []instrument.Asset{{Code: "USD", Scale: 7}, {Code: "BTC", Scale: 9}, {Code: "ADA", Scale: 6}}
	number := func(units int64, scale int) decimal.Number { return decimal.Number{Units: units, Scale: scale} }
	filters := instrument.Filters{
		MinLots: 1, MaxLots: 1 << 40, MinNotional: 5 * dollar, MaxOpenOrders: 3, PriceUp: number(5, 0), PriceDown: number(2, 1),
	}
	listed := []instrument.Instrument{
		{Symbol: "BTC/USD", Base: btc, Quote: usd, Tick: number(1, 2), Lot: number(1, 5), Filters: filters},
		{Symbol: "ADA/BTC", Base: ada, Quote: btc, Tick: number(1, 8), Lot: number(1, 1), Filters: filters},
		{Symbol: "ADA/USD", Base: ada, Quote: usd, Tick: number(1, 4), Lot: number(1, 1), Filters: filters},
	}
	for n := range listed {
		var err error
		listed[n], err = instrument.New(assets, listed[n])
		require.NoError(t, err)
	}
	listing, err := instrument.NewListing(assets, listed)
	require.NoError(t, err)
	return listing
}

func flat(maker, taker int32, inQuote bool) Fees {
	return Fees{VolumeAsset: usd, InQuote: inQuote, Tiers: []Tier{{Maker: maker, Taker: taker}}}
}

// desk is a ledger with two funded accounts.
func desk(t require.TestingT, fees Fees) (l *Ledger, alice, bob int32) {
	require.NoError(t, fees.Check())
	l = New(testListing(t), fees)
	alice, err := l.Open(start, "alice")
	require.NoError(t, err)
	bob, err = l.Open(start, "bob")
	require.NoError(t, err)
	for n, number := range []int32{alice, bob} {
		for asset, amount := range []int64{million, 100 * bitcoin, 1_000_000_000_000} {
			_, err = l.Credit(string(rune('a'+n))+string(rune('0'+asset)), number, int32(asset), amount, false, nil)
			require.NoError(t, err)
		}
	}
	return l, alice, bob
}

// reason is why something was refused.
func reason(err error) Reason {
	if refusal, is := errors.AsType[*Error](err); is {
		return refusal.Reason
	}
	return NoReason
}

func TestAccountsAreOpenedAndFoundByName(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	assert.EqualValues(t, 1, alice)
	bot, err := l.Open(start+1, "alice/bot")
	require.NoError(t, err)
	assert.Equal(t, Account{Name: "alice/bot", Owner: alice}, l.Account(bot))
	assert.Equal(t, start+1, l.Opened(bot))
	found, err := l.Find("alice/bot")
	require.NoError(t, err)
	assert.Equal(t, bot, found)
	assert.EqualValues(t, 4, l.Accounts())
	for name, want := range map[string]Reason{
		"": InvalidName, "Alice": InvalidName, "1st": InvalidName, "alice/": InvalidName, "/bot": InvalidName, "a b": InvalidName,
		"abcdefghijklmnopqrstuvwxyzabcdefg": InvalidName, "alice/bot/arm": InvalidParent, "carol/bot": UnknownAccount, "alice": AccountExists,
	} {
		_, err := l.Open(start, name)
		assert.Equal(t, want, reason(err), name)
	}
	_, err = l.Find("carol")
	assert.EqualError(t, err, `account is "carol": want the name of an account that was opened`)
	existing, err := l.Open(start, "alice/bot")
	assert.Equal(t, AccountExists, reason(err))
	assert.Equal(t, bot, existing)
}

func TestEveryReasonHasAName(t *testing.T) {
	seen := map[string]bool{}
	for r := NoReason + 1; r < reasonCount; r++ {
		assert.Regexp(t, "^[A-Z]+(_[A-Z]+)*$", r.String())
		assert.False(t, seen[r.String()], r.String())
		seen[r.String()] = true
	}
	assert.Equal(t, "INSUFFICIENT_BALANCE", InsufficientBalance.String())
	assert.Equal(t, "MAX_POSITION", MaxPosition.String())
	assert.Equal(t, "ORDER_RATE_EXCEEDED", OrderRateExceeded.String())
	assert.Equal(t, "TRANSFER_ID_REUSED", TransferIDReused.String())
	assert.Equal(t, "REASON_255", Reason(255).String())
}

func TestDepositsAndTransfersAreMadeOnceForEver(t *testing.T) {
	l, alice, bob := desk(t, flat(0, 0, false))
	bot, _ := l.Open(start, "alice/bot")

	entries, err := l.Credit("m1", alice, usd, 500, true, nil)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, Entry{entries[0].Reference, 500, alice, usd, DepositEntry}, entries[0])
	assert.EqualValues(t, 500, l.InTransit(usd))
	assert.EqualValues(t, 500, l.InTransitOf(alice, usd))
	for range 2 {
		again, err := l.Credit("m1", alice, usd, 500, false, nil)
		require.NoError(t, err)
		assert.Empty(t, again)
		assert.Zero(t, l.InTransit(usd), "the custodian booked it")
		assert.Zero(t, l.InTransitOf(alice, usd))
	}
	_, err = l.Credit("m1", alice, usd, 501, false, nil)
	assert.Equal(t, MovementIDReused, reason(err))
	assert.Equal(t, million+500, l.Balance(alice, usd).Available)

	for range 2 {
		entries, err = l.Transfer("t1", alice, bot, usd, 300, entries[:0])
		require.NoError(t, err)
		assert.Equal(t, Balance{Available: 300}, l.Balance(bot, usd))
	}
	assert.Empty(t, entries)
	_, err = l.Transfer("t1", alice, bot, usd, 301, nil)
	assert.Equal(t, TransferIDReused, reason(err))
	_, err = l.Transfer("t2", bot, alice, usd, 301, nil)
	assert.EqualError(t, err, "transfer: 0.0000301 of USD are needed, 0.00003 are available")
	for _, c := range []struct {
		id       string
		from, to int32
		asset    int32
		amount   int64
		want     Reason
	}{
		{"t3", alice, bob, usd, 1, NotSameOwner},
		{"t3", alice, alice, usd, 1, NotSameOwner},
		{"t3", alice, 99, usd, 1, UnknownAccount},
		{"t3", -1, alice, usd, 1, UnknownAccount},
		{"t3", alice, bot, 9, 1, UnknownAsset},
		{"t3", alice, bot, usd, 0, InvalidAmount},
		{"", alice, bot, usd, 1, InvalidMovement},
	} {
		_, err := l.Transfer(c.id, c.from, c.to, c.asset, c.amount, nil)
		assert.Equal(t, c.want, reason(err))
	}
	_, err = l.Credit("m9", alice, usd, 1<<62, false, nil)
	require.NoError(t, err)
	_, err = l.Credit("m10", alice, usd, 1<<62, false, nil)
	assert.Equal(t, InvalidAmount, reason(err), "what circulates stays in range, so every balance does")
}

func TestWhatIsInTransitStaysInRangeAlthoughItIsWithdrawn(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	deposit := func(id string, inTransit bool) error {
		_, err := l.Credit(id, alice, usd, 1<<62, inTransit, nil)
		return err
	}
	require.NoError(t, deposit("m1", true))
	require.NoError(t, l.HoldWithdrawal("w1", alice, usd, 1<<62))
	_, err := l.SettleWithdrawal("w1", nil)
	require.NoError(t, err)
	assert.Equal(t, InvalidAmount, reason(deposit("m2", true)))
	require.NoError(t, deposit("m2", false), "booked it is in range")
	_, err = Decode(l.Encode(nil), l.listing, l.fees)
	require.NoError(t, err)
}

func TestAWithdrawalIsHeldThenSettledOrReleasedOnce(t *testing.T) {
	l, alice, _ := desk(t, flat(0, 0, false))
	whole := l.Balance(alice, btc).Available
	for range 2 {
		require.NoError(t, l.HoldWithdrawal("w1", alice, btc, 40))
		assert.Equal(t, Balance{Available: whole - 40, Held: 40}, l.Balance(alice, btc))
	}
	entries, err := l.SettleWithdrawal("w1", nil)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.Equal(t, Entry{entries[0].Reference, -40, alice, btc, WithdrawalEntry}, entries[0])
	moved, err := l.Movement(entries[0].Reference)
	require.NoError(t, err)
	assert.Equal(t, Movement{ID: "w1", Kind: Withdrawal, State: Done, Account: alice, To: -1, Asset: btc, Amount: 40}, moved)
	again, err := l.SettleWithdrawal("w1", nil)
	require.NoError(t, err)
	assert.Empty(t, again)
	require.NoError(t, l.HoldWithdrawal("w1", alice, btc, 40), "a request that came before")
	assert.Equal(t, Balance{Available: whole - 40}, l.Balance(alice, btc))
	assert.Equal(t, WithdrawalSettled, reason(l.ReleaseWithdrawal("w1")))

	require.NoError(t, l.HoldWithdrawal("w2", alice, btc, 50))
	for range 2 {
		require.NoError(t, l.ReleaseWithdrawal("w2"))
		assert.Equal(t, Balance{Available: whole - 40}, l.Balance(alice, btc))
	}
	_, err = l.SettleWithdrawal("w2", nil)
	assert.Equal(t, WithdrawalReleased, reason(err))
	assert.Equal(t, WithdrawalReleased, reason(l.HoldWithdrawal("w2", alice, btc, 50)))

	require.NoError(t, l.ReleaseWithdrawal("late"))
	assert.Equal(t, WithdrawalReleased, reason(l.HoldWithdrawal("late", alice, btc, 50)), "a hold after its release")
	_, err = l.SettleWithdrawal("never", nil)
	assert.Equal(t, UnknownMovement, reason(err))
	_, err = l.SettleWithdrawal("a1", nil)
	assert.Equal(t, MovementIDReused, reason(err))
	assert.Equal(t, MovementIDReused, reason(l.ReleaseWithdrawal("a1")))
	assert.Equal(t, MovementIDReused, reason(l.HoldWithdrawal("a1", alice, btc, 1)))
	assert.Equal(t, InsufficientBalance, reason(l.HoldWithdrawal("w3", alice, btc, whole)))
	_, err = l.FindMovement("w3")
	assert.Equal(t, UnknownMovement, reason(err), "what was refused can be asked for again")
}
