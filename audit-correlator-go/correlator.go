// Package auditcorrelator is the audit of the fleet: the one that will prove afterwards what happened. It stands on the
// chassis, is discovered and configured; its correlation will come in its own domain packages.
package auditcorrelator

import (
	"context"

	documents "github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Name is the logical name: in discovery, in health checks and as the domain of errors.
const Name = "audit"

// The addresses that are bound by default.
const (
	DefaultGRPCAddr = "127.0.0.1:50052"
	DefaultHTTPAddr = "127.0.0.1:8082"
)

// Config are the settings of the daemon.
type Config struct {
	settings.Common `embed:""`
}

// Correlator is the daemon. Make it with New and run it once.
type Correlator struct {
	*daemon.Chassis
}

// New makes the daemon; it binds nothing yet. It fails on a setting that cannot be right.
func New(config Config, options daemon.Options) (*Correlator, error) {
	options.Defaults, options.Settings = documents.Documents, config
	chassis, err := daemon.New(Name, config.Common, options)
	if err != nil {
		return nil, err
	}
	return &Correlator{Chassis: chassis}, nil
}

// Service is what the daemon serves beside what every daemon does.
func (*Correlator) Service() daemon.Service { return daemon.Service{} }

// Run serves until the context ends.
func (d *Correlator) Run(ctx context.Context) error { return d.Chassis.Run(ctx, d.Service()) }

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
