package command

// An instance keeps the faults of its calls and those of its feed at two desks. People see one list: what is shown and ended goes through
// both.

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/faults"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// desk is where the faults of one kind are kept.
type desk interface {
	list(ctx context.Context) ([]faults.Active, error)
	clear(ctx context.Context, ids []string) (ended []string, err error)
}

func desksOf(channel *grpc.ClientConn) []desk {
	return []desk{callDesk{faultv1.NewFaultServiceClient(channel)}, feedDesk{marketdatav1.NewFeedFaultServiceClient(channel)}}
}

type callDesk struct{ client faultv1.FaultServiceClient }

func (d callDesk) list(ctx context.Context) (active []faults.Active, err error) {
	for token := ""; ; {
		answer, err := d.client.ListFaults(ctx, &faultv1.ListFaultsRequest{PageToken: token})
		if err != nil {
			return nil, err
		}
		for _, fault := range answer.GetFaults() {
			active = append(active, faults.Active{Fault: fault})
		}
		if token = answer.GetNextPageToken(); token == "" {
			return active, nil
		}
	}
}

func (d callDesk) clear(ctx context.Context, ids []string) (ended []string, err error) {
	answer, err := d.client.ClearFaults(ctx, &faultv1.ClearFaultsRequest{FaultIds: ids})
	return answer.GetFaultIds(), err
}

type feedDesk struct {
	client marketdatav1.FeedFaultServiceClient
}

// list finds nothing where there is no feed.
func (d feedDesk) list(ctx context.Context) (active []faults.Active, err error) {
	for token := ""; ; {
		answer, err := d.client.ListFeedFaults(ctx, &marketdatav1.ListFeedFaultsRequest{PageToken: token})
		if status.Code(err) == codes.Unimplemented {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, fault := range answer.GetFaults() {
			active = append(active, faults.Active{Feed: fault})
		}
		if token = answer.GetNextPageToken(); token == "" {
			return active, nil
		}
	}
}

func (d feedDesk) clear(ctx context.Context, ids []string) (ended []string, err error) {
	answer, err := d.client.ClearFeedFaults(ctx, &marketdatav1.ClearFeedFaultsRequest{FaultIds: ids})
	return answer.GetFaultIds(), err
}
