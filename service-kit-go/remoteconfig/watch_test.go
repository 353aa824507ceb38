package remoteconfig_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"path"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/service-kit-go/kittest"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
)

// overTheWire runs a test with a real HTTP server and Redis, both on a network in memory. The server's answer is what content
// holds; count is how often it was asked.
func overTheWire(t *testing.T, test func(w *wire)) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		w := &wire{t: t, network: network, asked: map[string]*atomic.Int32{"market": {}, "clock": {}}}
		w.content.Store(new(`{"profile":"calm"}`))
		listener, err := network.Listen(t.Context(), "10.0.0.9:8090")
		require.NoError(t, err)
		server := &http.Server{Handler: http.HandlerFunc(w.answer), ReadHeaderTimeout: time.Second}
		go func() { _ = server.Serve(listener) }()
		t.Cleanup(func() { _ = server.Close() })
		kittest.Redis(t, network)
		dial := func(ctx context.Context, _, address string) (net.Conn, error) { return network.Dial(ctx, address) }
		w.redis = redis.NewClient(&redis.Options{Addr: kittest.RedisAddress, Dialer: dial, MaxRetries: -1, DialerRetries: 1})
		t.Cleanup(func() { _ = w.redis.Close() })
		w.client = remoteconfig.New(remoteconfig.Options{
			BaseURL: "http://10.0.0.9:8090", HTTP: &http.Client{Transport: &http.Transport{DialContext: dial}}, Redis: w.redis, Log: quiet(t),
		})
		background(t, w.client.Run)
		synctest.Wait()
		test(w)
	})
}

type wire struct {
	t       *testing.T
	network *kittest.Network
	redis   *redis.Client
	client  *remoteconfig.Client
	content atomic.Pointer[string]
	delay   atomic.Int64 // between reading content and answering, ns
	asked   map[string]*atomic.Int32
}

func (w *wire) answer(response http.ResponseWriter, request *http.Request) {
	w.asked[path.Base(request.URL.Path)].Add(1)
	content := *w.content.Load()
	time.Sleep(time.Duration(w.delay.Load()))
	response.Header().Set("ETag", content)
	if request.Header.Get("If-None-Match") == content {
		response.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = io.WriteString(response, content)
}

func (w *wire) profile(document string) string {
	w.t.Helper()
	read, err := remoteconfig.Get[market](w.t.Context(), w.client, document)
	require.NoError(w.t, err)
	return read.Profile
}

func TestAMessageRenewsTheDocumentItNamesAndTellsItsWatches(t *testing.T) {
	overTheWire(t, func(w *wire) {
		require.Equal(w.t, "calm", w.profile("market"))
		require.Equal(w.t, "calm", w.profile("clock"))
		var told []string
		stop := w.client.Watch("market", func() { told = append(told, w.profile("market")) })
		synctest.Wait()
		before := w.asked["clock"].Load()

		w.content.Store(new(`{"profile":"lively"}`))
		for _, document := range []string{"market", "unheard-of"} {
			require.NoError(w.t, w.redis.Publish(w.t.Context(), remoteconfig.Channel, document).Err())
		}
		synctest.Wait()
		assert.Equal(w.t, []string{"lively"}, told, "it is current when the watch is told")
		assert.Equal(w.t, "calm", w.profile("clock"), "nobody said that this one had changed")
		assert.Equal(w.t, before, w.asked["clock"].Load())

		stop()
		w.content.Store(new(`{"profile":"calm"}`))
		require.NoError(w.t, w.redis.Publish(w.t.Context(), remoteconfig.Channel, "market").Err())
		synctest.Wait()
		assert.Len(w.t, told, 1, "a stopped watch is told nothing")
		assert.Equal(w.t, "calm", w.profile("market"))
	})
}

func TestAMessageThatComesDuringARequestIsNotLost(t *testing.T) {
	overTheWire(t, func(w *wire) {
		w.profile("market")
		w.delay.Store(int64(2 * time.Second))
		for _, newer := range []string{`{"profile":"lively"}`, `{"profile":"wild"}`} {
			w.content.Store(&newer)
			require.NoError(w.t, w.redis.Publish(w.t.Context(), remoteconfig.Channel, "market").Err())
			after(time.Second)
		}
		after(3 * time.Second)
		assert.Equal(w.t, "wild", w.profile("market"))
	})
}

func TestWhatChangedWhileRedisWasAwayIsHeardOfWhenItReturns(t *testing.T) {
	overTheWire(t, func(w *wire) {
		w.profile("market")
		synctest.Wait()
		w.network.Cut(kittest.RedisAddress)
		after(time.Second)
		w.content.Store(new(`{"profile":"lively"}`))
		w.network.Heal(kittest.RedisAddress)
		after(10 * time.Second)
		assert.Equal(w.t, "lively", w.profile("market"), "long before TTL")
	})
}

func TestAWatchHearsOfChangesAlthoughNobodyReads(t *testing.T) {
	overTheWire(t, func(w *wire) {
		w.network.Cut(kittest.RedisAddress)
		w.profile("market")
		told := 0
		w.client.Watch("market", func() { told++ })
		w.content.Store(new(`{"profile":"lively"}`))
		after(remoteconfig.TTL + remoteconfig.RetryInterval)
		assert.Equal(w.t, 1, told)
	})
}
