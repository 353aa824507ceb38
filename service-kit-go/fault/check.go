package fault

// What a spec must be before it becomes a fault, and the defaults that are filled in.

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Bounds of what may be asked for.
const (
	MaxDuration = 24 * time.Hour
	MaxLatency  = time.Hour // of the fixed and of the random part, each
	MaxMessage  = 1024      // bytes; a status travels in a header
	highestCode = 16        // the last canonical status code, UNAUTHENTICATED
)

// patterns are the patterns that can match a method: visible ASCII, from a method's first character on.
var patterns = regexp.MustCompile(`^([/*][!-~]{0,255})?$`)

// rule is something that a spec must not break.
type rule struct {
	broken bool
	field  string
	value  any
	want   string
}

// checked returns a copy of the spec with defaults filled in, or what is wrong with it.
func checked(asked *faultv1.FaultSpec) (*faultv1.FaultSpec, error) {
	if asked == nil {
		return nil, errs.InvalidField("spec", "missing", "the fault to inject")
	}
	spec := withDefaults(proto.CloneOf(asked))
	chance, latency, abort, effect := spec.Probability, spec.GetLatency(), spec.GetAbort(), effect(spec)
	delays := fmt.Sprintf("a valid duration of 0 to %v", MaxLatency)
	for _, rule := range []rule{
		{!patterns.MatchString(spec.MethodPattern), "spec.method_pattern", spec.MethodPattern,
			`up to 256 visible ASCII characters that begin with / or *, e.g. "/marketdata.v1.MarketDataService/*"`},
		{isSpared(spec.MethodPattern), "spec.method_pattern", spec.MethodPattern,
			"methods other than health, reflection and FaultService, which are never affected"},
		{!(chance > 0 && chance <= 1), "spec.probability", chance, "above 0 up to 1, or 0 for 1"}, // NaN is neither
		{!within(spec.Duration, 1, MaxDuration), "spec.duration", spec.Duration.AsDuration(), fmt.Sprintf("a valid duration above 0 up to %v", MaxDuration)},
		{effect == "", "spec.effect", "missing", "one of latency, abort, drop_messages, black_hole"},
		{!within(latency.GetDelay(), 0, MaxLatency), "spec.latency.delay", latency.GetDelay().AsDuration(), delays},
		{!within(latency.GetJitter(), 0, MaxLatency), "spec.latency.jitter", latency.GetJitter().AsDuration(), delays},
		{effect == "latency" && latency.GetDelay().AsDuration()+latency.GetJitter().AsDuration() == 0,
			"spec.latency", "0s", "a delay, a jitter or both above 0"},
		{effect == "abort" && (abort.GetCode() < 1 || abort.GetCode() > highestCode || abort.GetCode() == int32(codes.Unknown)),
			"spec.abort.code", abort.GetCode(), fmt.Sprintf("a gRPC status code, 1 to %d, but not 2: no method answers with UNKNOWN", highestCode)},
		{len(abort.GetMessage()) > MaxMessage, "spec.abort.message", abort.GetMessage(), fmt.Sprintf("up to %d bytes", MaxMessage)},
	} {
		if rule.broken {
			return nil, errs.InvalidField(rule.field, rule.value, rule.want)
		}
	}
	return spec, nil
}

func withDefaults(spec *faultv1.FaultSpec) *faultv1.FaultSpec {
	spec.Probability = cmp.Or(spec.Probability, 1)
	if abort := spec.GetAbort(); abort != nil {
		abort.Message = cmp.Or(abort.Message, "injected fault")
	}
	return spec
}

// within wants a valid duration between two bounds; none is 0.
func within(value *durationpb.Duration, least, most time.Duration) bool {
	asked := value.AsDuration()
	return (value == nil || value.IsValid()) && asked >= least && asked <= most
}
