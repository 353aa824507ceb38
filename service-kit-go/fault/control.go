package fault

// fault.v1.FaultService: how faults are injected, listed and cleared.

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// MaxPageSize is the largest and the default number of faults on a page.
const MaxPageSize = 100

// id names a fault by its number; so does the token of the page that follows it.
func id(number uint64) string { return "fault-" + strconv.FormatUint(number, 10) }

// InjectFault implements faultv1.FaultServiceServer.
func (i *Injector) InjectFault(ctx context.Context, request *faultv1.InjectFaultRequest) (*faultv1.InjectFaultResponse, error) {
	spec, err := checked(request.GetSpec())
	if err != nil {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	begun, err := i.begin(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &faultv1.InjectFaultResponse{Fault: begun.proto()}, nil
}

// ListFaults implements faultv1.FaultServiceServer. A page token is the id of the last fault of the page before, so that faults
// which end meanwhile shift nothing.
func (i *Injector) ListFaults(_ context.Context, request *faultv1.ListFaultsRequest) (*faultv1.ListFaultsResponse, error) {
	size, token := int(request.GetPageSize()), request.GetPageToken()
	if size < 0 || size > MaxPageSize {
		return nil, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxPageSize, MaxPageSize))
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	after, _ := strconv.ParseUint(strings.TrimPrefix(token, "fault-"), 10, 64)
	if token != "" && (token != id(after) || after == 0 || after > i.sequence) {
		return nil, errs.InvalidField("page_token", token, "the next_page_token of an earlier page, or nothing for the first one")
	}
	response := &faultv1.ListFaultsResponse{}
	for _, fault := range i.faults {
		if len(response.Faults) == cmp.Or(size, MaxPageSize) {
			response.NextPageToken = response.Faults[len(response.Faults)-1].FaultId
			break
		}
		if fault.number > after {
			response.Faults = append(response.Faults, fault.proto())
		}
	}
	return response, nil
}

// ClearFaults implements faultv1.FaultServiceServer.
func (i *Injector) ClearFaults(_ context.Context, request *faultv1.ClearFaultsRequest) (*faultv1.ClearFaultsResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	faults, ids := i.faults, request.GetFaultIds()
	for index, id := range ids {
		if !slices.ContainsFunc(faults, func(active *fault) bool { return active.id == id }) {
			return nil, errs.New(errs.NotFound, "UNKNOWN_FAULT",
				"fault %q is not active, so none was cleared: ListFaults tells which are", id).
				With("field", fmt.Sprintf("fault_ids[%d]", index)).With("value", id)
		}
	}
	response := &faultv1.ClearFaultsResponse{}
	for _, fault := range faults {
		if len(ids) == 0 || slices.Contains(ids, fault.id) {
			i.end(fault, "it was cleared")
			response.FaultIds = append(response.FaultIds, fault.id)
		}
	}
	return response, nil
}
