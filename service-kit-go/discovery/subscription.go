package discovery

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Subscription keeps one Redis channel subscribed, through every absence of Redis. The functions are called from the goroutine
// of Run, one at a time, and must not block.
type Subscription struct {
	Redis   redis.UniversalClient
	Channel string
	Joined  func()               // subscribed, again or for the first time: what was published before is lost
	Message func(payload string) // one message
	Failed  func(error)          // the connection broke or could not be made; it is tried again with backoff
}

// Run subscribes until ctx ends, which is its only end.
func (s Subscription) Run(ctx context.Context) error {
	for retry := newRetry(); ; {
		err := s.session(ctx, retry.Reset)
		if ctx.Err() != nil {
			return nil
		}
		s.Failed(err)
		select {
		case <-ctx.Done():
		case <-time.After(retry.NextBackOff()):
		}
	}
}

// attention is how long a read may outlast ctx. A read does not look at ctx, and closing the subscription from outside would wait
// for the lock that a connection in the making holds.
const attention = 250 * time.Millisecond

// session lives as long as one connection. A silent HeartbeatInterval is answered by a ping, a second one is the end: that is
// how a half-open connection is found.
func (s Subscription) session(ctx context.Context, joined func()) error {
	pubsub := s.Redis.Subscribe(ctx, s.Channel)
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
		switch message := received.(type) {
		case *redis.Subscription:
			joined()
			s.Joined()
		case *redis.Message:
			s.Message(message.Payload)
		}
	}
	return ctx.Err()
}
