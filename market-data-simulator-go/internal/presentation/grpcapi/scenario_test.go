package grpcapi

import (
	"context"
	"fmt"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/scenarios"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/path"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/infrastructure/scenariolog"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
	"github.com/trading-ecosystem/service-kit-go/simclock"
)

// desk is the service of a replica that is alone, an hour after the epoch.
func desk(t testing.TB) *ScenarioServer {
	silent := logrus.New()
	silent.SetOutput(io.Discard)
	book := scenariolog.New(scenariolog.Options{
		Clock: simclock.Mapping{WallAnchor: time.Now(), BusinessAnchor: path.Epoch.Add(time.Hour), Scale: 1}, Log: silent,
	})
	return NewScenarioServer(book, shop(t), func(context.Context) (scenarios.Document, error) {
		return scenarios.Document{Scenarios: []scenarios.Named{{Name: "bad-day", Phases: []scenarios.Phase{{Type: "CRASH"}, {Type: "DEPEG"}}}}}, nil
	})
}

func oneOf(phase *marketdatav1.ScenarioPhase) *marketdatav1.InjectScenarioRequest {
	return &marketdatav1.InjectScenarioRequest{Spec: &marketdatav1.ScenarioSpec{Phases: []*marketdatav1.ScenarioPhase{phase}}}
}

const crash = marketdatav1.ScenarioType_SCENARIO_TYPE_CRASH

func TestWhatIsInjectedComesBackWithItsDefaultsAndTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := desk(t)
		time.Sleep(300 * time.Millisecond)
		response, err := s.InjectScenario(t.Context(), oneOf(&marketdatav1.ScenarioPhase{Type: crash, Symbols: []string{"BTC/USD"}, Intensity: 1.5}))
		require.NoError(t, err)
		got := response.GetScenario()
		assert.Regexp(t, `^scenario-[0-9a-f]{8}$`, got.GetScenarioId())
		assert.Equal(t, path.Epoch.Add(time.Hour+3*time.Second), got.GetEffectiveTime().AsTime(), "two seconds ahead, and whole")
		assert.Equal(t, got.GetEffectiveTime().AsTime().Add(30*time.Minute), got.GetEndTime().AsTime())
		assert.Equal(t, marketdatav1.ScenarioState_SCENARIO_STATE_SCHEDULED, got.GetState())
		text, err := protojson.Marshal(got.GetSpec())
		require.NoError(t, err)
		assert.JSONEq(t, `{"phases": [{"type": "SCENARIO_TYPE_CRASH", "symbols": ["BTC/USD"], "intensity": 1.5, "start": "0s", "duration": "600s",
			"onset": "60s", "recovery": "1200s", "recoveryShare": 0.5}]}`, string(text))
		time.Sleep(3 * time.Second)
		listed, err := s.ListScenarios(t.Context(), &marketdatav1.ListScenariosRequest{})
		require.NoError(t, err)
		assert.Equal(t, marketdatav1.ScenarioState_SCENARIO_STATE_ACTIVE, listed.GetScenarios()[0].GetState())
		sudden, err := s.InjectScenario(t.Context(), oneOf(&marketdatav1.ScenarioPhase{
			Type: crash, Onset: durationpb.New(0), Recovery: durationpb.New(0), RecoveryShare: proto.Float64(0),
		}))
		require.NoError(t, err)
		assert.Zero(t, sudden.GetScenario().GetSpec().GetPhases()[0].GetOnset().AsDuration())
		assert.Zero(t, sudden.GetScenario().GetSpec().GetPhases()[0].GetRecoveryShare())
	})
}

func TestAScenarioThatCannotBeIsRefusedNamingTheField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, long := desk(t), durationpb.New(25*time.Hour)
		for _, c := range []struct {
			phase         *marketdatav1.ScenarioPhase
			field, expect string
		}{
			{&marketdatav1.ScenarioPhase{}, "spec.phases[0].type", "one of RALLY, CRASH"},
			{&marketdatav1.ScenarioPhase{Type: 99}, "spec.phases[0].type", "one of RALLY, CRASH"},
			{&marketdatav1.ScenarioPhase{Type: crash, Intensity: 7}, "spec.phases[0].intensity", "above 0 up to 5"},
			{&marketdatav1.ScenarioPhase{Type: crash, Intensity: math.Inf(1)}, "spec.phases[0].intensity", "above 0 up to 5"},
			{&marketdatav1.ScenarioPhase{Type: crash, Duration: long}, "spec.phases[0].duration", "whole seconds, 1s to 24h0m0s"},
			{&marketdatav1.ScenarioPhase{Type: crash, Onset: long}, "spec.phases[0].onset", "whole seconds, 0s to 10m0s"},
			{&marketdatav1.ScenarioPhase{Type: crash, Start: &durationpb.Duration{Seconds: math.MaxInt64}}, "spec.phases[0].start", "whole seconds"},
			{&marketdatav1.ScenarioPhase{Type: crash, Symbols: []string{"BTC/USD", "BTC/USD"}}, "spec.phases[0].symbols[1]", "each symbol once"},
			{&marketdatav1.ScenarioPhase{Type: crash, Symbols: []string{"BTC/USDT"}}, "spec.phases[0].symbols[0]", "this one follows BTC/USD and USDT/USD"},
			{
				&marketdatav1.ScenarioPhase{Type: marketdatav1.ScenarioType_SCENARIO_TYPE_DEPEG, Symbols: []string{"BTC/USD"}},
				"spec.phases[0].symbols[0]", "a pegged symbol: USDT/USD",
			},
		} {
			_, err := s.InjectScenario(t.Context(), oneOf(c.phase))
			refused := requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
			assert.Equal(t, c.field, refused.bad.GetFieldViolations()[0].GetField())
			assert.Contains(t, refused.Message(), c.expect)
		}
		_, err := s.InjectScenario(t.Context(), oneOf(&marketdatav1.ScenarioPhase{Type: crash, Symbols: []string{"DOGE/USD"}}))
		requireRefused(t, errs.Status(err, "market-data").Err(), codes.NotFound, "UNKNOWN_SYMBOL")
		require.ErrorContains(t, err, "known are "+known)
		_, err = s.InjectScenario(t.Context(), &marketdatav1.InjectScenarioRequest{Spec: &marketdatav1.ScenarioSpec{Name: "good-day"}})
		requireRefused(t, errs.Status(err, "market-data").Err(), codes.NotFound, "UNKNOWN_SCENARIO")
		require.ErrorContains(t, err, "there are bad-day")
		for _, request := range []*marketdatav1.InjectScenarioRequest{
			{},
			{ScenarioId: "a b", Spec: oneOf(&marketdatav1.ScenarioPhase{Type: crash}).GetSpec()},
			{Spec: &marketdatav1.ScenarioSpec{Phases: make([]*marketdatav1.ScenarioPhase, 33)}},
		} {
			_, err := s.InjectScenario(t.Context(), request)
			requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
		}
		assert.Empty(t, s.log.Log(), "bad input changes nothing")
	})
}

func TestAStartTimeIsKeptAndMustBeReachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := desk(t)
		request := oneOf(&marketdatav1.ScenarioPhase{Type: crash})
		request.ScenarioId = "at-noon"
		for _, bad := range []time.Duration{0, time.Second, 25 * time.Hour, time.Minute + time.Millisecond} {
			request.StartTime = timestamppb.New(s.log.Now().Add(bad))
			_, err := s.InjectScenario(t.Context(), request)
			requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
			require.ErrorContains(t, err, "start_time")
		}
		start := s.log.Now().Add(time.Minute)
		request.StartTime = timestamppb.New(start)
		for range 2 {
			response, err := s.InjectScenario(t.Context(), request)
			require.NoError(t, err)
			assert.Equal(t, start, response.GetScenario().GetEffectiveTime().AsTime())
			time.Sleep(2 * time.Minute) // a repetition is answered even when its start time has passed
		}
		request.StartTime = nil
		_, err := s.InjectScenario(t.Context(), request)
		requireRefused(t, errs.Status(err, "market-data").Err(), codes.AlreadyExists, "SCENARIO_EXISTS")
	})
}

func TestACancellationEndsWhatIsLeftAndSaysWhenNothingIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := desk(t)
		cancel := func(id string) (*marketdatav1.CancelScenarioResponse, error) {
			return s.CancelScenario(t.Context(), &marketdatav1.CancelScenarioRequest{ScenarioId: id})
		}
		_, err := cancel("nobody")
		require.ErrorContains(t, err, "those that can be cancelled are none")
		request := oneOf(&marketdatav1.ScenarioPhase{Type: crash, Duration: durationpb.New(time.Minute), Recovery: durationpb.New(10 * time.Second)})
		request.ScenarioId = "a"
		_, err = s.InjectScenario(t.Context(), request)
		require.NoError(t, err)
		_, err = cancel("nobody")
		require.ErrorContains(t, err, "those that can be cancelled are a")
		time.Sleep(30 * time.Second)
		first, err := cancel("a")
		require.NoError(t, err)
		time.Sleep(time.Second)
		again, err := cancel("a")
		require.NoError(t, err)
		assert.Equal(t, first.GetScenario().GetCancelTime().AsTime(), again.GetScenario().GetCancelTime().AsTime())
		request.ScenarioId = "b"
		_, err = s.InjectScenario(t.Context(), request)
		require.NoError(t, err)
		time.Sleep(2 * time.Minute)
		_, err = cancel("b")
		requireRefused(t, errs.Status(err, "market-data").Err(), codes.FailedPrecondition, "SCENARIO_OVER")
	})
}

func TestScenariosAreListedInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := desk(t)
		for n := range 5 {
			request := oneOf(&marketdatav1.ScenarioPhase{Type: crash})
			request.ScenarioId = fmt.Sprint("s", n)
			_, err := s.InjectScenario(t.Context(), request)
			require.NoError(t, err)
		}
		var listed []string
		for token := ""; ; {
			page, err := s.ListScenarios(t.Context(), &marketdatav1.ListScenariosRequest{PageSize: 2, PageToken: token})
			require.NoError(t, err)
			for _, one := range page.GetScenarios() {
				listed = append(listed, one.GetScenarioId())
			}
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
		assert.Equal(t, []string{"s0", "s1", "s2", "s3", "s4"}, listed)
		for _, bad := range []*marketdatav1.ListScenariosRequest{{PageSize: -1}, {PageSize: 1001}, {PageToken: "x"}, {PageToken: scenarioToken(6)}} {
			_, err := s.ListScenarios(t.Context(), bad)
			requireRefused(t, errs.Status(err, "market-data").Err(), codes.InvalidArgument, "INVALID_FIELD")
		}
	})
}

// Whatever bytes come as a request: no panic, an error that is classified, and only entries in the log that can be read.
func FuzzScenarioRequests(f *testing.F) {
	request := oneOf(&marketdatav1.ScenarioPhase{Type: crash, Symbols: []string{"BTC/USD"}, Intensity: 2, Duration: durationpb.New(time.Minute)})
	for n, message := range []proto.Message{request, &marketdatav1.ListScenariosRequest{PageSize: 3}, &marketdatav1.CancelScenarioRequest{ScenarioId: "a"}} {
		text, err := proto.Marshal(message)
		require.NoError(f, err)
		f.Add(byte(n), text)
	}
	s := desk(f)
	previews := NewPreviewer(s, nil)
	f.Fuzz(func(t *testing.T, method byte, text []byte) {
		var err error
		call := func(request proto.Message, handle func() error) {
			if proto.Unmarshal(text, request) == nil {
				err = handle()
			}
		}
		injecting, listing := &marketdatav1.InjectScenarioRequest{}, &marketdatav1.ListScenariosRequest{}
		cancelling, showing := &marketdatav1.CancelScenarioRequest{}, &marketdatav1.StreamScenarioRequest{}
		switch method % 4 {
		case 0:
			call(injecting, func() error { _, err := s.InjectScenario(t.Context(), injecting); return err })
		case 1:
			call(listing, func() error { _, err := s.ListScenarios(t.Context(), listing); return err })
		case 2:
			call(cancelling, func() error { _, err := s.CancelScenario(t.Context(), cancelling); return err })
		default:
			call(showing, func() error { _, _, err := previews.wanted(showing); return err })
		}
		if err != nil {
			require.NotEqual(t, errs.Internal, errs.KindOf(err), "%v", err)
		}
		for _, entry := range s.log.Log() {
			require.NoError(t, entry.Check())
			again, err := scenarios.Decode(scenarios.Encode(entry))
			require.NoError(t, err)
			require.Equal(t, scenario.Log{entry}.Scenarios()[:1][0].ID, again.ID)
		}
		if len(s.log.Log()) > 20 {
			s = desk(t)
		}
	})
}
