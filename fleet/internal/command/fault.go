package command

// A fault belongs to an instance, so these commands ask every instance of a daemon, and say which did not answer.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/trading-ecosystem/fleet/internal/faults"
	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/roster"
	faultv1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/fault/v1"
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

const faultPatience = 5 * time.Second // how long a daemon may take to answer

// FaultCommands are what one can do with faults.
type FaultCommands struct {
	Inject FaultInject `cmd:"" help:"Start a fault in every instance of a daemon."`
	List   FaultList   `cmd:"" help:"Show the active faults."`
	Clear  FaultClear  `cmd:"" help:"End faults before their time."`
}

// FaultInject starts a fault.
type FaultInject struct {
	Search
	Daemon      string        `arg:"" help:"Logical name: market-data, exchange, custodian or audit."`
	Duration    time.Duration `name:"duration" default:"30s" help:"The fault ends by itself after this time, up to 24h."`
	Method      string        `name:"method" placeholder:"GLOB" help:"Methods that are hit, e.g. '/marketdata.v1.MarketDataService/*'; all when not given."`
	Probability float64       `name:"probability" default:"1" help:"Share of the calls that are hit, above 0 up to 1."`
	MaxHits     uint64        `name:"max-hits" placeholder:"N" help:"The fault ends after that many hits."`
	Seed        uint64        `name:"seed" help:"Seed of the draws for probability and jitter."`
	Latency     time.Duration `name:"latency" placeholder:"DURATION" help:"Effect: calls wait this long first."`
	Jitter      time.Duration `name:"jitter" placeholder:"DURATION" help:"With --latency: and a random time up to this."`
	Abort       string        `name:"abort" placeholder:"CODE" help:"Effect: calls fail with this status code, e.g. UNAVAILABLE."`
	Message     string        `name:"message" help:"With --abort: the message of the status."`
	Drop        bool          `name:"drop" help:"Effect: streams leave out messages."`
	BlackHole   bool          `name:"black-hole" help:"Effect: calls are never answered."`
	JSON        bool          `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (f *FaultInject) Validate() error {
	if err := checkDaemon(f.Daemon); err != nil {
		return err
	}
	_, err := f.wanted().Spec()
	return err
}

func (f *FaultInject) wanted() faults.Wanted {
	return faults.Wanted{
		Method: f.Method, Probability: f.Probability, MaxHits: f.MaxHits, Duration: f.Duration, Seed: f.Seed,
		Latency: f.Latency, Jitter: f.Jitter, Abort: f.Abort, Message: f.Message, Drop: f.Drop, BlackHole: f.BlackHole,
	}
}

// Run implements kong's command.
func (f *FaultInject) Run(ctx context.Context, app *kong.Context) error {
	spec, err := f.wanted().Spec()
	if err != nil {
		return err
	}
	var active []faults.Active
	err = eachInstance(ctx, f.Search, []string{f.Daemon}, func(ctx context.Context, of discovery.Instance, client faultv1.FaultServiceClient) error {
		answer, err := client.InjectFault(ctx, &faultv1.InjectFaultRequest{Spec: spec})
		if err == nil {
			active = append(active, faults.Active{Daemon: of.Name, Instance: of.InstanceID, Fault: answer.GetFault()})
		}
		return err
	})
	return printFaults(app, active, err, f.JSON)
}

// FaultList shows the active faults.
type FaultList struct {
	Search
	Daemons []string `arg:"" optional:"" help:"Logical names; all daemons when not given."`
	JSON    bool     `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (f *FaultList) Validate() error { return checkDaemon(f.Daemons...) }

// Run implements kong's command.
func (f *FaultList) Run(ctx context.Context, app *kong.Context) error {
	var active []faults.Active
	err := eachInstance(ctx, f.Search, f.Daemons, func(ctx context.Context, of discovery.Instance, client faultv1.FaultServiceClient) error {
		for token := ""; ; {
			answer, err := client.ListFaults(ctx, &faultv1.ListFaultsRequest{PageToken: token})
			if err != nil {
				return err
			}
			for _, fault := range answer.GetFaults() {
				active = append(active, faults.Active{Daemon: of.Name, Instance: of.InstanceID, Fault: fault})
			}
			if token = answer.GetNextPageToken(); token == "" {
				return nil
			}
		}
	})
	return printFaults(app, active, err, f.JSON)
}

// FaultClear ends faults.
type FaultClear struct {
	Search
	Daemon string   `arg:"" optional:"" help:"Logical name; all daemons when not given."`
	IDs    []string `arg:"" optional:"" name:"id" help:"Faults to end, as listed; all when not given."`
	JSON   bool     `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (f *FaultClear) Validate() error {
	if f.Daemon == "" {
		return nil
	}
	return checkDaemon(f.Daemon)
}

// Run implements kong's command. A fault has an id of its own in each replica, so those that a replica does not have are not asked of it.
func (f *FaultClear) Run(ctx context.Context, app *kong.Context) error {
	var daemons []string
	if f.Daemon != "" {
		daemons = []string{f.Daemon}
	}
	cleared := []string{}
	err := eachInstance(ctx, f.Search, daemons, func(ctx context.Context, _ discovery.Instance, client faultv1.FaultServiceClient) error {
		ids := f.IDs
		if len(ids) > 0 {
			active, err := client.ListFaults(ctx, &faultv1.ListFaultsRequest{})
			if err != nil {
				return err
			}
			ids = nil
			for _, fault := range active.GetFaults() {
				if slices.Contains(f.IDs, fault.GetFaultId()) {
					ids = append(ids, fault.GetFaultId())
				}
			}
			if len(ids) == 0 {
				return nil
			}
		}
		answer, err := client.ClearFaults(ctx, &faultv1.ClearFaultsRequest{FaultIds: ids})
		cleared = append(cleared, answer.GetFaultIds()...)
		return err
	})
	for _, id := range f.IDs {
		if err == nil && !slices.Contains(cleared, id) {
			err = fmt.Errorf("no active fault has the id %q: `fleet fault list` shows them", id)
		}
	}
	if f.JSON {
		return errors.Join(printJSON(app.Stdout, map[string]any{"cleared": cleared}), err)
	}
	fmt.Fprintf(app.Stdout, "%d ended\n", len(cleared))
	return err
}

func checkDaemon(names ...string) error {
	for _, name := range names {
		if _, known := roster.Daemon(name); !known {
			return fmt.Errorf("no daemon %q: there are %s", name, strings.Join(roster.DaemonNames(), ", "))
		}
	}
	return nil
}

// printFaults prints what was found. Failed says what went wrong, and is returned: without any fault beside it there is no table.
func printFaults(app *kong.Context, active []faults.Active, failed error, asJSON bool) error {
	if asJSON {
		return errors.Join(printJSON(app.Stdout, map[string]any{"faults": slices.Concat([]faults.Active{}, active)}), failed)
	}
	if failed != nil && len(active) == 0 {
		return failed
	}
	_, err := fmt.Fprint(app.Stdout, faults.Table(active, time.Now()))
	return errors.Join(err, failed)
}

// eachInstance asks every instance of the daemons, of all when none is named, and goes on when one does not answer.
func eachInstance(ctx context.Context, search Search, daemons []string,
	ask func(context.Context, discovery.Instance, faultv1.FaultServiceClient) error,
) error {
	fleet, err := search.find()
	if err != nil {
		return err
	}
	defer fleet.close()
	if len(daemons) == 0 {
		daemons = roster.DaemonNames()
	}
	var failures error
	for _, name := range daemons {
		instances, err := fleet.instances(ctx, name)
		if len(instances) == 0 {
			failures = errors.Join(failures, err, fleet.nothingThere("no instance of "+name+" is registered"))
		}
		for _, instance := range instances {
			if err := askOne(ctx, instance, ask); err != nil {
				failures = errors.Join(failures, fmt.Errorf("%s at %s: %s", name, instance.GRPCAddr, probe.Reason(err)))
			}
		}
	}
	return failures
}

func askOne(ctx context.Context, instance discovery.Instance,
	ask func(context.Context, discovery.Instance, faultv1.FaultServiceClient) error,
) error {
	channel, err := grpc.NewClient("passthrough:///"+instance.GRPCAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	ctx, cancel := context.WithTimeout(ctx, faultPatience)
	defer cancel()
	return ask(ctx, instance, faultv1.NewFaultServiceClient(channel))
}
