package discovery

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Registrar keeps one instance announced. Make it with NewRegistrar; all methods may be called from several goroutines.
type Registrar struct {
	rdb                     redis.UniversalClient
	log                     logrus.FieldLogger
	tracker                 *health.Tracker
	registrations, failures prometheus.Counter
	loop                    Loop   // announces
	told                    Health // what watchers have been told; "" when that is not known; only Run looks

	mu   sync.Mutex // guards what follows; never held over network traffic, which would stop virtual time
	self Instance
}

// NewRegistrar makes the registrar of self. Nothing is written before Run. With a nil rdb it does nothing and reports itself
// degraded; a nil reg keeps the metrics private.
func NewRegistrar(rdb redis.UniversalClient, self Instance, log logrus.FieldLogger, reg prometheus.Registerer) *Registrar {
	metrics := telemetry.Metrics{Registerer: reg}
	return &Registrar{
		rdb: rdb, self: self, log: log, tracker: newTracker("discovery:registration", rdb), loop: make(Loop, 1),
		registrations: metrics.Counter("discovery_registrations_total", "Times this instance joined or rejoined the fleet.").WithLabelValues(),
		failures:      metrics.Counter("discovery_heartbeat_failures_total", "Announcements of this instance that Redis did not take.").WithLabelValues(),
	}
}

// Run announces the instance at once and then every HeartbeatInterval until ctx ends: while Redis is away it retries with
// backoff, and so announces soon after Redis is back. A Redis that loses its data between two heartbeats gets the instance again
// with the next one. In the end Run takes the instance out of the fleet and tells the watchers; if Redis does not take that
// within WithdrawLimit, the registration goes by itself after Expiry. The error is always nil.
func (r *Registrar) Run(ctx context.Context) error {
	if r.rdb == nil {
		<-ctx.Done()
		return nil
	}
	r.loop.Run(ctx, func() error { return r.announce(ctx) })
	r.withdraw(context.WithoutCancel(ctx))
	return nil
}

// SetHealth changes what the instance says of itself. Run rewrites it at once and tells the watchers, or catches up when
// Redis is back.
func (r *Registrar) SetHealth(state Health) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.self.Health = state
	r.loop.Poke()
}

// Dependencies implements health.Source.
func (r *Registrar) Dependencies() []health.Dependency { return r.tracker.Dependencies() }

// announce writes the instance and notes the outcome.
func (r *Registrar) announce(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	r.mu.Lock()
	r.self.HeartbeatAt = time.Now().UTC()
	self := r.self
	r.mu.Unlock()
	err := r.write(bounded, self)
	if ctx.Err() != nil {
		return err // what failed because ctx ended says nothing of Redis
	}
	if err != nil {
		r.told = "" // who knows what the watchers saw meanwhile
		r.failures.Inc()
	}
	r.tracker.Note(r.log, err, "this daemon serves on and keeps trying to register")
	return err
}

// write rewrites the instance, and publishes when that is news: it was not known, or its health has changed.
func (r *Registrar) write(ctx context.Context, self Instance) error {
	text, _ := json.Marshal(self) // strings and times always encode
	var joined *redis.IntCmd
	if _, err := r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Set(ctx, instanceKey(self.Name, self.InstanceID), text, Expiry)
		joined = pipe.SAdd(ctx, setKey(self.Name), self.InstanceID)
		return nil
	}); err != nil {
		return err
	}
	r.registrations.Add(float64(joined.Val()))
	if r.told == self.Health && joined.Val() == 0 {
		return nil
	}
	r.told = self.Health
	return r.rdb.Publish(ctx, Channel, self.Name).Err()
}

func (r *Registrar) withdraw(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, WithdrawLimit)
	defer cancel()
	if _, err := r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, instanceKey(r.self.Name, r.self.InstanceID))
		pipe.SRem(ctx, setKey(r.self.Name), r.self.InstanceID)
		pipe.Publish(ctx, Channel, r.self.Name)
		return nil
	}); err != nil {
		r.log.WithError(err).Warn("could not withdraw from discovery: the registration will expire by itself")
	}
}
