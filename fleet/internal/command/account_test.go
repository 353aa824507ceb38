package command

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnAccountIsOpenedWithExactlyWhatWasTyped(t *testing.T) {
	atAnExchange(t)
	opened := run("account", "create", "carol", "--fund", "USD=100000.10,BTC=0.00000001")
	require.Zero(t, opened.code, opened.stderr)
	assert.Regexp(t, `(?m)^USD +100000.10 +0 +100000.10$`, opened.stdout)
	assert.Regexp(t, `(?m)^BTC +0.00000001 +0 +0.00000001$`, opened.stdout)
	assert.Contains(t, run("account", "sub", "alice", "bot").stdout, "alice/bot, owner alice")
}

func TestAnAccountAndItsStatementAreShown(t *testing.T) {
	atAnExchange(t)
	shown := run("account", "show")
	require.Zero(t, shown.code, shown.stderr)
	assert.Contains(t, shown.stdout, "limits: positions up to 5 base units\n")
	assert.Regexp(t, `(?m)^USD +78500.25 +21500 +100000.25$`, shown.stdout)
	assert.Regexp(t, `(?m)^BTC/USD +-0.5 +43000.5 +\+12.50 +-3.00$`, shown.stdout)
	assert.Contains(t, run("account", "show", "alice", "--json").stdout, `"held":"21500"`)
	statement := run("account", "statement", "alice")
	require.Zero(t, statement.code, statement.stderr)
	assert.Regexp(t, `(?m)^2026-11-24 12:00:00 +2 +trade +USD +-4299.999 +9$`, statement.stdout)
	assert.Regexp(t, `(?m)^2026-11-24 12:00:00 +1 +deposit +USD +\+100000 +d-1$`, statement.stdout)
	assert.Contains(t, run("trades", "--account", "alice").stdout, "maker")
}

func TestLimitsThatAreNotNamedStayAsTheyAre(t *testing.T) {
	exchange := atAnExchange(t)
	assert.Equal(t, "positions up to 5 base units\n", run("account", "limits").stdout, "nothing changes")
	blocked := run("account", "limits", "alice", "--max-order-notional", "50000.50", "--max-orders-per-second", "10", "--block")
	require.Zero(t, blocked.code, blocked.stderr)
	assert.Equal(t, "BLOCKED; orders up to 50000.50 quote units; 10 orders a second; positions up to 5 base units\n3 orders cancelled\n", blocked.stdout)
	unblocked := run("account", "limits", "alice", "--unblock", "--max-position", "0")
	require.Zero(t, unblocked.code, unblocked.stderr)
	assert.Equal(t, "orders up to 50000.50 quote units; 10 orders a second\n", unblocked.stdout)
	assert.False(t, exchange.accounts["alice"].GetLimits().GetBlocked())
}

func TestATransferHasAnIDThatIsShown(t *testing.T) {
	exchange := atAnExchange(t)
	moved := run("account", "transfer", "alice", "alice/bot", "USD=1.50")
	require.Zero(t, moved.code, moved.stderr)
	assert.Contains(t, moved.stdout, exchange.moved[0].GetTransferId())
	assert.Equal(t, "1.50", exchange.moved[0].GetAmount().GetAmount())
	assert.Regexp(t, `(?m)^USD +2.5 +0 +2.5$`, moved.stdout)
}

func TestTheBookIsShownOnceOrAsItChanges(t *testing.T) {
	atAnExchange(t)
	once := run("book", "BTC/USD", "--once")
	require.Zero(t, once.code, once.stderr)
	assert.True(t, strings.HasPrefix(once.stdout, "BTC/USD  continuous  last 43000.05  sequence 7"), once.stdout)
	assert.Contains(t, once.stdout, "--- spread 0.10 (0.02 bps) ---")
	assert.Contains(t, run("book", "BTC/USD", "--once", "--json").stdout, `"last_price":"43000.05"`)
	lines := run("book", "BTC/USD", "--count", "2")
	require.Zero(t, lines.code, lines.stderr)
	assert.Contains(t, lines.stdout, "bid 1 at 43000.00 ask 2 at 43000.10 spread 0.10 sequence 7\n")
	assert.Contains(t, lines.stdout, "bid 0.5 at 43000.00 ask 2 at 43000.10 spread 0.10 sequence 8\n")
	assert.Contains(t, run("book", "BTC/USD", "--count", "2", "--json").stdout, `"previous_sequence":"7"`)
}

func TestTradesGoOnWhereTheListEnds(t *testing.T) {
	atAnExchange(t)
	followed := run("trades", "BTC/USD", "--limit", "2", "--follow", "--count", "2")
	require.Zero(t, followed.code, followed.stderr)
	var ids []string
	for line := range strings.Lines(followed.stdout) {
		ids = append(ids, strings.Fields(line)[7])
	}
	assert.Equal(t, []string{"2", "3", "4", "5"}, ids, "none is missed, none comes twice")
	assert.Contains(t, run("trades", "BTC/USD").stdout, "2026-11-24T12:00:00.000Z BTC/USD buy 0.25 at 43000.05 trade 1 sequence 100\n")
	assert.Contains(t, run("trades", "BTC/USD", "--json").stdout, `{"trades":[{"trade_id":"3"`)
}

func TestTheVenueIsShownHaltedAndResumed(t *testing.T) {
	atAnExchange(t)
	shown := run("venue", "status")
	require.Zero(t, shown.code, shown.stderr)
	assert.Contains(t, shown.stdout, "business time 2026-11-24 12:00:00, sequence 12, journal j-1: 4 accounts, 30 open orders, 5 trades\n")
	assert.Regexp(t, `(?m)^ADA/BTC +pre-open +2026-11-24 12:00:00 +x1 +- \(stale\) +0 +-$`, shown.stdout)
	assert.Regexp(t, `(?m)^BTC/USD +continuous +2026-11-24 12:00:00 +x2 +43000.125 +30 +-$`, shown.stdout)
	assert.Regexp(t, `(?m)^halted BTC/USD +halted .* a drill$`, run("venue", "halt", "BTC/USD", "--reason", "a drill").stdout)
	assert.Regexp(t, `(?m)^halted +halted`, run("venue", "halt", "all", "--reason", "a drill").stdout)
	assert.Regexp(t, `(?m)^BTC/USD +call`, run("venue", "resume", "BTC/USD").stdout)
	assert.Regexp(t, `(?m)^BTC/USD +continuous`, run("venue", "resume", "BTC/USD", "--without-auction").stdout)
	assert.Contains(t, run("venue", "spread", "BTC/USD", "2.5").stdout, "x2.5")
	assert.Contains(t, run("venue", "spread", "BTC/USD", "2.5", "--json").stdout, `"spread_multiplier":2.5`)
}
