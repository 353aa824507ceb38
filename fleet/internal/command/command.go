// Package command is the command line of the fleet: what people and scripts type.
package command

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Grammar is the whole command line.
type Grammar struct {
	Up       Up               `cmd:"" help:"Start the fleet on this machine and keep it running; Ctrl-C stops it."`
	Down     Down             `cmd:"" help:"Stop the fleet that runs in the state directory."`
	Status   Status           `cmd:"" help:"Show who is registered, where, and whether it is healthy."`
	Prices   Prices           `cmd:"" help:"Follow live prices."`
	Scenario ScenarioCommands `cmd:"" help:"Bend the live prices on purpose."`
	Fault    FaultCommands    `cmd:"" help:"Make daemons misbehave on purpose."`
	Account  AccountCommands  `cmd:"" help:"Open accounts at the exchange, show and limit them."`
	Order    OrderCommands    `cmd:"" help:"Place, change and show orders at the exchange."`
	Book     Book             `cmd:"" help:"Show an order book as a live ladder."`
	Trades   Trades           `cmd:"" help:"Show trades as they happen, or the fills of an account."`
	Venue    VenueCommands    `cmd:"" help:"Show what the exchange is doing, halt and resume it."`
	Config   Config           `cmd:"" help:"Serve or check configuration documents."`
	Version  Version          `cmd:"" help:"Print the version."`
}

// Main runs a command line and returns its exit code: 0, 1 when the command failed, 2 on bad usage.
func Main(arguments []string, stdout, stderr io.Writer) int {
	return settings.Program{
		Name: "fleet", Description: "A trading venue in a box: starts the fleet and shows what it does.",
		Stdout: stdout, Stderr: stderr,
	}.Main(&Grammar{}, arguments)
}

// Place is where a fleet is, or is to be.
type Place struct {
	StateDir string `name:"state-dir" env:"FLEET_STATE_DIR" default:".fleet" help:"Directory of the fleet's state, data and logs."`
}

// Version prints what was built.
type Version struct {
	JSON bool `name:"json" help:"Print one JSON object."`
}

// Run implements kong's command.
func (v *Version) Run(app *kong.Context) error {
	built := struct {
		Version string `json:"version"`
		Commit  string `json:"commit,omitempty"`
		Go      string `json:"go"`
	}{Version: settings.Version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				built.Commit = setting.Value
			}
		}
	}
	if v.JSON {
		return printJSON(app.Stdout, built)
	}
	_, err := fmt.Fprintf(app.Stdout, "fleet %s (%s)\n", built.Version, built.Go)
	return err
}

// called is how the user can call a program that lies beside this one: by a path from where they are, when there is one.
func called(executable, workingDir string) string {
	relative, err := filepath.Rel(workingDir, executable)
	switch {
	case err != nil || len(relative) > len(executable):
		return executable
	case !strings.ContainsRune(relative, filepath.Separator):
		return "." + string(filepath.Separator) + relative
	}
	return relative
}
