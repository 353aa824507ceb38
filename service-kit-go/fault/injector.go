// Package fault makes a daemon misbehave on purpose: faults of one of four effects, chosen by method, share of the calls, number
// of hits and time, injected and cleared over fault.v1.FaultService, struck by interceptors. Faults end by themselves.
package fault

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxFaults is how many faults may be active at a time.
const MaxFaults = 100

// Injector holds the active faults of one daemon. It is a faultv1.FaultServiceServer and a health.Source.
type Injector struct {
	faultv1.UnimplementedFaultServiceServer
	log  logrus.FieldLogger
	hits *prometheus.CounterVec

	active atomic.Pointer[[]*fault] // oldest first; nil while there is none, so that a call need not look further

	mu       sync.Mutex // guards what follows, and changes of active
	sequence uint64     // number of the latest fault
	since    time.Time  // when the first of the active faults came, or the last one went
	closed   bool
}

// NewInjector makes an injector without faults.
func NewInjector(log logrus.FieldLogger, registerer prometheus.Registerer) *Injector {
	injector := &Injector{log: log, hits: newHits(), since: time.Now()}
	registerer.MustRegister(injector.hits, newActive(injector))
	return injector
}

// Close ends all faults, so that calls which they hold go on, and refuses new ones. It is safe to call twice.
func (i *Injector) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for _, fault := range i.faults() {
		i.end(fault, "this daemon stops")
	}
}

// faults returns the active faults, oldest first. The slice is never changed, only replaced.
func (i *Injector) faults() []*fault {
	if active := i.active.Load(); active != nil {
		return *active
	}
	return nil
}

// begin makes a checked spec an active fault.
func (i *Injector) begin(ctx context.Context, spec *faultv1.FaultSpec) (*fault, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	faults := i.faults()
	if i.closed {
		return nil, errs.New(errs.Unavailable, "SHUTTING_DOWN", "inject a fault: this daemon is shutting down")
	}
	if len(faults) >= MaxFaults {
		return nil, errs.New(errs.ResourceExhausted, "TOO_MANY_FAULTS",
			"%d faults are active already, which is the limit: clear some, or wait until they expire", len(faults))
	}
	i.sequence++
	added := &fault{
		id: id(i.sequence), effect: effect(spec), spec: spec, methods: glob(spec.MethodPattern), began: time.Now(),
		ended: make(chan struct{}), counter: i.hits.WithLabelValues(effect(spec)),
	}
	added.timer = time.AfterFunc(spec.Duration.AsDuration(), func() { i.endOnce(added, "its time is up") })
	i.replace(append(faults, added))
	i.entry(added).WithContext(ctx).WithField("expires_at", added.expires()).Warn("fault begins")
	return added, nil
}

// endOnce ends a fault, unless something else has ended it.
func (i *Injector) endOnce(ending *fault, why string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if slices.Contains(i.faults(), ending) {
		i.end(ending, why)
	}
}

// end ends an active fault. The caller holds mu.
func (i *Injector) end(ending *fault, why string) {
	ending.timer.Stop()
	close(ending.ended)
	i.replace(slices.DeleteFunc(slices.Clone(i.faults()), func(other *fault) bool { return other == ending }))
	i.entry(ending).WithFields(logrus.Fields{"why": why, "hits": ending.hits.Load()}).Warn("fault ends")
}

// replace publishes the active faults. The caller holds mu.
func (i *Injector) replace(faults []*fault) {
	was := i.active.Load()
	if len(faults) == 0 {
		i.active.Store(nil)
	} else {
		i.active.Store(&faults)
	}
	if (was == nil) != (i.active.Load() == nil) {
		i.since = time.Now()
	}
}

func (i *Injector) entry(f *fault) *logrus.Entry {
	return i.log.WithFields(logrus.Fields{"fault_id": f.id, "effect": f.effect, "method_pattern": f.spec.MethodPattern})
}
