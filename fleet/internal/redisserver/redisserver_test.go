package redisserver

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const bound = 30 * time.Second // of a wait for a real process

func found(string) (string, error)  { return "/usr/bin/redis-server", nil }
func absent(string) (string, error) { return "", errors.New("not found") }

func TestRedisIsTheUsersElseRedisServerElseEmbedded(t *testing.T) {
	for _, given := range []struct {
		url      string
		lookPath func(string) (string, error)
		want     Kind
	}{
		{"redis://elsewhere:6379", found, External},
		{"", found, Child},
		{"", absent, Embedded},
	} {
		kind, _ := Choose(given.url, given.lookPath)
		assert.Equal(t, given.want, kind)
		assert.Contains(t, Describe(kind, "redis://x:1"), "redis://x:1")
	}
}

func TestEmbeddedRedisAnswersAndItsKeysExpireByTheClock(t *testing.T) {
	server, err := StartEmbedded("127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	require.NoError(t, Ping(t.Context(), URL(server.Addr())))

	// Expiry by the clock is shown where time is virtual; the server there is made as StartEmbedded makes it, but for the socket.
	synctest.Test(t, func(t *testing.T) {
		virtual := miniredis.NewMiniRedis()
		virtual.ClockTTL(true)
		client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:6379", Dialer: func(context.Context, string, string) (net.Conn, error) {
			return virtual.Dial()
		}})
		require.NoError(t, client.Set(t.Context(), "heartbeat", "x", 45*time.Second).Err())
		time.Sleep(44 * time.Second)
		require.NoError(t, client.Get(t.Context(), "heartbeat").Err())
		time.Sleep(time.Second)
		require.ErrorIs(t, client.Get(t.Context(), "heartbeat").Err(), redis.Nil)
		require.NoError(t, client.Close())
		virtual.Close()
	})
}

func TestRedisThatDoesNotAnswerIsAnErrorThatNamesIt(t *testing.T) {
	require.ErrorContains(t, Ping(t.Context(), "redis://127.0.0.1:1"), "no Redis answers at redis://127.0.0.1:1")
	require.ErrorContains(t, Ping(t.Context(), "nonsense"), `REDIS_URL is "nonsense"`)
}

// A stand-in for redis-server: it notes its arguments and lives until it is stopped.
func fakeRedisServer(t *testing.T) (path, log string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, Program)
	script := "#!/bin/sh\ntrap 'echo stopped; exit 0' TERM\necho \"started $*\"\nwhile :; do sleep 0.01; done\n"
	require.NoError(t, os.WriteFile(path, []byte(script), 0o700)) //nolint:gosec // it is a program
	return path, filepath.Join(dir, "redis.log")
}

func logged(t *testing.T, log, want string) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(log)
		return strings.Contains(string(text), want)
	}, bound, 5*time.Millisecond, "want %q in the log", want)
}

func TestRedisServerRunsWithoutPersistenceAndStopsWithTheFleet(t *testing.T) {
	path, log := fakeRedisServer(t)
	child, err := StartChild(path, "127.0.0.1:7777", filepath.Join(t.TempDir(), "data"), log)
	require.NoError(t, err)
	logged(t, log, "started --bind 127.0.0.1 --port 7777")
	logged(t, log, "--save  --appendonly no")

	child.Stop(t.Context())

	logged(t, log, "stopped")
}

func TestRedisServerStopsWhenTheLauncherDies(t *testing.T) {
	path, log := fakeRedisServer(t)
	launcher := exec.Command("/bin/sh", "-c", guard, "sh", path)
	stdin, err := launcher.StdinPipe()
	require.NoError(t, err)
	output, err := os.Create(log)
	require.NoError(t, err)
	launcher.Stdout = output
	require.NoError(t, launcher.Start())
	logged(t, log, "started")

	require.NoError(t, stdin.Close())

	logged(t, log, "stopped")
	_ = launcher.Wait()
	require.NoError(t, output.Close())
}

func TestRealRedisServerWorksAsAChild(t *testing.T) {
	path, err := exec.LookPath(Program)
	if err != nil {
		t.Skip("skipped: there is no redis-server on the PATH")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	dir := t.TempDir()
	child, err := StartChild(path, address, dir, filepath.Join(dir, "redis.log"))
	require.NoError(t, err)
	defer child.Stop(t.Context())
	require.Eventually(t, func() bool { return Ping(t.Context(), URL(address)) == nil }, bound, 20*time.Millisecond)
}
