package faults

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// each is one fault of each effect.
func each() []Wanted {
	return []Wanted{
		{Duration: time.Minute, Latency: 200 * time.Millisecond, Jitter: 50 * time.Millisecond},
		{Duration: time.Minute, Latency: time.Second, Method: "/exchange.v1.*", Probability: 0.5},
		{Duration: 90 * time.Second, Abort: "unavailable", Message: "closed", MaxHits: 3},
		{Duration: time.Minute, Abort: "8"},
		{Duration: time.Minute, Drop: true},
		{Duration: time.Minute, BlackHole: true},
	}
}

func active(t *testing.T) []Active {
	t.Helper()
	var all []Active
	for index, wanted := range each() {
		spec, err := wanted.Spec()
		require.NoError(t, err)
		all = append(all, Active{Daemon: "exchange", Instance: "exchange-1", Fault: &faultv1.Fault{
			FaultId: "fault-" + string(rune('1'+index)), Spec: spec, Hits: uint64(index),
			InjectedAt: timestamppb.New(noon), ExpiresAt: timestamppb.New(noon.Add(wanted.Duration)),
		}})
	}
	for index, wanted := range eachFeed() {
		spec, err := wanted.Spec()
		require.NoError(t, err)
		all = append(all, Active{Daemon: "market-data", Instance: "market-data-1", Feed: &marketdatav1.FeedFault{
			FaultId: "feed-fault-" + string(rune('1'+index)), Spec: spec, Hits: uint64(index),
			InjectedAt: timestamppb.New(noon), ExpiresAt: timestamppb.New(noon.Add(wanted.Duration)),
		}})
	}
	for index, wanted := range eachVenue() {
		spec, err := wanted.Spec(noon)
		require.NoError(t, err)
		all = append(all, Active{Daemon: "exchange", Instance: "exchange-1", Venue: &exchangev1.VenueFault{
			FaultId: "venue-fault-" + string(rune('1'+index)), Spec: spec, Hits: uint64(index),
			ExpiresAt: timestamppb.New(noon.Add(wanted.After + wanted.Duration)),
		}})
	}
	return all
}

// eachVenue is one fault of the venue of each type.
func eachVenue() []WantedVenue {
	return []WantedVenue{
		{What: "reject-orders", Duration: time.Minute, Symbol: "BTC/USD", Share: 0.25, Reason: "SELF_MATCH"},
		{What: "outage", Duration: time.Minute, Symbol: "ETH/USD"},
		{What: "maintenance", Duration: time.Hour, After: 30 * time.Minute},
		{What: "entry-latency", Duration: time.Minute, Delay: 50 * time.Millisecond, Jitter: 20 * time.Millisecond},
		{What: "stale-book", Duration: time.Minute},
		{What: "duplicate-executions", Duration: time.Minute, Share: 0.5},
		{What: "delay-executions", Duration: time.Minute, Delay: 2 * time.Second},
	}
}

// eachFeed is one fault of the feed of each type.
func eachFeed() []WantedFeed {
	return []WantedFeed{
		{What: "stale", Duration: time.Minute, Symbols: []string{"BTC/USD"}},
		{What: "gap", Duration: time.Minute, Symbols: []string{"BTC/USD", "SOL/USD"}, Probability: 0.2, Seed: 7},
		{What: "delay", Duration: time.Minute, Lag: 3 * time.Second},
		{What: "outage", Duration: time.Minute},
		{What: "out-of-order", Duration: time.Minute, Lag: 500 * time.Millisecond},
		{What: "bad-tick", Duration: time.Minute, Magnitude: 0.05},
	}
}

func TestEveryTypeOfFeedFaultCanBeAskedFor(t *testing.T) {
	var asked []string
	for _, wanted := range eachFeed() {
		asked = append(asked, wanted.What)
	}
	assert.Equal(t, FeedTypes(), asked)
	for _, wrong := range []string{"", "STALE", "out_of_order", "unspecified"} {
		_, err := WantedFeed{What: wrong, Duration: time.Minute}.Spec()
		require.ErrorContains(t, err, "want one of stale, gap, delay, outage, out-of-order, bad-tick", wrong)
	}
}

func TestEveryTypeOfVenueFaultCanBeAskedFor(t *testing.T) {
	var asked []string
	for _, wanted := range eachVenue() {
		asked = append(asked, wanted.What)
	}
	assert.Equal(t, VenueTypes(), asked)
	for _, wrong := range []string{"", "OUTAGE", "stale_book", "unspecified"} {
		_, err := WantedVenue{What: wrong, Duration: time.Minute}.Spec(noon)
		require.ErrorContains(t, err, "want one of reject-orders, outage, maintenance", wrong)
	}
	_, err := WantedVenue{What: "outage", Duration: time.Minute, After: -time.Second}.Spec(noon)
	require.ErrorContains(t, err, "--after is -1s")
}

func TestTableShowsWhatEachFaultDoes(t *testing.T) {
	got := Table(active(t), noon.Add(10*time.Second))
	path := filepath.Join("testdata", "table.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestFaultForScriptsIsInItsCanonicalForm(t *testing.T) {
	text, err := json.Marshal(active(t)[2])
	require.NoError(t, err)
	assert.JSONEq(t, `{"daemon": "exchange", "instance_id": "exchange-1", "fault": {
		"fault_id": "fault-3", "hits": "2", "injected_at": "2026-03-01T12:00:00Z", "expires_at": "2026-03-01T12:01:30Z",
		"spec": {"duration": "90s", "max_hits": "3", "abort": {"code": 14, "message": "closed"}}}}`, string(text))
}

func TestFeedFaultForScriptsIsInItsCanonicalForm(t *testing.T) {
	text, err := json.Marshal(active(t)[len(each())+1])
	require.NoError(t, err)
	assert.JSONEq(t, `{"daemon": "market-data", "instance_id": "market-data-1", "feed_fault": {
		"fault_id": "feed-fault-2", "hits": "1", "injected_at": "2026-03-01T12:00:00Z", "expires_at": "2026-03-01T12:01:00Z",
		"spec": {"type": "FEED_FAULT_TYPE_GAP", "symbols": ["BTC/USD", "SOL/USD"], "probability": 0.2, "duration": "60s", "seed": "7"}}}`, string(text))
}

func TestVenueFaultForScriptsIsInItsCanonicalForm(t *testing.T) {
	text, err := json.Marshal(active(t)[len(each())+len(eachFeed())+2])
	require.NoError(t, err)
	assert.JSONEq(t, `{"daemon": "exchange", "instance_id": "exchange-1", "venue_fault": {
		"fault_id": "venue-fault-3", "hits": "2", "expires_at": "2026-03-01T13:30:00Z",
		"spec": {"type": "VENUE_FAULT_TYPE_MAINTENANCE", "start_time": "2026-03-01T12:30:00Z", "duration": "3600s"}}}`, string(text))
}

func TestFaultHasExactlyOneEffect(t *testing.T) {
	_, err := Wanted{Duration: time.Minute}.Spec()
	require.ErrorContains(t, err, "0 effects given")
	_, err = Wanted{Duration: time.Minute, Drop: true, Abort: "UNAVAILABLE"}.Spec()
	require.ErrorContains(t, err, "2 effects given")
}

func TestAbortWantsAStatusCodeThatIsAnError(t *testing.T) {
	for _, code := range []string{"0", "OK", "17", "NO_SUCH_CODE", "-1", `"`} {
		_, err := Wanted{Duration: time.Minute, Abort: code}.Spec()
		require.ErrorContains(t, err, "want a gRPC status code other than OK", code)
	}
}
