package remoteconfig_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

func TestADocumentIsAskedForOnceInFiveMinutes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		require.Equal(t, "calm", h.profile())
		h.server.offers("market", `{"profile":"lively"}`)
		for range 299 {
			after(time.Second)
			require.Equal(t, "calm", h.profile())
		}
		assert.Equal(t, []string{"market"}, h.server.asked())
		after(time.Second)
		h.profile()
		synctest.Wait()
		assert.Equal(t, []string{"market", `market "{"profile":"calm"}"`}, h.server.asked())
		assert.Equal(t, "lively", h.profile())
		assert.GreaterOrEqual(t, h.metric("config_reads_total", "result", "hit"), 300.0)
		assert.Equal(t, 2.0, h.metric("config_request_seconds", "result", "ok"))
	})
}

func TestACallerWithAStaleValueGetsItAtOnceWhileOneRequestIsUnderWay(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		after(time.Second) // off the times at which the client looks by itself
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		after(remoteconfig.TTL)
		h.server.change(func() { h.server.takes = 3 * time.Second })
		h.server.offers("market", `{"profile":"lively"}`)
		began := time.Now()
		for range 1000 {
			require.Equal(t, "calm", h.profile())
		}
		assert.Zero(t, time.Since(began))
		after(2 * time.Second)
		assert.Equal(t, "calm", h.profile())
		after(time.Second)
		assert.Equal(t, "lively", h.profile())
		assert.Len(t, h.server.asked(), 2)
		assert.Equal(t, 1001.0, h.metric("config_reads_total", "result", "stale"))
	})
}

func TestCallersWithoutAValueWaitForTheOneRequest(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.server.change(func() { h.server.takes = time.Second })
		began := time.Now()
		var callers sync.WaitGroup
		for range 100 {
			callers.Go(func() { assert.Equal(t, "calm", h.profile()) })
		}
		callers.Wait()
		assert.Equal(t, time.Second, time.Since(began))
		assert.Len(t, h.server.asked(), 1)
		assert.Equal(t, 100.0, h.metric("config_reads_total", "result", "miss"))
	})
}

func TestTheFirstCallerWaitsAtMostFiveSecondsForTheDefault(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.change(func() { h.server.takes = time.Hour })
		began := time.Now()
		assert.Equal(t, "default", h.profile())
		assert.Equal(t, remoteconfig.RequestTimeout, time.Since(began))
		assert.Equal(t, "default", h.profile())
		assert.Len(t, h.server.asked(), 1, "the next attempt has time")

		_, err := remoteconfig.Get[market](t.Context(), h.client, "fees")
		require.ErrorContains(t, err, "fees", "without a default there is an error")
		_, err = remoteconfig.Get[market](t.Context(), h.client, "fees")
		require.ErrorContains(t, err, "deadline exceeded", "and it is not asked for again at once")
		assert.Len(t, h.server.asked(), 2)
	})
}

func TestACallerWhoCannotWaitHindersNobody(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.server.change(func() { h.server.takes = 2 * time.Second })
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var other sync.WaitGroup
		go func() {
			_, err := remoteconfig.Get[market](impatient, h.client, "market")
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, `"market"`)
		}()
		synctest.Wait()
		other.Go(func() { assert.Equal(t, "calm", h.profile()) })
		other.Wait()
		assert.Equal(t, health.Up, h.client.Dependencies()[0].State)
		assert.Equal(t, 1, h.server.most)
	})
}

func TestAStaleValueIsServedForEverAndItsAgeIsVisible(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		h.server.change(func() { h.server.away = errors.New("connection refused") })
		after(48 * time.Hour)
		assert.Equal(t, "calm", h.profile())
		assert.InDelta(t, 48*time.Hour/time.Second, h.metric("config_age_seconds"), 1)
		dependency := h.client.Dependencies()[0]
		assert.Equal(t, "config:market", dependency.Name)
		assert.Equal(t, health.Degraded, dependency.State)
		assert.Contains(t, dependency.LastError, "connection refused")
		assert.InDelta(t, 48*time.Hour/time.Second, dependency.Detail["age_seconds"], 1)

		h.server.change(func() { h.server.away = nil })
		h.server.offers("market", `{"profile":"lively"}`)
		after(2 * remoteconfig.RetryInterval)
		assert.Equal(t, "lively", h.profile(), "it comes back by itself")
		assert.Equal(t, health.Up, h.client.Dependencies()[0].State)
		assert.LessOrEqual(t, h.metric("config_age_seconds"), remoteconfig.RetryInterval.Seconds())
	})
}

func TestTheDefaultServesUntilTheServerComes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.change(func() { h.server.away = errors.New("connection refused") })
		assert.Equal(t, "default", h.profile())
		assert.Equal(t, health.Degraded, h.client.Dependencies()[0].State)
		changes := 0
		h.client.Watch("market", func() { changes++ })
		h.server.change(func() { h.server.away = nil })
		h.server.offers("market", `{"profile":"calm"}`)
		after(2 * remoteconfig.RetryInterval)
		assert.Equal(t, 1, changes)
		assert.Equal(t, "calm", h.profile())
	})
}

func TestWhatTheServerConfirmsIsNoChange(t *testing.T) {
	for name, withoutID := range map[string]bool{"by 304": false, "by the same content": true} {
		t.Run(name, func(t *testing.T) {
			inHouse(t, func(t *testing.T, h *house) {
				h.server.withoutID = withoutID
				h.server.offers("market", `{"profile":"calm"}`)
				h.profile()
				stop := h.client.Watch("market", func() { t.Error("nothing has changed") })
				after(remoteconfig.TTL + remoteconfig.RetryInterval)
				assert.Len(t, h.server.asked(), 2)
				assert.LessOrEqual(t, h.metric("config_age_seconds"), remoteconfig.RetryInterval.Seconds())
				stop()
			})
		})
	}
}

func TestAnAnswerThatIsNoDocumentIsTheServersFailure(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		assert.Equal(t, "default", h.profile())
		assert.Contains(t, h.client.Dependencies()[0].LastError, "http://10.0.0.9:8090/v1/config/market: 404 Not Found")

		h.server.offers("market", `{"profile":"`+strings.Repeat("x", remoteconfig.MaxDocumentBytes)+`"}`)
		after(2 * remoteconfig.RetryInterval)
		assert.Equal(t, "default", h.profile())
		assert.Contains(t, h.client.Dependencies()[0].LastError, "more than 1048576 bytes")
	})
}

func TestAfterInvalidateTheNextReadWaitsForTheServer(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		h.server.offers("market", `{"profile":"lively"}`)
		h.server.change(func() { h.server.takes = time.Second })
		h.client.Invalidate("market")
		assert.Equal(t, "lively", h.profile())
		assert.Len(t, h.server.asked(), 2)
		assert.Equal(t, "lively", h.profile())
		assert.Len(t, h.server.asked(), 2)

		h.server.change(func() { h.server.away = errors.New("connection refused") })
		h.client.Invalidate("market")
		assert.Equal(t, "lively", h.profile(), "a server that is away is no reason to have no value")
	})
}

func TestARequestThatBeganBeforeInvalidateDoesNotSatisfyIt(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		after(time.Second) // off the times at which the client looks by itself
		h.server.offers("market", `{"profile":"calm"}`)
		h.profile()
		after(remoteconfig.TTL)
		h.server.change(func() { h.server.takes = 3 * time.Second })
		h.profile()
		after(time.Second) // the request is under way, and will bring what was there when it began
		h.server.offers("market", `{"profile":"lively"}`)
		h.client.Invalidate("market")
		assert.Equal(t, "lively", h.profile())
		assert.Equal(t, 1, h.server.most, "one after the other")
	})
}

func TestWithoutAServerTheDefaultsAreWhatThereIs(t *testing.T) {
	client := remoteconfig.New(remoteconfig.Options{Defaults: defaults, Log: quiet(t)})
	read, err := remoteconfig.Get[market](t.Context(), client, "market")
	require.NoError(t, err)
	assert.Equal(t, "default", read.Profile)
	assert.Equal(t, health.Up, client.Dependencies()[0].State)
	_, err = remoteconfig.Get[market](t.Context(), client, "fees")
	require.ErrorContains(t, err, "fees.json")
	_, err = remoteconfig.Get[market](t.Context(), remoteconfig.New(remoteconfig.Options{Log: quiet(t)}), "fees")
	require.ErrorContains(t, err, "set CONFIG_URL")
}

func TestABadAddressOfTheServerIsNamed(t *testing.T) {
	client := remoteconfig.New(remoteconfig.Options{BaseURL: "http://[", HTTP: &http.Client{}, Log: quiet(t)})
	_, err := remoteconfig.Get[market](t.Context(), client, "market")
	require.ErrorContains(t, err, "CONFIG_URL")
}
