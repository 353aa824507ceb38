// custodian-simulator is the custodian daemon; --help lists its settings.
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	custodiansim "github.com/trading-ecosystem/custodian-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// command is the command line: the daemon and nothing else.
type command struct {
	custodiansim.Config `embed:""`
}

// Run implements kong's command.
func (c *command) Run(ctx context.Context) error {
	d, err := custodiansim.New(c.Config, daemon.Options{})
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

func main() {
	program := settings.Program{
		Name: "custodian-simulator", Description: "The custodian of the fleet.", Stdout: os.Stdout, Stderr: os.Stderr,
		Variables: kong.Vars{"grpc_addr": custodiansim.DefaultGRPCAddr, "http_addr": custodiansim.DefaultHTTPAddr},
	}
	os.Exit(program.Main(&command{}, os.Args[1:]))
}
