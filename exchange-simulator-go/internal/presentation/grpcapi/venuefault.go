package grpcapi

// exchange.v1.VenueFaultService: what goes wrong at the venue, begun, listed and ended. It is acted out by the venue and by
// the services that the faults are about.

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// VenueFaultServer implements exchange.v1.VenueFaultService.
type VenueFaultServer struct {
	exchangev1.UnimplementedVenueFaultServiceServer
	*Desk
}

// NewVenueFaultServer makes the service.
func NewVenueFaultServer(desk *Desk) *VenueFaultServer { return &VenueFaultServer{Desk: desk} }

// InjectVenueFault implements exchange.v1.VenueFaultService.
func (s *VenueFaultServer) InjectVenueFault(ctx context.Context, request *exchangev1.InjectVenueFaultRequest) (*exchangev1.InjectVenueFaultResponse, error) {
	id := cmp.Or(request.GetFaultId(), newFaultID())
	if err := checkID("fault_id", id); err != nil {
		return nil, err
	}
	wall, _ := s.Clock()
	fault, err := s.decodeFault(request.GetSpec(), wall)
	if err != nil {
		return nil, err
	}
	before, err := s.fault(ctx, id)
	if err != nil {
		return nil, err
	}
	if before != nil && request.GetSpec().GetStartTime() == nil { // asked for again: then "at once" was then
		fault.From, fault.Until = before.From, before.From+fault.Until-fault.From
	}
	fault.ID = id
	if _, err = s.submit(ctx, &venue.InjectFault{Fault: fault}); err != nil {
		return nil, err
	}
	if now, err := s.fault(ctx, id); err == nil && now != nil {
		fault = *now
	}
	return &exchangev1.InjectVenueFaultResponse{Fault: s.writeFault(&fault, wall.UnixNano())}, nil
}

// newFaultID draws an id that nobody has chosen and that can be typed.
func newFaultID() string { return "venue-fault-" + strings.ToLower(rand.Text()[:8]) }

// ListVenueFaults implements exchange.v1.VenueFaultService. A page token names the last fault of the page before, so that faults
// which end meanwhile shift nothing.
func (s *VenueFaultServer) ListVenueFaults(ctx context.Context, request *exchangev1.ListVenueFaultsRequest) (*exchangev1.ListVenueFaultsResponse, error) {
	size, err := pageSize(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	from, id, err := faultStart(request.GetPageToken())
	if err != nil {
		return nil, err
	}
	wall, _ := s.Clock()
	faults, err := s.faults(ctx)
	if err != nil {
		return nil, err
	}
	faults = slices.DeleteFunc(faults, func(one venue.Fault) bool { return cmp.Or(cmp.Compare(one.From, from), cmp.Compare(one.ID, id)) <= 0 })
	response := &exchangev1.ListVenueFaultsResponse{}
	for n := range faults[:min(size, len(faults))] {
		response.Faults = append(response.Faults, s.writeFault(&faults[n], wall.UnixNano()))
	}
	if size < len(faults) {
		response.NextPageToken = faultToken(faults[size-1].From, faults[size-1].ID)
	}
	return response, nil
}

// ClearVenueFaults implements exchange.v1.VenueFaultService.
func (s *VenueFaultServer) ClearVenueFaults(ctx context.Context, request *exchangev1.ClearVenueFaultsRequest) (*exchangev1.ClearVenueFaultsResponse, error) {
	before, err := s.faults(ctx)
	if err != nil {
		return nil, err
	}
	ids := request.GetFaultIds()
	for n, id := range ids {
		if !slices.ContainsFunc(before, func(one venue.Fault) bool { return one.ID == id }) {
			return nil, errs.New(errs.NotFound, "UNKNOWN_FAULT", "fault %q is neither active nor to come, so none was cleared: ListVenueFaults tells which are",
				shown(id)).With("field", fmt.Sprintf("fault_ids[%d]", n)).With("value", shown(id))
		}
	}
	if _, err = s.submit(ctx, &venue.ClearFaults{IDs: ids}); err != nil {
		return nil, err
	}
	response := &exchangev1.ClearVenueFaultsResponse{}
	for _, one := range before {
		if len(ids) == 0 || slices.Contains(ids, one.ID) {
			response.FaultIds = append(response.FaultIds, one.ID)
		}
	}
	return response, nil
}

// faults copies those that have not ended, in the order of their start times.
func (s *VenueFaultServer) faults(ctx context.Context) (faults []venue.Fault, err error) {
	wall, _ := s.Clock()
	err = s.read(ctx, func(v *venue.Venue) { faults = slices.Clone(v.Faults(wall.UnixNano())) })
	slices.SortFunc(faults, func(a, b venue.Fault) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.ID, b.ID)) })
	return faults, err
}

// fault returns the one with an id that has not ended, nil when there is none.
func (s *VenueFaultServer) fault(ctx context.Context, id string) (*venue.Fault, error) {
	faults, err := s.faults(ctx)
	if at := slices.IndexFunc(faults, func(one venue.Fault) bool { return one.ID == id }); at >= 0 {
		return &faults[at], err
	}
	return nil, err
}

const faultFormat = "fault:%d:%s" // when the last one of the page before began, and its id

func faultToken(from int64, id string) string { return sealed(fmt.Sprintf(faultFormat, from, id)) }

// faultStart reads a token; without one, all faults come after what it returns.
func faultStart(token string) (from int64, id string, err error) {
	if token == "" {
		return 0, "", nil
	}
	_, _ = fmt.Sscanf(unsealed(token), faultFormat, &from, &id) // what is not ours is found out below
	if faultToken(from, id) != token || checkID("fault_id", id) != nil {
		return 0, "", notOurs(token)
	}
	return from, id, nil
}
