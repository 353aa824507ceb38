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
	marketdatav1 "github.com/trading-ecosystem/protobuf-schemas/gen/go/marketdata/v1"
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

const (
	faultPatience = 5 * time.Second // how long a daemon may take to answer
	feedDaemon    = "market-data"   // the one that has a feed
)

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
	Feed        string        `name:"feed" placeholder:"TYPE" help:"Effect on the updates of market-data: stale, gap, delay, outage, out-of-order or bad-tick."`
	Symbols     []string      `name:"symbol" placeholder:"BTC/USD,..." help:"With --feed: symbols that are hit; all when not given."`
	Lag         time.Duration `name:"lag" placeholder:"DURATION" help:"With --feed delay or out-of-order: how late, 20ms to 30s; by default 2s."`
	Magnitude   float64       `name:"magnitude" placeholder:"SHARE" help:"With --feed bad-tick: how far off, above 0 and below 1; by default 0.1."`
	JSON        bool          `name:"json" help:"Print one JSON object."`
}

// Validate implements kong's check of the usage.
func (f *FaultInject) Validate() error {
	if err := checkDaemon(f.Daemon); err != nil {
		return err
	}
	if f.Feed == "" {
		if len(f.Symbols) > 0 || f.Lag != 0 || f.Magnitude != 0 {
			return errors.New("--symbol, --lag and --magnitude go with --feed")
		}
		_, err := f.wanted().Spec()
		return err
	}
	if f.Daemon != feedDaemon {
		return fmt.Errorf("--feed is about the updates of %s: %s has none", feedDaemon, f.Daemon)
	}
	if f.Method != "" || f.MaxHits != 0 || f.Latency != 0 || f.Jitter != 0 || f.Abort != "" || f.Message != "" || f.Drop || f.BlackHole {
		return errors.New("--feed is an effect of its own: want no --method, --max-hits, --latency, --jitter, --abort, --message, --drop or --black-hole with it")
	}
	_, err := f.wantedFeed().Spec()
	return err
}

func (f *FaultInject) wanted() faults.Wanted {
	return faults.Wanted{
		Method: f.Method, Probability: f.Probability, MaxHits: f.MaxHits, Duration: f.Duration, Seed: f.Seed,
		Latency: f.Latency, Jitter: f.Jitter, Abort: f.Abort, Message: f.Message, Drop: f.Drop, BlackHole: f.BlackHole,
	}
}

func (f *FaultInject) wantedFeed() faults.WantedFeed {
	return faults.WantedFeed{
		What: f.Feed, Symbols: f.Symbols, Probability: f.Probability, Duration: f.Duration, Seed: f.Seed, Lag: f.Lag, Magnitude: f.Magnitude,
	}
}

// Run implements kong's command.
func (f *FaultInject) Run(ctx context.Context, app *kong.Context) error {
	var active []faults.Active
	err := eachInstance(ctx, f.Search, []string{f.Daemon}, func(ctx context.Context, of discovery.Instance, channel *grpc.ClientConn) error {
		begun, err := f.inject(ctx, channel)
		if err == nil {
			begun.Daemon, begun.Instance = of.Name, of.InstanceID
			active = append(active, begun)
		}
		return err
	})
	return printFaults(app, active, err, f.JSON)
}

func (f *FaultInject) inject(ctx context.Context, channel *grpc.ClientConn) (begun faults.Active, err error) {
	if f.Feed != "" {
		spec, err := f.wantedFeed().Spec()
		if err != nil {
			return begun, err
		}
		answer, err := marketdatav1.NewFeedFaultServiceClient(channel).InjectFeedFault(ctx, &marketdatav1.InjectFeedFaultRequest{Spec: spec})
		return faults.Active{Feed: answer.GetFault()}, err
	}
	spec, err := f.wanted().Spec()
	if err != nil {
		return begun, err
	}
	answer, err := faultv1.NewFaultServiceClient(channel).InjectFault(ctx, &faultv1.InjectFaultRequest{Spec: spec})
	return faults.Active{Fault: answer.GetFault()}, err
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
	err := eachInstance(ctx, f.Search, f.Daemons, func(ctx context.Context, of discovery.Instance, channel *grpc.ClientConn) error {
		for _, desk := range desksOf(channel) {
			listed, err := desk.list(ctx)
			if err != nil {
				return err
			}
			for _, one := range listed {
				one.Daemon, one.Instance = of.Name, of.InstanceID
				active = append(active, one)
			}
		}
		return nil
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
	err := eachInstance(ctx, f.Search, daemons, func(ctx context.Context, _ discovery.Instance, channel *grpc.ClientConn) error {
		for _, desk := range desksOf(channel) {
			ended, err := f.clear(ctx, desk)
			cleared = append(cleared, ended...)
			if err != nil {
				return err
			}
		}
		return nil
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

// clear ends those faults of a desk that are meant.
func (f *FaultClear) clear(ctx context.Context, of desk) (ended []string, err error) {
	active, err := of.list(ctx)
	if err != nil {
		return nil, err
	}
	var meant []string
	for _, one := range active {
		if len(f.IDs) == 0 || slices.Contains(f.IDs, one.ID()) {
			meant = append(meant, one.ID())
		}
	}
	if len(meant) == 0 {
		return nil, nil
	}
	return of.clear(ctx, meant)
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
	ask func(context.Context, discovery.Instance, *grpc.ClientConn) error,
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
	ask func(context.Context, discovery.Instance, *grpc.ClientConn) error,
) error {
	channel, err := grpc.NewClient("passthrough:///"+instance.GRPCAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { _ = channel.Close() }()
	ctx, cancel := context.WithTimeout(ctx, faultPatience)
	defer cancel()
	return ask(ctx, instance, channel)
}
