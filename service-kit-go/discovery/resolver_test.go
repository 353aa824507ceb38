package discovery_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	grpchealth "google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/test/bufconn"

	"github.com/trading-ecosystem/service-kit-go/discovery"
)

// channel is a gRPC channel as the resolver sees it.
type channel struct {
	resolver.ClientConn
	mu     sync.Mutex
	states []string
	errors []string
}

// given returns the addresses of each state, in order; last those of the latest.
func (c *channel) given() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.states)
}

func (c *channel) last() string { return c.given()[len(c.given())-1] }

func (c *channel) UpdateState(state resolver.State) error {
	var addresses []string
	for _, address := range state.Addresses {
		addresses = append(addresses, strings.TrimSuffix(address.Addr, ":50055"))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.states = append(c.states, strings.Join(addresses, " "))
	return errors.New("the balancer wants other addresses") // which must not disturb the resolver
}

func (c *channel) ReportError(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors = append(c.errors, err.Error())
}

func resolve(t *testing.T, directory *discovery.Directory, fallback map[string]string) *channel {
	t.Helper()
	seen := &channel{}
	built, err := directory.Resolver(fallback).Build(target(t, "fleet:///market-data"), seen, resolver.BuildOptions{})
	require.NoError(t, err)
	t.Cleanup(built.Close)
	synctest.Wait()
	return seen
}

func target(t *testing.T, text string) resolver.Target {
	t.Helper()
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	return resolver.Target{URL: *parsed}
}

func TestAChannelGetsTheServingInstancesAndAllWhenNoneServes(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a := h.announce("market-data", "a")
		b := h.announce("market-data", "b")
		synctest.Wait()
		seen := resolve(t, h.directory(), nil)
		a.SetHealth(discovery.NotServing)
		synctest.Wait()
		b.SetHealth(discovery.NotServing)
		synctest.Wait()
		a.SetHealth(discovery.Serving)
		synctest.Wait()
		assert.Equal(t, []string{"a b", "b", "a b", "a"}, seen.given())
		assert.Empty(t, seen.errors)
	})
}

func TestAChannelKeepsItsAddressesWhenRedisGoesAndWhenItComesBackEmpty(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		a := h.announce("market-data", "a")
		synctest.Wait()
		directory := h.directory()
		seen := resolve(t, directory, map[string]string{"market-data": "static"})
		a.kill()
		h.redisGoes()
		after(time.Hour)
		assert.Equal(t, []string{"a"}, seen.given())
		h.redis.FlushAll()
		h.redisComes()
		after(time.Minute)
		for _, state := range seen.given() {
			assert.Equal(t, "a", state)
		}
		again := resolve(t, directory, nil)
		assert.Equal(t, []string{"a"}, again.given(), "so does a channel that was idle meanwhile")
		h.announce("market-data", "b")
		synctest.Wait()
		assert.Equal(t, "b", seen.last())
	})
}

func TestAChannelFallsBackToTheStaticAddressUntilDiscoveryAnswers(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		fallback := map[string]string{"market-data": "static"}
		assert.Equal(t, []string{"static"}, resolve(t, runDirectory(t, nil, nil), fallback).given(), "without Redis")
		assert.Equal(t, []string{"static"}, resolve(t, h.directory(), fallback).given(), "nobody registered")
		h.redisGoes()
		seen := resolve(t, h.directory(), fallback)
		after(time.Second)
		assert.Equal(t, []string{"static"}, seen.given(), "Redis away")
		h.redisComes()
		h.announce("market-data", "a")
		after(returned)
		assert.Equal(t, "a", seen.last())
	})
}

func TestAllChannelsFallBackWithinSecondsOfARedisThatNeverAnswers(t *testing.T) {
	inHouse(t, func(t *testing.T, _ *house) {
		directory := runDirectory(t, newClient(t, &redis.Options{Dialer: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe() // nobody reads what is written
			t.Cleanup(func() { _ = far.Close() })
			return near, nil
		}}), nil)
		var channels []*channel
		for range 7 {
			channels = append(channels, resolve(t, directory, map[string]string{"market-data": "static"}))
		}
		after(5 * time.Second)
		for _, seen := range channels {
			assert.Equal(t, []string{"static"}, seen.given())
		}
	})
}

func TestAChannelWithoutAnyAddressIsToldWhatToDo(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		seen := resolve(t, h.directory(), map[string]string{"exchange": "static"})
		assert.Empty(t, seen.given())
		require.Len(t, seen.errors, 1)
		assert.Contains(t, seen.errors[0], "no instance of market-data is registered")
		assert.Contains(t, seen.errors[0], "<NAME>_ADDR")
	})
}

func TestAClosedResolverIsSilent(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		seen := &channel{}
		built, err := h.directory().Resolver(nil).Build(target(t, "fleet:///market-data"), seen, resolver.BuildOptions{})
		require.NoError(t, err)
		synctest.Wait()
		built.Close()
		h.announce("market-data", "a")
		synctest.Wait()
		assert.Empty(t, seen.given())
	})
}

func TestATargetThatNamesNoServiceIsRefused(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		builder := h.directory().Resolver(nil)
		for _, text := range []string{"fleet:///", "fleet://market-data", "fleet://host/market-data"} {
			_, err := builder.Build(target(t, text), &channel{}, resolver.BuildOptions{})
			assert.ErrorContains(t, err, "want fleet:///<name>", text)
		}
	})
}

func TestCallsFollowTheInstancesAndGoOnWhileRedisIsAway(t *testing.T) {
	inHouse(t, func(t *testing.T, h *house) {
		servers := map[string]*grpc.Server{"a:50055": serve(t, h, "a:50055"), "b:50055": serve(t, h, "b:50055")}
		a := h.announce("market-data", "a")
		synctest.Wait()
		conn, err := grpc.NewClient("fleet:///market-data",
			grpc.WithResolvers(h.directory().Resolver(nil)), grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) { return h.network.Dial(ctx, address) }))
		require.NoError(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		call := func() error {
			_, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true))
			return err
		}
		require.NoError(t, call())
		h.announce("market-data", "b")
		a.withdraw()
		synctest.Wait()
		servers["a:50055"].Stop()
		require.NoError(t, call(), "b answers now")
		h.redisGoes()
		after(time.Hour) // long enough for the channel to fall idle and forget its resolver
		require.NoError(t, call(), "and while Redis is away")
	})
}

// serve answers health checks at an address of the network; the names of its hosts are not looked up.
func serve(t *testing.T, h *house, address string) *grpc.Server {
	t.Helper()
	socket := bufconn.Listen(1 << 16)
	h.network.Serve(address, socket.Dial)
	server := grpc.NewServer()
	healthpb.RegisterHealthServer(server, grpchealth.NewServer())
	go func() { _ = server.Serve(socket) }()
	t.Cleanup(server.Stop)
	return server
}
