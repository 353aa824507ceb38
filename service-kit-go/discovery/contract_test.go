// What discovery promises of a Redis, told once and run twice: over the one in memory, and over a real redis-server where
// there is one. Nothing here may depend on how long something takes.
package discovery_test

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/discovery"
)

// store is a Redis that can be stopped and started again, empty or not.
type store struct {
	client      func() redis.UniversalClient
	stop, start func()
}

func TestDiscoveryKeepsItsPromisesOverARedisInMemory(t *testing.T) {
	for promise, keep := range promises {
		t.Run(promise, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				keep(t, store{client: h.client, stop: h.redisGoes, start: func() { h.redis.FlushAll(); h.redisComes() }})
			})
		})
	}
}

func TestDiscoveryKeepsItsPromisesOverARealRedis(t *testing.T) {
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on the PATH; the same promises are tested over the Redis in memory")
	}
	for promise, keep := range promises {
		t.Run(promise, func(t *testing.T) { keep(t, realStore(t, binary)) })
	}
}

var promises = map[string]func(*testing.T, store){
	"who registers is found, by everyone": func(t *testing.T, s store) {
		runRegistrar(t, s.client(), "market-data", "b")
		runRegistrar(t, s.client(), "market-data", "a")
		directory := runDirectory(t, s.client(), nil)
		eventually(t, "a b", func() string { return lookup(t, directory, "market-data") })
		assert.Empty(t, lookup(t, directory, "exchange"))
	},
	"who withdraws is gone": func(t *testing.T, s store) {
		a := runRegistrar(t, s.client(), "market-data", "a")
		directory := runDirectory(t, s.client(), nil)
		seen, _ := watch(directory, "market-data")
		eventually(t, "a", seen.last)
		a.withdraw()
		assert.Empty(t, lookup(t, directory, "market-data"))
		eventually(t, "", seen.last)
		assert.Zero(t, s.client().DBSize(t.Context()).Val())
	},
	"a registration expires after 45 s": func(t *testing.T, s store) {
		runRegistrar(t, s.client(), "market-data", "a")
		eventually(t, "a", func() string { return lookup(t, runDirectory(t, s.client(), nil), "market-data") })
		left := s.client().PTTL(t.Context(), "fleet:instance:market-data:a").Val()
		assert.Greater(t, left, discovery.Expiry-discovery.HeartbeatInterval)
		assert.LessOrEqual(t, left, discovery.Expiry)
	},
	"who expired is pruned, and watches of others are told": func(t *testing.T, s store) {
		runRegistrar(t, s.client(), "market-data", "a")
		b := runRegistrar(t, s.client(), "market-data", "b")
		seen, _ := watch(runDirectory(t, s.client(), nil), "market-data")
		eventually(t, "a b", seen.last)
		b.kill()
		require.NoError(t, s.client().Del(t.Context(), "fleet:instance:market-data:b").Err()) // as the expiry would
		assert.Equal(t, "a", lookup(t, runDirectory(t, s.client(), nil), "market-data"))
		eventually(t, "a", seen.last)
		assert.Equal(t, []string{"a"}, s.client().SMembers(t.Context(), "fleet:instances:market-data").Val())
	},
	"watches are told of health": func(t *testing.T, s store) {
		a := runRegistrar(t, s.client(), "market-data", "a")
		seen, _ := watch(runDirectory(t, s.client(), nil), "market-data")
		eventually(t, "a", seen.last)
		a.SetHealth(discovery.NotServing)
		eventually(t, "(a)", seen.last)
	},
	"registrations and watches return with Redis": func(t *testing.T, s store) {
		runRegistrar(t, s.client(), "market-data", "a")
		directory := runDirectory(t, s.client(), nil)
		seen, _ := watch(directory, "market-data")
		eventually(t, "a", seen.last)
		s.stop()
		_, err := directory.Lookup(t.Context(), "market-data")
		require.Error(t, err)
		s.start()
		runRegistrar(t, s.client(), "market-data", "b")
		eventually(t, "a b", seen.last)
	},
}

// last is what the watch was told last.
func (s *story) last() string {
	told := s.told()
	if len(told) == 0 {
		return "nothing"
	}
	return told[len(told)-1]
}

func eventually(t *testing.T, want string, get func() string) {
	t.Helper()
	require.Eventually(t, func() bool { return get() == want }, time.Minute, 20*time.Millisecond, "want %q", want)
}

// realStore starts a redis-server that keeps nothing, on a free port.
func realStore(t *testing.T, binary string) store {
	t.Helper()
	port := freePort(t)
	var stop func()
	start := func() {
		server := exec.Command(binary, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
		require.NoError(t, server.Start())
		stop = func() {
			_ = server.Process.Kill() // an error says that it has ended
			_ = server.Wait()
		}
	}
	start()
	t.Cleanup(func() { stop() })
	client := func() redis.UniversalClient {
		return newClient(t, &redis.Options{Addr: net.JoinHostPort("127.0.0.1", port)})
	}
	eventually(t, "PONG", func() string { return client().Ping(context.Background()).Val() })
	return store{client: client, stop: func() { stop() }, start: start}
}

func freePort(t *testing.T) string {
	t.Helper()
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer socket.Close()
	return fmt.Sprint(socket.Addr().(*net.TCPAddr).Port)
}
