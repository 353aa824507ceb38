package discovery

// How the parts of discovery live with a Redis that comes and goes.

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/redis/go-redis/v9"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// errNotConfigured is the last error of a dependency on a Redis that nobody named.
var errNotConfigured = errors.New("no Redis configured: set REDIS_URL, or name peers by <NAME>_ADDR")

// newTracker follows Redis as one part uses it: without it a daemon is degraded, never down.
func newTracker(name string, rdb redis.UniversalClient) *health.Tracker {
	tracker := health.NewTracker(name, health.Degraded)
	if rdb == nil {
		tracker.Observe(errNotConfigured)
	}
	return tracker
}

// newRetry makes the waits between attempts while Redis is away: 0.5 s, doubling up to 5 s, each with a jitter of a
// quarter, so that a fleet does not come back in step.
func newRetry() *backoff.ExponentialBackOff {
	retry := backoff.NewExponentialBackOff()
	retry.Multiplier, retry.RandomizationFactor, retry.MaxInterval = 2, 0.25, 5*time.Second
	return retry
}

// persist does something until it succeeds or ctx ends.
func persist(ctx context.Context, retry *backoff.ExponentialBackOff, do func() error) {
	attempt := func() (struct{}, error) { return struct{}{}, do() }
	_, _ = backoff.Retry(ctx, attempt, backoff.WithBackOff(retry), backoff.WithMaxElapsedTime(0)) // fails only when ctx ends
}

// Loop does something again and again. Make it with room for one, so that a poke during a round leads to another round.
type Loop chan struct{}

// Poke asks for a round at once. It never blocks.
func (l Loop) Poke() {
	select {
	case l <- struct{}{}:
	default:
	}
}

// Run goes round until ctx ends: at once, then every HeartbeatInterval and when poked; a round that failed is repeated after a
// back-off, which no poke shortens.
func (l Loop) Run(ctx context.Context, round func() error) {
	for ctx.Err() == nil {
		persist(ctx, newRetry(), round)
		select {
		case <-ctx.Done():
		case <-l:
		case <-time.After(HeartbeatInterval):
		}
	}
}

// Subscribe hears what is published on a channel of Redis until ctx ends, through every absence of Redis. An empty payload says
// that the subscription begins, again or for the first time: what was published before is lost. Failed is told when the
// connection broke or could not be made; it is tried again with backoff. The functions are called one at a time and must
// not block.
func Subscribe(ctx context.Context, rdb redis.UniversalClient, channel string, message func(payload string), failed func(error)) {
	retry := newRetry()
	persist(ctx, retry, func() error {
		err := listen(ctx, rdb.Subscribe(ctx, channel), func(payload string) {
			retry.Reset()
			message(payload)
		})
		if ctx.Err() == nil {
			failed(err)
		}
		return err
	})
}

// attention is how long a read may outlast ctx. A read does not look at ctx, and closing the subscription from outside would wait
// for the lock that a connection in the making holds.
const attention = 250 * time.Millisecond

// listen lives as long as one connection. A silent HeartbeatInterval is answered by a ping, a second one is the end: that is
// how a half-open connection is found.
func listen(ctx context.Context, pubsub *redis.PubSub, message func(payload string)) error {
	defer pubsub.Close()
	patience, pinged, heard := operationTimeout, false, time.Now()
	for ctx.Err() == nil {
		received, err := pubsub.ReceiveTimeout(ctx, patience)
		timeout, ok := errors.AsType[net.Error](err)
		quiet := ok && timeout.Timeout() && patience == attention // else it is the connection that was not made in time
		if quiet && time.Since(heard) < HeartbeatInterval {
			continue
		}
		if quiet && !pinged {
			err = pubsub.Ping(ctx)
		}
		if err != nil {
			return err
		}
		pinged, patience, heard = quiet, attention, time.Now()
		switch received := received.(type) {
		case *redis.Subscription:
			message("")
		case *redis.Message:
			message(received.Payload)
		}
	}
	return ctx.Err()
}
