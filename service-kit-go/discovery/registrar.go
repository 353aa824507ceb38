package discovery

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/health"
)

// Registrar keeps one instance announced. Make it with NewRegistrar; all methods may be called from several goroutines.
type Registrar struct {
	rdb     redis.UniversalClient
	log     logrus.FieldLogger
	tracker *health.Tracker

	turn   chan struct{} // holds one token: writes to Redis go one by one, so that none overtakes a withdrawal
	resume chan struct{} // room for one: wakes Run after a write outside of it failed

	mu        sync.Mutex
	self      Instance
	started   bool // Run has been called
	told      bool // watchers know about the present health
	withdrawn bool

	registrations, failures prometheus.Counter
}

// NewRegistrar makes the registrar of self; an empty InstanceID or StartedAt is filled in. Nothing is written before Run.
// With a nil rdb it does nothing and reports itself degraded; a nil reg keeps the metrics private.
func NewRegistrar(rdb redis.UniversalClient, self Instance, log logrus.FieldLogger, reg prometheus.Registerer) *Registrar {
	if self.InstanceID == "" {
		self.InstanceID = uuid.NewString()
	}
	if self.StartedAt.IsZero() {
		self.StartedAt = time.Now().UTC()
	}
	metrics := promauto.With(reg)
	r := &Registrar{
		rdb: rdb, self: self, log: log.WithField("instance_id", self.InstanceID),
		tracker: health.NewTracker("discovery:registration", health.Degraded),
		turn:    make(chan struct{}, 1), resume: make(chan struct{}, 1),
		registrations: metrics.NewCounter(prometheus.CounterOpts{
			Name: "discovery_registrations_total", Help: "Times this instance joined or rejoined the fleet.",
		}),
		failures: metrics.NewCounter(prometheus.CounterOpts{
			Name: "discovery_heartbeat_failures_total", Help: "Announcements of this instance that Redis did not take.",
		}),
	}
	if rdb == nil {
		r.tracker.Observe(errNotConfigured)
	}
	return r
}

// Run announces the instance at once and then every HeartbeatInterval until ctx ends, which is its only end: while Redis is
// away it retries with backoff, and announces as soon as Redis is back. It leaves the registration in place; see Withdraw.
func (r *Registrar) Run(ctx context.Context) error {
	r.mu.Lock()
	r.started = true
	r.mu.Unlock()
	retry := newRetry()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-r.resume:
		}
		if r.announce(ctx) == nil {
			retry.Reset()
			timer.Reset(HeartbeatInterval)
		} else {
			timer.Reset(retry.NextBackOff())
		}
	}
}

// SetHealth changes what the instance says of itself, rewrites it at once and tells the watchers. If Redis is away, Run
// catches up when it is back. Before Run and after Withdraw it changes nothing outside. It blocks for at most a few seconds.
func (r *Registrar) SetHealth(ctx context.Context, state Health) {
	r.mu.Lock()
	r.told = r.told && r.self.Health == state
	r.self.Health = state
	started := r.started
	r.mu.Unlock()
	if started && r.announce(ctx) != nil {
		select {
		case r.resume <- struct{}{}:
		default:
		}
	}
}

// Withdraw takes the instance out of the fleet and tells the watchers; no later heartbeat brings it back. An error means that
// Redis was not reached and the registration goes by itself after Expiry.
func (r *Registrar) Withdraw(ctx context.Context) error {
	r.mu.Lock()
	r.withdrawn = true
	self := r.self
	r.mu.Unlock()
	if r.rdb == nil {
		return nil
	}
	err := r.exclusively(ctx, func(ctx context.Context) error {
		_, err := r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
			pipe.Del(ctx, instanceKey(self.Name, self.InstanceID))
			pipe.SRem(ctx, setKey(self.Name), self.InstanceID)
			pipe.Publish(ctx, Channel, self.Name)
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("withdraw %s %s from the fleet: %w", self.Name, self.InstanceID, err)
	}
	r.log.Info("left the fleet")
	return nil
}

// Dependencies implements health.Source.
func (r *Registrar) Dependencies() []health.Dependency {
	return []health.Dependency{r.tracker.Dependency()}
}

// announce writes the instance, and publishes when that is news: it was not known, or its health has changed.
func (r *Registrar) announce(ctx context.Context) error {
	if r.rdb == nil {
		return nil
	}
	err := r.exclusively(ctx, r.write)
	if err == nil {
		if r.tracker.Observe(nil) {
			r.log.Info("redis is back: registered")
		}
		return nil
	}
	if ctx.Err() != nil {
		return err // the daemon is stopping, which says nothing about Redis
	}
	r.failures.Inc()
	if r.tracker.Observe(err) {
		r.log.WithError(err).Warn("cannot register in redis: the daemon serves on and keeps trying")
	}
	return err
}

func (r *Registrar) write(ctx context.Context) error {
	r.mu.Lock()
	self, told, withdrawn := r.self, r.told, r.withdrawn
	r.mu.Unlock()
	if withdrawn {
		return nil
	}
	self.HeartbeatAt = time.Now().UTC()
	text, err := json.Marshal(self)
	if err != nil {
		return err
	}
	var joined *redis.IntCmd
	_, err = r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Set(ctx, instanceKey(self.Name, self.InstanceID), text, Expiry)
		joined = pipe.SAdd(ctx, setKey(self.Name), self.InstanceID)
		return nil
	})
	if err != nil {
		return err
	}
	if joined.Val() > 0 {
		r.registrations.Inc()
		r.log.Info("joined the fleet")
	}
	if joined.Val() == 0 && told {
		return nil
	}
	err = r.rdb.Publish(ctx, Channel, self.Name).Err()
	r.mu.Lock()
	r.told = err == nil && r.self.Health == self.Health // it may have changed since it was written
	r.mu.Unlock()
	return err
}

// exclusively waits for its turn and does the work, bounded in time.
func (r *Registrar) exclusively(ctx context.Context, work func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
		return work(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
