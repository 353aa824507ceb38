package command

// An instance keeps the faults of its calls, those of its feed and those of the venue at a desk each. People see one list: what is shown
// and ended goes through all of them.

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/trading-ecosystem/fleet/internal/faults"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// desk is where the faults of one kind are kept.
type desk interface {
	list(ctx context.Context) ([]faults.Active, error)
	clear(ctx context.Context, ids []string) (ended []string, err error)
}

func desksOf(channel *grpc.ClientConn) []desk {
	return []desk{
		callDesk{faultv1.NewFaultServiceClient(channel)},
		feedDesk{marketdatav1.NewFeedFaultServiceClient(channel)},
		venueDesk{exchangev1.NewVenueFaultServiceClient(channel)},
	}
}

// all asks for one page after the other. It finds nothing at a desk that an instance does not have.
func all(page func(token string) (active []faults.Active, next string, err error)) (active []faults.Active, err error) {
	for token := ""; ; {
		rows, next, err := page(token)
		if status.Code(err) == codes.Unimplemented {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		active = append(active, rows...)
		if token = next; token == "" {
			return active, nil
		}
	}
}

type callDesk struct{ client faultv1.FaultServiceClient }

func (d callDesk) list(ctx context.Context) ([]faults.Active, error) {
	return all(func(token string) (active []faults.Active, next string, err error) {
		answer, err := d.client.ListFaults(ctx, &faultv1.ListFaultsRequest{PageToken: token})
		for _, fault := range answer.GetFaults() {
			active = append(active, faults.Active{Fault: fault})
		}
		return active, answer.GetNextPageToken(), err
	})
}

func (d callDesk) clear(ctx context.Context, ids []string) (ended []string, err error) {
	answer, err := d.client.ClearFaults(ctx, &faultv1.ClearFaultsRequest{FaultIds: ids})
	return answer.GetFaultIds(), err
}

type feedDesk struct {
	client marketdatav1.FeedFaultServiceClient
}

func (d feedDesk) list(ctx context.Context) ([]faults.Active, error) {
	return all(func(token string) (active []faults.Active, next string, err error) {
		answer, err := d.client.ListFeedFaults(ctx, &marketdatav1.ListFeedFaultsRequest{PageToken: token})
		for _, fault := range answer.GetFaults() {
			active = append(active, faults.Active{Feed: fault})
		}
		return active, answer.GetNextPageToken(), err
	})
}

func (d feedDesk) clear(ctx context.Context, ids []string) (ended []string, err error) {
	answer, err := d.client.ClearFeedFaults(ctx, &marketdatav1.ClearFeedFaultsRequest{FaultIds: ids})
	return answer.GetFaultIds(), err
}

type venueDesk struct {
	client exchangev1.VenueFaultServiceClient
}

func (d venueDesk) list(ctx context.Context) ([]faults.Active, error) {
	return all(func(token string) (active []faults.Active, next string, err error) {
		answer, err := d.client.ListVenueFaults(ctx, &exchangev1.ListVenueFaultsRequest{PageToken: token})
		for _, fault := range answer.GetFaults() {
			active = append(active, faults.Active{Venue: fault})
		}
		return active, answer.GetNextPageToken(), err
	})
}

func (d venueDesk) clear(ctx context.Context, ids []string) (ended []string, err error) {
	answer, err := d.client.ClearVenueFaults(ctx, &exchangev1.ClearVenueFaultsRequest{FaultIds: ids})
	return answer.GetFaultIds(), err
}
