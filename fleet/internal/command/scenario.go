package command

// Scenarios are shared by all replicas of market data, so these commands ask one of them; when it does not answer, the next.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/alecthomas/kong"
	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/scenarios"
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
)

// ScenarioCommands are what one can do with scenarios.
type ScenarioCommands struct {
	Inject ScenarioInject `cmd:"" help:"Bend the live prices: rally, crash, divergence, mean-reverting, volatility-spike, consolidation, flash-crash, depeg, or a scenario of several phases."`
	List   ScenarioList   `cmd:"" help:"Show the scenarios that are scheduled or active."`
	Cancel ScenarioCancel `cmd:"" help:"End a scenario before its time: it recovers from where it is."`
}

// ScenarioInject begins a scenario.
type ScenarioInject struct {
	Search
	What          string         `arg:"" optional:"" help:"A type (see above), or the name of a scenario of the scenarios document."`
	Symbols       []string       `name:"symbol" placeholder:"BTC/USD,..." help:"Pairs that are touched; all that the type is about when not given."`
	Intensity     float64        `name:"intensity" placeholder:"N" help:"Scales the effect, above 0 up to 5; by default 1."`
	Duration      time.Duration  `name:"duration" placeholder:"DURATION" help:"Business time until the recovery, 1s to 24h; by default the type's."`
	Onset         *time.Duration `name:"onset" placeholder:"DURATION" help:"Time in which it grows to full force; 0s is sudden; by default the type's."`
	Recovery      *time.Duration `name:"recovery" placeholder:"DURATION" help:"Time after the duration in which it fades; by default the type's."`
	RecoveryShare *float64       `name:"recovery-share" placeholder:"SHARE" help:"Share of the move that comes back in the recovery, 0 to 1; by default the type's."`
	File          string         `name:"file" type:"existingfile" placeholder:"FILE.yaml" help:"Phases from a YAML file instead of a type or a name."`
	At            time.Time      `name:"at" placeholder:"RFC3339" help:"Business time at which it begins; as soon as possible when not given."`
	ID            string         `name:"id" help:"Id to repeat or cancel it by; one is made when not given."`
	JSON          bool           `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (s *ScenarioInject) Validate() error {
	if (s.What == "") == (s.File == "") {
		return errors.New("want either a type or name, or --file")
	}
	if s.File != "" && (len(s.Symbols) > 0 || s.Intensity != 0 || s.Duration != 0 || s.Onset != nil || s.Recovery != nil || s.RecoveryShare != nil) {
		return errors.New("--file says everything about its phases: want no --symbol, --intensity, --duration, --onset, --recovery or --recovery-share with it")
	}
	if s.File != "" {
		return nil
	}
	_, err := s.spec()
	return err
}

func (s *ScenarioInject) spec() (*marketdatav1.ScenarioSpec, error) {
	if s.File == "" {
		return scenarios.Wanted{
			What: s.What, Symbols: s.Symbols, Intensity: s.Intensity, Duration: s.Duration, Onset: s.Onset, Recovery: s.Recovery, Share: s.RecoveryShare,
		}.Spec()
	}
	text, err := os.ReadFile(s.File)
	if err != nil {
		return nil, fmt.Errorf("read the scenario: %w", err)
	}
	spec, err := scenarios.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("scenario file %s: %w", s.File, err)
	}
	return spec, nil
}

// Run implements kong's command. The id is made here, so that another replica can be asked when the first one breaks off.
func (s *ScenarioInject) Run(ctx context.Context, app *kong.Context) error {
	spec, err := s.spec()
	if err != nil {
		return err
	}
	request := &marketdatav1.InjectScenarioRequest{ScenarioId: s.ID, Spec: spec}
	if s.ID == "" {
		request.ScenarioId = scenarios.Label(spec) + "-" + uuid.NewString()[:8]
	}
	if !s.At.IsZero() {
		request.StartTime = timestamppb.New(s.At)
	}
	return s.askScenarios(ctx, func(ctx context.Context, client marketdatav1.ScenarioServiceClient) error {
		answer, err := client.InjectScenario(ctx, request)
		if err != nil {
			return err
		}
		return printScenarios(app, []*marketdatav1.Scenario{answer.GetScenario()}, s.JSON)
	})
}

// ScenarioList shows scenarios.
type ScenarioList struct {
	Search
	All  bool `name:"all" help:"Show those that are over, too."`
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run implements kong's command.
func (s *ScenarioList) Run(ctx context.Context, app *kong.Context) error {
	return s.askScenarios(ctx, func(ctx context.Context, client marketdatav1.ScenarioServiceClient) error {
		var all []*marketdatav1.Scenario
		for token := ""; ; {
			answer, err := client.ListScenarios(ctx, &marketdatav1.ListScenariosRequest{IncludeEnded: s.All, PageToken: token})
			if err != nil {
				return err
			}
			all = append(all, answer.GetScenarios()...)
			if token = answer.GetNextPageToken(); token == "" {
				return printScenarios(app, all, s.JSON)
			}
		}
	})
}

// ScenarioCancel ends a scenario.
type ScenarioCancel struct {
	Search
	ID   string `arg:"" name:"id" help:"The scenario to end, as listed."`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Run implements kong's command.
func (s *ScenarioCancel) Run(ctx context.Context, app *kong.Context) error {
	return s.askScenarios(ctx, func(ctx context.Context, client marketdatav1.ScenarioServiceClient) error {
		answer, err := client.CancelScenario(ctx, &marketdatav1.CancelScenarioRequest{ScenarioId: s.ID})
		if err != nil {
			return err
		}
		return printScenarios(app, []*marketdatav1.Scenario{answer.GetScenario()}, s.JSON)
	})
}

func printScenarios(app *kong.Context, all []*marketdatav1.Scenario, asJSON bool) error {
	if asJSON {
		value, err := scenarios.JSON(all)
		if err != nil {
			return fmt.Errorf("encode the scenarios: %w", err)
		}
		return printJSON(app.Stdout, value)
	}
	_, err := fmt.Fprint(app.Stdout, scenarios.Table(all))
	return err
}

// askScenarios asks the replicas of market data in turn, until one answers.
func (s Search) askScenarios(ctx context.Context, call func(context.Context, marketdatav1.ScenarioServiceClient) error) error {
	err := s.askAny(ctx, "market-data", func(ctx context.Context, channel grpc.ClientConnInterface) error {
		return call(ctx, marketdatav1.NewScenarioServiceClient(channel))
	})
	if err == nil {
		return nil
	}
	return errors.New(probe.Reason(err))
}
