package discovery

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Registrar keeps one instance announced. Make it with NewRegistrar; all methods may be called from several goroutines, and block
// for at most a few seconds while Redis is silent.
type Registrar struct {
	rdb                     redis.UniversalClient
	log                     logrus.FieldLogger
	tracker                 *health.Tracker
	registrations, failures *prometheus.CounterVec

	// turn has room for whoever writes to Redis or touches what follows. It is a channel, because a mutex held over network
	// traffic would stop virtual time.
	turn      chan struct{}
	self      Instance
	started   bool // Run has been called
	told      bool // watchers know about the present health
	withdrawn bool
}

// NewRegistrar makes the registrar of self. Nothing is written before Run. With a nil rdb it does nothing and reports itself
// degraded; a nil reg keeps the metrics private.
func NewRegistrar(rdb redis.UniversalClient, self Instance, log logrus.FieldLogger, reg prometheus.Registerer) *Registrar {
	metrics := telemetry.Metrics{Registerer: reg}
	return &Registrar{
		rdb: rdb, self: self, log: log, tracker: newTracker("discovery:registration", rdb), turn: make(chan struct{}, 1),
		registrations: metrics.Counter("discovery_registrations_total", "Times this instance joined or rejoined the fleet."),
		failures:      metrics.Counter("discovery_heartbeat_failures_total", "Announcements of this instance that Redis did not take."),
	}
}

// Run announces the instance at once and then every HeartbeatInterval until ctx ends, which is its only end: while Redis is
// away it retries with backoff, and so announces soon after Redis is back. A Redis that loses its data between two heartbeats
// gets the instance again with the next one. The registration stays at the end; see Withdraw.
func (r *Registrar) Run(ctx context.Context) error {
	r.turn <- struct{}{}
	r.started = true
	<-r.turn
	repeat(ctx, nil, func() error { return r.announce(ctx) })
	return nil
}

// SetHealth changes what the instance says of itself, rewrites it at once and tells the watchers. If Redis is away, Run
// catches up when it is back. Before Run and after Withdraw it changes nothing outside.
func (r *Registrar) SetHealth(ctx context.Context, state Health) {
	r.turn <- struct{}{}
	r.told = r.told && r.self.Health == state
	r.self.Health = state
	<-r.turn
	_ = r.announce(ctx) // noted there
}

// Withdraw takes the instance out of the fleet and tells the watchers; no later heartbeat brings it back. An error means that
// Redis was not reached and the registration goes by itself after Expiry.
func (r *Registrar) Withdraw(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.withdrawn = true
	if r.rdb == nil {
		return nil
	}
	if _, err := r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Del(ctx, instanceKey(r.self.Name, r.self.InstanceID))
		pipe.SRem(ctx, setKey(r.self.Name), r.self.InstanceID)
		pipe.Publish(ctx, Channel, r.self.Name)
		return nil
	}); err != nil {
		return fmt.Errorf("withdraw %s %s from the fleet: %w", r.self.Name, r.self.InstanceID, err)
	}
	return nil
}

// Dependencies implements health.Source.
func (r *Registrar) Dependencies() []health.Dependency {
	return []health.Dependency{r.tracker.Dependency()}
}

// announce writes the instance and notes the outcome.
func (r *Registrar) announce(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, operationTimeout)
	defer cancel()
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	if r.rdb == nil || !r.started || r.withdrawn {
		return nil
	}
	err := r.write(bounded)
	if err != nil {
		r.told = false // who knows what the watchers saw meanwhile
		r.failures.WithLabelValues().Inc()
	}
	note(ctx, r.tracker, r.log, err, "this daemon serves on and keeps trying to register")
	return err
}

// write rewrites the instance, and publishes when that is news: it was not known, or its health has changed.
func (r *Registrar) write(ctx context.Context) error {
	r.self.HeartbeatAt = time.Now().UTC()
	text, _ := json.Marshal(r.self) // strings and times always encode
	var joined *redis.IntCmd
	if _, err := r.rdb.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Set(ctx, instanceKey(r.self.Name, r.self.InstanceID), text, Expiry)
		joined = pipe.SAdd(ctx, setKey(r.self.Name), r.self.InstanceID)
		return nil
	}); err != nil {
		return err
	}
	r.registrations.WithLabelValues().Add(float64(joined.Val()))
	if r.told && joined.Val() == 0 {
		return nil
	}
	err := r.rdb.Publish(ctx, Channel, r.self.Name).Err()
	r.told = err == nil
	return err
}
