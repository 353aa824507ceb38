package grpcapi

// marketdata.v1.FeedFaultService: faults of this replica's feed, decoded and listed.

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/feed"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// FeedFaultServer implements marketdata.v1.FeedFaultService.
type FeedFaultServer struct {
	marketdatav1.UnimplementedFeedFaultServiceServer
	faults    *feed.Faults
	catalogue *catalogue
	symbols   []string // by position in the feed
}

// NewFeedFaultServer makes the service of a feed's faults; the instruments are in the feed's order.
func NewFeedFaultServer(faults *feed.Faults, instruments []instrument.Instrument) *FeedFaultServer {
	s := &FeedFaultServer{faults: faults, catalogue: newCatalogue(instruments)}
	for _, one := range instruments {
		s.symbols = append(s.symbols, one.Symbol)
	}
	return s
}

// Limits and defaults of what may be asked for.
const (
	MaxFeedFaultDuration = 24 * time.Hour
	MinLag               = 20 * time.Millisecond
	MaxLag               = 30 * time.Second
	DefaultLag           = 2 * time.Second
	DefaultMagnitude     = 0.1
	MaxFeedFaults        = 100 // on a page
)

// faultKinds are the kinds by their number on the wire.
var faultKinds = []feed.FaultKind{"", feed.Stale, feed.Gap, feed.Delay, feed.Outage, feed.OutOfOrder, feed.BadTick}

// InjectFeedFault implements marketdata.v1.FeedFaultService.
func (s *FeedFaultServer) InjectFeedFault(_ context.Context, request *marketdatav1.InjectFeedFaultRequest) (*marketdatav1.InjectFeedFaultResponse, error) {
	spec, err := s.decode(request.GetSpec())
	if err != nil {
		return nil, err
	}
	added, err := s.faults.Inject(spec)
	if err != nil {
		return nil, err
	}
	return &marketdatav1.InjectFeedFaultResponse{Fault: s.describe(added)}, nil
}

func (s *FeedFaultServer) decode(asked *marketdatav1.FeedFaultSpec) (spec feed.FaultSpec, err error) {
	if number := asked.GetType(); number <= 0 || int(number) >= len(faultKinds) {
		return spec, errs.InvalidField("spec.type", asked.GetType().String(), "one of STALE, GAP, DELAY, OUTAGE, OUT_OF_ORDER, BAD_TICK")
	}
	spec = feed.FaultSpec{
		Kind: faultKinds[asked.GetType()], Probability: cmp.Or(asked.GetProbability(), 1), Duration: asked.GetDuration().AsDuration(),
		Seed: asked.GetSeed(), Lag: DefaultLag, Magnitude: cmp.Or(asked.GetMagnitude(), DefaultMagnitude),
	}
	if asked.GetLag() != nil {
		spec.Lag = asked.GetLag().AsDuration()
	}
	switch {
	case !(spec.Probability > 0 && spec.Probability <= 1): // NaN is neither
		return spec, errs.InvalidField("spec.probability", spec.Probability, "above 0 up to 1, or 0 for 1")
	case asked.GetDuration().CheckValid() != nil || spec.Duration <= 0 || spec.Duration > MaxFeedFaultDuration:
		return spec, errs.InvalidField("spec.duration", spec.Duration, fmt.Sprintf("a duration above 0 up to %s", MaxFeedFaultDuration))
	case asked.GetLag() != nil && asked.GetLag().CheckValid() != nil || spec.Lag < MinLag || spec.Lag > MaxLag:
		return spec, errs.InvalidField("spec.lag", spec.Lag, fmt.Sprintf("%s to %s, or nothing for %s", MinLag, MaxLag, DefaultLag))
	case !(spec.Magnitude > 0 && spec.Magnitude < 1):
		return spec, errs.InvalidField("spec.magnitude", spec.Magnitude, "above 0 and below 1, or 0 for 0.1")
	}
	for n, symbol := range asked.GetSymbols() {
		field := fmt.Sprintf("spec.symbols[%d]", n)
		position, err := s.catalogue.find(field, symbol)
		if err != nil {
			return spec, err
		}
		if slices.Contains(spec.Instruments, position) {
			return spec, errs.InvalidField(field, symbol, "each symbol once")
		}
		spec.Instruments = append(spec.Instruments, position)
	}
	return spec, nil
}

const feedFaultPrefix = "feed-fault-"

func feedFaultID(number uint64) string { return feedFaultPrefix + strconv.FormatUint(number, 10) }

// feedFaultNumber reads an id; 0 when it is none.
func feedFaultNumber(id string) uint64 {
	number, _ := strconv.ParseUint(strings.TrimPrefix(id, feedFaultPrefix), 10, 64)
	if feedFaultID(number) != id {
		return 0
	}
	return number
}

// ListFeedFaults implements marketdata.v1.FeedFaultService. A page token is the id of the last fault of the page before.
func (s *FeedFaultServer) ListFeedFaults(_ context.Context, request *marketdatav1.ListFeedFaultsRequest) (*marketdatav1.ListFeedFaultsResponse, error) {
	size, token := int(request.GetPageSize()), request.GetPageToken()
	if size < 0 || size > MaxFeedFaults {
		return nil, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxFeedFaults, MaxFeedFaults))
	}
	after := feedFaultNumber(token)
	if token != "" && after == 0 {
		return nil, errs.InvalidField("page_token", shown(token), "next_page_token of the page before, or nothing for the first page")
	}
	response := &marketdatav1.ListFeedFaultsResponse{}
	for _, one := range s.faults.List(request.GetIncludeEnded()) {
		if one.Number <= after {
			continue
		}
		if len(response.GetFaults()) == cmp.Or(size, MaxFeedFaults) {
			response.NextPageToken = response.GetFaults()[len(response.GetFaults())-1].GetFaultId()
			break
		}
		response.Faults = append(response.Faults, s.describe(one))
	}
	return response, nil
}

// ClearFeedFaults implements marketdata.v1.FeedFaultService.
func (s *FeedFaultServer) ClearFeedFaults(_ context.Context, request *marketdatav1.ClearFeedFaultsRequest) (*marketdatav1.ClearFeedFaultsResponse, error) {
	var numbers []uint64
	unknown := func(n int, id string) error {
		return errs.New(errs.NotFound, "UNKNOWN_FEED_FAULT", "feed fault %q is not active, so none was cleared: ListFeedFaults tells which are", shown(id)).
			With("field", fmt.Sprintf("fault_ids[%d]", n)).With("value", shown(id))
	}
	for n, id := range request.GetFaultIds() {
		number := feedFaultNumber(id)
		if number == 0 {
			return nil, unknown(n, id)
		}
		numbers = append(numbers, number)
	}
	cleared, missing := s.faults.Clear(numbers)
	if missing != 0 {
		return nil, unknown(slices.Index(numbers, missing), feedFaultID(missing))
	}
	response := &marketdatav1.ClearFeedFaultsResponse{}
	for _, number := range cleared {
		response.FaultIds = append(response.FaultIds, feedFaultID(number))
	}
	return response, nil
}

func (s *FeedFaultServer) describe(one feed.Fault) *marketdatav1.FeedFault {
	spec := &marketdatav1.FeedFaultSpec{
		Type: marketdatav1.FeedFaultType(slices.Index(faultKinds, one.Spec.Kind)), Probability: one.Spec.Probability,
		Duration: durationpb.New(one.Spec.Duration), Seed: one.Spec.Seed, Lag: durationpb.New(one.Spec.Lag), Magnitude: one.Spec.Magnitude,
	}
	for _, position := range one.Spec.Instruments {
		spec.Symbols = append(spec.Symbols, s.symbols[position])
	}
	return &marketdatav1.FeedFault{
		FaultId: feedFaultID(one.Number), Spec: spec, InjectedAt: timestamppb.New(one.Began), ExpiresAt: timestamppb.New(one.Ends),
		Hits: one.Hits, Active: one.Active, FirstSequence: one.First, LastSequence: one.Last,
	}
}
