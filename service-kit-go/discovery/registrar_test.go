package discovery_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus/hooks/test"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/health"
)

// clientRetry is more than the client of Redis waits before its second tries in two attempts.
const clientRetry = 40 * time.Millisecond

// returned is the longest that a return of Redis goes unnoticed: a back-off with its jitter, after the second in which the
// client of Redis itself rests.
const returned = 7250 * time.Millisecond

func TestAnInstanceIsWrittenAtOnceInTheAgreedShape(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.announce("market-data", "a")
		synctest.Wait()
		assert.Equal(t, map[string]any{
			"name": "market-data", "instance_id": "a", "version": "1.2.3", "grpc_addr": "a:50055", "http_addr": "a:8085",
			"health": "SERVING", "started_at": "2026-01-02T03:04:05Z", "heartbeat_at": time.Now().UTC().Format(time.RFC3339Nano),
			"metadata": map[string]any{"symbols": "BTC/USD"},
		}, h.stored("market-data", "a"))
		members, err := h.redis.Members("fleet:instances:market-data")
		require.NoError(t, err)
		assert.Equal(t, []string{"a"}, members)
		assert.Equal(t, 45*time.Second, h.redis.TTL("fleet:instance:market-data:a"))
	})
}

func TestTheHeartbeatComesEvery15Seconds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.announce("exchange", "a")
		synctest.Wait()
		first := h.stored("exchange", "a")["heartbeat_at"]
		after(15*time.Second - time.Millisecond)
		assert.Equal(t, first, h.stored("exchange", "a")["heartbeat_at"], "just before")
		after(time.Millisecond)
		assert.Equal(t, time.Now().UTC().Format(time.RFC3339Nano), h.stored("exchange", "a")["heartbeat_at"], "at 15 s")
	})
}

func TestAnInstanceThatDiesIsGoneAfter45Seconds(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		directory := h.directory()
		a := h.announce("exchange", "a")
		synctest.Wait()
		a.kill()
		after(44 * time.Second)
		assert.Equal(t, "a", lookup(t, directory, "exchange"))
		after(2 * time.Second)
		assert.Empty(t, lookup(t, directory, "exchange"))
		assert.Empty(t, h.redis.Keys(), "it is pruned from the set as well")
	})
}

func TestARegistrationReturnsSoonAfterRedisDoes(t *testing.T) {
	for name, c := range map[string]struct {
		lose   func(*house)
		joined float64
	}{
		"keeping its data": {func(*house) {}, 1}, // the set still had the instance
		"without its data": {func(h *house) { h.redis.FlushAll() }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				registry := prometheus.NewRegistry()
				registrar := discovery.NewRegistrar(h.client(), instance("audit", "a"), quiet(t), registry)
				background(t, registrar.Run)
				directory := h.directory()
				after(time.Second)
				h.redisGoes()
				c.lose(h)
				after(10 * time.Minute)
				dependency := registrar.Dependencies()[0]
				assert.Equal(t, health.Degraded, dependency.State)
				assert.Contains(t, dependency.LastError, "connection refused")
				h.redisComes()
				after(returned)
				assert.Equal(t, "a", lookup(t, directory, "audit"))
				assert.Equal(t, health.Up, registrar.Dependencies()[0].State)
				assert.Equal(t, c.joined, total(t, registry, "discovery_registrations_total"))
				assert.Greater(t, total(t, registry, "discovery_heartbeat_failures_total"), 90.0)
			})
		})
	}
}

func TestWhileRedisIsAwayAttemptsBackOffFromHalfASecondToFiveWithJitter(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.redisGoes()
		registry := prometheus.NewRegistry()
		background(t, discovery.NewRegistrar(h.client(), instance("audit", "a"), quiet(t), registry).Run)
		failures := func() float64 { return total(t, registry, "discovery_heartbeat_failures_total") }
		after(time.Second / 10)
		require.Equal(t, 1.0, failures())
		began := time.Now().Add(-time.Second / 10)
		jittered := 0
		for attempt, want := range []time.Duration{500, 1000, 2000, 4000, 5000, 5000, 5000} {
			want *= time.Millisecond
			for before := failures(); failures() == before; {
				after(time.Millisecond)
			}
			wait := time.Since(began)
			began = time.Now()
			assert.InDelta(t, want, wait, float64(want/4+clientRetry), "wait %d", attempt)
			if (wait - want).Abs() > clientRetry {
				jittered++
			}
		}
		assert.Positive(t, jittered, "a fleet must not come back in step")
	})
}

func TestAWithdrawnInstanceIsGoneAtOnceAndNoHeartbeatBringsItBack(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		directory := h.directory()
		a := h.announce("exchange", "a")
		synctest.Wait()
		a.withdraw()
		assert.Empty(t, lookup(t, directory, "exchange"))
		assert.Empty(t, h.redis.Keys())
		a.SetHealth(discovery.NotServing)
		after(time.Minute)
		assert.Empty(t, h.redis.Keys())
	})
}

func TestAWithdrawalThatDoesNotReachRedisIsBoundedAndLogged(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		log, logged := test.NewNullLogger()
		stop := background(t, discovery.NewRegistrar(h.client(), instance("exchange", "a"), log, nil).Run)
		synctest.Wait()
		h.redisGoes()
		began := time.Now()
		stop()
		assert.LessOrEqual(t, time.Since(began), discovery.WithdrawLimit)
		assert.Contains(t, logged.LastEntry().Message, "could not withdraw from discovery")
		after(46 * time.Second)
		assert.Nil(t, h.stored("exchange", "a"), "it expires by itself")
	})
}

func TestAChangeOfHealthIsWrittenAtOnceAndPublishedOnce(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		heard := h.redis.NewSubscriber()
		t.Cleanup(heard.Close) // after the withdrawal, which publishes
		heard.Subscribe("fleet:changed")
		var messages []string
		go func() {
			for message := range heard.Messages() {
				messages = append(messages, message.Message)
			}
		}()
		a := h.announce("custodian", "a")
		after(time.Second)
		a.SetHealth(discovery.NotServing)
		synctest.Wait()
		assert.Equal(t, "NOT_SERVING", h.stored("custodian", "a")["health"])
		a.SetHealth(discovery.NotServing)
		after(time.Minute)
		assert.Equal(t, []string{"custodian", "custodian"}, messages, "the join, the health, and no heartbeat")
	})
}

func TestHealthThatChangesWhileRedisIsAwayIsToldWhenItReturns(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		directory := h.directory()
		a := h.announce("custodian", "a")
		after(time.Second)
		h.redisGoes()
		a.SetHealth(discovery.NotServing)
		after(20 * time.Second)
		h.redisComes()
		after(returned)
		assert.Equal(t, "(a)", lookup(t, directory, "custodian"))
	})
}

func TestHealthSetBeforeRunIsWhatIsAnnounced(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		registrar := discovery.NewRegistrar(h.client(), instance("custodian", "a"), quiet(t), nil)
		registrar.SetHealth(discovery.NotServing)
		assert.Empty(t, h.redis.Keys())
		background(t, registrar.Run)
		synctest.Wait()
		assert.Equal(t, "NOT_SERVING", h.stored("custodian", "a")["health"])
	})
}

func TestWithoutRedisTheRegistrarRestsAndSaysWhy(t *testing.T) {
	inHouse(t, func(t *testing.T, _ *house) {
		registrar := discovery.NewRegistrar(nil, instance("custodian", "a"), quiet(t), nil)
		stop := background(t, registrar.Run)
		after(time.Hour)
		registrar.SetHealth(discovery.NotServing)
		stop()
		dependency := registrar.Dependencies()[0]
		assert.Equal(t, health.Degraded, dependency.State)
		assert.Contains(t, dependency.LastError, "set REDIS_URL")
	})
}

// total reads a metric without labels.
func total(t *testing.T, registry *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() == name {
			metric := family.GetMetric()[0]
			return metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	t.Fatalf("%s is none of the %d metrics", name, len(families))
	return 0
}
