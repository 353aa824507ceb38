// audit-correlator is the audit daemon; --help lists its settings.
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	auditcorrelator "github.com/trading-ecosystem/audit-correlator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// command is the command line: the daemon and nothing else.
type command struct {
	auditcorrelator.Config `embed:""`
}

// Run implements kong's command.
func (c *command) Run(ctx context.Context) error {
	d, err := auditcorrelator.New(c.Config, daemon.Options{})
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

func main() {
	program := settings.Program{
		Name: "audit-correlator", Description: "The audit correlator of the fleet.", Stdout: os.Stdout, Stderr: os.Stderr,
		Variables: kong.Vars{"grpc_addr": auditcorrelator.DefaultGRPCAddr, "http_addr": auditcorrelator.DefaultHTTPAddr},
	}
	os.Exit(program.Main(&command{}, os.Args[1:]))
}
