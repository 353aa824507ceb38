package grpcapi

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/exchange-simulator-go/internal/domain/venue"
	exchangev1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/exchange/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

const (
	rejectOrders        = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_REJECT_ORDERS
	outage              = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_OUTAGE
	maintenance         = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_MAINTENANCE
	entryLatency        = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_ENTRY_LATENCY
	staleBook           = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_STALE_BOOK
	duplicateExecutions = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_DUPLICATE_EXECUTIONS
	delayExecutions     = exchangev1.VenueFaultType_VENUE_FAULT_TYPE_DELAY_EXECUTIONS
)

func minute() *durationpb.Duration { return durationpb.New(time.Minute) }

// inject injects what must be possible.
func inject(t testing.TB, s *VenueFaultServer, id string, spec *exchangev1.VenueFaultSpec) *exchangev1.VenueFault {
	t.Helper()
	answer, err := s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{FaultId: id, Spec: spec})
	require.NoError(t, err)
	return answer.GetFault()
}

// faultIDs are the ids of all faults, fetched in pages.
func faultIDs(t *testing.T, s *VenueFaultServer, size int32) (ids []string) {
	t.Helper()
	for token := ""; ; {
		page, err := s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{PageSize: size, PageToken: token})
		require.NoError(t, err)
		for _, one := range page.GetFaults() {
			ids = append(ids, one.GetFaultId())
		}
		if token = page.GetNextPageToken(); token == "" {
			return ids
		}
	}
}

func TestEachTypeOfFaultIsInjectedAndShownWithItsDefaults(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	for n, c := range []struct{ asked, shown *exchangev1.VenueFaultSpec }{
		{
			&exchangev1.VenueFaultSpec{Type: rejectOrders, Symbol: "ETH/USD", Duration: minute()},
			&exchangev1.VenueFaultSpec{Type: rejectOrders, Symbol: "ETH/USD", Share: 1, Reason: DefaultFaultReason},
		},
		{
			&exchangev1.VenueFaultSpec{Type: rejectOrders, Share: 0.5, Reason: "NO_CREDIT", Duration: minute()},
			&exchangev1.VenueFaultSpec{Type: rejectOrders, Share: 0.5, Reason: "NO_CREDIT"},
		},
		{&exchangev1.VenueFaultSpec{Type: outage, Symbol: "BTC/USD", Duration: minute()}, &exchangev1.VenueFaultSpec{Type: outage, Symbol: "BTC/USD"}},
		{&exchangev1.VenueFaultSpec{Type: maintenance, Duration: minute()}, &exchangev1.VenueFaultSpec{Type: maintenance}},
		{
			&exchangev1.VenueFaultSpec{Type: entryLatency, Delay: durationpb.New(time.Second), Duration: minute()},
			&exchangev1.VenueFaultSpec{Type: entryLatency, Delay: durationpb.New(time.Second), Jitter: durationpb.New(0)},
		},
		{
			&exchangev1.VenueFaultSpec{Type: entryLatency, Jitter: durationpb.New(time.Second), Duration: minute()},
			&exchangev1.VenueFaultSpec{Type: entryLatency, Delay: durationpb.New(0), Jitter: durationpb.New(time.Second)},
		},
		{&exchangev1.VenueFaultSpec{Type: staleBook, Duration: minute()}, &exchangev1.VenueFaultSpec{Type: staleBook}},
		{&exchangev1.VenueFaultSpec{Type: duplicateExecutions, Duration: minute()}, &exchangev1.VenueFaultSpec{Type: duplicateExecutions, Share: 1}},
		{
			&exchangev1.VenueFaultSpec{Type: delayExecutions, Delay: durationpb.New(time.Hour), Duration: minute()},
			&exchangev1.VenueFaultSpec{Type: delayExecutions, Delay: durationpb.New(time.Hour)},
		},
	} {
		id := fmt.Sprint("fault-", n)
		c.shown.StartTime, c.shown.Duration = timestamppb.New(noon), minute()
		want := &exchangev1.VenueFault{FaultId: id, Spec: c.shown, ExpiresAt: timestamppb.New(noon.Add(time.Minute)), Active: true}
		got := inject(t, s, id, c.asked)
		assert.True(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
		again := inject(t, s, id, got.GetSpec())
		assert.True(t, proto.Equal(want, again), "what is shown can be asked for")
	}
	assert.Len(t, faultIDs(t, s, 0), 9)
}

func TestAFaultIsInjectedOnceHoweverOftenItIsAskedFor(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	first := inject(t, s, "drill", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()})
	before := h.sequence()
	h.wait(time.Second)
	again := inject(t, s, "drill", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()})
	assert.True(t, proto.Equal(first, again), "at once was a second ago")
	assert.Equal(t, before, h.sequence())
	for _, other := range []*exchangev1.VenueFaultSpec{
		{Type: staleBook, Duration: minute()},
		{Type: outage, Duration: durationpb.New(time.Hour)},
		{Type: outage, Symbol: "BTC/USD", Duration: minute()},
		{Type: outage, Duration: minute(), StartTime: timestamppb.New(noon.Add(time.Second))},
	} {
		_, err := s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{FaultId: "drill", Spec: other})
		assertRefused(t, err, errs.AlreadyExists, "FAULT_ID_REUSED")
	}
	h.wait(time.Minute)
	assert.Empty(t, faultIDs(t, s, 0), "it has ended by itself")
	anew := inject(t, s, "drill", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()})
	assert.Equal(t, noon.Add(time.Minute+time.Second), anew.GetSpec().GetStartTime().AsTime())
}

func TestAMaintenanceWindowLiesAheadAndRefusesOrdersWhenItComes(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	h.fund("alice", "1000")
	starts := noon.Add(time.Hour)
	fault := inject(t, s, "", &exchangev1.VenueFaultSpec{Type: maintenance, StartTime: timestamppb.New(starts), Duration: durationpb.New(30 * time.Minute)})
	assert.Regexp(t, `^venue-fault-[a-z2-7]{8}$`, fault.GetFaultId())
	assert.False(t, fault.GetActive())
	assert.Equal(t, starts, fault.GetSpec().GetStartTime().AsTime())
	assert.Equal(t, starts.Add(30*time.Minute), fault.GetExpiresAt().AsTime())
	h.bid("alice", "o-1", 100, 1)

	h.wait(time.Hour)
	_, err := h.submit(t.Context(), &venue.Place{Account: "alice", ClientID: "o-2", Order: venue.Order{Price: 100, Lots: 1}})
	assertRefused(t, err, errs.Unavailable, "VENUE_MAINTENANCE")
	page, err := s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{})
	require.NoError(t, err)
	require.Len(t, page.GetFaults(), 1)
	assert.True(t, page.GetFaults()[0].GetActive())
	assert.EqualValues(t, 1, page.GetFaults()[0].GetHits())

	h.stop()
	h.start()
	s.Desk = h.Desk
	assert.Equal(t, []string{fault.GetFaultId()}, faultIDs(t, s, 0), "a restart does not end it")
	h.wait(30 * time.Minute)
	h.bid("alice", "o-3", 100, 1)
}

func TestFaultsAreListedByStartTimeAndThoseThatEndMeanwhileShiftNothing(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	for n, start := range []time.Duration{2, 1, 3, 1, 2} {
		inject(t, s, fmt.Sprint("f", n), &exchangev1.VenueFaultSpec{Type: staleBook, StartTime: timestamppb.New(noon.Add(start * time.Minute)), Duration: minute()})
	}
	want := []string{"f1", "f3", "f0", "f4", "f2"}
	for size := range int32(7) {
		assert.Equal(t, want, faultIDs(t, s, size), "pages of %d", size)
	}
	page, err := s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{PageSize: 3})
	require.NoError(t, err)
	_, err = s.ClearVenueFaults(t.Context(), &exchangev1.ClearVenueFaultsRequest{FaultIds: []string{"f0", "f1"}})
	require.NoError(t, err)
	page, err = s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{PageSize: 3, PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Len(t, page.GetFaults(), 2)
	assert.Equal(t, "f4", page.GetFaults()[0].GetFaultId())
	for _, foreign := range []string{"x", sealed("fault:1:"), sealed("fault:01:f"), pageToken(1), strings.Repeat("x", 10_000)} {
		_, err = s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{PageToken: foreign})
		assertInvalid(t, err, "page_token")
	}
	_, err = s.ListVenueFaults(t.Context(), &exchangev1.ListVenueFaultsRequest{PageSize: -1})
	assertInvalid(t, err, "page_size")
}

func TestFaultsAreClearedAllOrNone(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	for _, id := range []string{"a", "b", "c"} {
		inject(t, s, id, &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()})
	}
	_, err := s.ClearVenueFaults(t.Context(), &exchangev1.ClearVenueFaultsRequest{FaultIds: []string{"a", "x"}})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_FAULT", "field", "fault_ids[1]")
	assert.Len(t, faultIDs(t, s, 0), 3)
	cleared, err := s.ClearVenueFaults(t.Context(), &exchangev1.ClearVenueFaultsRequest{FaultIds: []string{"b", "b"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, cleared.GetFaultIds())
	cleared, err = s.ClearVenueFaults(t.Context(), &exchangev1.ClearVenueFaultsRequest{})
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "c"}, cleared.GetFaultIds())
	assert.Empty(t, faultIDs(t, s, 0))
}

func TestAFaultThatCannotBeIsRefusedNamingTheField(t *testing.T) {
	h := openHouse(t)
	s := NewVenueFaultServer(h.Desk)
	second, before := durationpb.New(time.Second), h.sequence()
	at := func(ahead time.Duration) *timestamppb.Timestamp { return timestamppb.New(noon.Add(ahead)) }
	for n, c := range []struct {
		field string
		spec  *exchangev1.VenueFaultSpec
	}{
		{"spec.type", nil},
		{"spec.type", &exchangev1.VenueFaultSpec{Type: 8, Duration: minute()}},
		{"spec.type", &exchangev1.VenueFaultSpec{Type: -1, Duration: minute()}},
		{"spec.symbol", &exchangev1.VenueFaultSpec{Type: maintenance, Symbol: "BTC/USD", Duration: minute()}},
		{"spec.share", &exchangev1.VenueFaultSpec{Type: outage, Share: 0.5, Duration: minute()}},
		{"spec.share", &exchangev1.VenueFaultSpec{Type: rejectOrders, Share: 1.5, Duration: minute()}},
		{"spec.share", &exchangev1.VenueFaultSpec{Type: rejectOrders, Share: -0.5, Duration: minute()}},
		{"spec.share", &exchangev1.VenueFaultSpec{Type: rejectOrders, Share: math.NaN(), Duration: minute()}},
		{"spec.reason", &exchangev1.VenueFaultSpec{Type: outage, Reason: "X", Duration: minute()}},
		{"spec.reason", &exchangev1.VenueFaultSpec{Type: rejectOrders, Reason: "no credit", Duration: minute()}},
		{"spec.reason", &exchangev1.VenueFaultSpec{Type: rejectOrders, Reason: strings.Repeat("X", 65), Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: staleBook, Delay: second, Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: delayExecutions, Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: entryLatency, Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: entryLatency, Delay: durationpb.New(time.Hour + 1), Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: entryLatency, Delay: durationpb.New(-1), Jitter: second, Duration: minute()}},
		{"spec.delay", &exchangev1.VenueFaultSpec{Type: entryLatency, Delay: &durationpb.Duration{Seconds: 1, Nanos: -1}, Duration: minute()}},
		{"spec.jitter", &exchangev1.VenueFaultSpec{Type: delayExecutions, Delay: second, Jitter: second, Duration: minute()}},
		{"spec.jitter", &exchangev1.VenueFaultSpec{Type: entryLatency, Delay: second, Jitter: &durationpb.Duration{Seconds: math.MaxInt64}, Duration: minute()}},
		{"spec.duration", &exchangev1.VenueFaultSpec{Type: outage}},
		{"spec.duration", &exchangev1.VenueFaultSpec{Type: outage, Duration: durationpb.New(24*time.Hour + 1)}},
		{"spec.start_time", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute(), StartTime: at(-time.Minute)}},
		{"spec.start_time", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute(), StartTime: at(MaxFaultAhead + 1)}},
		{"spec.start_time", &exchangev1.VenueFaultSpec{Type: outage, Duration: minute(), StartTime: &timestamppb.Timestamp{Seconds: math.MaxInt64}}},
	} {
		t.Run(fmt.Sprint(n, " ", c.field), func(t *testing.T) {
			_, err := s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{Spec: c.spec})
			assertInvalid(t, err, c.field)
		})
	}
	_, err := s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{Spec: &exchangev1.VenueFaultSpec{Type: outage, Symbol: "DOGE/USD", Duration: minute()}})
	assertRefused(t, err, errs.NotFound, "UNKNOWN_SYMBOL")
	_, err = s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{FaultId: "a b", Spec: &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()}})
	assertInvalid(t, err, "fault_id")
	assert.Equal(t, before, h.sequence(), "bad input changes nothing")
	for n := range venue.MaxFaults {
		inject(t, s, fmt.Sprint("f", n), &exchangev1.VenueFaultSpec{Type: outage, Duration: minute(), StartTime: at(-time.Second)})
	}
	_, err = s.InjectVenueFault(t.Context(), &exchangev1.InjectVenueFaultRequest{Spec: &exchangev1.VenueFaultSpec{Type: outage, Duration: minute()}})
	assertRefused(t, err, errs.ResourceExhausted, "TOO_MANY_FAULTS")
}
