// This file holds the faults of the feed, which only market data has: what a bad line or a broken source does to updates.

package faults

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

const feedPrefix = "FEED_FAULT_TYPE_" // of the names in the contract

// WantedFeed is a fault of the feed as people ask for it.
type WantedFeed struct {
	What        string   // one of FeedTypes
	Symbols     []string // none means the whole source
	Probability float64  // 0 means 1
	Duration    time.Duration
	Seed        uint64
	Lag         time.Duration // of delay and out-of-order; 0 means the daemon's default
	Magnitude   float64       // of bad-tick; 0 means the daemon's default
}

// Spec builds the specification. Ranges are left to the daemon, which names the field in its error.
func (w WantedFeed) Spec() (*marketdatav1.FeedFaultSpec, error) {
	if !slices.Contains(FeedTypes(), w.What) {
		return nil, fmt.Errorf("--feed is %q: want one of %s", w.What, strings.Join(FeedTypes(), ", "))
	}
	kind := marketdatav1.FeedFaultType_value[feedPrefix+strings.ToUpper(strings.ReplaceAll(w.What, "-", "_"))]
	spec := &marketdatav1.FeedFaultSpec{
		Type: marketdatav1.FeedFaultType(kind), Symbols: w.Symbols, Probability: w.Probability, Duration: durationpb.New(w.Duration),
		Seed: w.Seed, Magnitude: w.Magnitude,
	}
	if w.Lag != 0 {
		spec.Lag = durationpb.New(w.Lag)
	}
	return spec, nil
}

// FeedTypes lists what can happen to a feed, as people write it: stale, gap and so on.
func FeedTypes() (names []string) {
	for number := marketdatav1.FeedFaultType(1); number.Descriptor().Values().ByNumber(number.Number()) != nil; number++ {
		names = append(names, feedName(number))
	}
	return names
}

func feedName(kind marketdatav1.FeedFaultType) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(kind.String(), feedPrefix), "_", "-"))
}

func feedEffect(spec *marketdatav1.FeedFaultSpec) string {
	text := "feed " + feedName(spec.GetType())
	switch spec.GetType() {
	case marketdatav1.FeedFaultType_FEED_FAULT_TYPE_DELAY, marketdatav1.FeedFaultType_FEED_FAULT_TYPE_OUT_OF_ORDER:
		return text + " " + spec.GetLag().AsDuration().String()
	case marketdatav1.FeedFaultType_FEED_FAULT_TYPE_BAD_TICK:
		return fmt.Sprintf("%s %g %%", text, 100*spec.GetMagnitude())
	}
	return text
}

func symbols(spec *marketdatav1.FeedFaultSpec) string {
	if len(spec.GetSymbols()) == 0 {
		return "all"
	}
	return strings.Join(spec.GetSymbols(), ",")
}
