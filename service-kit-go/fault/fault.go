package fault

// One fault: whether it strikes a call, and what it then does to it.

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/sirupsen/logrus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// spared are the beginnings of the methods that no fault touches: those that tell how the daemon is, and the one way to stop a
// fault.
var spared = []string{"/grpc.health.", "/grpc.reflection.", "/fault.v1.FaultService/"}

type fault struct {
	number  uint64
	spec    *faultv1.FaultSpec // checked, with defaults filled in; never changed
	methods *regexp.Regexp
	began   time.Time
	timer   *time.Timer
	ended   chan struct{} // closed when the fault ends
	counter prometheus.Counter

	seen atomic.Uint64 // calls (messages) that matched: the counter of the draws
	hits atomic.Uint64 // of those, the ones that it struck
	over atomic.Uint64 // of those, the ones that it has let go
}

func newFault(number uint64, spec *faultv1.FaultSpec, hits *prometheus.CounterVec) *fault {
	return &fault{
		number: number, spec: spec, methods: glob(spec.MethodPattern), began: time.Now(), ended: make(chan struct{}),
		counter: hits.WithLabelValues(effect(spec)),
	}
}

// glob compiles a pattern in which * matches any run of characters. The empty pattern matches everything.
func glob(pattern string) *regexp.Regexp {
	if pattern == "" {
		pattern = "*"
	}
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// strikes draws whether the fault hits this call, the n-th that matches: by a generator keyed by (seed, n), so that the same
// calls give the same hits. It also draws the share of the jitter, in [0, 1).
func (f *fault) strikes(method string) (hit bool, jitter float64) {
	if !f.methods.MatchString(method) {
		return false, 0
	}
	draws := rand.New(rand.NewPCG(f.spec.Seed, f.seen.Add(1)))
	if draws.Float64() >= f.spec.Probability || !f.take() {
		return false, 0
	}
	f.counter.Inc()
	return true, draws.Float64()
}

// take takes one of the hits that the fault has, and reports whether there was one left.
func (f *fault) take() bool {
	for {
		hits := f.hits.Load()
		if f.spec.MaxHits > 0 && hits >= f.spec.MaxHits {
			return false
		}
		if f.hits.CompareAndSwap(hits, hits+1) {
			return true
		}
	}
}

// letGo reports whether this was the last hit that the fault had. A fault that holds its calls ends with the last of them, not
// when it caught it: it would let go of them all at once.
func (f *fault) letGo() (last bool) { return f.over.Add(1) == f.spec.MaxHits }

// strike does to a call what the fault does. Nil lets the call go on.
func (f *fault) strike(ctx context.Context, jitter float64) error {
	switch effect := f.spec.Effect.(type) {
	case *faultv1.FaultSpec_Latency:
		random := time.Duration(jitter * float64(effect.Latency.Jitter.AsDuration()+1))
		return f.delay(ctx, effect.Latency.Delay.AsDuration()+random)
	case *faultv1.FaultSpec_Abort:
		return status.Error(codes.Code(effect.Abort.Code), effect.Abort.Message)
	case *faultv1.FaultSpec_BlackHole:
		select {
		case <-ctx.Done():
		case <-f.ended:
		}
		return errs.New(errs.Unavailable, "INJECTED_FAULT", "the call was held by the injected fault %s", id(f.number)).
			With("fault_id", id(f.number))
	}
	return nil
}

// delay waits, but not longer than the fault or the call lasts.
func (f *fault) delay(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

func (f *fault) drops() bool {
	_, drops := f.spec.Effect.(*faultv1.FaultSpec_DropMessages)
	return drops
}

func (f *fault) expires() time.Time { return f.began.Add(f.spec.Duration.AsDuration()).UTC() }

func (f *fault) proto() *faultv1.Fault {
	return &faultv1.Fault{
		FaultId: id(f.number), Spec: f.spec, Hits: f.hits.Load(),
		InjectedAt: timestamppb.New(f.began), ExpiresAt: timestamppb.New(f.expires()),
	}
}

func (f *fault) logger(log logrus.FieldLogger) *logrus.Entry {
	return log.WithFields(logrus.Fields{"fault_id": id(f.number), "effect": effect(f.spec), "method_pattern": f.spec.MethodPattern})
}

// effect names the effect of a spec as the proto does; "" when it has none.
func effect(spec *faultv1.FaultSpec) string {
	switch spec.Effect.(type) {
	case *faultv1.FaultSpec_Latency:
		return "latency"
	case *faultv1.FaultSpec_Abort:
		return "abort"
	case *faultv1.FaultSpec_DropMessages:
		return "drop_messages"
	case *faultv1.FaultSpec_BlackHole:
		return "black_hole"
	}
	return ""
}
