// Package faults makes fault specifications from what people type, and shows the active ones.
package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// Wanted is a fault of calls as people ask for it; exactly one effect is set.
type Wanted struct {
	Method      string  // glob over full method names; empty means all
	Probability float64 // 0 means 1
	MaxHits     uint64  // 0 means no limit
	Duration    time.Duration
	Seed        uint64

	Latency   time.Duration // effect: wait, with Jitter
	Jitter    time.Duration
	Abort     string // effect: fail with this code, e.g. UNAVAILABLE, and Message
	Message   string
	Drop      bool // effect: leave out messages of streams
	BlackHole bool // effect: never answer
}

// Spec builds the specification. Ranges are left to the daemon, which names the field in its error.
func (w Wanted) Spec() (*faultv1.FaultSpec, error) {
	spec := &faultv1.FaultSpec{
		MethodPattern: w.Method, Probability: w.Probability, MaxHits: w.MaxHits, Duration: durationpb.New(w.Duration), Seed: w.Seed,
	}
	effects := 0
	if w.Latency != 0 || w.Jitter != 0 {
		effects++
		spec.Effect = &faultv1.FaultSpec_Latency{Latency: &faultv1.Latency{
			Delay: durationpb.New(w.Latency), Jitter: durationpb.New(w.Jitter),
		}}
	}
	if w.Abort != "" {
		effects++
		code, err := codeOf(w.Abort)
		if err != nil {
			return nil, err
		}
		spec.Effect = &faultv1.FaultSpec_Abort{Abort: &faultv1.Abort{Code: int32(code), Message: w.Message}}
	}
	if w.Drop {
		effects++
		spec.Effect = &faultv1.FaultSpec_DropMessages{DropMessages: &faultv1.DropMessages{}}
	}
	if w.BlackHole {
		effects++
		spec.Effect = &faultv1.FaultSpec_BlackHole{BlackHole: &faultv1.BlackHole{}}
	}
	if effects != 1 {
		return nil, fmt.Errorf("%d effects given: want exactly one of --latency (with --jitter), --abort, --drop, --black-hole", effects)
	}
	return spec, nil
}

// codeOf reads a canonical status code by name or number.
func codeOf(text string) (code codes.Code, err error) {
	if err := code.UnmarshalJSON([]byte(text)); err == nil && code != codes.OK {
		return code, nil
	}
	if err := code.UnmarshalJSON([]byte(`"` + strings.ToUpper(text) + `"`)); err == nil && code != codes.OK {
		return code, nil
	}
	return 0, fmt.Errorf("--abort is %q: want a gRPC status code other than OK, e.g. UNAVAILABLE or 14", text)
}

// Active is a fault of one instance: of its calls, of its feed or of the venue. One of them is set.
type Active struct {
	Daemon   string
	Instance string
	Fault    *faultv1.Fault          // of calls
	Feed     *marketdatav1.FeedFault // of the feed
	Venue    *exchangev1.VenueFault  // of the venue
}

// ID is the fault's identifier in its instance.
func (a Active) ID() string {
	return cmp.Or(a.Fault.GetFaultId(), a.Feed.GetFaultId(), a.Venue.GetFaultId())
}

// MarshalJSON implements json.Marshaler: the fault in its canonical JSON form, with whose it is.
func (a Active) MarshalJSON() ([]byte, error) {
	var fault proto.Message = a.Fault
	kind := "fault"
	switch {
	case a.Feed != nil:
		fault, kind = a.Feed, "feed_fault"
	case a.Venue != nil:
		fault, kind = a.Venue, "venue_fault"
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(fault)
	if err != nil {
		return nil, err
	}
	return json.Marshal(map[string]any{"daemon": a.Daemon, "instance_id": a.Instance, kind: json.RawMessage(text)})
}

// Table renders active faults for people. Now is the wall time.
func Table(active []Active, now time.Time) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "DAEMON\tFAULT\tEFFECT\tWHERE\tPROBABILITY\tHITS\tENDS IN")
	for _, row := range active {
		doing, where, share, struck, ends := row.cells(now)
		fmt.Fprintf(writer, "%s\t%s\t%s\t%s\t%g\t%s\t%s\n", row.Daemon, row.ID(), doing, where, share, struck,
			max(0, ends.AsTime().Sub(now).Round(time.Second)))
	}
	_ = writer.Flush() // into memory
	return text.String()
}

func (a Active) cells(now time.Time) (doing, where string, share float64, struck string, ends *timestamppb.Timestamp) {
	switch {
	case a.Feed != nil:
		spec := a.Feed.GetSpec()
		return feedEffect(spec), symbols(spec), cmp.Or(spec.GetProbability(), 1), fmt.Sprint(a.Feed.GetHits()), a.Feed.GetExpiresAt()
	case a.Venue != nil:
		spec := a.Venue.GetSpec()
		return venueEffect(spec, now), cmp.Or(spec.GetSymbol(), "all"), cmp.Or(spec.GetShare(), 1), fmt.Sprint(a.Venue.GetHits()), a.Venue.GetExpiresAt()
	}
	spec := a.Fault.GetSpec()
	return effect(spec), cmp.Or(spec.GetMethodPattern(), "all"), cmp.Or(spec.GetProbability(), 1), hits(a.Fault), a.Fault.GetExpiresAt()
}

func effect(spec *faultv1.FaultSpec) string {
	switch effect := spec.GetEffect().(type) {
	case *faultv1.FaultSpec_Latency:
		text := "latency " + effect.Latency.GetDelay().AsDuration().String()
		if jitter := effect.Latency.GetJitter().AsDuration(); jitter > 0 {
			text += " + 0 to " + jitter.String()
		}
		return text
	case *faultv1.FaultSpec_Abort:
		return "abort " + codes.Code(effect.Abort.GetCode()).String()
	case *faultv1.FaultSpec_DropMessages:
		return "drop messages"
	case *faultv1.FaultSpec_BlackHole:
		return "black hole"
	}
	return "unknown"
}

func hits(fault *faultv1.Fault) string {
	if limit := fault.GetSpec().GetMaxHits(); limit > 0 {
		return fmt.Sprintf("%d of %d", fault.GetHits(), limit)
	}
	return fmt.Sprint(fault.GetHits())
}
