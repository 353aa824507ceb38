package fault

// One fault: whether it strikes a call, and what it then does to it.

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// fault is an active fault.
type fault struct {
	id, effect string
	number     uint64             // the n-th fault of its daemon
	spec       *faultv1.FaultSpec // checked, with defaults filled in; never changed
	methods    *regexp.Regexp
	began      time.Time
	timer      *time.Timer
	ended      chan struct{} // closed when the fault ends

	seen, hits, over uint64 // calls (messages) that matched; of those, the ones that it struck, and has let go; guarded by the injector
}

// glob compiles a pattern in which * matches any run of characters. The empty pattern matches everything.
func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(cmp.Or(pattern, "*")), `\*`, ".*") + "$")
}

// strikes draws whether the fault hits this call, the n-th that matches: by a generator keyed by (seed, n), so that the same
// calls give the same hits. It also draws the share of the jitter, in [0, 1). The caller holds the injector's lock.
func (f *fault) strikes(method string) (hit bool, jitter float64) {
	if !f.methods.MatchString(method) {
		return false, 0
	}
	f.seen++
	draws := rand.New(rand.NewPCG(f.spec.Seed, f.seen))
	if draws.Float64() >= f.spec.Probability || f.spec.MaxHits > 0 && f.hits == f.spec.MaxHits {
		return false, 0
	}
	f.hits++
	return true, draws.Float64()
}

// errDropped says that a message is to be left out.
var errDropped = errors.New("message dropped by an injected fault")

// strike does to a call, or to a message, what the fault does. Nil lets it go on.
func (f *fault) strike(ctx context.Context, jitter float64) error {
	switch f.spec.Effect.(type) {
	case *faultv1.FaultSpec_Latency:
		latency := f.spec.GetLatency()
		random := time.Duration(jitter * float64(latency.GetJitter().AsDuration()+1))
		return f.hold(ctx, time.After(latency.GetDelay().AsDuration()+random))
	case *faultv1.FaultSpec_Abort:
		return status.Error(codes.Code(f.spec.GetAbort().GetCode()), f.spec.GetAbort().GetMessage())
	case *faultv1.FaultSpec_DropMessages:
		return errDropped
	}
	if err := f.hold(ctx, nil); err != nil { // a black hole
		return err
	}
	return errs.New(errs.Unavailable, "INJECTED_FAULT", "the call was held by the injected fault %s", f.id).With("fault_id", f.id)
}

// hold waits, but not longer than the fault or the call lasts. The error is that of a call which has ended.
func (f *fault) hold(ctx context.Context, until <-chan time.Time) error {
	select {
	case <-until:
	case <-f.ended:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (f *fault) expires() time.Time { return f.began.Add(f.spec.Duration.AsDuration()).UTC() }

// proto shows the fault. The caller holds the injector's lock.
func (f *fault) proto() *faultv1.Fault {
	return &faultv1.Fault{FaultId: f.id, Spec: f.spec, Hits: f.hits, InjectedAt: timestamppb.New(f.began), ExpiresAt: timestamppb.New(f.expires())}
}

var effects = (&faultv1.FaultSpec{}).ProtoReflect().Descriptor().Oneofs().ByName("effect")

// effect names the effect of a spec as the proto does, e.g. "black_hole"; "" when it has none.
func effect(spec *faultv1.FaultSpec) string {
	if field := spec.ProtoReflect().WhichOneof(effects); field != nil {
		return string(field.Name())
	}
	return ""
}
