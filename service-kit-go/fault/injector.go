// Package fault makes a daemon misbehave on purpose: faults of one of four effects, chosen by method, share of the calls, number
// of hits and time, injected and cleared over fault.v1.FaultService, struck by interceptors. Faults end by themselves.
package fault

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// MaxFaults is how many faults may be active at a time, and the largest and the default number of faults on a page.
const MaxFaults = 100

// Injector holds the active faults of one daemon. It is a faultv1.FaultServiceServer and a health.Source.
type Injector struct {
	faultv1.UnimplementedFaultServiceServer
	log    logrus.FieldLogger
	hits   *prometheus.CounterVec
	active prometheus.Gauge
	any    atomic.Bool // whether a fault is active, so that a call need not look further

	mu       sync.Mutex // guards what follows, and the counts of the faults
	faults   []*fault   // the active ones, oldest first
	sequence uint64     // number of the latest fault
	since    time.Time  // when the first of the active faults came, or the last one went
	closed   bool
}

// NewInjector makes an injector without faults.
func NewInjector(log logrus.FieldLogger, registerer prometheus.Registerer) *Injector {
	metrics := telemetry.Metrics{Registerer: registerer}
	return &Injector{
		log: log, since: time.Now(), active: metrics.Gauge("fault_active", "Injected faults that are active.").WithLabelValues(),
		hits: metrics.Counter("fault_hits_total", "Calls (messages, for drop_messages) that injected faults have struck, by effect.", "effect"),
	}
}

// Close ends all faults, so that calls which they hold go on, and refuses new ones. It is safe to call twice.
func (i *Injector) Close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.closed = true
	for _, fault := range slices.Clone(i.faults) {
		i.end(fault, "this daemon stops")
	}
}

// end ends a fault, unless something else has ended it. The caller holds mu.
func (i *Injector) end(ending *fault, why string) {
	if !slices.Contains(i.faults, ending) {
		return
	}
	ending.timer.Stop()
	close(ending.ended)
	i.change(slices.DeleteFunc(slices.Clone(i.faults), func(other *fault) bool { return other == ending }))
	i.entry(ending).WithFields(logrus.Fields{"why": why, "hits": ending.hits}).Warn("fault ends")
}

// change replaces the active faults. The caller holds mu.
func (i *Injector) change(faults []*fault) {
	i.faults = faults
	i.active.Set(float64(len(faults)))
	if i.any.Swap(len(faults) > 0) != (len(faults) > 0) {
		i.since = time.Now()
	}
}

func (i *Injector) entry(f *fault) *logrus.Entry {
	return i.log.WithFields(logrus.Fields{"fault_id": f.id, "effect": f.effect, "method_pattern": f.spec.MethodPattern})
}

// Dependencies implements health.Source: "faults", degraded while any is active, with what they are.
func (i *Injector) Dependencies() []health.Dependency {
	i.mu.Lock()
	defer i.mu.Unlock()
	dependency := health.Dependency{Name: "faults", State: health.Up, Since: i.since.UTC()}
	var active []map[string]any
	for _, fault := range i.faults {
		active = append(active, map[string]any{
			"fault_id": fault.id, "effect": fault.effect, "method_pattern": fault.spec.MethodPattern,
			"probability": fault.spec.Probability, "hits": fault.hits, "expires_at": fault.expires(),
		})
	}
	if len(active) > 0 {
		dependency.State, dependency.Detail = health.Degraded, map[string]any{"active": active}
		dependency.LastError = fmt.Sprintf("%d injected, the first is %s %s", len(active), i.faults[0].effect, i.faults[0].id)
	}
	return []health.Dependency{dependency}
}

// spared are the beginnings of the methods that no fault touches: those that tell how the daemon is, and the one way to stop a
// fault.
var spared = []string{"/grpc.health.", "/grpc.reflection.", "/fault.v1.FaultService/"}

func isSpared(method string) bool {
	return slices.ContainsFunc(spared, func(beginning string) bool { return strings.HasPrefix(method, beginning) })
}

// Unary is the interceptor of unary methods.
func (i *Injector) Unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if err := i.strike(ctx, info.FullMethod, false); err != nil {
		return nil, err
	}
	return handle(ctx, request)
}

// Stream is the interceptor of streaming methods. A fault that drops messages also hits the streams that were running when it
// began.
func (i *Injector) Stream(server any, served grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
	if err := i.strike(served.Context(), info.FullMethod, false); err != nil {
		return err
	}
	return handle(server, &stream{served, i, info.FullMethod})
}

// strike lets the active faults, oldest first, do what they do to a call, or to a message that a stream sends. A fault that holds
// its calls ends with the last of them, not when it caught it: it would let go of them all at once.
func (i *Injector) strike(ctx context.Context, method string, message bool) error {
	if !i.any.Load() || isSpared(method) {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, fault := range i.faults { // which are never changed, only replaced
		if message != (fault.effect == "drop_messages") {
			continue
		}
		hit, jitter := fault.strikes(method)
		if !hit {
			continue
		}
		i.hits.WithLabelValues(fault.effect).Inc()
		i.mu.Unlock()
		err := fault.strike(ctx, jitter)
		i.mu.Lock()
		if fault.over++; fault.over == fault.spec.MaxHits {
			i.end(fault, "it has struck as often as it may")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stream leaves out the messages that a fault drops.
type stream struct {
	grpc.ServerStream
	injector *Injector
	method   string
}

// SendMsg implements grpc.ServerStream.
func (s *stream) SendMsg(message any) error {
	if s.injector.any.Load() && s.injector.strike(s.Context(), s.method, true) != nil {
		return nil
	}
	return s.ServerStream.SendMsg(message)
}
