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
	"github.com/trading-ecosystem/service-kit-go/discovery"
)

const faultPatience = 5 * time.Second // how long a daemon may take to answer

// FaultCommands are what one can do with faults.
type FaultCommands struct {
	Inject FaultInject `cmd:"" help:"Start a fault in every instance of a daemon."`
	List   FaultList   `cmd:"" help:"Show the active faults."`
	Clear  FaultClear  `cmd:"" help:"End faults before their time."`
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
