package command

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/fleet/internal/fakedaemon"
	"github.com/trading-ecosystem/fleet/internal/status"
)

// run runs a command line in this process.
func run(arguments ...string) outcome {
	var stdout, stderr strings.Builder
	code := Main(arguments, &stdout, &stderr)
	return outcome{stdout.String(), stderr.String(), code}
}

func TestEveryCommandHasHelpOnStdout(t *testing.T) {
	for _, command := range []string{
		"", "up", "down", "status", "prices", "fault", "fault inject", "fault list", "fault clear", "scenario",
		"scenario inject", "scenario list", "scenario cancel", "config", "config serve",
		"config check", "version", "account", "account create", "account sub", "account show", "account statement", "account limits",
		"account transfer", "order", "order buy", "order sell", "order replace", "order cancel", "order show", "order list", "book", "trades",
		"venue", "venue status", "venue halt", "venue resume", "venue spread",
	} {
		result := run(append(strings.Fields(command), "--help")...)
		assert.Zero(t, result.code, command)
		assert.Contains(t, result.stdout, "Usage: fleet", command)
		assert.Empty(t, result.stderr, command)
	}
}

func TestBadUsageIsExitCodeTwoAndSaysWhatIsWanted(t *testing.T) {
	t.Setenv("FLEET_ACCOUNT", "")
	for arguments, want := range map[string]string{
		"":                                                      "expected one of",
		"upp":                                                   "unexpected argument",
		"up --grpc nobody=x:1":                                  "want one of [market-data exchange custodian audit]",
		"up --market-data 0":                                    "want 1 to 16",
		"up --port-base 70000":                                  "want 1 to 65000",
		"up --log-level loud":                                   "trace",
		"prices --interval 1ms":                                 "want 20ms to 1m",
		"prices --count=-1":                                     "want 1 or more",
		"fault inject nobody --drop":                            "there are market-data, exchange, custodian, audit",
		"fault inject exchange":                                 "want exactly one of",
		"fault list nobody":                                     "no daemon",
		"fault clear nobody":                                    "no daemon",
		"scenario inject":                                       "want either a type or name, or --file",
		"scenario inject boom --intensity 2":                    "none of the types rally, crash",
		"scenario cancel":                                       "<id>",
		"config serve --log-level me":                           "trace",
		"account show":                                          "no account: name one, or set FLEET_ACCOUNT",
		"order buy 1 BTC/USD":                                   "no account: name one with --account NAME or in FLEET_ACCOUNT",
		"account create a --fund USD":                           "want ASSET=AMOUNT",
		"account create a --fund USD=1,USD=2":                   "USD is given twice",
		"account limits a --block --unblock":                    "want either --block or --unblock",
		"account limits a --max-position=-1":                    `--max-position is "-1"`,
		"account transfer a b USD=1e5":                          "want ASSET=AMOUNT",
		"order buy BTC/USD --account a":                         "want either a quantity or --quote",
		"order buy 1 BTC USD --account a":                       "want e.g. 0.5 BTC/USD",
		"order buy 1 BTC/USD --account a --id 7":                "a number is the exchange's id",
		"order buy 1 BTC/USD --account a --id all":              `and not "all"`,
		"order sell 1,5 BTC/USD --account a":                    `the quantity is "1,5"`,
		"order replace 1 --account a":                           "nothing changes",
		"order replace 1 --account a --price x":                 `--price is "x"`,
		"order cancel 1 --account a --symbol X":                 "--symbol goes with",
		"order list a --limit=-1":                               "want 0 or more",
		"book BTC/USD --depth 0":                                "want 1 to 5000",
		"trades":                                                "want a pair",
		"trades --account a --follow":                           "want no --account with it",
		"trades BTC/USD --count 2":                              "with --follow",
		"venue halt BTC/USD":                                    "--reason",
		"venue spread BTC/USD 1000":                             "want 0.1 to 100",
		"fault inject exchange --feed stale":                    "exchange has none",
		"fault inject market-data --feed bad":                   "want one of stale, gap",
		"fault inject market-data --feed gap --drop":            "an effect of its own",
		"fault inject market-data --drop --symbol BTC/USD":      "goes with --feed or --venue",
		"fault inject market-data --drop --lag 1s":              "go with --feed",
		"fault inject market-data --venue outage":               "market-data is none",
		"fault inject exchange --venue bad":                     "want one of reject-orders, outage",
		"fault inject exchange --venue outage --drop":           "an effect of its own",
		"fault inject exchange --venue outage --feed gap":       "want one of them",
		"fault inject exchange --venue outage --symbol A/B,C/D": "inject one for each",
		"fault inject exchange --venue outage --after=-1s":      "how long from now",
		"fault inject exchange --drop --after 1s":               "go with --venue",
	} {
		result := run(strings.Fields(arguments)...)
		assert.Equal(t, 2, result.code, arguments)
		assert.Contains(t, result.stderr, want, arguments)
		assert.Empty(t, result.stdout, arguments)
	}
}

func TestVersionIsPrintedForPeopleAndForScripts(t *testing.T) {
	assert.Regexp(t, `^fleet \S+ \(go1\.\S+\)\n$`, run("version").stdout)
	var built map[string]string
	require.NoError(t, json.Unmarshal([]byte(run("version", "--json").stdout), &built))
	assert.NotEmpty(t, built["version"])
}

func TestCommandsAreShownAsTheUserCanTypeThem(t *testing.T) {
	assert.Equal(t, "bin/fleet", called("/opt/venue/bin/fleet", "/opt/venue"))
	assert.Equal(t, "./fleet", called("/opt/venue/bin/fleet", "/opt/venue/bin"))
	assert.Equal(t, "/usr/bin/fleet", called("/usr/bin/fleet", "/opt/some/where/deep"))
}

func TestStatusOfAHealthyFleetIsSuccess(t *testing.T) {
	l, _ := newBench(t).serving(t, nil)
	var result outcome
	l.await(t, "all are registered", func() bool {
		result = l.run(t, "status")
		return result.code == 0 && strings.Count(result.stdout, "healthy\n") >= 4
	})
	assert.Regexp(t, `(?m)^exchange +exchange-\w+ +127\.0\.0\.1:\d+ +127\.0\.0\.1:\d+ +\d{4}-.* healthy$`, result.stdout)
	var answer struct{ Instances []status.Row }
	require.NoError(t, json.Unmarshal([]byte(l.run(t, "status", "--json").stdout), &answer))
	require.Len(t, answer.Instances, 5)
	assert.Equal(t, "market-data", answer.Instances[0].Name)
}

func TestStatusOfAFleetWithAFlawIsFailureAndNamesIt(t *testing.T) {
	l := newBench(t).up(t, []string{fakedaemon.UnhealthVariable + "=exchange"})
	var result outcome
	l.await(t, "the others are healthy", func() bool {
		result = l.run(t, "status")
		return strings.Count(result.stdout, " healthy") >= 4
	})
	assert.Equal(t, 1, result.code)
	assert.Regexp(t, `(?m)^exchange .* NOT HEALTHY, .*told not to serve`, result.stdout)
	assert.Contains(t, result.stderr, "not everything is healthy")
	assert.Empty(t, l.stdout.String(), "fleet up still waits")
}

func TestCommandsSayWhatToDoWhenNoFleetRuns(t *testing.T) {
	b := newBench(t)
	environment := []string{
		"MARKET_DATA_ADDR=127.0.0.1:1", "EXCHANGE_ADDR=127.0.0.1:1", "CUSTODIAN_ADDR=127.0.0.1:1", "AUDIT_ADDR=127.0.0.1:1",
		"REDIS_URL=redis://127.0.0.1:1", // so that a fleet which runs on this machine at the usual addresses is left alone
	}
	for _, command := range []string{"status", "prices --once"} {
		result := b.runWith(t, environment, strings.Fields(command)...)
		assert.Equal(t, 1, result.code, command)
		assert.Contains(t, result.stderr, "start a fleet with `fleet up`", command)
	}
}

func TestFaultIsInjectedIntoEveryReplicaListedAndCleared(t *testing.T) {
	l, _ := newBench(t).serving(t, nil, "--market-data", "2")
	l.await(t, "both are registered", func() bool {
		return strings.Count(l.run(t, "status").stdout, "market-data  market-data-") == 2
	})

	injected := l.run(t, "fault", "inject", "market-data", "--latency", "1ms", "--duration", "1h")
	require.Zero(t, injected.code, injected.stderr)
	assert.Equal(t, 2, strings.Count(injected.stdout, "latency 1ms"))
	var listed struct{ Faults []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(l.run(t, "fault", "list", "--json").stdout), &listed))
	assert.Len(t, listed.Faults, 2)

	unknown := l.run(t, "fault", "clear", "market-data", "no-such-fault")
	assert.Equal(t, 1, unknown.code)
	assert.Contains(t, unknown.stderr, `no active fault has the id "no-such-fault"`)
	cleared := l.run(t, "fault", "clear")
	require.Zero(t, cleared.code, cleared.stderr)
	assert.Equal(t, "2 ended\n", cleared.stdout)

	refused := l.run(t, "fault", "inject", "market-data", "--drop", "--duration", "100h")
	assert.Equal(t, 1, refused.code)
	assert.Contains(t, refused.stderr, "duration")
	assert.Empty(t, refused.stdout, "a table without a row says nothing")
}

func TestConfigurationServerRunsAlone(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.Mkdir(filepath.Join(b.dir, "config"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, "config", "fees.json"), []byte(`{"maker": "0.001"}`), 0o600))
	command := b.command(nil, "config", "serve", "--http-addr", "127.0.0.1:0", "--log-format", "json")
	log := &transcript{}
	command.Stderr = log
	require.NoError(t, command.Start())
	t.Cleanup(func() { _ = command.Process.Kill() })
	var found []string
	require.Eventually(t, func() bool {
		found = regexp.MustCompile(`"http_addr":"([^"]+)"`).FindStringSubmatch(log.String())
		return found != nil
	}, patience, 10*time.Millisecond)

	code, body := get(t, "http://"+found[1]+"/v1/config/fees")
	assert.Equal(t, http.StatusOK, code)
	assert.JSONEq(t, `{"maker": "0.001"}`, body)
	asked := b.run(t, "config", "serve", "--http-addr", found[1], "-health")
	assert.Zero(t, asked.code, asked.stderr)
	assert.Equal(t, "healthy\n", asked.stdout)

	require.NoError(t, command.Process.Signal(syscall.SIGTERM))
	require.NoError(t, command.Wait())
	assert.Zero(t, command.ProcessState.ExitCode())
}

func TestConfigCheckNamesTheDocumentThatIsBroken(t *testing.T) {
	b := newBench(t)
	dir := filepath.Join(b.dir, "config")
	require.NoError(t, os.Mkdir(dir, 0o750))
	good := b.run(t, "config", "check")
	assert.Zero(t, good.code, good.stderr)
	assert.Contains(t, good.stdout, "market: good (shipped)\n")
	assert.Contains(t, good.stdout, "exchange --check-config: good\n")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "market.json"), []byte("{\n\"profile\": }"), 0o600))
	broken := b.run(t, "config", "check", "--json")
	assert.Equal(t, 1, broken.code)
	var answer struct{ Findings []finding }
	require.NoError(t, json.Unmarshal([]byte(broken.stdout), &answer))
	assert.Contains(t, broken.stdout, "market.json: line 2, column 12")

	nowhere := b.run(t, "config", "check", "no-such-directory")
	assert.Equal(t, 1, nowhere.code)
	assert.Contains(t, nowhere.stderr, "no-such-directory is not a directory")
}

func TestConfigurationServerIsAskedForItsHealth(t *testing.T) {
	b := newBench(t)
	nobody := b.run(t, "config", "serve", "--http-addr", "127.0.0.1:1", "-health")
	assert.Equal(t, 1, nobody.code)
	assert.Contains(t, nobody.stderr, "not healthy")
	assert.Contains(t, nobody.stderr, "127.0.0.1:1")
}
