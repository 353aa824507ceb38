package fault

// fault.v1.FaultService: how faults are checked, injected, listed and cleared.

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// id names a fault by its number; so does the token of the page that follows it.
func id(number uint64) string { return "fault-" + strconv.FormatUint(number, 10) }

// InjectFault implements faultv1.FaultServiceServer.
func (i *Injector) InjectFault(ctx context.Context, request *faultv1.InjectFaultRequest) (*faultv1.InjectFaultResponse, error) {
	spec, err := checked(request.GetSpec())
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil, errs.New(errs.Unavailable, "SHUTTING_DOWN", "inject a fault: this daemon is shutting down")
	}
	if len(i.faults) >= MaxFaults {
		return nil, errs.New(errs.ResourceExhausted, "TOO_MANY_FAULTS",
			"%d faults are active already, which is the limit: clear some, or wait until they expire", len(i.faults))
	}
	i.sequence++
	added := &fault{
		id: id(i.sequence), number: i.sequence, effect: effect(spec), spec: spec, methods: glob(spec.MethodPattern),
		began: time.Now(), ended: make(chan struct{}),
	}
	added.timer = time.AfterFunc(spec.Duration.AsDuration(), func() {
		i.mu.Lock()
		defer i.mu.Unlock()
		i.end(added, "its time is up")
	})
	i.change(append(i.faults, added))
	i.entry(added).WithContext(ctx).WithField("expires_at", added.expires()).Warn("fault begins")
	return &faultv1.InjectFaultResponse{Fault: added.proto()}, nil
}

// ListFaults implements faultv1.FaultServiceServer. A page token is the id of the last fault of the page before, so that faults
// which end meanwhile shift nothing.
func (i *Injector) ListFaults(_ context.Context, request *faultv1.ListFaultsRequest) (*faultv1.ListFaultsResponse, error) {
	size, token := int(request.GetPageSize()), request.GetPageToken()
	if size < 0 || size > MaxFaults {
		return nil, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxFaults, MaxFaults))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	after, _ := strconv.ParseUint(strings.TrimPrefix(token, "fault-"), 10, 64)
	if token != "" && (token != id(after) || after == 0 || after > i.sequence) {
		return nil, errs.InvalidField("page_token", token, "the next_page_token of an earlier page, or nothing for the first one")
	}
	response := &faultv1.ListFaultsResponse{}
	for _, fault := range i.faults {
		if len(response.Faults) == cmp.Or(size, MaxFaults) {
			response.NextPageToken = response.Faults[len(response.Faults)-1].FaultId
			break
		}
		if fault.number > after {
			response.Faults = append(response.Faults, fault.proto())
		}
	}
	return response, nil
}

// ClearFaults implements faultv1.FaultServiceServer.
func (i *Injector) ClearFaults(_ context.Context, request *faultv1.ClearFaultsRequest) (*faultv1.ClearFaultsResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	faults, ids := i.faults, request.GetFaultIds()
	for index, id := range ids {
		if !slices.ContainsFunc(faults, func(active *fault) bool { return active.id == id }) {
			return nil, errs.New(errs.NotFound, "UNKNOWN_FAULT",
				"fault %q is not active, so none was cleared: ListFaults tells which are", id).
				With("field", fmt.Sprintf("fault_ids[%d]", index)).With("value", id)
		}
	}
	response := &faultv1.ClearFaultsResponse{}
	for _, fault := range faults {
		if len(ids) == 0 || slices.Contains(ids, fault.id) {
			i.end(fault, "it was cleared")
			response.FaultIds = append(response.FaultIds, fault.id)
		}
	}
	return response, nil
}

// Bounds of what may be asked for.
const (
	MaxDuration = 24 * time.Hour
	MaxLatency  = time.Hour // of the fixed and of the random part, each
	MaxMessage  = 1024      // bytes; a status travels in a header
	highestCode = 16        // the last canonical status code, UNAUTHENTICATED
)

// patterns are the patterns that can match a method: visible ASCII, from a method's first character on.
var patterns = regexp.MustCompile(`^([/*][!-~]{0,255})?$`)

// checked returns a copy of the spec with defaults filled in, or what is wrong with it.
func checked(asked *faultv1.FaultSpec) (*faultv1.FaultSpec, error) {
	if asked == nil {
		return nil, errs.InvalidField("spec", "missing", "the fault to inject")
	}
	spec := proto.CloneOf(asked)
	spec.Probability = cmp.Or(spec.Probability, 1)
	if abort := spec.GetAbort(); abort != nil {
		abort.Message = cmp.Or(abort.Message, "injected fault")
	}
	chance, latency, abort, effect := spec.Probability, spec.GetLatency(), spec.GetAbort(), effect(spec)
	var bad error
	must := func(hold bool, field string, value any, want string, bounds ...any) {
		if !hold && bad == nil {
			bad = errs.InvalidField("spec."+field, value, fmt.Sprintf(want, bounds...))
		}
	}
	must(patterns.MatchString(spec.MethodPattern), "method_pattern", spec.MethodPattern,
		`up to 256 visible ASCII characters that begin with / or *, e.g. "/marketdata.v1.MarketDataService/*"`)
	must(!isSpared(spec.MethodPattern), "method_pattern", spec.MethodPattern,
		"methods other than health, reflection and FaultService, which are never affected")
	must(chance > 0 && chance <= 1, "probability", chance, "above 0 up to 1, or 0 for 1") // NaN is neither
	must(within(spec.Duration, 1, MaxDuration), "duration", spec.Duration.AsDuration(), "a valid duration above 0 up to %v", MaxDuration)
	must(effect != "", "effect", "missing", "one of latency, abort, drop_messages, black_hole")
	must(within(latency.GetDelay(), 0, MaxLatency), "latency.delay", latency.GetDelay().AsDuration(), "a valid duration of 0 to %v", MaxLatency)
	must(within(latency.GetJitter(), 0, MaxLatency), "latency.jitter", latency.GetJitter().AsDuration(), "a valid duration of 0 to %v", MaxLatency)
	must(effect != "latency" || latency.GetDelay().AsDuration()+latency.GetJitter().AsDuration() > 0,
		"latency", "0s", "a delay, a jitter or both above 0")
	must(effect != "abort" || abort.GetCode() >= 1 && abort.GetCode() <= highestCode && abort.GetCode() != int32(codes.Unknown),
		"abort.code", abort.GetCode(), "a gRPC status code, 1 to %d, but not 2: no method answers with UNKNOWN", highestCode)
	must(len(abort.GetMessage()) <= MaxMessage, "abort.message", abort.GetMessage(), "up to %d bytes", MaxMessage)
	return spec, bad
}

// within wants a valid duration between two bounds; none is 0.
func within(value *durationpb.Duration, least, most time.Duration) bool {
	asked := value.AsDuration()
	return (value == nil || value.IsValid()) && asked >= least && asked <= most
}
