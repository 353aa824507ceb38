// exchange-simulator is the exchange daemon; --help lists its settings.
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// command is the command line: the daemon and nothing else.
type command struct {
	exchangesim.Config `embed:""`
}

// Run implements kong's command.
func (c *command) Run(ctx context.Context) error {
	d, err := exchangesim.New(c.Config, daemon.Options{})
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

func main() {
	program := settings.Program{
		Name: "exchange-simulator", Description: "The exchange of the fleet.", Stdout: os.Stdout, Stderr: os.Stderr,
		Variables: kong.Vars{"grpc_addr": exchangesim.DefaultGRPCAddr, "http_addr": exchangesim.DefaultHTTPAddr},
	}
	os.Exit(program.Main(&command{}, os.Args[1:]))
}
