package grpcapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/book"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

func TestAnAccountIsOpenedWithWhatItIsFundedWithOnce(t *testing.T) {
	c := openCounter(t)
	made := c.create("alice", "1000.5 USD", "2 BTC")
	assert.True(t, proto.Equal(&exchangev1.Account{
		Account: "alice", Owner: "alice", Limits: &exchangev1.Limits{}, MakerFeeBps: 10, TakerFeeBps: 20,
		Balances: []*exchangev1.Balance{
			{Asset: "USD", Available: "1000.5", Held: "0"}, {Asset: "BTC", Available: "2", Held: "0"},
		},
		CreatedTime: timestamp(noon.UnixNano() + 3600e9),
	}, made), made)
	c.order("alice", 0, book.Buy, 10_000, 5)
	again := c.create("alice", "2 BTC", "1000.5 USD")
	assert.Equal(t, []string{"USD 1000+0.5", "BTC 2+0"}, has(again.GetBalances()), "as it is now")
	assert.EqualValues(t, 1, again.GetOpenOrders())

	request := &exchangev1.CreateAccountRequest{Account: "alice", Fund: amounts(t, "1000.5 USD")}
	_, err := c.CreateAccount(t.Context(), request)
	assertRefused(t, err, errs.AlreadyExists, "ACCOUNT_EXISTS")
	for fund, field := range map[string]string{
		"0 USD": "fund[0].amount", "-1 USD": "fund[0].amount", "1.0000001 USD": "fund[0].amount", "x USD": "fund[0].amount",
	} {
		_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: "carol", Fund: amounts(t, fund)})
		assertInvalid(t, err, field)
	}
	_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: "carol", Fund: amounts(t, "1 USD", "1 DOGE")})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ASSET", "field", "fund[1].asset")
	_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: "carol", Fund: amounts(t, "1 USD", "2 USD")})
	assertInvalid(t, err, "fund")
	for _, name := range []string{"", "Alice", "1st", "a b", strings.Repeat("a", 33)} {
		_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: name})
		assertRefused(t, err, errs.Invalid, "INVALID_NAME")
	}
	_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: "alice/bot"})
	assertInvalid(t, err, "account")
	_, err = c.CreateAccount(t.Context(), &exchangev1.CreateAccountRequest{Account: "venue"})
	assertRefused(t, err, errs.FailedPrecondition, "VENUE_ACCOUNT")
	_, err = c.GetAccount(t.Context(), &exchangev1.GetAccountRequest{Account: "carol"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ACCOUNT")
}

func TestASubAccountHasTheOwnerAndBalancesOfItsOwn(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "1000 USD")
	for range 2 {
		made, err := c.CreateSubAccount(t.Context(), &exchangev1.CreateSubAccountRequest{Parent: "alice", Name: "bot"})
		require.NoError(t, err)
		assert.Equal(t, "alice/bot", made.GetAccount().GetAccount())
		assert.Equal(t, "alice", made.GetAccount().GetOwner())
		assert.Empty(t, made.GetAccount().GetBalances())
	}
	for _, r := range []struct {
		parent, name, reason string
		kind                 errs.Kind
	}{
		{"carol", "bot", "UNKNOWN_ACCOUNT", errs.NotFound},
		{"", "bot", "INVALID_NAME", errs.Invalid},
		{"alice", "", "INVALID_NAME", errs.Invalid},
		{"alice", "Bot", "INVALID_NAME", errs.Invalid},
		{"alice/bot", "arm", "INVALID_PARENT", errs.Invalid},
		{"alice", "bot/arm", "INVALID_FIELD", errs.Invalid},
		{"venue", "bot", "VENUE_ACCOUNT", errs.FailedPrecondition},
	} {
		_, err := c.CreateSubAccount(t.Context(), &exchangev1.CreateSubAccountRequest{Parent: r.parent, Name: r.name})
		assertRefused(t, err, r.kind, r.reason)
	}
}

func TestBalancesShowWhatIsFreeAndWhatIsHeld(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "1000 USD", "2 BTC")
	c.order("alice", 0, book.Buy, 10_000, 5)
	c.order("alice", 0, book.Sell, 20_000, 500)
	answer, err := c.GetBalances(t.Context(), &exchangev1.GetBalancesRequest{Account: "alice"})
	require.NoError(t, err)
	assert.Equal(t, []string{"USD 999.5+0.5", "BTC 1.5+0.5"}, has(answer.GetBalances()), "assets of which there is nothing are left out")
	_, err = c.GetBalances(t.Context(), &exchangev1.GetBalancesRequest{Account: "bob"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ACCOUNT", "field", "account", "value", "bob")
	assert.EqualError(t, err, `account is "bob": want the name of an account that was opened`)
}

func TestATransferIsMadeOnceBetweenAccountsOfOneOwner(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "1000 USD")
	c.create("bob", "1000 USD")
	_, err := c.CreateSubAccount(t.Context(), &exchangev1.CreateSubAccountRequest{Parent: "alice", Name: "bot"})
	require.NoError(t, err)
	request := func(id, from, to, amount string) *exchangev1.TransferRequest {
		return &exchangev1.TransferRequest{TransferId: id, FromAccount: from, ToAccount: to, Amount: amounts(t, amount)[0]}
	}
	for range 2 {
		answer, err := c.Transfer(t.Context(), request("t1", "alice", "alice/bot", "300 USD"))
		require.NoError(t, err)
		assert.Equal(t, []string{"USD 700+0"}, has([]*exchangev1.Balance{answer.GetFromBalance()}))
		assert.Equal(t, []string{"USD 300+0"}, has([]*exchangev1.Balance{answer.GetToBalance()}))
	}
	for _, r := range []struct {
		request *exchangev1.TransferRequest
		reason  string
		kind    errs.Kind
	}{
		{request("t1", "alice", "alice/bot", "301 USD"), "TRANSFER_ID_REUSED", errs.AlreadyExists},
		{request("t2", "alice", "alice/bot", "701 USD"), "INSUFFICIENT_BALANCE", errs.FailedPrecondition},
		{request("t2", "alice", "bob", "1 USD"), "NOT_SAME_OWNER", errs.FailedPrecondition},
		{request("t2", "alice", "alice", "1 USD"), "NOT_SAME_OWNER", errs.FailedPrecondition},
		{request("t2", "alice", "carol", "1 USD"), "UNKNOWN_ACCOUNT", errs.NotFound},
		{request("t2", "carol", "alice", "1 USD"), "UNKNOWN_ACCOUNT", errs.NotFound},
		{request("t2", "alice", "alice/bot", "1 DOGE"), "UNKNOWN_ASSET", errs.NotFound},
		{request("t2", "venue", "alice", "1 USD"), "VENUE_ACCOUNT", errs.FailedPrecondition},
	} {
		_, err := c.Transfer(t.Context(), r.request)
		assertRefused(t, err, r.kind, r.reason)
	}
	_, err = c.Transfer(t.Context(), request("a b", "alice", "alice/bot", "1 USD"))
	assertInvalid(t, err, "transfer_id")
	_, err = c.Transfer(t.Context(), request("t3", "alice", "alice/bot", "0 USD"))
	assertInvalid(t, err, "amount.amount")
	_, err = c.Transfer(t.Context(), &exchangev1.TransferRequest{TransferId: "t4", FromAccount: "alice", ToAccount: "alice/bot"})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ASSET")
}

func TestPositionsAreAtAverageCostAndAtTheReferencePriceNow(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "100000 USD", "1 BTC", "10 ETH")
	c.create("bob", "100000 USD", "10 BTC")
	c.order("bob", 0, book.Sell, 10_000, 1000)
	c.order("bob", 0, book.Sell, 12_000, 1000)
	c.order("alice", 0, book.Buy, 12_000, 2000)
	c.order("bob", 0, book.Buy, 13_000, 500)
	c.order("alice", 0, book.Sell, 13_000, 500)
	positions := c.get("alice").GetPositions()
	require.Len(t, positions, 1, "what was never traded is left out")
	want := &exchangev1.Position{Symbol: "BTC/USD", Quantity: "1.5", AveragePrice: 110, RealisedProfit: 10}
	assert.True(t, proto.Equal(want, positions[0]), "without a reference price there is no unrealised profit: %v", positions[0])

	c.must(&venue.SetReferences{Quotes: []venue.Quote{{Price: 11_100}}})
	want.UnrealisedProfit = 1.5
	assert.True(t, proto.Equal(want, c.get("alice").GetPositions()[0]))
	short := &exchangev1.Position{Symbol: "BTC/USD", Quantity: "-1.5", AveragePrice: 110, RealisedProfit: -10, UnrealisedProfit: -1.5}
	assert.True(t, proto.Equal(short, c.get("bob").GetPositions()[0]))
	c.order("bob", 0, book.Buy, 13_000, 1500)
	c.order("alice", 0, book.Sell, 13_000, 1500)
	closed := &exchangev1.Position{Symbol: "BTC/USD", Quantity: "0", RealisedProfit: 40}
	assert.True(t, proto.Equal(closed, c.get("alice").GetPositions()[0]), "what was closed stays with its profit")
}

func TestLimitsAreReplacedAsAWholeAndTheKillSwitchCancels(t *testing.T) {
	c := openCounter(t)
	c.create("alice", "100000 USD")
	c.order("alice", 0, book.Buy, 10_000, 5)
	c.order("alice", 1, book.Buy, 10_000, 5)
	limits := &exchangev1.Limits{
		MaxOrderQuantity: "0.5", MaxOrderNotional: "1000.25", MaxOrdersPerSecond: 100, PriceCollarBps: 500, MaxPosition: "2", Blocked: true,
	}
	answer, err := c.SetLimits(t.Context(), &exchangev1.SetLimitsRequest{Account: "alice", Limits: limits})
	require.NoError(t, err)
	assert.EqualValues(t, 2, answer.GetCancelledOrders())
	assert.True(t, proto.Equal(limits, answer.GetAccount().GetLimits()))
	assert.Zero(t, answer.GetAccount().GetOpenOrders())
	assert.Equal(t, []string{"USD 100000+0"}, has(answer.GetAccount().GetBalances()))
	_, err = c.submit(t.Context(), &venue.Place{Account: "alice", ClientID: "x", Order: venue.Order{Price: 10_000, Lots: 5}})
	assertRefused(t, err, errs.FailedPrecondition, "ACCOUNT_BLOCKED")

	answer, err = c.SetLimits(t.Context(), &exchangev1.SetLimitsRequest{Account: "alice"})
	require.NoError(t, err)
	assert.True(t, proto.Equal(&exchangev1.Limits{}, answer.GetAccount().GetLimits()))
	c.order("alice", 0, book.Buy, 10_000, 5)

	for field, bad := range map[string]*exchangev1.Limits{
		"limits.max_order_quantity": {MaxOrderQuantity: "-1"},
		"limits.max_order_notional": {MaxOrderNotional: "much"},
		"limits.max_position":       {MaxPosition: "1.0000000000000000001"},
	} {
		_, err = c.SetLimits(t.Context(), &exchangev1.SetLimitsRequest{Account: "alice", Limits: bad})
		assertInvalid(t, err, field)
	}
	_, err = c.SetLimits(t.Context(), &exchangev1.SetLimitsRequest{Account: "carol", Limits: limits})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_ACCOUNT")
}
