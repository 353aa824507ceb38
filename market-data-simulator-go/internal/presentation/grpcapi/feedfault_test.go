package grpcapi

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

func faultDesk(t testing.TB) *FeedFaultServer {
	hub := feed.New(feed.Options{
		Source: rule{}, Instruments: shop(t),
		Schedule: feed.NewSchedule(simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: path.Epoch.Add(time.Hour), Scale: 1}, path.Epoch),
	})
	return NewFeedFaultServer(hub.Faults(), shop(t))
}

const gap = marketdatav1.FeedFaultType_FEED_FAULT_TYPE_GAP

func TestAFeedFaultIsInjectedListedAndCleared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := faultDesk(t)
		for range 3 {
			response, err := s.InjectFeedFault(t.Context(), &marketdatav1.InjectFeedFaultRequest{Spec: &marketdatav1.FeedFaultSpec{
				Type: gap, Symbols: []string{"BTC/USD"}, Duration: durationpb.New(time.Minute),
			}})
			require.NoError(t, err)
			spec := response.GetFault().GetSpec()
			assert.Equal(t, []string{"BTC/USD"}, spec.GetSymbols())
			assert.InDelta(t, 1, spec.GetProbability(), 0)
			assert.Equal(t, gap, spec.GetType())
			assert.True(t, response.GetFault().GetActive())
		}
		var listed []string
		for token := ""; ; {
			page, err := s.ListFeedFaults(t.Context(), &marketdatav1.ListFeedFaultsRequest{PageSize: 2, PageToken: token})
			require.NoError(t, err)
			for _, one := range page.GetFaults() {
				listed = append(listed, one.GetFaultId())
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		assert.Equal(t, []string{"feed-fault-1", "feed-fault-2", "feed-fault-3"}, listed)
		_, err := s.ClearFeedFaults(t.Context(), &marketdatav1.ClearFeedFaultsRequest{FaultIds: []string{"feed-fault-1", "feed-fault-9"}})
		refused := requireRefused(t, errs.Status(err, "market-data").Err(), codes.NotFound, "UNKNOWN_FEED_FAULT")
		assert.Equal(t, "fault_ids[1]", refused.info.GetMetadata()["field"])
		cleared, err := s.ClearFeedFaults(t.Context(), &marketdatav1.ClearFeedFaultsRequest{FaultIds: []string{"feed-fault-2"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"feed-fault-2"}, cleared.GetFaultIds())
		time.Sleep(2 * time.Minute)
		page, err := s.ListFeedFaults(t.Context(), &marketdatav1.ListFeedFaultsRequest{IncludeEnded: true})
		require.NoError(t, err)
		assert.Len(t, page.GetFaults(), 3)
		assert.False(t, page.GetFaults()[0].GetActive())
	})
}

func TestAFeedFaultThatCannotBeIsRefusedNamingTheField(t *testing.T) {
	s, minute := faultDesk(t), durationpb.New(time.Minute)
	for field, spec := range map[string]*marketdatav1.FeedFaultSpec{
		"spec.type":        {Duration: minute},
		"spec.probability": {Type: gap, Duration: minute, Probability: 1.5},
		"spec.duration":    {Type: gap},
		"spec.lag":         {Type: gap, Duration: minute, Lag: durationpb.New(time.Hour)},
		"spec.magnitude":   {Type: gap, Duration: minute, Magnitude: 1},
		"spec.symbols[1]":  {Type: gap, Duration: minute, Symbols: []string{"BTC/USD", "BTC/USD"}},
	} {
		_, err := s.InjectFeedFault(t.Context(), &marketdatav1.InjectFeedFaultRequest{Spec: spec})
		refused := requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
		assert.Equal(t, field, refused.bad.GetFieldViolations()[0].GetField())
	}
	_, err := s.InjectFeedFault(t.Context(), &marketdatav1.InjectFeedFaultRequest{Spec: &marketdatav1.FeedFaultSpec{Type: gap, Duration: minute, Symbols: []string{"DOGE/USD"}}})
	requireRefused(t, errs.Status(err, "market-data").Err(), codes.NotFound, "UNKNOWN_SYMBOL")
	for _, token := range []string{"x", "feed-fault-0", "feed-fault-01"} {
		_, err = s.ListFeedFaults(t.Context(), &marketdatav1.ListFeedFaultsRequest{PageToken: token})
		requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
	}
	assert.Empty(t, s.faults.List(true), "bad input changes nothing")
}

// Whatever bytes come as a request: no panic, and an error that is classified.
func FuzzFeedFaultRequests(f *testing.F) {
	for n, message := range []proto.Message{
		&marketdatav1.InjectFeedFaultRequest{Spec: &marketdatav1.FeedFaultSpec{Type: gap, Duration: durationpb.New(time.Minute), Symbols: []string{"BTC/USD"}}},
		&marketdatav1.ListFeedFaultsRequest{PageSize: 2, PageToken: "feed-fault-1"},
		&marketdatav1.ClearFeedFaultsRequest{FaultIds: []string{"feed-fault-1"}},
	} {
		text, err := proto.Marshal(message)
		require.NoError(f, err)
		f.Add(byte(n), text)
	}
	s := faultDesk(f)
	f.Fuzz(func(t *testing.T, method byte, text []byte) {
		var err error
		injecting, listing, clearing := &marketdatav1.InjectFeedFaultRequest{}, &marketdatav1.ListFeedFaultsRequest{}, &marketdatav1.ClearFeedFaultsRequest{}
		switch {
		case method%3 == 0 && proto.Unmarshal(text, injecting) == nil:
			_, err = s.InjectFeedFault(t.Context(), injecting)
		case method%3 == 1 && proto.Unmarshal(text, listing) == nil:
			_, err = s.ListFeedFaults(t.Context(), listing)
		case method%3 == 2 && proto.Unmarshal(text, clearing) == nil:
			_, err = s.ClearFeedFaults(t.Context(), clearing)
		}
		if err != nil {
			require.NotEqual(t, errs.Internal, errs.KindOf(err), "%v", err)
		}
	})
}
