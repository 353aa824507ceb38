package command

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAnOrderIsPlacedShownReplacedAndCancelled(t *testing.T) {
	exchange := atAnExchange(t)
	placed := run("order", "buy", "0.5", "BTC/USD", "--limit", "43000.10")
	require.Zero(t, placed.code, placed.stderr)
	assert.Regexp(t, `(?m)^1 +buy-[0-9a-f]{8} +buy +BTC/USD +limit +0.5 +43000.10 +- +0.1 +0.4 +partially-filled +2026-11-24 12:00:00$`, placed.stdout)
	assert.Regexp(t, `(?m)^2026-11-24 12:00:00 +9 +1 +buy +BTC/USD +42999.99 +0.1 +4299.999 +taker +0.00005 BTC +\+0.23$`, placed.stdout)
	assert.Equal(t, "43000.10", exchange.placed[0].GetOrder().GetPrice(), "as it was typed")

	require.Zero(t, run("order", "sell", "0.5", "ETH/USD", "--account", "alice", "--id", "mine").code)
	shown := run("order", "show", "mine", "--json")
	require.Zero(t, shown.code, shown.stderr)
	assert.Contains(t, shown.stdout, `"order_id":"2"`)
	replaced := run("order", "replace", "mine", "--price", "3000")
	require.Zero(t, replaced.code, replaced.stderr)
	assert.Contains(t, replaced.stdout, "3000")
	cancelled := run("order", "cancel", "1")
	require.Zero(t, cancelled.code, cancelled.stderr)
	assert.Contains(t, cancelled.stdout, "cancelled (REQUESTED)")
	assert.Equal(t, "1 cancelled\n", run("order", "cancel", "all", "--symbol", "ETH/USD").stdout)
}

func TestOrdersAreListedOverAllPagesUpToTheLimit(t *testing.T) {
	atAnExchange(t)
	empty := run("order", "list", "--json")
	assert.JSONEq(t, `{"orders":[],"next_page_token":""}`, empty.stdout)
	for range 3 {
		require.Zero(t, run("order", "buy", "0.5", "BTC/USD").code)
	}
	var listed struct{ Orders []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(run("order", "list", "alice", "--json").stdout), &listed))
	assert.Len(t, listed.Orders, 3)
	assert.Equal(t, 3, strings.Count(run("order", "list", "--limit", "2").stdout, "\n"), "a header and two")
}

func TestAnOrderWithoutAnAnswerIsAskedForByItsID(t *testing.T) {
	exchange := atAnExchange(t)
	exchange.deaf = status.Error(codes.DeadlineExceeded, "too slow")
	placed := run("order", "buy", "0.5", "BTC/USD", "--id", "mine")
	require.Zero(t, placed.code, placed.stderr)
	assert.Contains(t, placed.stderr, "the call was not answered (too slow): this is how order mine stands")
	assert.Regexp(t, `(?m)^1 +mine +buy`, placed.stdout)
	replaced := run("order", "replace", "mine", "--price", "43001")
	require.Zero(t, replaced.code, replaced.stderr)
	assert.Contains(t, replaced.stdout, "43001")
	require.Zero(t, run("order", "cancel", "1").code)
	moved := run("account", "transfer", "alice", "alice/bot", "USD=1", "--id", "t-1")
	assert.Equal(t, 1, moved.code)
	assert.Contains(t, moved.stderr, "the same command with --id t-1 is safe to repeat")

	exchange.forgets = true
	lost := run("order", "buy", "0.5", "BTC/USD", "--id", "other")
	assert.Equal(t, 1, lost.code)
	assert.Contains(t, lost.stderr, "account alice has no order other: the same command with --id other is safe to repeat")
	assert.Empty(t, lost.stdout)
}

func TestWhatTheExchangeRefusesIsOneLineWithWhatToDo(t *testing.T) {
	atAnExchange(t)
	for command, want := range map[string]string{
		"order buy 1000 BTC/USD": "fleet: alice has 5 USD free (INSUFFICIENT_BALANCE): `fleet account show ACCOUNT` shows what is free\n",
		"order show 77":          "fleet: account alice has no such order (UNKNOWN_ORDER): `fleet order list ACCOUNT` shows what there is\n",
		"account show bob":       "fleet: no account \"bob\" (UNKNOWN_ACCOUNT): `fleet account create NAME --fund USD=100000` opens one\n",
		"book NIL/USD":           "fleet: no symbol NIL/USD\n",
		"book NIL/USD --once":    "fleet: no symbol NIL/USD\n",
	} {
		refused := run(strings.Fields(command)...)
		assert.Equal(t, 1, refused.code, command)
		assert.Equal(t, want, refused.stderr, command)
		assert.Empty(t, refused.stdout, command)
	}
}

func TestAnExchangeThatIsNotThereIsNotAskedTwice(t *testing.T) {
	atAnExchange(t)
	t.Setenv("EXCHANGE_ADDR", "127.0.0.1:1")
	for _, command := range []string{"order buy 0.5 BTC/USD", "book BTC/USD", "trades BTC/USD --follow", "account show"} {
		refused := run(strings.Fields(command)...)
		assert.Equal(t, 1, refused.code, command)
		assert.Contains(t, refused.stderr, "start a fleet with `fleet up`", command)
		assert.NotContains(t, refused.stderr, "nobody knows", command)
	}
}
