// Package fakedaemon stands in for the daemons in tests of the launcher: the chassis of a daemon without a daemon in it, and ways to make
// it misbehave. A test binary that is called by the name of a daemon's binary becomes that daemon.
package fakedaemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/service-kit-go/daemon"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Variables of the environment that make a fake misbehave. Each holds the logical name of the daemon that does.
const (
	DieOnceVariable  = "FAKE_DIE_ONCE"  // ends with an error at its first start, and leaves a mark in its data directory
	StubbornVariable = "FAKE_STUBBORN"  // ignores SIGTERM and the end of standard input
	UnhealthVariable = "FAKE_UNHEALTHY" // never serves
)

// Main runs a fake when the program was called by the name of a daemon's binary, and does not return then. A TestMain calls it first.
func Main() {
	called := filepath.Base(os.Args[0])
	if called == redisserver.Program {
		serveRedis(os.Args[1:])
	}
	for _, member := range roster.Daemons() {
		if member.Binary == called {
			program := settings.Program{
				Name: called, Description: "Stands in for a daemon.", Stdout: os.Stdout, Stderr: os.Stderr,
				Variables: kong.Vars{"grpc_addr": "127.0.0.1:0", "http_addr": "127.0.0.1:0"},
			}
			os.Exit(program.Main(&command{name: member.Name}, os.Args[1:]))
		}
	}
}

// serveRedis stands in for redis-server: it takes --bind and --port, and ends with SIGTERM as anything does.
func serveRedis(arguments []string) {
	given := map[string]string{}
	for index := 0; index+1 < len(arguments); index += 2 {
		given[arguments[index]] = arguments[index+1]
	}
	if _, err := redisserver.StartEmbedded(net.JoinHostPort(given["--bind"], given["--port"])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}

// Install puts a link to the test binary under each name into a new directory: the daemons' binaries, and those that are named.
func Install(t testing.TB, names ...string) (dir string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir = t.TempDir()
	for _, member := range roster.Daemons() {
		names = append(names, member.Binary)
	}
	for _, name := range names {
		require.NoError(t, os.Link(self, filepath.Join(dir, name))) // a symbolic link would be seen through
	}
	return dir
}

type command struct {
	name            string
	settings.Common `embed:""`
}

// Run implements kong's command.
func (c *command) Run(ctx context.Context) error {
	if c.CheckConfig {
		return c.Validate()
	}
	if os.Getenv(DieOnceVariable) == c.name {
		if err := dieOnce(c.DataDir); err != nil {
			return err
		}
	}
	if os.Getenv(StubbornVariable) == c.name {
		signal.Ignore(syscall.SIGTERM)
		c.StopOnStdinEOF = false
		ctx = context.WithoutCancel(ctx)
	}
	chassis, err := daemon.New(c.name, c.Common, daemon.Options{})
	if err != nil {
		return err
	}
	return chassis.Run(ctx, daemon.Service{Health: func(context.Context) error {
		if os.Getenv(UnhealthVariable) == c.name {
			return errors.New("told not to serve")
		}
		return nil
	}})
}

// dieOnce fails unless it has failed before.
func dieOnce(dir string) error {
	mark := filepath.Join(dir, "died")
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := os.WriteFile(mark, []byte(time.Now().String()), 0o600); err != nil {
		return err
	}
	return fmt.Errorf("died as told, with data in %s", dir)
}
