package fault

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/health"
)

// withMinute lets a spec last a minute.
func withMinute(spec *faultv1.FaultSpec) *faultv1.FaultSpec {
	spec.Duration = durationpb.New(time.Minute)
	return spec
}

func TestBadSpecIsRefusedWithTheFieldThatIsBad(t *testing.T) {
	long := strings.Repeat("x", MaxMessage+1)
	for name, test := range map[string]struct {
		field  string
		change func(*faultv1.FaultSpec)
	}{
		"relative pattern":       {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "marketdata.v1/GetPrice" }},
		"pattern with a blank":   {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "/a b" }},
		"pattern with a newline": {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "/a\n" }},
		"long pattern":           {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "/" + long }},
		"pattern of a spared":    {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "/grpc.health.v1.Health/*" }},
		"pattern of this":        {"spec.method_pattern", func(s *faultv1.FaultSpec) { s.MethodPattern = "/fault.v1.FaultService/ListFaults" }},
		"negative probability":   {"spec.probability", func(s *faultv1.FaultSpec) { s.Probability = -0.1 }},
		"too likely":             {"spec.probability", func(s *faultv1.FaultSpec) { s.Probability = 1.1 }},
		"no number":              {"spec.probability", func(s *faultv1.FaultSpec) { s.Probability = math.NaN() }},
		"infinite":               {"spec.probability", func(s *faultv1.FaultSpec) { s.Probability = math.Inf(1) }},
		"no duration":            {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = nil }},
		"zero duration":          {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = durationpb.New(0) }},
		"negative duration":      {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = durationpb.New(-1) }},
		"over a day":             {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = durationpb.New(MaxDuration + 1) }},
		"invalid duration":       {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = &durationpb.Duration{Seconds: 1, Nanos: -1} }},
		"overflowing duration":   {"spec.duration", func(s *faultv1.FaultSpec) { s.Duration = &durationpb.Duration{Seconds: math.MaxInt64} }},
		"no effect":              {"spec.effect", func(s *faultv1.FaultSpec) { s.Effect = nil }},
		"no latency at all":      {"spec.latency", func(s *faultv1.FaultSpec) { s.Effect = &faultv1.FaultSpec_Latency{Latency: &faultv1.Latency{}} }},
		"empty latency":          {"spec.latency", func(s *faultv1.FaultSpec) { s.Effect = &faultv1.FaultSpec_Latency{} }},
		"negative delay":         {"spec.latency.delay", func(s *faultv1.FaultSpec) { s.Effect = latency(-1, 1).Effect }},
		"long delay":             {"spec.latency.delay", func(s *faultv1.FaultSpec) { s.Effect = latency(MaxLatency+1, 0).Effect }},
		"negative jitter":        {"spec.latency.jitter", func(s *faultv1.FaultSpec) { s.Effect = latency(1, -1).Effect }},
		"long jitter":            {"spec.latency.jitter", func(s *faultv1.FaultSpec) { s.Effect = latency(0, MaxLatency+1).Effect }},
		"abort with OK":          {"spec.abort.code", func(s *faultv1.FaultSpec) { s.Effect = abort(codes.OK).Effect }},
		"abort beyond the codes": {"spec.abort.code", func(s *faultv1.FaultSpec) { s.Effect = abort(17).Effect }},
		"abort with UNKNOWN":     {"spec.abort.code", func(s *faultv1.FaultSpec) { s.Effect = abort(codes.Unknown).Effect }},
		"empty abort":            {"spec.abort.code", func(s *faultv1.FaultSpec) { s.Effect = &faultv1.FaultSpec_Abort{} }},
		"long message": {"spec.abort.message", func(s *faultv1.FaultSpec) {
			s.Effect = &faultv1.FaultSpec_Abort{Abort: &faultv1.Abort{Code: 1, Message: long}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			injector, _, lines := newInjector()
			spec := withMinute(abort(codes.Internal))
			test.change(spec)
			_, err := injector.InjectFault(t.Context(), &faultv1.InjectFaultRequest{Spec: spec})
			assertInvalid(t, test.field, err)
			assert.Empty(t, injector.faults)
			assert.Empty(t, lines.AllEntries())
		})
	}
	injector, _, _ := newInjector()
	_, err := injector.InjectFault(t.Context(), nil)
	assertInvalid(t, "spec", err)
}

func assertInvalid(t *testing.T, field string, err error) {
	t.Helper()
	var bad *errs.Error
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, errs.Invalid, bad.Kind)
	require.Len(t, bad.Violations, 1)
	assert.Equal(t, field, bad.Violations[0].Field)
	assert.Contains(t, bad.Message, "want ")
}

func TestInjectedFaultShowsWhatWasAskedForWithDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		asked := abort(codes.Unavailable)
		asked.Seed, asked.MaxHits, asked.MethodPattern = 3, 9, "/marketdata.*"
		fault := d.inject(t, asked)
		assert.Zero(t, asked.Probability, "the request is the caller's")
		want := proto.CloneOf(asked)
		want.Probability, want.GetAbort().Message = 1, "injected fault"
		assert.True(t, proto.Equal(want, fault.Spec), fault.Spec)
		assert.Equal(t, "fault-1", fault.FaultId)
		assert.Equal(t, time.Now().UTC(), fault.InjectedAt.AsTime())
		assert.Equal(t, time.Now().Add(time.Minute).UTC(), fault.ExpiresAt.AsTime())

		for range 2 {
			require.Error(t, d.get(t.Context()))
		}
		fault.Hits = 2
		assert.True(t, proto.Equal(fault, d.list(t)[0]))
	})
}

func TestFaultEndsByItselfAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, abort(codes.Internal))
		time.Sleep(time.Minute - 1)
		assertCode(t, codes.Internal, d.get(t.Context()))
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.NoError(t, d.get(t.Context()))
		assert.Empty(t, d.list(t))
		assert.Equal(t, []string{"fault begins, fault-1, abort", "fault ends, fault-1, abort, its time is up"}, d.messages())
		assert.EqualValues(t, 1, d.log.LastEntry().Data["hits"])
	})
}

func TestClearEndsTheNamedFaultsOrAllOfThemOrNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		for range 4 {
			d.inject(t, blackHole())
		}
		held := make(chan error, 1)
		go func() { held <- d.get(t.Context()) }()
		synctest.Wait()

		_, err := d.faults.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{FaultIds: []string{"fault-1", "fault-9"}})
		assertCode(t, codes.NotFound, err)
		assert.ErrorContains(t, err, `fault "fault-9" is not active, so none was cleared`)
		assert.Len(t, d.list(t), 4)

		cleared, err := d.faults.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{FaultIds: []string{"fault-3", "fault-1", "fault-3"}})
		require.NoError(t, err)
		assert.Equal(t, []string{"fault-1", "fault-3"}, cleared.FaultIds)
		assertCode(t, codes.Unavailable, <-held)
		cleared, err = d.faults.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{})
		require.NoError(t, err)
		assert.Equal(t, []string{"fault-2", "fault-4"}, cleared.FaultIds)
		assert.Equal(t, "fault ends, fault-4, black_hole, it was cleared", d.messages()[7])
		cleared, err = d.faults.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{})
		require.NoError(t, err)
		assert.Empty(t, cleared.FaultIds)

		time.Sleep(time.Hour)
		assert.Len(t, d.messages(), 8, "a cleared fault does not end a second time")
	})
}

func TestClosedInjectorLetsGoOfItsCallsAndTakesNoMoreFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		d.inject(t, blackHole())
		held := make(chan error, 1)
		go func() { held <- d.get(t.Context()) }()
		synctest.Wait()
		d.Close()
		assertCode(t, codes.Unavailable, <-held)
		assert.Equal(t, "fault ends, fault-1, black_hole, this daemon stops", d.messages()[1])
		_, err := d.faults.InjectFault(t.Context(), &faultv1.InjectFaultRequest{Spec: withMinute(blackHole())})
		assertCode(t, codes.Unavailable, err)
	})
}

func TestOneHundredFaultsAreTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		for range MaxFaults {
			d.inject(t, abort(codes.Internal))
		}
		_, err := d.faults.InjectFault(t.Context(), &faultv1.InjectFaultRequest{Spec: withMinute(blackHole())})
		assertCode(t, codes.ResourceExhausted, err)
		assert.Contains(t, fmt.Sprint(status.Convert(err).Details()), "TOO_MANY_FAULTS")
		_, err = d.faults.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{FaultIds: []string{"fault-50"}})
		require.NoError(t, err)
		d.inject(t, blackHole())
	})
}

func TestPagesShowEachFaultOnceEvenWhenSomeEndMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		for range 7 {
			d.inject(t, abort(codes.Internal))
		}
		page := func(size int32, token string) (ids []string, next string) {
			response, err := d.ListFaults(t.Context(), &faultv1.ListFaultsRequest{PageSize: size, PageToken: token})
			require.NoError(t, err)
			for _, fault := range response.Faults {
				ids = append(ids, strings.TrimPrefix(fault.FaultId, "fault-"))
			}
			return ids, response.NextPageToken
		}
		first, next := page(3, "")
		assert.Equal(t, []string{"1", "2", "3"}, first)
		_, err := d.ClearFaults(t.Context(), &faultv1.ClearFaultsRequest{FaultIds: []string{"fault-1", "fault-3", "fault-4"}})
		require.NoError(t, err)
		second, next := page(2, next)
		assert.Equal(t, []string{"5", "6"}, second)
		third, next := page(2, next)
		assert.Equal(t, []string{"7"}, third)
		assert.Empty(t, next)
		exact, next := page(4, "")
		assert.Equal(t, []string{"2", "5", "6", "7"}, exact)
		assert.Empty(t, next, "a full last page has no next one")
	})
}

func TestBadPageIsRefused(t *testing.T) {
	injector, _, _ := newInjector()
	for _, size := range []int32{-1, MaxFaults + 1} {
		_, err := injector.ListFaults(t.Context(), &faultv1.ListFaultsRequest{PageSize: size})
		assertInvalid(t, "page_size", err)
	}
	for _, token := range []string{"1", "fault-0", "fault-1", "fault-01", "fault--1", "fault-x", "fault-", "fault-99999999999999999999"} {
		_, err := injector.ListFaults(t.Context(), &faultv1.ListFaultsRequest{PageToken: token})
		assertInvalid(t, "page_token", err)
	}
}

func TestReadyzAndMetricsTellWhichFaultsAreActive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := start(t)
		began := time.Now().UTC()
		assert.Equal(t, []health.Dependency{{Name: "faults", State: health.Up, Since: began}}, d.Dependencies())
		time.Sleep(time.Hour)
		spec := abort(codes.Internal)
		spec.MethodPattern, spec.Probability = "/marketdata.*", 0.9
		d.inject(t, spec)
		for range 10 {
			_ = d.get(t.Context())
		}
		hits := d.list(t)[0].Hits
		assert.Equal(t, []health.Dependency{{Name: "faults", State: health.Degraded, Since: began.Add(time.Hour), LastError: "1 injected, the first is abort fault-1", Detail: map[string]any{
			"active": []map[string]any{{
				"fault_id": "fault-1", "effect": "abort", "method_pattern": "/marketdata.*", "probability": 0.9,
				"hits": hits, "expires_at": began.Add(time.Hour + time.Minute),
			}},
		}}}, d.Dependencies())
		require.NoError(t, testutil.GatherAndCompare(d.registry, strings.NewReader(fmt.Sprintf(`
# HELP fault_active Injected faults that are active.
# TYPE fault_active gauge
fault_active 1
# HELP fault_hits_total Calls (messages, for drop_messages) that injected faults have struck, by effect.
# TYPE fault_hits_total counter
fault_hits_total{effect="abort"} %d
`, hits))))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []health.Dependency{{Name: "faults", State: health.Up, Since: began.Add(time.Hour + time.Minute)}}, d.Dependencies())
	})
}
