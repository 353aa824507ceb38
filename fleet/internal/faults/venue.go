// This file holds the faults of the venue, which only the exchange has: what venues do on a bad day.

package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
)

const venuePrefix = "VENUE_FAULT_TYPE_" // of the names in the contract

// WantedVenue is a fault of the venue as people ask for it.
type WantedVenue struct {
	What     string        // one of VenueTypes
	Symbol   string        // none means all
	Share    float64       // of reject-orders and duplicate-executions; 0 means 1
	Reason   string        // of reject-orders; none means the daemon's default
	Delay    time.Duration // of entry-latency and delay-executions
	Jitter   time.Duration // of entry-latency
	After    time.Duration // how long from now it begins; 0 means at once
	Duration time.Duration
}

// Spec builds the specification of a fault that is asked for now, wall time. What a type does not use, and ranges, are left to the daemon,
// which names the field in its error.
func (w WantedVenue) Spec(now time.Time) (*exchangev1.VenueFaultSpec, error) {
	if !slices.Contains(VenueTypes(), w.What) {
		return nil, fmt.Errorf("--venue is %q: want one of %s", w.What, strings.Join(VenueTypes(), ", "))
	}
	if w.After < 0 {
		return nil, fmt.Errorf("--after is %s: want how long from now the fault begins", w.After)
	}
	kind := exchangev1.VenueFaultType_value[venuePrefix+strings.ToUpper(strings.ReplaceAll(w.What, "-", "_"))]
	spec := &exchangev1.VenueFaultSpec{
		Type: exchangev1.VenueFaultType(kind), Symbol: w.Symbol, Share: w.Share, Reason: w.Reason, Duration: durationpb.New(w.Duration),
	}
	if w.Delay != 0 {
		spec.Delay = durationpb.New(w.Delay)
	}
	if w.Jitter != 0 {
		spec.Jitter = durationpb.New(w.Jitter)
	}
	if w.After != 0 {
		spec.StartTime = timestamppb.New(now.Add(w.After))
	}
	return spec, nil
}

// VenueTypes lists what can happen at a venue, as people write it: reject-orders, outage and so on.
func VenueTypes() (names []string) {
	for number := exchangev1.VenueFaultType(1); number.Descriptor().Values().ByNumber(number.Number()) != nil; number++ {
		names = append(names, venueName(number))
	}
	return names
}

func venueName(kind exchangev1.VenueFaultType) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(kind.String(), venuePrefix), "_", "-"))
}

// venueEffect says what a fault does, and when it begins if it has not yet.
func venueEffect(spec *exchangev1.VenueFaultSpec, now time.Time) string {
	text := "venue " + venueName(spec.GetType())
	if spec.GetReason() != "" {
		text += " " + spec.GetReason()
	}
	if spec.GetDelay() != nil {
		text += " " + spec.GetDelay().AsDuration().String()
	}
	if jitter := spec.GetJitter().AsDuration(); jitter > 0 {
		text += " + 0 to " + jitter.String()
	}
	if wait := spec.GetStartTime().AsTime().Sub(now).Round(time.Second); wait > 0 {
		text += " in " + wait.String()
	}
	return text
}
