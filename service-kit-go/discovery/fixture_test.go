// What the tests of discovery share: a Redis in memory under virtual time, clients of it, and parts that run until the test
// ends.
package discovery_test

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/kittest"
)

func TestMain(m *testing.M) {
	logging.Disable()
	goleak.VerifyTestMain(m)
}

// house is one Redis and whoever uses it.
type house struct {
	t       *testing.T
	network *kittest.Network
	redis   *miniredis.Miniredis
}

// inHouse runs a test with a Redis in memory, in a bubble of virtual time.
func inHouse(t *testing.T, test func(t *testing.T, h *house)) {
	kittest.Run(t, func(t *testing.T, network *kittest.Network) {
		test(t, &house{t: t, network: network, redis: kittest.Redis(t, network)})
	})
}

// client connects to the Redis of the house as the daemons do.
func (h *house) client() redis.UniversalClient {
	return newClient(h.t, &redis.Options{
		Dialer: func(ctx context.Context, _, address string) (net.Conn, error) { return h.network.Dial(ctx, address) },
	})
}

func newClient(t *testing.T, options *redis.Options) redis.UniversalClient {
	options.Addr = cmp.Or(options.Addr, kittest.RedisAddress) // a numeric one, because in a bubble no name can be looked up
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = 2*time.Second, 2*time.Second, 2*time.Second
	options.MaxRetries, options.DialerRetries, options.MaxRetryBackoff = 1, 1, 16*time.Millisecond
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func (h *house) redisGoes()  { h.network.Cut(kittest.RedisAddress) }
func (h *house) redisComes() { h.network.Heal(kittest.RedisAddress) }

// directory is one that runs until the test ends.
func (h *house) directory() *discovery.Directory {
	return runDirectory(h.t, h.client(), nil)
}

func runDirectory(t *testing.T, client redis.UniversalClient, registry prometheus.Registerer) *discovery.Directory {
	directory := discovery.NewDirectory(client, quiet(t), registry)
	background(t, directory.Run)
	return directory
}

// member is an instance that is announced until it withdraws or is killed, which withdraws nothing.
type member struct {
	*discovery.Registrar
	withdraw, kill func()
}

func (h *house) announce(name, id string) member {
	return runRegistrar(h.t, h.client(), name, id)
}

// runRegistrar announces an instance by a client of its own.
func runRegistrar(t *testing.T, client redis.UniversalClient, name, id string) member {
	registrar := discovery.NewRegistrar(client, instance(name, id), quiet(t), nil)
	stop := background(t, registrar.Run)
	return member{registrar, stop, func() {
		_ = client.Close()
		stop()
	}}
}

// background runs something until the test ends or the returned function is called, which waits for its end.
func background(t *testing.T, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	stop = func() {
		cancel()
		if err, first := <-done; first {
			require.NoError(t, err)
			close(done)
		}
	}
	t.Cleanup(stop)
	return stop
}

func instance(name, id string) discovery.Instance {
	return discovery.Instance{
		Name: name, InstanceID: id, Version: "1.2.3", GRPCAddr: id + ":50055", HTTPAddr: id + ":8085",
		Health: discovery.Serving, StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Metadata: map[string]string{"symbols": "BTC/USD"},
	}
}

func quiet(t *testing.T) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(t.Output())
	return log
}

// stored reads what stands in Redis about an instance; nil when there is nothing.
func (h *house) stored(name, id string) map[string]any {
	text, err := h.redis.Get("fleet:instance:" + name + ":" + id)
	if err != nil {
		return nil
	}
	var fields map[string]any
	require.NoError(h.t, json.Unmarshal([]byte(text), &fields))
	return fields
}

// ids names instances, those that do not serve in brackets.
func ids(instances []discovery.Instance) string {
	names := make([]string, len(instances))
	for i, found := range instances {
		names[i] = found.InstanceID
		if found.Health != discovery.Serving {
			names[i] = "(" + found.InstanceID + ")"
		}
	}
	return strings.Join(names, " ")
}

// lookup asks, and names who is there.
func lookup(t *testing.T, directory *discovery.Directory, name string) string {
	t.Helper()
	found, err := directory.Lookup(context.Background(), name)
	require.NoError(t, err)
	return ids(found)
}

// after lets virtual time pass until everyone rests.
func after(wait time.Duration) {
	time.Sleep(wait)
	synctest.Wait()
}
