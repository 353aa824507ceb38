package grpcapi

// What a fault of the venue consists of, read and written. A field that its type does not use is refused, so that nobody
// believes it to have an effect.

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// faultType says which fields a type of faults uses beside its times.
type faultType struct {
	kind                                 venue.FaultKind
	symbol, share, reason, delay, jitter bool
}

// faultTypes are the types by their number on the wire, without the first.
var faultTypes = []faultType{
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_REJECT_ORDERS - 1:        {kind: venue.RejectOrders, symbol: true, share: true, reason: true},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_OUTAGE - 1:               {kind: venue.Outage, symbol: true},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_MAINTENANCE - 1:          {kind: venue.Maintenance},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_ENTRY_LATENCY - 1:        {kind: venue.EntryLatency, symbol: true, delay: true, jitter: true},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_STALE_BOOK - 1:           {kind: venue.StaleBook, symbol: true},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_DUPLICATE_EXECUTIONS - 1: {kind: venue.DuplicateExecutions, symbol: true, share: true},
	exchangev1.VenueFaultType_VENUE_FAULT_TYPE_DELAY_EXECUTIONS - 1:     {kind: venue.DelayExecutions, symbol: true, delay: true},
}

// The furthest that a fault may reach.
const (
	MaxFaultDuration = 24 * time.Hour
	MaxFaultAhead    = 7 * 24 * time.Hour
	MaxFaultDelay    = time.Hour // of the fixed and of the random part, each
)

// DefaultFaultReason is why orders are refused when the fault does not say.
const DefaultFaultReason = "REJECTED_BY_FAULT"

var faultReason = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// decodeFault reads what is asked for at a time; the id is left out.
func (s *VenueFaultServer) decodeFault(asked *exchangev1.VenueFaultSpec, now time.Time) (fault venue.Fault, err error) {
	number := int(asked.GetType()) - 1
	if number < 0 || number >= len(faultTypes) {
		return fault, errs.InvalidField("spec.type", asked.GetType().String(), "REJECT_ORDERS, OUTAGE, MAINTENANCE, ENTRY_LATENCY, "+
			"STALE_BOOK, DUPLICATE_EXECUTIONS or DELAY_EXECUTIONS")
	}
	uses := faultTypes[number]
	if err = uses.check(asked); err != nil {
		return fault, err
	}
	fault = venue.Fault{Kind: uses.kind, Delay: int64(asked.GetDelay().AsDuration()), Jitter: int64(asked.GetJitter().AsDuration())}
	if uses.share {
		fault.Share = cmp.Or(asked.GetShare(), 1)
	}
	if uses.reason {
		fault.Reason = cmp.Or(asked.GetReason(), DefaultFaultReason)
	}
	if fault.Instrument, err = s.instrumentOrAll(asked.GetSymbol()); err != nil {
		return fault, err
	}
	fault.From, fault.Until, err = faultTimes(asked, now)
	return fault, err
}

// check says what is wrong with the fields beside type, symbol and times.
func (f *faultType) check(asked *exchangev1.VenueFaultSpec) error {
	share, reason, delay, jitter := asked.GetShare(), asked.GetReason(), asked.GetDelay(), asked.GetJitter()
	latency := delay.AsDuration() + jitter.AsDuration()
	var bad error
	must := func(hold bool, field string, value any, want string, bounds ...any) {
		if !hold && bad == nil {
			bad = errs.InvalidField("spec."+field, value, fmt.Sprintf(want, bounds...))
		}
	}
	const nothing = "nothing: the type does not use it"
	must(f.symbol || asked.GetSymbol() == "", "symbol", shown(asked.GetSymbol()), nothing)
	must(f.share || share == 0, "share", share, nothing)
	must(f.reason || reason == "", "reason", shown(reason), nothing)
	must(f.delay || delay == nil, "delay", delay.AsDuration(), nothing)
	must(f.jitter || jitter == nil, "jitter", jitter.AsDuration(), nothing)
	must(share >= 0 && share <= 1, "share", share, "above 0 up to 1, or 0 for 1") // NaN is neither
	must(reason == "" || faultReason.MatchString(reason), "reason", shown(reason), "up to 64 characters of UPPER_SNAKE_CASE, or nothing for %s", DefaultFaultReason)
	must(within(delay, 0, MaxFaultDelay), "delay", delay.AsDuration(), "a valid duration of 0 to %v", MaxFaultDelay)
	must(within(jitter, 0, MaxFaultDelay), "jitter", jitter.AsDuration(), "a valid duration of 0 to %v", MaxFaultDelay)
	must(!f.delay || latency > 0, "delay", delay.AsDuration(), "more than 0")
	must(within(asked.GetDuration(), 1, MaxFaultDuration), "duration", asked.GetDuration().AsDuration(), "a valid duration above 0 up to %v", MaxFaultDuration)
	return bad
}

// within wants a valid duration between two bounds; none is 0.
func within(value *durationpb.Duration, least, most time.Duration) bool {
	asked := value.AsDuration()
	return (value == nil || value.IsValid()) && asked >= least && asked <= most
}

// faultTimes reads when a fault begins and ends, in wall nanoseconds.
func faultTimes(asked *exchangev1.VenueFaultSpec, now time.Time) (from, until int64, err error) {
	start, length := now, asked.GetDuration().AsDuration()
	if given := asked.GetStartTime(); given != nil {
		start = given.AsTime()
		if !given.IsValid() || start.After(now.Add(MaxFaultAhead)) || !start.Add(length).After(now) {
			return 0, 0, errs.InvalidField("spec.start_time", start.Format(time.RFC3339Nano),
				fmt.Sprintf("a time up to %v ahead, from which on the fault ends in the future, or nothing for at once; it is %s",
					MaxFaultAhead, now.Format(time.RFC3339)))
		}
	}
	return start.UnixNano(), start.Add(length).UnixNano(), nil
}

// writeFault is the inverse of decodeFault, at a wall time.
func (s *VenueFaultServer) writeFault(fault *venue.Fault, wall int64) *exchangev1.VenueFault {
	number := slices.IndexFunc(faultTypes, func(one faultType) bool { return one.kind == fault.Kind })
	uses := faultTypes[number]
	spec := &exchangev1.VenueFaultSpec{
		Type: exchangev1.VenueFaultType(number + 1), Share: fault.Share, Reason: fault.Reason, StartTime: timestamp(fault.From),
		Duration: durationpb.New(time.Duration(fault.Until - fault.From)),
	}
	if fault.Instrument != venue.All {
		spec.Symbol = s.Listing.Instruments[fault.Instrument].Symbol
	}
	if uses.delay {
		spec.Delay = durationpb.New(time.Duration(fault.Delay))
	}
	if uses.jitter {
		spec.Jitter = durationpb.New(time.Duration(fault.Jitter))
	}
	return &exchangev1.VenueFault{
		FaultId: fault.ID, Spec: spec, ExpiresAt: timestamp(fault.Until), Hits: fault.Hits, Active: fault.From <= wall && wall < fault.Until,
	}
}
