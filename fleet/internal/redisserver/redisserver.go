// Package redisserver gives the fleet its Redis: the one that the user has, else a redis-server of its own, else one embedded in
// this process.
package redisserver

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/trading-ecosystem/fleet/internal/process"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Kind tells where a Redis comes from.
type Kind string

// The kinds, in the order of preference.
const (
	External Kind = "external"     // at REDIS_URL
	Child    Kind = "redis-server" // from the PATH, run by the launcher
	Embedded Kind = "embedded"     // miniredis, in the launcher's process
)

// Program is the binary that is looked for on the PATH.
const Program = "redis-server"

// Choose says which kind it will be, and for Child the path of the binary.
func Choose(url string, lookPath func(string) (string, error)) (kind Kind, path string) {
	if url != "" {
		return External, ""
	}
	if path, err := lookPath(Program); err == nil {
		return Child, path
	}
	return Embedded, ""
}

// Describe says which Redis is used and why, for people.
func Describe(kind Kind, url string) string {
	switch kind {
	case External:
		return "redis: " + settings.SecretURL(url).String() + " (from REDIS_URL)"
	case Child:
		return "redis: redis-server from the PATH, at " + url + ", without persistence"
	default:
		return "redis: embedded miniredis at " + url + " (REDIS_URL is not set and there is no redis-server on the PATH)"
	}
}

// URL of a Redis at host:port.
func URL(address string) string { return "redis://" + address }

// patience bounds a dial and an answer: Redis is near or away.
const patience = 2 * time.Second

// quiet switches off the log that go-redis keeps for the whole process: whoever uses a client says what went wrong.
var quiet = sync.OnceFunc(logging.Disable)

// Connect makes a client of a Redis; it dials when it is first used.
func Connect(url string) (*redis.Client, error) {
	quiet()
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL is %q: want redis://[user:password@]host:port/db: %w", settings.SecretURL(url), err)
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = patience, patience, patience
	options.DialerRetries, options.MaxRetries = 1, 1
	return redis.NewClient(options), nil
}

// Ping asks a Redis whether it is there.
func Ping(ctx context.Context, url string) error {
	client, err := Connect(url)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("no Redis answers at %s: %w", settings.SecretURL(url), err)
	}
	return nil
}

// StartEmbedded starts miniredis on an address. Its keys expire by the wall clock, as in a real Redis. Close it in the end.
func StartEmbedded(address string) (*miniredis.Miniredis, error) {
	server := miniredis.NewMiniRedis()
	if err := server.StartAddr(address); err != nil {
		return nil, fmt.Errorf("start the embedded Redis on %s: %w", address, err)
	}
	server.ClockTTL(true)
	return server, nil
}

// guard runs its arguments and ends them when its standard input ends: redis-server does not watch the launcher's pipe itself.
const guard = `exec 3<&0; "$@" </dev/null & child=$!; { cat <&3 >/dev/null; kill $child 2>/dev/null; } & wait $child`

// StartChild starts a redis-server on an address, without persistence. It ends when the launcher does.
func StartChild(path, address, dir, log string) (*process.Process, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("address of Redis: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("directory of Redis: %w", err)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	return process.Start(process.Command{
		Path: shell, Env: os.Environ(), Log: log,
		Args: []string{
			"-c", guard, "sh", path,
			"--bind", host, "--port", port, "--dir", dir, "--save", "", "--appendonly", "no", "--daemonize", "no",
		},
	})
}
