package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/fleet/internal/launcher"
	"github.com/trading-ecosystem/fleet/internal/roster"
)

// Up starts a fleet and keeps it running.
type Up struct {
	Place
	FreePorts  bool              `name:"free-ports" env:"FLEET_FREE_PORTS" help:"Let every port that is not given be a free one."`
	PortBase   int               `name:"port-base" env:"FLEET_PORT_BASE" placeholder:"PORT" help:"Take ports from here on instead of the usual ones: first the configuration server's, then gRPC and HTTP of each daemon."`
	GRPC       map[string]string `name:"grpc" placeholder:"NAME=HOST:PORT" help:"gRPC address of a daemon; repeat it for several."`
	HTTP       map[string]string `name:"http" placeholder:"NAME=HOST:PORT" help:"HTTP address of a daemon; repeat it for several."`
	ConfigAddr string            `name:"config-addr" env:"FLEET_CONFIG_ADDR" placeholder:"HOST:PORT" help:"Address of the configuration server (127.0.0.1:8090)."`
	RedisURL   string            `name:"redis-url" env:"REDIS_URL" help:"A Redis that runs already; without it the fleet starts one."`
	RedisAddr  string            `name:"redis-addr" env:"FLEET_REDIS_ADDR" placeholder:"HOST:PORT" help:"Address of the Redis that the fleet starts (a free port)."`
	ConfigDir  string            `name:"config-dir" env:"FLEET_CONFIG_DIR" default:"config" help:"Directory of configuration documents; the shipped ones stand in for those that are missing."`
	BinDir     string            `name:"bin-dir" env:"FLEET_BIN_DIR" placeholder:"DIR" help:"Directory of the daemons' binaries (that of this program)."`
	MarketData int               `name:"market-data" default:"1" placeholder:"N" help:"Number of market-data replicas, 1 to 16; those after the first are on free ports."`
	Seed       uint64            `name:"seed" env:"SEED" default:"1" help:"Seed of everything random; the same seed gives the same prices."`
	LogLevel   string            `name:"log-level" env:"LOG_LEVEL" default:"info" enum:"trace,debug,info,warn,error" help:"Least important lines in the logs: trace, debug, info, warn or error."`
	LogFormat  string            `name:"log-format" env:"LOG_FORMAT" default:"text" enum:"json,text" help:"How lines of the logs look: json or text."`
	JSON       bool              `name:"json" help:"Print where everything is as one JSON object, once it serves."`
}

// Validate implements kong's check of the usage.
func (u *Up) Validate() error {
	for flag, addresses := range map[string]map[string]string{"--grpc": u.GRPC, "--http": u.HTTP} {
		for name := range addresses {
			if _, known := roster.Daemon(name); !known {
				return fmt.Errorf("%s %s: want one of %v", flag, name, roster.DaemonNames())
			}
		}
	}
	if u.MarketData < 1 || u.MarketData > 16 {
		return fmt.Errorf("--market-data is %d: want 1 to 16", u.MarketData)
	}
	if u.PortBase < 0 || u.PortBase > 65000 {
		return fmt.Errorf("--port-base is %d: want 1 to 65000", u.PortBase)
	}
	return nil
}

// Run implements kong's command.
func (u *Up) Run(app *kong.Context) error {
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the daemons' binaries: %w", err)
	}
	if u.BinDir == "" {
		u.BinDir = filepath.Dir(executable)
	}
	workingDir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	stop, kill, release := untilSignals()
	defer release()
	return launcher.Run(stop, kill, launcher.Options{
		BinDir: u.BinDir, StateDir: u.StateDir, ConfigDir: u.ConfigDir, Defaults: config.Documents,
		ConfigAddr: u.ConfigAddr, RedisURL: u.RedisURL, RedisAddr: u.RedisAddr,
		GRPC: u.GRPC, HTTP: u.HTTP, FreePorts: u.FreePorts, PortBase: u.PortBase,
		Replicas: map[string]int{"market-data": u.MarketData},
		Seed:     u.Seed, LogLevel: u.LogLevel, LogFormat: u.LogFormat, Env: os.Environ(),
		JSON: u.JSON, Out: app.Stdout, Err: app.Stderr, Fleet: called(executable, workingDir),
	})
}

// untilSignals returns a context that ends at the first signal to stop, and one that ends at the second.
func untilSignals() (stop, kill context.Context, release func()) {
	stop, endStop := context.WithCancel(context.Background())
	kill, endKill := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2) // the second may come while the first is handled
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup(1) asks for
		signal.Notify(signals, syscall.SIGHUP)
	}
	finished := make(chan struct{})
	go func() {
		for _, end := range []context.CancelFunc{endStop, endKill} {
			select {
			case <-signals:
				end()
			case <-finished:
				return
			}
		}
	}()
	return stop, kill, func() {
		signal.Stop(signals)
		close(finished)
		endStop()
		endKill()
	}
}
