package command

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/fleet/internal/fakedaemon"
	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
)

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

func TestFleetUpStartsEverythingAndSaysWhereItIs(t *testing.T) {
	l, current := newBench(t).serving(t, nil)

	require.Len(t, current.Daemons, 4)
	for index, member := range roster.Daemons() {
		daemon := current.Daemons[index]
		assert.Equal(t, member.Name, daemon.Name)
		require.NoError(t, probe.Check(t.Context(), daemon.GRPCAddr, member.Name))
		code, body := get(t, "http://"+daemon.HTTPAddr+"/readyz")
		assert.Equal(t, http.StatusOK, code, body)
		group, err := syscall.Getpgid(daemon.PID)
		require.NoError(t, err)
		assert.Equal(t, daemon.PID, group, "in a group of its own, which Ctrl-C does not reach")
		assert.FileExists(t, filepath.Join(l.dir, daemon.Log))
	}
	code, body := get(t, current.ConfigURL+"/v1/config/market")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "profile")
	assert.Equal(t, "embedded", current.Redis)
	assert.Contains(t, l.stderr.String(), "redis: embedded miniredis at redis://127.0.0.1:")
	stored, err := state.Read(l.stateDir())
	require.NoError(t, err)
	assert.Equal(t, current, stored)
}

func TestFleetUpPrintsOneLineADaemonAndCommandsToTry(t *testing.T) {
	l := newBench(t).up(t, nil)
	l.await(t, "the fleet serves", func() bool { return strings.Contains(l.stdout.String(), "Ctrl-C stops the fleet.") })
	current, err := state.Read(l.stateDir())
	require.NoError(t, err)
	text := l.stdout.String()
	for _, daemon := range current.Daemons {
		assert.Regexp(t, fmt.Sprintf(`(?m)^%s +%s +%s +%d$`, daemon.Name, daemon.GRPCAddr, daemon.HTTPAddr, daemon.PID), text)
	}
	_, commands, _ := strings.Cut(text, "Try, in another terminal:\n")
	assert.Equal(t, 8, strings.Count(commands, "\n  ")+1)
	_, grpcPort, _ := net.SplitHostPort(current.Daemons[0].GRPCAddr)
	assert.Contains(t, commands, "order buy 0.1 BTC/USD --account alice")
	assert.Contains(t, commands, "grpc_health_probe -addr=localhost:"+grpcPort+" -service=market-data")
}

func TestInterruptDrainsAndStopsEverythingInTime(t *testing.T) {
	l, current := newBench(t).serving(t, nil)

	l.signal(t, syscall.SIGINT)

	assert.Zero(t, l.exit(t))
	assert.NotContains(t, l.stderr.String(), "killed", "every daemon kept within its grace")
	gone(t, pidsOf(current)...)
	_, err := state.Read(l.stateDir())
	require.ErrorIs(t, err, state.ErrNoFleet)
	assert.NoFileExists(t, state.Path(l.stateDir()))
	for _, daemon := range current.Daemons {
		log, err := os.ReadFile(filepath.Join(l.dir, daemon.Log))
		require.NoError(t, err)
		assert.Contains(t, string(log), "stopped", "it ended in its own way")
	}
}

func TestSecondInterruptKillsAtOnce(t *testing.T) {
	l, current := newBench(t).serving(t, []string{fakedaemon.StubbornVariable + "=exchange"})
	l.signal(t, syscall.SIGINT)
	l.await(t, "it drains", func() bool { return strings.Contains(l.stderr.String(), "stopping") })

	l.signal(t, syscall.SIGINT)

	assert.Equal(t, 1, l.exit(t))
	assert.Contains(t, l.stderr.String(), "killed before everything had drained")
	gone(t, pidsOf(current)...)
	assert.Contains(t, l.stderr.String(), "exchange did not stop in time and was killed")
}

func TestDaemonThatDoesNotStopIsKilledWhenItsGraceIsOver(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it takes the nine seconds that a daemon is granted")
	}
	l, current := newBench(t).serving(t, []string{fakedaemon.StubbornVariable + "=exchange"})
	l.signal(t, syscall.SIGTERM)
	assert.Zero(t, l.exit(t))
	gone(t, pidsOf(current)...)
	assert.Contains(t, l.stderr.String(), "exchange did not stop in time and was killed")
}

func TestDaemonsEndByThemselvesWhenTheLauncherIsKilled(t *testing.T) {
	l, current := newBench(t).serving(t, nil)

	l.signal(t, syscall.SIGKILL)
	l.exit(t)

	gone(t, pidsOf(current)...)
	_, err := state.Read(l.stateDir())
	require.ErrorIs(t, err, state.ErrNoFleet)
	require.ErrorContains(t, err, "left behind")
	again, fresh := l.serving(t, nil)
	assert.NotEqual(t, current.PID, fresh.PID, "a state that was left behind is in nobody's way")
	again.signal(t, syscall.SIGTERM)
	assert.Zero(t, again.exit(t))
}

func TestDaemonThatIsKilledIsReportedWithItsLastLinesAndStartedAgain(t *testing.T) {
	l, current := newBench(t).serving(t, nil)
	victim := current.Daemons[1]

	require.NoError(t, syscall.Kill(victim.PID, syscall.SIGKILL))

	l.await(t, "it serves again", func() bool { return strings.Contains(l.stderr.String(), "exchange serves again") })
	report := l.stderr.String()
	assert.Contains(t, report, fmt.Sprintf("exchange (pid %d) died: signal: killed; the end of .fleet/log/exchange.log:", victim.PID))
	assert.Contains(t, report, "    ") // its last lines, indented
	assert.Contains(t, report, "serving")
	assert.Contains(t, report, "exchange is started again in 500ms")
	now := l.stateNow(t, func(now state.State) bool { return now.Daemons[1].PID != 0 && now.Daemons[1].PID != victim.PID })
	assert.Equal(t, victim.GRPCAddr, now.Daemons[1].GRPCAddr, "at the address where it was")
	require.NoError(t, probe.Check(t.Context(), now.Daemons[1].GRPCAddr, "exchange"))
}

func TestDaemonThatDiesWhileTheFleetStartsIsStartedAgain(t *testing.T) {
	l, current := newBench(t).serving(t, []string{fakedaemon.DieOnceVariable + "=custodian"})
	assert.Contains(t, l.stderr.String(), "died as told")
	assert.Contains(t, l.stderr.String(), "custodian is started again in 500ms")
	require.NoError(t, probe.Check(t.Context(), current.Daemons[2].GRPCAddr, "custodian"))
}

func TestTakenPortIsReportedBeforeAnythingIsStarted(t *testing.T) {
	holder, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = holder.Close() }()
	_, port, _ := net.SplitHostPort(holder.Addr().String())
	b := newBench(t)

	result := b.run(t, "up", "--free-ports", "--grpc", "audit="+holder.Addr().String())

	assert.Equal(t, 1, result.code)
	assert.Contains(t, result.stderr, "port "+port+" (gRPC of audit, ")
	assert.Contains(t, result.stderr, "--grpc audit=HOST:PORT")
	assert.Equal(t, 1, strings.Count(result.stderr, "\n"), result.stderr)
	assert.Empty(t, result.stdout)
	assert.NoFileExists(t, state.Path(b.stateDir()))
}

func TestSecondFleetInTheSameDirectoryIsRefused(t *testing.T) {
	l, current := newBench(t).serving(t, nil)
	result := l.run(t, "up", "--free-ports")
	assert.Equal(t, 1, result.code)
	assert.Contains(t, result.stderr, fmt.Sprintf("a fleet is running in .fleet already (launcher pid %d)", current.PID))
	_, err := state.Read(l.stateDir())
	require.NoError(t, err, "the first is not disturbed")
}

func TestBinaryThatIsNotBuiltIsNamed(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.Remove(filepath.Join(b.bin, "audit-correlator")))
	result := b.run(t, "up", "--free-ports")
	assert.Equal(t, 1, result.code)
	assert.Contains(t, result.stderr, "audit-correlator is not there")
}

func TestReplicasOfMarketDataAreAllStarted(t *testing.T) {
	l, current := newBench(t).serving(t, nil, "--market-data", "2")
	require.Len(t, current.Daemons, 5)
	assert.Equal(t, "market-data-2", current.Daemons[1].Label)
	assert.Equal(t, "market-data", current.Daemons[1].Name)
	require.NoError(t, probe.Check(t.Context(), current.Daemons[1].GRPCAddr, "market-data"))
	assert.DirExists(t, filepath.Join(l.dir, ".fleet", "log"))
}

func TestRedisOfTheUserIsUsedWhenItIsNamed(t *testing.T) {
	server := miniredis.RunT(t)
	l, current := newBench(t).serving(t, []string{"REDIS_URL=redis://" + server.Addr()})
	assert.Equal(t, "external", current.Redis)
	assert.Contains(t, l.stderr.String(), "(from REDIS_URL)")
	require.Eventually(t, func() bool { return server.Exists("fleet:instances:audit") }, patience, 10*time.Millisecond)
}

func TestRedisServerOnThePathIsUsedStartedAgainAndEndsWithTheLauncher(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.Link(filepath.Join(b.bin, "fleet"), filepath.Join(b.bin, redisserver.Program)))
	require.NoError(t, os.Symlink("/bin/sh", filepath.Join(b.bin, "sh")))
	require.NoError(t, os.Symlink("/bin/cat", filepath.Join(b.bin, "cat")))
	l, current := b.serving(t, nil)
	assert.Equal(t, "redis-server", current.Redis)
	assert.Contains(t, l.stderr.String(), "redis: redis-server from the PATH")
	answers := func() bool { return redisserver.Ping(t.Context(), current.RedisURL) == nil }
	require.True(t, answers())

	parsed, err := url.Parse(current.RedisURL)
	require.NoError(t, err)
	owner, known := port.OwnerOf(parsed.Host)
	if !known {
		t.Skip("skipped from here: without /proc the process of Redis is not known")
	}
	require.NoError(t, syscall.Kill(owner.PID, syscall.SIGKILL))
	l.await(t, "Redis is started again", func() bool { return strings.Contains(l.stderr.String(), "redis-server is started again") && answers() })

	l.signal(t, syscall.SIGKILL)
	l.exit(t)
	require.Eventually(t, func() bool { return !answers() }, patience, 10*time.Millisecond)
	gone(t, pidsOf(current)...)
}

func TestRedisThatIsNamedButDoesNotAnswerIsAnError(t *testing.T) {
	result := newBench(t).runWith(t, []string{"REDIS_URL=redis://127.0.0.1:1"}, "up", "--free-ports")
	assert.Equal(t, 1, result.code)
	assert.Contains(t, result.stderr, "no Redis answers at redis://127.0.0.1:1")
	assert.Contains(t, result.stderr, "unset REDIS_URL")
}

func TestFleetDownStopsTheFleetAndWaits(t *testing.T) {
	l, current := newBench(t).serving(t, nil)
	result := l.run(t, "down")
	assert.Zero(t, result.code, result.stderr)
	assert.Equal(t, "the fleet has stopped\n", result.stdout)
	assert.Zero(t, l.exit(t))
	gone(t, pidsOf(current)...)
}

func TestFleetDownWithoutAFleetSaysSoAndCleansUp(t *testing.T) {
	b := newBench(t)
	require.NoError(t, os.MkdirAll(b.stateDir(), 0o750))
	require.NoError(t, state.Write(b.stateDir(), state.State{PID: 1}))
	result := b.run(t, "down")
	assert.Zero(t, result.code)
	assert.Contains(t, result.stderr, "no fleet is running in .fleet")
	assert.NoFileExists(t, state.Path(b.stateDir()))
}
