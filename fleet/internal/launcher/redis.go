package launcher

// The fleet's Redis is there before anything that uses it, and goes after everything that does.

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

const (
	redisLabel    = "redis"
	redisInterval = 20 * time.Millisecond // pause between two questions whether it answers
	redisStart    = 10 * time.Second      // how long it may take to answer for the first time
)

// store is the Redis of one fleet.
type store struct {
	kind redisserver.Kind
	url  string
	keep func(stop, kill context.Context) // keeps it running until stop ends
}

// openRedis starts the Redis of the fleet or finds the one that runs already.
func openRedis(ctx context.Context, options Options, claim *port.Claim, crew *crew) (store, error) {
	kind, path := redisserver.Choose(options.RedisURL, exec.LookPath)
	found := store{kind: kind, url: options.RedisURL, keep: func(stop, _ context.Context) { <-stop.Done() }}
	if kind == redisserver.External {
		if err := redisserver.Ping(ctx, found.url); err != nil {
			return found, fmt.Errorf("%w: start it, or unset REDIS_URL to let the fleet see to one", err)
		}
		return found, nil
	}
	found.url = redisserver.URL(claim.Address())
	claim.Release()
	if kind == redisserver.Child {
		found.keep = keepRedisServer(path, claim.Address(), options, crew)
		return found, nil
	}
	embedded, err := redisserver.StartEmbedded(claim.Address())
	found.keep = func(stop, _ context.Context) {
		<-stop.Done()
		embedded.Close()
	}
	return found, err
}

// keepRedisServer supervises a redis-server as if it were a daemon; only its death is news.
func keepRedisServer(path, address string, options Options, crew *crew) func(stop, kill context.Context) {
	self := state.Daemon{Label: redisserver.Program, Log: state.LogFile(options.StateDir, redisLabel)}
	job := supervisor.Job{
		Start: func(bool) (supervisor.Process, error) {
			child, err := redisserver.StartChild(path, address, state.DataDir(options.StateDir, redisLabel), self.Log)
			if err != nil {
				return nil, err
			}
			return child, nil
		},
		Ready: func(ctx context.Context) error { return awaitRedis(ctx, redisserver.URL(address)) },
		Notify: func(event supervisor.Event) {
			if event.Kind == supervisor.Died {
				crew.say("%s", obituary(self, event))
			}
		},
	}
	return func(stop, kill context.Context) { supervisor.Run(stop, kill, job) }
}

// awaitRedis waits until a Redis answers; an error says that ctx ended before, and what was wrong last.
func awaitRedis(ctx context.Context, url string) error {
	ticker := time.NewTicker(redisInterval)
	defer ticker.Stop()
	for {
		err := redisserver.Ping(ctx, url)
		if err == nil {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
	}
}
