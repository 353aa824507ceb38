// market-data-simulator is the market data daemon; its sub-commands fit and use price profiles without it. --help lists
// them all.
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	marketdatasim "github.com/trading-ecosystem/market-data-simulator-go"
	"github.com/trading-ecosystem/market-data-simulator-go/internal/presentation/cli"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// serve runs the daemon.
type serve struct {
	marketdatasim.Config `embed:""`
}

// Run implements kong's command.
func (c *serve) Run(ctx context.Context) error {
	s, err := marketdatasim.New(c.Config, daemon.Options{})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// command is the command line.
type command struct {
	Serve     serve         `cmd:"" default:"withargs" help:"Run the daemon; this is what no sub-command does."`
	Calibrate cli.Calibrate `cmd:"" help:"Fit a price profile to real bars."`
	Simulate  cli.Simulate  `cmd:"" help:"Write simulated bars to CSV files."`
	Validate  cli.Validate  `cmd:"" help:"Score simulated bars against real ones."`
}

func main() {
	program := settings.Program{
		Name: "market-data-simulator", Description: "The market data of the fleet.", Stdout: os.Stdout, Stderr: os.Stderr,
		Variables: kong.Vars{"grpc_addr": marketdatasim.DefaultGRPCAddr, "http_addr": marketdatasim.DefaultHTTPAddr},
	}
	arguments := os.Args[1:]
	code := program.Main(&command{}, arguments)
	if len(arguments) == 1 && (arguments[0] == "--help" || arguments[0] == "-h") {
		code = program.Main(&command{}, []string{"serve", "--help"}) // the settings of the daemon belong to the help, too
	}
	os.Exit(code)
}
