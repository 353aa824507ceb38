package discovery

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
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
	retry := newRetry()
	for ctx.Err() == nil {
		err := s.session(ctx, retry.Reset)
		if ctx.Err() != nil {
			break
		}
		s.Failed(err)
		select {
		case <-ctx.Done():
		case <-time.After(retry.NextBackOff()):
		}
	}
	return nil
}

// session lives as long as one connection. A ping in each silent HeartbeatInterval finds out about a half-open one.
func (s Subscription) session(ctx context.Context, joined func()) error {
	pubsub := s.Redis.Subscribe(ctx)
	defer pubsub.Close()
	if err := pubsub.Subscribe(ctx, s.Channel); err != nil {
		return err
	}
	sessionCtx, stop := context.WithCancel(ctx)
	defer stop()
	group, groupCtx := errgroup.WithContext(sessionCtx)
	group.Go(func() error { return s.keepAlive(groupCtx, pubsub) })
	group.Go(func() error { return s.receive(groupCtx, pubsub, joined) })
	return group.Wait()
}

// keepAlive pings, and at the end closes the connection, because a read from it does not look at a context.
func (s Subscription) keepAlive(ctx context.Context, pubsub *redis.PubSub) error {
	defer pubsub.Close()
	ticker := time.NewTicker(HeartbeatInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			if err := pubsub.Ping(ctx); err != nil {
				return err
			}
		}
	}
}

func (s Subscription) receive(ctx context.Context, pubsub *redis.PubSub, joined func()) error {
	for {
		received, err := pubsub.ReceiveTimeout(ctx, HeartbeatInterval+operationTimeout)
		if err != nil {
			return err
		}
		switch message := received.(type) {
		case *redis.Subscription:
			joined()
			s.Joined()
		case *redis.Message:
			s.Message(message.Payload)
		}
	}
}
