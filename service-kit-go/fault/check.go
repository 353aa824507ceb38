package fault

// What a spec must be before it becomes a fault, and the defaults that are filled in.

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// Bounds of what may be asked for.
const (
	MaxDuration = 24 * time.Hour
	MaxLatency  = time.Hour // of the fixed and of the random part, each
	MaxPattern  = 256       // bytes
	MaxMessage  = 1024      // bytes; a status travels in a header
)

// highestCode is the last canonical status code, UNAUTHENTICATED.
const highestCode = 16

// checked returns a copy of the spec with defaults filled in, or what is wrong with it.
func checked(asked *faultv1.FaultSpec) (*faultv1.FaultSpec, error) {
	if asked == nil {
		return nil, errs.InvalidField("spec", "missing", "the fault to inject")
	}
	spec := proto.CloneOf(asked)
	if err := checkPattern(spec.MethodPattern); err != nil {
		return nil, err
	}
	if !(spec.Probability >= 0 && spec.Probability <= 1) { // NaN is neither
		return nil, errs.InvalidField("spec.probability", spec.Probability, "above 0 up to 1, or 0 for 1")
	}
	if spec.Probability == 0 {
		spec.Probability = 1
	}
	if err := checkTime("spec.duration", spec.Duration, MaxDuration); err != nil {
		return nil, err
	}
	if spec.Duration.AsDuration() == 0 {
		return nil, errs.InvalidField("spec.duration", "0s", fmt.Sprintf("more than 0 up to %v", MaxDuration))
	}
	return spec, checkEffect(spec)
}

func checkPattern(pattern string) error {
	printable := func(r rune) bool { return r > ' ' && r <= '~' }
	switch {
	case pattern == "":
		return nil
	case len(pattern) > MaxPattern, strings.ContainsFunc(pattern, func(r rune) bool { return !printable(r) }),
		!strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*"):
		return errs.InvalidField("spec.method_pattern", pattern,
			fmt.Sprintf(`up to %d visible ASCII characters that begin with / or *, e.g. "/marketdata.v1.MarketDataService/*"`, MaxPattern))
	case slices.ContainsFunc(spared, func(beginning string) bool { return strings.HasPrefix(pattern, beginning) }):
		return errs.InvalidField("spec.method_pattern", pattern, "methods other than health, reflection and FaultService, which are never affected")
	}
	return nil
}

// checkTime wants 0 up to a limit.
func checkTime(field string, value *durationpb.Duration, limit time.Duration) error {
	if value == nil {
		return errs.InvalidField(field, "missing", fmt.Sprintf("more than 0 up to %v", limit))
	}
	if value.CheckValid() != nil || value.AsDuration() < 0 || value.AsDuration() > limit {
		return errs.InvalidField(field, fmt.Sprintf("%ds %dns", value.Seconds, value.Nanos), fmt.Sprintf("0 up to %v", limit))
	}
	return nil
}

// checkEffect also fills in what the effect leaves open.
func checkEffect(spec *faultv1.FaultSpec) error {
	switch effect := spec.Effect.(type) {
	case *faultv1.FaultSpec_Latency:
		return checkLatency(effect)
	case *faultv1.FaultSpec_Abort:
		return checkAbort(effect)
	case *faultv1.FaultSpec_DropMessages, *faultv1.FaultSpec_BlackHole:
		return nil
	}
	return errs.InvalidField("spec.effect", "missing", "one of latency, abort, drop_messages, black_hole")
}

func checkLatency(effect *faultv1.FaultSpec_Latency) error {
	latency := proto.CloneOf(effect.Latency)
	if latency == nil {
		latency = &faultv1.Latency{}
	}
	effect.Latency = latency
	if latency.Delay == nil {
		latency.Delay = durationpb.New(0)
	}
	if latency.Jitter == nil {
		latency.Jitter = durationpb.New(0)
	}
	if err := checkTime("spec.latency.delay", latency.Delay, MaxLatency); err != nil {
		return err
	}
	if err := checkTime("spec.latency.jitter", latency.Jitter, MaxLatency); err != nil {
		return err
	}
	if latency.Delay.AsDuration()+latency.Jitter.AsDuration() == 0 {
		return errs.InvalidField("spec.latency", "0s", "a delay, a jitter or both above 0")
	}
	return nil
}

func checkAbort(effect *faultv1.FaultSpec_Abort) error {
	if effect.Abort == nil {
		effect.Abort = &faultv1.Abort{}
	}
	abort := effect.Abort
	if abort.Code < 1 || abort.Code > highestCode {
		return errs.InvalidField("spec.abort.code", abort.Code, fmt.Sprintf("a gRPC status code, 1 to %d", highestCode))
	}
	if len(abort.Message) > MaxMessage {
		return errs.InvalidField("spec.abort.message", fmt.Sprintf("%d bytes", len(abort.Message)), fmt.Sprintf("up to %d bytes", MaxMessage))
	}
	if abort.Message == "" {
		abort.Message = "injected fault"
	}
	return nil
}
