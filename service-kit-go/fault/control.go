package fault

// fault.v1.FaultService: how faults are injected, listed and cleared.

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxPageSize is the largest and the default number of faults on a page.
const MaxPageSize = 100

// InjectFault implements faultv1.FaultServiceServer.
func (i *Injector) InjectFault(ctx context.Context, request *faultv1.InjectFaultRequest) (*faultv1.InjectFaultResponse, error) {
	spec, err := checked(request.GetSpec())
	if err != nil {
		return nil, err
	}
	begun, err := i.begin(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &faultv1.InjectFaultResponse{Fault: begun.proto()}, nil
}

// ListFaults implements faultv1.FaultServiceServer. A page token is the id of the last fault of the page before, so that faults
// which end meanwhile shift nothing.
func (i *Injector) ListFaults(_ context.Context, request *faultv1.ListFaultsRequest) (*faultv1.ListFaultsResponse, error) {
	size := int(request.GetPageSize())
	if size < 0 || size > MaxPageSize {
		return nil, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxPageSize, MaxPageSize))
	}
	if size == 0 {
		size = MaxPageSize
	}
	after, err := i.parseToken(request.GetPageToken())
	if err != nil {
		return nil, err
	}
	response := &faultv1.ListFaultsResponse{}
	for _, fault := range i.faults() {
		if fault.number <= after {
			continue
		}
		if len(response.Faults) == size {
			response.NextPageToken = response.Faults[size-1].FaultId
			break
		}
		response.Faults = append(response.Faults, fault.proto())
	}
	return response, nil
}

func (i *Injector) parseToken(token string) (after uint64, err error) {
	if token == "" {
		return 0, nil
	}
	i.mu.Lock()
	latest := i.sequence
	i.mu.Unlock()
	number, err := strconv.ParseUint(strings.TrimPrefix(token, "fault-"), 10, 64)
	if err != nil || number == 0 || number > latest || token != id(number) {
		return 0, errs.InvalidField("page_token", token, "the next_page_token of an earlier page, or nothing for the first one")
	}
	return number, nil
}

// ClearFaults implements faultv1.FaultServiceServer.
func (i *Injector) ClearFaults(_ context.Context, request *faultv1.ClearFaultsRequest) (*faultv1.ClearFaultsResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	chosen, err := choose(i.faults(), request.GetFaultIds())
	if err != nil {
		return nil, err
	}
	response := &faultv1.ClearFaultsResponse{}
	for _, fault := range chosen {
		i.end(fault, "it was cleared")
		response.FaultIds = append(response.FaultIds, id(fault.number))
	}
	return response, nil
}

// choose returns the faults with these ids, oldest first; all when there are no ids.
func choose(active []*fault, ids []string) ([]*fault, error) {
	if len(ids) == 0 {
		return active, nil
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		wanted[id] = true
	}
	var chosen []*fault
	for _, fault := range active {
		if wanted[id(fault.number)] {
			chosen = append(chosen, fault)
			delete(wanted, id(fault.number))
		}
	}
	for index, id := range ids {
		if wanted[id] {
			return nil, errs.New(errs.NotFound, "UNKNOWN_FAULT",
				"fault %q is not active, so none was cleared: ListFaults tells which are", id).
				With("field", fmt.Sprintf("fault_ids[%d]", index)).With("value", id)
		}
	}
	return chosen, nil
}
