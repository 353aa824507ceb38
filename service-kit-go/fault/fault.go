package fault

// One fault: whether it strikes a call, and what it then does to it.

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// fault is an active fault.
type fault struct {
	id, effect string
	spec       *faultv1.FaultSpec // checked, with defaults filled in; never changed
	methods    *regexp.Regexp
	began      time.Time
	timer      *time.Timer
	ended      chan struct{} // closed when the fault ends
	counter    prometheus.Counter

	seen atomic.Uint64 // calls (messages) that matched: the counter of the draws
	hits atomic.Uint64 // of those, the ones that it struck
	over atomic.Uint64 // of those, the ones that it has let go
}

// glob compiles a pattern in which * matches any run of characters. The empty pattern matches everything.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(cmp.Or(pattern, "*")), `\*`, ".*") + "$")
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

// errDropped says that a message is to be left out.
var errDropped = errors.New("message dropped by an injected fault")

// strike does to a call, or to a message, what the fault does. Nil lets it go on.
func (f *fault) strike(ctx context.Context, jitter float64) error {
	switch f.spec.Effect.(type) {
	case *faultv1.FaultSpec_Latency:
		latency := f.spec.GetLatency()
		random := time.Duration(jitter * float64(latency.GetJitter().AsDuration()+1))
		return f.delay(ctx, latency.GetDelay().AsDuration()+random)
	case *faultv1.FaultSpec_Abort:
		return status.Error(codes.Code(f.spec.GetAbort().GetCode()), f.spec.GetAbort().GetMessage())
	case *faultv1.FaultSpec_DropMessages:
		return errDropped
	}
	select { // a black hole
	case <-ctx.Done():
	case <-f.ended:
	}
	return errs.New(errs.Unavailable, "INJECTED_FAULT", "the call was held by the injected fault %s", f.id).With("fault_id", f.id)
}

// delay waits, but not longer than the fault or the call lasts.
func (f *fault) delay(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-f.ended:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (f *fault) expires() time.Time { return f.began.Add(f.spec.Duration.AsDuration()).UTC() }

func (f *fault) proto() *faultv1.Fault {
	return &faultv1.Fault{
		FaultId: f.id, Spec: f.spec, Hits: f.hits.Load(),
		InjectedAt: timestamppb.New(f.began), ExpiresAt: timestamppb.New(f.expires()),
	}
}

var effects = (&faultv1.FaultSpec{}).ProtoReflect().Descriptor().Oneofs().ByName("effect")

// effect names the effect of a spec as the proto does, e.g. "black_hole"; "" when it has none.
func effect(spec *faultv1.FaultSpec) string {
	if field := spec.ProtoReflect().WhichOneof(effects); field != nil {
		return string(field.Name())
	}
	return ""
}
