// exchange-simulator is the exchange daemon; its sub-commands read its journal without it. --help lists them all.
package main

import (
	"context"
	"os"

	"github.com/alecthomas/kong"

	exchangesim "github.com/trading-ecosystem/exchange-simulator-go"
	"github.com/trading-ecosystem/exchange-simulator-go/internal/presentation/cli"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// serve runs the daemon.
type serve struct {
	exchangesim.Config `embed:""`
}

// Run implements kong's command.
func (c *serve) Run(ctx context.Context) error {
	d, err := exchangesim.New(c.Config, daemon.Options{})
	if err != nil {
		return err
	}
	return d.Run(ctx)
}

// command is the command line.
type command struct {
	Serve  serve      `cmd:"" default:"withargs" help:"Run the daemon; this is what no sub-command does."`
	Replay cli.Replay `cmd:"" help:"Show the venue as it was after any event, or as it would have been under other documents."`
}

func main() {
	program := settings.Program{
		Name: "exchange-simulator", Description: "The exchange of the fleet.", Stdout: os.Stdout, Stderr: os.Stderr,
		Variables: kong.Vars{"grpc_addr": exchangesim.DefaultGRPCAddr, "http_addr": exchangesim.DefaultHTTPAddr},
	}
	arguments := os.Args[1:]
	code := program.Main(&command{}, arguments)
	if len(arguments) == 1 && (arguments[0] == "--help" || arguments[0] == "-h") {
		code = program.Main(&command{}, []string{"serve", "--help"}) // the settings of the daemon belong to the help, too
	}
	os.Exit(code)
}
