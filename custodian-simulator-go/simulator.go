// Package custodiansim is the custodian of the fleet: the keeper of settled ownership. It stands on the chassis, is
// discovered and configured; its ledger will come in its own domain packages.
package custodiansim

import (
	"context"
	"errors"
	_ "time/tzdata" // zones of cut-offs and approvers, where the machine has none

	shipped "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/custodian-simulator-go/internal/data/documents"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Name is the logical name: in discovery, in health checks and as the domain of errors.
const Name = "custodian"

// The addresses that are bound by default.
const (
	DefaultGRPCAddr = "127.0.0.1:50053"
	DefaultHTTPAddr = "127.0.0.1:8083"
)

// Config are the settings of the daemon.
type Config struct {
	settings.Common `embed:""`
}

// Simulator is the daemon. Make it with New and run it once.
type Simulator struct {
	*daemon.Chassis
}

// New makes the daemon; it binds nothing yet. It fails on a setting or a document that cannot be right. Unless the options
// bring documents of their own, it falls back to those shipped.
func New(config Config, options daemon.Options) (*Simulator, error) {
	if options.Defaults == nil {
		options.Defaults = shipped.Documents
	}
	options.Settings = config
	chassis, err := daemon.New(Name, config.Common, options)
	if err != nil {
		return nil, err
	}
	if _, err := readConfiguration(context.Background(), chassis.Config); err != nil {
		return nil, errors.Join(err, chassis.Close())
	}
	return &Simulator{Chassis: chassis}, nil
}

// readConfiguration joins the documents as they are now.
func readConfiguration(ctx context.Context, from *remoteconfig.Client) (none documents.Configuration, err error) {
	instruments, err := remoteconfig.Get[documents.Instruments](ctx, from, documents.InstrumentsName)
	if err != nil {
		return none, err
	}
	calendars, err := remoteconfig.Get[documents.Calendars](ctx, from, documents.CalendarsName)
	if err != nil {
		return none, err
	}
	settlement, err := remoteconfig.Get[documents.Settlement](ctx, from, documents.SettlementName)
	if err != nil {
		return none, err
	}
	approvals, err := remoteconfig.Get[documents.Approvals](ctx, from, documents.ApprovalsName)
	if err != nil {
		return none, err
	}
	return documents.Configure(instruments, calendars, settlement, approvals)
}

// Service is what the daemon serves beside what every daemon does.
func (*Simulator) Service() daemon.Service { return daemon.Service{} }

// Run serves until the context ends.
func (d *Simulator) Run(ctx context.Context) error { return d.Chassis.Run(ctx, d.Service()) }

// StartTest runs the daemon on free loopback ports until the test ends, and returns once it serves. Adjust may change its
// settings and options first.
func StartTest(t daemon.TB, adjust ...func(*Config, *daemon.Options)) *daemon.TestDaemon {
	t.Helper()
	config, options := Config{Common: settings.FreePorts()}, daemon.Options{}
	for _, change := range adjust {
		change(&config, &options)
	}
	d, err := New(config, options)
	if err != nil {
		t.Fatalf("make %s: %v", Name, err)
	}
	return daemon.StartTest(t, d.Chassis, d.Service())
}
