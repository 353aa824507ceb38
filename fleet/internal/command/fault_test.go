package command

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// faultDesks hold one fault of calls and what is injected into the feed, or into the venue.
type faultDesks struct {
	faultv1.UnimplementedFaultServiceServer
	marketdatav1.UnimplementedFeedFaultServiceServer
	exchangev1.UnimplementedVenueFaultServiceServer
	ofFeed  []*marketdatav1.FeedFault
	ofVenue []*exchangev1.VenueFault
}

func (d *faultDesks) ListFaults(context.Context, *faultv1.ListFaultsRequest) (*faultv1.ListFaultsResponse, error) {
	return &faultv1.ListFaultsResponse{Faults: []*faultv1.Fault{{FaultId: "fault-1"}}}, nil
}

func (d *faultDesks) ClearFaults(_ context.Context, request *faultv1.ClearFaultsRequest) (*faultv1.ClearFaultsResponse, error) {
	return &faultv1.ClearFaultsResponse{FaultIds: request.GetFaultIds()}, nil
}

func (d *faultDesks) InjectFeedFault(_ context.Context, request *marketdatav1.InjectFeedFaultRequest) (*marketdatav1.InjectFeedFaultResponse, error) {
	fault := &marketdatav1.FeedFault{
		FaultId: "feed-fault-1", Spec: request.GetSpec(), ExpiresAt: timestamppb.New(time.Now().Add(request.GetSpec().GetDuration().AsDuration())),
	}
	d.ofFeed = append(d.ofFeed, fault)
	return &marketdatav1.InjectFeedFaultResponse{Fault: fault}, nil
}

func (d *faultDesks) ListFeedFaults(context.Context, *marketdatav1.ListFeedFaultsRequest) (*marketdatav1.ListFeedFaultsResponse, error) {
	return &marketdatav1.ListFeedFaultsResponse{Faults: d.ofFeed}, nil
}

func (d *faultDesks) ClearFeedFaults(_ context.Context, request *marketdatav1.ClearFeedFaultsRequest) (*marketdatav1.ClearFeedFaultsResponse, error) {
	d.ofFeed = slices.DeleteFunc(d.ofFeed, func(one *marketdatav1.FeedFault) bool {
		return slices.Contains(request.GetFaultIds(), one.GetFaultId())
	})
	return &marketdatav1.ClearFeedFaultsResponse{FaultIds: request.GetFaultIds()}, nil
}

func TestAFaultOfTheFeedIsInjectedListedBesideTheOthersAndCleared(t *testing.T) {
	desks := &faultDesks{}
	serveAs(t, "MARKET_DATA_ADDR", func(server *grpc.Server) {
		faultv1.RegisterFaultServiceServer(server, desks)
		marketdatav1.RegisterFeedFaultServiceServer(server, desks)
	})
	injected := run("fault", "inject", "market-data", "--feed", "out-of-order", "--symbol", "BTC/USD,ETH/USD", "--lag", "1s", "--duration", "1h")
	require.Zero(t, injected.code, injected.stderr)
	assert.Regexp(t, `(?m)^market-data +feed-fault-1 +feed out-of-order 1s +BTC/USD,ETH/USD +1 +0 +1h0m0s$`, injected.stdout)
	assert.Equal(t, []string{"BTC/USD", "ETH/USD"}, desks.ofFeed[0].GetSpec().GetSymbols())

	var listed struct{ Faults []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(run("fault", "list", "market-data", "--json").stdout), &listed))
	require.Len(t, listed.Faults, 2)
	assert.Contains(t, listed.Faults[0], "fault")
	assert.Contains(t, listed.Faults[1], "feed_fault")

	assert.Equal(t, "1 ended\n", run("fault", "clear", "market-data", "feed-fault-1").stdout)
	assert.Empty(t, desks.ofFeed)
	assert.Equal(t, "1 ended\n", run("fault", "clear", "market-data").stdout, "that of calls is left")
	assert.Contains(t, run("fault", "clear", "market-data", "feed-fault-1").stderr, `no active fault has the id "feed-fault-1"`)
}

func (d *faultDesks) InjectVenueFault(_ context.Context, request *exchangev1.InjectVenueFaultRequest) (*exchangev1.InjectVenueFaultResponse, error) {
	spec := request.GetSpec()
	begins := time.Now()
	if spec.GetStartTime() != nil {
		begins = spec.GetStartTime().AsTime()
	}
	fault := &exchangev1.VenueFault{
		FaultId: "venue-fault-" + strconv.Itoa(len(d.ofVenue)+1), Spec: spec, ExpiresAt: timestamppb.New(begins.Add(spec.GetDuration().AsDuration())),
	}
	d.ofVenue = append(d.ofVenue, fault)
	return &exchangev1.InjectVenueFaultResponse{Fault: fault}, nil
}

// ListVenueFaults has one fault on a page.
func (d *faultDesks) ListVenueFaults(_ context.Context, request *exchangev1.ListVenueFaultsRequest) (*exchangev1.ListVenueFaultsResponse, error) {
	at, _ := strconv.Atoi(request.GetPageToken())
	if at >= len(d.ofVenue) {
		return &exchangev1.ListVenueFaultsResponse{}, nil
	}
	return &exchangev1.ListVenueFaultsResponse{Faults: d.ofVenue[at : at+1], NextPageToken: strconv.Itoa(at + 1)}, nil
}

func (d *faultDesks) ClearVenueFaults(_ context.Context, request *exchangev1.ClearVenueFaultsRequest) (*exchangev1.ClearVenueFaultsResponse, error) {
	d.ofVenue = slices.DeleteFunc(d.ofVenue, func(one *exchangev1.VenueFault) bool {
		return slices.Contains(request.GetFaultIds(), one.GetFaultId())
	})
	return &exchangev1.ClearVenueFaultsResponse{FaultIds: request.GetFaultIds()}, nil
}

func TestFaultsOfTheVenueAreInjectedListedBesideTheOthersAndCleared(t *testing.T) {
	desks := &faultDesks{}
	serveAs(t, "EXCHANGE_ADDR", func(server *grpc.Server) {
		faultv1.RegisterFaultServiceServer(server, desks)
		exchangev1.RegisterVenueFaultServiceServer(server, desks)
	})
	injected := run("fault", "inject", "exchange", "--venue", "reject-orders", "--symbol", "BTC/USD", "--probability", "0.2", "--reason", "NO_CREDIT",
		"--duration", "1h")
	require.Zero(t, injected.code, injected.stderr)
	assert.Regexp(t, `(?m)^exchange +venue-fault-1 +venue reject-orders NO_CREDIT +BTC/USD +0\.2 +0 +\S+$`, injected.stdout)
	injected = run("fault", "inject", "exchange", "--venue", "entry-latency", "--delay", "50ms", "--jitter", "10ms", "--after", "10h", "--duration", "1h")
	require.Zero(t, injected.code, injected.stderr)
	assert.Regexp(t, `(?m)^exchange +venue-fault-2 +venue entry-latency 50ms \+ 0 to 10ms in \S+ +all +1 +0 +\S+$`, injected.stdout)
	assert.Zero(t, desks.ofVenue[1].GetSpec().GetShare(), "a fault that has no share is not given one")

	var listed struct{ Faults []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(run("fault", "list", "exchange", "--json").stdout), &listed))
	require.Len(t, listed.Faults, 3)
	assert.Contains(t, listed.Faults[0], "fault")
	assert.Contains(t, listed.Faults[1], "venue_fault")
	assert.Contains(t, listed.Faults[2], "venue_fault")

	assert.Equal(t, "1 ended\n", run("fault", "clear", "exchange", "venue-fault-1").stdout)
	require.Len(t, desks.ofVenue, 1)
	assert.Equal(t, "2 ended\n", run("fault", "clear", "exchange").stdout, "that of calls as well")
	assert.Empty(t, desks.ofVenue)
}
