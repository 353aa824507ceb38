package settings

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// Version of the running program; the build sets it (-ldflags "-X .../settings.Version=...").
var Version = "dev"

// Exit codes of every program of the fleet.
const (
	ExitOK      = 0
	ExitFailure = 1
	ExitUsage   = 2
)

// Program is a command line: a kong grammar and what goes with it.
type Program struct {
	Name        string
	Description string
	Variables   kong.Vars // ${name} in the grammar's tags
	Stdout      io.Writer
	Stderr      io.Writer
}

// Main reads arguments into the grammar and runs the chosen command with a context that ends on SIGINT or SIGTERM; a
// second signal kills the process. It returns the exit code: 0, 1 when the command failed, 2 on bad usage.
func (p Program) Main(grammar any, arguments []string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	context.AfterFunc(ctx, cancel) // from then on, a signal has its usual effect
	exited := -1                   // what --help, -health and the like end with
	parser, err := kong.New(grammar, kong.Name(p.Name), kong.Description(p.Description), p.Variables,
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(code int) { exited = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		panic(fmt.Sprintf("the command line of %s is malformed: %v", p.Name, err)) // a bug, found by its first test
	}
	chosen, err := parser.Parse(withLongHealth(arguments))
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v (try --help)\n", p.Name, err)
		return ExitUsage
	}
	if err := chosen.Run(); err != nil {
		fmt.Fprintf(p.Stderr, "%s: %v\n", p.Name, err)
		return ExitFailure
	}
	return ExitOK
}

// withLongHealth lets -health stand for --health, as health checks of containers are used to: kong would read six short flags.
func withLongHealth(arguments []string) []string {
	arguments = slices.Clone(arguments)
	if i := slices.Index(arguments, "-health"); i >= 0 {
		arguments[i] = "--health"
	}
	return arguments
}
