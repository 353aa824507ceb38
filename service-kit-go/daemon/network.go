package daemon

// Where a daemon listens, what it dials.

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Network is where a daemon listens and what it dials: peers, Redis, the configuration server. The zero Options use TCP; tests
// use one in memory, so that whole fleets run without sockets and under virtual time.
type Network interface {
	Listen(ctx context.Context, address string) (net.Listener, error)
	Dial(ctx context.Context, address string) (net.Conn, error)
}

// TCP is the real network.
type TCP struct{}

// Listen implements Network.
func (TCP) Listen(ctx context.Context, address string) (net.Listener, error) {
	return (&net.ListenConfig{}).Listen(ctx, "tcp", address)
}

// Dial implements Network.
func (TCP) Dial(ctx context.Context, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

func httpClient(network Network) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext:     func(ctx context.Context, _, address string) (net.Conn, error) { return network.Dial(ctx, address) },
		IdleConnTimeout: 30 * time.Second,
	}}
}

// redisPatience bounds a dial and an answer: Redis is beside the daemon or away.
const redisPatience = 2 * time.Second

// quietRedis switches off the log that go-redis keeps for the whole process, a line for each failed dial: discovery says once
// that Redis is away and once that it is back.
var quietRedis = sync.OnceFunc(logging.Disable)

// newRedis makes a client that has not dialled yet; nil when no URL is set. It tries each command twice and no more, because
// its users have a back-off of their own.
func newRedis(url settings.SecretURL, network Network) (redis.UniversalClient, error) {
	if url == "" {
		return nil, nil //nolint:nilnil // no Redis is a valid way to run
	}
	options, err := redis.ParseURL(string(url))
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL is %s: want redis://[user:password@]host:port/db: %w", url, err)
	}
	quietRedis()
	options.Dialer = func(ctx context.Context, _, address string) (net.Conn, error) { return network.Dial(ctx, address) }
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisPatience, redisPatience, redisPatience
	options.DialerRetries, options.MaxRetries = 1, 1
	return redis.NewClient(options), nil
}

// Redis is the daemon's client of the Redis at REDIS_URL, nil without one. It is closed with the chassis.
func (c *Chassis) Redis() redis.UniversalClient { return c.redis }
