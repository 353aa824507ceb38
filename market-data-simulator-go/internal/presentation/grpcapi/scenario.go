package grpcapi

// marketdata.v1.ScenarioService: scenarios are asked for here, and act through the log.

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/market-data-simulator-go/internal/data/scenarios"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/instrument"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/domain/scenario"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/errs"
)

// ScenarioLog is where scenarios go; a scenariolog.Book is one.
type ScenarioLog interface {
	// Log is the entries that are known now.
	Log() scenario.Log
	// Now is the business time now.
	Now() time.Time
	// Earliest is the earliest effective time of an entry that is appended now.
	Earliest() time.Time
	// Append adds an entry and returns when it is in the log.
	Append(ctx context.Context, entry scenario.Entry) error
}

// ScenarioServer implements marketdata.v1.ScenarioService.
type ScenarioServer struct {
	marketdatav1.UnimplementedScenarioServiceServer
	log   ScenarioLog
	specs specs
}

// NewScenarioServer makes the service of a log. Document returns the `scenarios` configuration document.
func NewScenarioServer(log ScenarioLog, instruments []instrument.Instrument,
	document func(context.Context) (scenarios.Document, error),
) *ScenarioServer {
	return &ScenarioServer{log: log, specs: specs{catalogue: newCatalogue(instruments), instruments: instruments, document: document}}
}

// MaxAhead is how far in business time a start time may lie ahead.
const MaxAhead = 24 * time.Hour

// InjectScenario implements marketdata.v1.ScenarioService.
func (s *ScenarioServer) InjectScenario(ctx context.Context, request *marketdatav1.InjectScenarioRequest) (*marketdatav1.InjectScenarioResponse, error) {
	entry := scenario.Entry{ID: request.GetScenarioId()}
	if entry.ID == "" {
		entry.ID = "scenario-" + uuid.NewString()[:8]
	}
	if err := scenario.CheckID(entry.ID); err != nil {
		return nil, invalid("", err)
	}
	var err error
	if entry.Name, entry.Phases, err = s.specs.decode(ctx, request.GetSpec()); err != nil {
		return nil, err
	}
	entry.Effective = s.log.Earliest()
	if request.GetStartTime() != nil {
		entry.Effective, entry.Fixed = request.GetStartTime().AsTime(), true
	}
	if known, ok := s.find(entry.ID); ok {
		return s.injected(known, entry)
	}
	if err := s.checkStart(request.GetStartTime(), entry.Effective); err != nil {
		return nil, err
	}
	if err := s.log.Append(ctx, entry); err != nil {
		return nil, err
	}
	known, _ := s.find(entry.ID)
	return s.injected(known, entry)
}

// injected answers with the scenario that the log has of an id, if it is the one that was asked for.
func (s *ScenarioServer) injected(known scenario.Scenario, asked scenario.Entry) (*marketdatav1.InjectScenarioResponse, error) {
	if !known.Asks(asked) {
		return nil, errs.New(errs.AlreadyExists, "SCENARIO_EXISTS",
			"scenario_id %q has been used for another scenario: choose another id, or none", asked.ID).
			With("field", "scenario_id").With("value", asked.ID)
	}
	return &marketdatav1.InjectScenarioResponse{Scenario: s.describe(known)}, nil
}

func (s *ScenarioServer) checkStart(asked *timestamppb.Timestamp, start time.Time) error {
	if asked == nil {
		return nil
	}
	earliest := s.log.Earliest()
	latest := earliest.Add(MaxAhead)
	if asked.CheckValid() != nil || !start.Equal(start.Truncate(time.Second)) || start.Before(earliest) || start.After(latest) {
		return errs.InvalidField("start_time", start.Format(time.RFC3339Nano),
			fmt.Sprintf("a whole second from %s to %s, or nothing for the former", earliest.Format(time.RFC3339), latest.Format(time.RFC3339)))
	}
	return nil
}

func (s *ScenarioServer) find(id string) (scenario.Scenario, bool) {
	all := s.log.Log().Scenarios()
	at := slices.IndexFunc(all, func(one scenario.Scenario) bool { return one.ID == id })
	if at < 0 {
		return scenario.Scenario{}, false
	}
	return all[at], true
}

// The sizes of a page of scenarios.
const (
	DefaultScenarios = 100
	MaxScenarios     = 1000
)

// ListScenarios implements marketdata.v1.ScenarioService. The log only grows, so a page token is a position in it.
func (s *ScenarioServer) ListScenarios(_ context.Context, request *marketdatav1.ListScenariosRequest) (*marketdatav1.ListScenariosResponse, error) {
	size := int(request.GetPageSize())
	if size < 0 || size > MaxScenarios {
		return nil, errs.InvalidField("page_size", size, fmt.Sprintf("1 to %d, or 0 for %d", MaxScenarios, DefaultScenarios))
	}
	if size == 0 {
		size = DefaultScenarios
	}
	all := s.log.Log().Scenarios()
	start, err := scenarioStart(request.GetPageToken(), len(all))
	if err != nil {
		return nil, err
	}
	response := &marketdatav1.ListScenariosResponse{}
	for at := start; at < len(all); at++ {
		described := s.describe(all[at])
		if !request.GetIncludeEnded() && described.GetState() == marketdatav1.ScenarioState_SCENARIO_STATE_ENDED {
			continue
		}
		if len(response.GetScenarios()) == size {
			response.NextPageToken = scenarioToken(at)
			break
		}
		response.Scenarios = append(response.Scenarios, described)
	}
	return response, nil
}

const scenarioPrefix = "scenario:"

func scenarioToken(at int) string {
	return base64.RawURLEncoding.EncodeToString([]byte(scenarioPrefix + strconv.Itoa(at)))
}

func scenarioStart(token string, known int) (int, error) {
	if token == "" {
		return 0, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(token)
	text, ours := strings.CutPrefix(string(decoded), scenarioPrefix)
	at, bad := strconv.Atoi(text)
	if err != nil || !ours || bad != nil || at < 0 || at > known || scenarioToken(at) != token {
		return 0, errs.InvalidField("page_token", shown(token), "next_page_token of the page before, or nothing for the first page")
	}
	return at, nil
}

// CancelScenario implements marketdata.v1.ScenarioService. To cancel again what is cancelled changes nothing.
func (s *ScenarioServer) CancelScenario(ctx context.Context, request *marketdatav1.CancelScenarioRequest) (*marketdatav1.CancelScenarioResponse, error) {
	id, effective := request.GetScenarioId(), s.log.Earliest()
	known, ok := s.find(id)
	if !ok {
		return nil, errs.New(errs.NotFound, "UNKNOWN_SCENARIO", "no scenario has the id %q: those that can be cancelled are %s", shown(id), s.cancellable()).
			With("field", "scenario_id").With("value", shown(id))
	}
	if known.Cancelled.IsZero() {
		if !effective.Before(known.End()) {
			return nil, errs.New(errs.FailedPrecondition, "SCENARIO_OVER",
				"scenario %q ends at %s, before a cancellation could take effect: there is nothing left to cancel", id, known.End().Format(time.RFC3339)).
				With("scenario_id", id)
		}
		if err := s.log.Append(ctx, scenario.Entry{ID: id, Effective: effective, Cancel: true}); err != nil {
			return nil, err
		}
		known, _ = s.find(id)
	}
	return &marketdatav1.CancelScenarioResponse{Scenario: s.describe(known)}, nil
}

// cancellable lists the ids of what is not over.
func (s *ScenarioServer) cancellable() string {
	var live []string
	for _, one := range s.log.Log().Scenarios() {
		if one.Cancelled.IsZero() && s.log.Earliest().Before(one.End()) {
			live = append(live, one.ID)
		}
	}
	if len(live) == 0 {
		return "none"
	}
	return list(live)
}

func (s *ScenarioServer) describe(one scenario.Scenario) *marketdatav1.Scenario {
	described := &marketdatav1.Scenario{
		ScenarioId: one.ID, Spec: encodeSpec(one.Name, one.Phases), EffectiveTime: timestamppb.New(one.Effective),
		EndTime: timestamppb.New(one.End()), State: marketdatav1.ScenarioState_SCENARIO_STATE_ACTIVE,
	}
	if !one.Cancelled.IsZero() {
		described.CancelTime = timestamppb.New(one.Cancelled)
	}
	now := s.log.Now()
	switch {
	case !now.Before(one.End()):
		described.State = marketdatav1.ScenarioState_SCENARIO_STATE_ENDED
	case now.Before(one.Effective):
		described.State = marketdatav1.ScenarioState_SCENARIO_STATE_SCHEDULED
	}
	return described
}
