package discovery_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

// story is what a watch was told, in its order.
type story struct {
	mu     sync.Mutex
	states []string
}

func watch(directory *discovery.Directory, name string) (told *story, stop func()) {
	told = &story{}
	return told, directory.Watch(name, func(now, _ []discovery.Instance) {
		told.mu.Lock()
		defer told.mu.Unlock()
		told.states = append(told.states, ids(now))
	})
}

func (s *story) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.states)
}

func TestAWatchIsToldOfJoinsHealthAndLeavesButNotOfHeartbeats(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		directory := h.directory()
		seen, stop := watch(directory, "market-data")
		synctest.Wait()
		a := h.announce("market-data", "a")
		synctest.Wait()
		h.announce("market-data", "b")
		synctest.Wait()
		after(10 * time.Minute)
		a.SetHealth(discovery.NotServing)
		synctest.Wait()
		a.withdraw()
		synctest.Wait()
		assert.Equal(t, []string{"", "a", "a b", "(a) b", "b"}, seen.told())

		late, _ := watch(directory, "market-data")
		assert.Equal(t, []string{"b"}, late.told(), "a later watch is told at once")

		stop()
		h.announce("market-data", "c")
		synctest.Wait()
		assert.Len(t, seen.told(), 5, "a stopped watch is told nothing")
		assert.Equal(t, []string{"b", "b c"}, late.told())
	})
}

func TestAWatchHearsNothingOfOtherNames(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		seen, _ := watch(h.directory(), "market-data")
		h.announce("exchange", "x")
		after(time.Minute)
		assert.Equal(t, []string{""}, seen.told())
	})
}

func TestOfTwoInstancesTheOneThatDiesIsPrunedAndEveryWatchIsTold(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		near, _ := watch(h.directory(), "market-data")
		far, _ := watch(h.directory(), "market-data")
		h.announce("market-data", "a")
		b := h.announce("market-data", "b")
		after(time.Second)
		b.kill()
		after(discovery.Expiry - 2*time.Second)
		assert.Equal(t, "a b", near.last())
		after(2*time.Second + discovery.HeartbeatInterval)
		assert.Equal(t, "a", near.last())
		assert.Equal(t, "a", far.last())
		members, err := h.redis.Members("fleet:instances:market-data")
		require.NoError(t, err)
		assert.Equal(t, []string{"a"}, members)
	})
}

func TestAnUnreadableRegistrationHidesNoOther(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.announce("market-data", "a")
		after(time.Second)
		require.NoError(t, h.redis.Set("fleet:instance:market-data:b", "no JSON"))
		_, err := h.redis.SAdd("fleet:instances:market-data", "b")
		require.NoError(t, err)
		assert.Equal(t, "a", lookup(t, h.directory(), "market-data"))
	})
}

func TestWhileRedisIsAwayWatchesKeepTheLastGoodStateAndHearOfChangesAfterwards(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		registry := prometheus.NewRegistry()
		directory := runDirectory(t, h.client(), registry)
		seen, _ := watch(directory, "market-data")
		synctest.Wait()
		h.announce("market-data", "a")
		after(time.Second)
		h.redisGoes()
		after(10 * time.Minute)
		assert.Equal(t, []string{"", "a"}, seen.told())
		assert.Equal(t, health.Degraded, directory.Dependencies()[0].State)
		_, err := directory.Lookup(t.Context(), "market-data")
		require.ErrorContains(t, err, "look up market-data in redis")
		late, _ := watch(directory, "market-data")
		assert.Equal(t, []string{"a"}, late.told())

		h.redisComes()
		after(returned)
		assert.Equal(t, health.Up, directory.Dependencies()[0].State)
		assert.Greater(t, total(t, registry, "discovery_watch_reconnects_total"), 90.0)
		h.announce("market-data", "b")
		synctest.Wait()
		assert.Equal(t, "a b", seen.last(), "the subscription is back")
		assert.Equal(t, 2.0, total(t, registry, "discovery_instances"))
		assert.Positive(t, total(t, registry, "discovery_lookups_total"))
	})
}

// silentConn can be made to swallow what is written and to answer nothing, like a half-open connection.
type silentConn struct {
	net.Conn
	silent *atomic.Bool
}

func (c silentConn) Write(bytes []byte) (int, error) {
	if c.silent.Load() {
		return len(bytes), nil
	}
	return c.Conn.Write(bytes)
}

func TestAConnectionThatFellSilentIsReplacedWithinTwoHeartbeats(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		var silent atomic.Bool
		registry := prometheus.NewRegistry()
		directory := runDirectory(t, newClient(t, &redis.Options{
			Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := h.network.Dial(ctx, kittest.RedisAddress)
				return silentConn{conn, &silent}, err
			},
		}), registry)
		seen, _ := watch(directory, "market-data")
		after(time.Second)
		silent.Store(true)
		after(2*discovery.HeartbeatInterval + time.Second)
		assert.Equal(t, 1.0, total(t, registry, "discovery_watch_reconnects_total"))
		silent.Store(false)
		after(returned)
		h.announce("market-data", "a")
		synctest.Wait()
		assert.Equal(t, []string{"", "a"}, seen.told())
	})
}

func TestAQuietSubscriptionLivesOn(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		registry := prometheus.NewRegistry()
		runDirectory(t, h.client(), registry)
		after(time.Hour)
		assert.Zero(t, total(t, registry, "discovery_watch_reconnects_total"))
	})
}

func TestWithoutRedisADirectoryKnowsNothingAndSaysWhy(t *testing.T) {
	inHouse(t, func(t *testing.T, _ *house) {
		directory := runDirectory(t, nil, nil)
		seen, _ := watch(directory, "market-data")
		after(time.Hour)
		assert.Equal(t, []string{""}, seen.told(), "nobody is known, and there is nothing to wait for")
		found, err := directory.Lookup(t.Context(), "market-data")
		assert.Empty(t, found)
		require.ErrorContains(t, err, "REDIS_URL")
		assert.Equal(t, health.Degraded, directory.Dependencies()[0].State)
	})
}
