package command

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// faultDesks hold one fault of calls and what is injected into the feed.
type faultDesks struct {
	faultv1.UnimplementedFaultServiceServer
	marketdatav1.UnimplementedFeedFaultServiceServer
	ofFeed []*marketdatav1.FeedFault
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
	serveAsMarketData(t, func(server *grpc.Server) {
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
