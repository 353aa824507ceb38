package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/config"
	"github.com/trading-ecosystem/fleet/internal/configserver"
	"github.com/trading-ecosystem/fleet/internal/document"
	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/probe"
	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/service-kit-go/settings"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Config serves or checks configuration documents.
type Config struct {
	Serve ConfigServe `cmd:"" help:"Run the configuration server alone."`
	Check ConfigCheck `cmd:"" help:"Say what is wrong with configuration documents."`
}

// ConfigServe is the configuration server as a process of its own, for containers.
type ConfigServe struct {
	Dir       string             `name:"dir" env:"CONFIG_DIR" default:"config" help:"Directory of <document>.json files; the shipped ones stand in for those that are missing."`
	HTTPAddr  string             `name:"http-addr" env:"HTTP_ADDR" default:"127.0.0.1:8090" help:"Address to serve on; port 0 takes a free one."`
	Advertise string             `name:"advertise-addr" env:"ADVERTISE_ADDR" help:"Host that others reach this server at (no port); by default the bind host, or the host name when bound to all addresses."`
	RedisURL  settings.SecretURL `name:"redis-url" env:"REDIS_URL" help:"Redis to register in and to announce changes on; empty means neither."`
	LogLevel  string             `name:"log-level" env:"LOG_LEVEL" default:"info" enum:"trace,debug,info,warn,error" help:"Least important lines to log: trace, debug, info, warn or error."`
	LogFormat string             `name:"log-format" env:"LOG_FORMAT" default:"json" enum:"json,text" help:"How lines look: json or text."`
	Health    bool               `json:"-" name:"health" help:"Ask the server that runs with these settings for its health and exit: 0 when it serves, else 1; -health does the same."`
}

// AfterApply implements kong's hook.
func (c *ConfigServe) AfterApply(app *kong.Kong) error {
	if c.Health {
		settings.ExitWithHealth(app, func(ctx context.Context) error { return probe.Ready(ctx, settings.Local(c.HTTPAddr)) })
	}
	return nil
}

// Run implements kong's command.
func (c *ConfigServe) Run(ctx context.Context, app *kong.Context) error {
	log, err := telemetry.NewLogger(app.Stderr, roster.Config.Name, c.LogLevel, c.LogFormat)
	if err != nil {
		return err
	}
	options := configserver.Options{Library: document.NewLibrary(c.Dir, config.Documents), Log: log, Settings: c, AdvertiseHost: c.Advertise}
	if c.RedisURL != "" {
		client, err := redisserver.Connect(string(c.RedisURL))
		if err != nil {
			return err
		}
		defer func() { _ = client.Close() }()
		options.Redis = redis.UniversalClient(client)
	}
	claim, err := port.Take(ctx, port.Want{Purpose: "HTTP of config", Address: c.HTTPAddr, Setting: "--http-addr"})
	if err != nil {
		return err
	}
	if problem := settings.OnlyLocal(settings.Advertised(claim.Listener().Addr(), c.Advertise), c.RedisURL); problem != "" {
		log.Warn(problem)
	}
	server, err := configserver.New(options)
	if err != nil {
		claim.Release()
		return err
	}
	log.WithField("http_addr", claim.Address()).WithField("dir", c.Dir).Info("serving configuration documents")
	return server.Serve(ctx, claim.Listener())
}

// ConfigCheck checks documents: first that they are JSON, then with each daemon's own eyes.
type ConfigCheck struct {
	Dir    string `arg:"" optional:"" default:"config" help:"Directory of <document>.json files."`
	BinDir string `name:"bin-dir" env:"FLEET_BIN_DIR" placeholder:"DIR" help:"Directory of the daemons' binaries (that of this program)."`
	JSON   bool   `name:"json" help:"Print one JSON object."`
}

// finding is what was found about one document or by one daemon.
type finding struct {
	Subject string `json:"subject"`
	Source  string `json:"source,omitempty"`
	Error   string `json:"error,omitempty"`
	Skipped string `json:"skipped,omitempty"` // why nothing was found out
}

// Run implements kong's command.
func (c *ConfigCheck) Run(ctx context.Context, app *kong.Context) error {
	if info, err := os.Stat(c.Dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a directory of documents", c.Dir)
	}
	library := document.NewLibrary(c.Dir, config.Documents)
	var findings []finding
	for _, name := range library.Names() {
		row := finding{Subject: name}
		if found, err := library.Get(name); err != nil {
			row.Error = err.Error()
		} else {
			row.Source = found.Source
		}
		findings = append(findings, row)
	}
	broken := func(row finding) bool { return row.Error != "" }
	if !slices.ContainsFunc(findings, broken) {
		asked, err := c.askDaemons(ctx, library)
		if err != nil {
			return err
		}
		findings = append(findings, asked...)
	}
	if err := printFindings(app, findings, c.JSON); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, broken) {
		return errors.New("something is wrong with the documents")
	}
	return nil
}

func printFindings(app *kong.Context, findings []finding, asJSON bool) error {
	if asJSON {
		return printJSON(app.Stdout, map[string]any{"findings": findings})
	}
	for _, row := range findings {
		verdict := "good"
		switch {
		case row.Error != "":
			verdict = row.Error
		case row.Skipped != "":
			verdict = "not asked: " + row.Skipped
		case row.Source != "":
			verdict += " (" + row.Source + ")"
		}
		if _, err := fmt.Fprintf(app.Stdout, "%s: %s\n", row.Subject, verdict); err != nil {
			return err
		}
	}
	return nil
}

// askDaemons lets each daemon that is built check the documents, served to it as they would be in a fleet.
func (c *ConfigCheck) askDaemons(ctx context.Context, library *document.Library) ([]finding, error) {
	if c.BinDir == "" {
		executable, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find the daemons' binaries: %w", err)
		}
		c.BinDir = filepath.Dir(executable)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", roster.Host+":0")
	if err != nil {
		return nil, fmt.Errorf("serve the documents: %w", err)
	}
	log := logrus.New() // what matters is in the findings
	log.SetLevel(logrus.PanicLevel)
	server, err := configserver.New(configserver.Options{Library: library, Log: log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	serving, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(serving, listener) }()
	var findings []finding
	for _, member := range roster.Daemons() {
		row := finding{Subject: member.Name + " --check-config"}
		path := filepath.Join(c.BinDir, member.Binary)
		if _, err := os.Stat(path); err != nil {
			row.Skipped = path + " is not built"
		} else if output, err := checkWith(ctx, path, "http://"+listener.Addr().String()); err != nil {
			row.Error = strings.TrimSpace(output)
		}
		findings = append(findings, row)
	}
	stop()
	return findings, <-ended
}

func checkWith(ctx context.Context, path, configURL string) (output string, err error) {
	command := exec.CommandContext(ctx, path, "--check-config")
	command.Env = append(os.Environ(), "CONFIG_URL="+configURL, "REDIS_URL=")
	text, err := command.CombinedOutput()
	if err != nil && len(text) == 0 {
		text = []byte(err.Error())
	}
	return string(text), err
}
