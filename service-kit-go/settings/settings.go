// Package settings reads what a person or an orchestrator asks of a program: flag before environment before default, one
// set of names for all daemons.
package settings

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Common are the settings of every daemon. It is embedded in a daemon's own command line; the variables ${grpc_addr} and
// ${http_addr} give that daemon's default addresses.
type Common struct {
	GRPCAddr       string    `name:"grpc-addr" json:"GRPC_ADDR" env:"GRPC_ADDR" default:"${grpc_addr}" help:"Address to serve gRPC on; port 0 takes a free one."`
	HTTPAddr       string    `name:"http-addr" json:"HTTP_ADDR" env:"HTTP_ADDR" default:"${http_addr}" help:"Address to serve HTTP on; port 0 takes a free one."`
	AdvertiseAddr  string    `name:"advertise-addr" json:"ADVERTISE_ADDR" env:"ADVERTISE_ADDR" help:"Host that others reach this daemon at (no port); by default the bind host, or the host name when bound to all addresses."`
	RedisURL       SecretURL `name:"redis-url" json:"REDIS_URL" env:"REDIS_URL" help:"Redis for discovery, redis://[user:password@]host:port/db; empty means no discovery."`
	ConfigURL      string    `name:"config-url" json:"CONFIG_URL" env:"CONFIG_URL" help:"Server of configuration documents, http://host:port; empty means the embedded defaults."`
	DataDir        string    `name:"data-dir" json:"DATA_DIR" env:"DATA_DIR" help:"Folder for what must survive a restart; empty keeps nothing."`
	LogLevel       string    `name:"log-level" json:"LOG_LEVEL" env:"LOG_LEVEL" default:"info" enum:"trace,debug,info,warn,error" help:"Least important lines to log: trace, debug, info, warn or error."`
	LogFormat      string    `name:"log-format" json:"LOG_FORMAT" env:"LOG_FORMAT" default:"json" enum:"json,text" help:"How lines look: json or text."`
	Seed           uint64    `name:"seed" json:"SEED" env:"SEED" default:"1" help:"Seed of everything random; the same seed gives the same prices."`
	Peers          Peers     `json:"PEERS" embed:""`
	StopOnStdinEOF bool      `name:"stop-on-stdin-eof" json:"STOP_ON_STDIN_EOF" env:"STOP_ON_STDIN_EOF" help:"Drain and stop when standard input ends: for launchers that hold the other end."`
	CheckConfig    bool      `json:"-" name:"check-config" help:"Check settings and configuration documents, say what is wrong, and exit."`
	Health         bool      `json:"-" name:"health" help:"Ask the daemon that runs with these settings for its health and exit: 0 when it serves, else 1; -health does the same."`
}

// Peers are the static addresses, host:port, that are called when discovery knows no instance.
type Peers struct {
	Audit           string `name:"audit-addr" json:"AUDIT_ADDR" env:"AUDIT_ADDR" help:"Audit correlator, when discovery has no answer."`
	Custodian       string `name:"custodian-addr" json:"CUSTODIAN_ADDR" env:"CUSTODIAN_ADDR" help:"Custodian, when discovery has no answer."`
	Exchange        string `name:"exchange-addr" json:"EXCHANGE_ADDR" env:"EXCHANGE_ADDR" help:"Exchange, when discovery has no answer."`
	MarketData      string `name:"market-data-addr" json:"MARKET_DATA_ADDR" env:"MARKET_DATA_ADDR" help:"Market data, when discovery has no answer."`
	TestCoordinator string `name:"test-coordinator-addr" json:"TEST_COORDINATOR_ADDR" env:"TEST_COORDINATOR_ADDR" help:"Test coordinator, when discovery has no answer."`
	RiskMonitor     string `name:"risk-monitor-addr" json:"RISK_MONITOR_ADDR" env:"RISK_MONITOR_ADDR" help:"Risk monitor under test, when discovery has no answer."`
	TradingEngine   string `name:"trading-engine-addr" json:"TRADING_ENGINE_ADDR" env:"TRADING_ENGINE_ADDR" help:"Trading engine under test, when discovery has no answer."`
}

// FreePorts are the settings of a daemon in a test: free ports on loopback, no Redis, embedded configuration, warnings only.
func FreePorts() Common {
	return Common{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0", LogLevel: "warn", LogFormat: "text", Seed: 1}
}

// Fallback returns the addresses that are set, by logical name.
func (p Peers) Fallback() map[string]string {
	addresses := map[string]string{
		"audit": p.Audit, "custodian": p.Custodian, "exchange": p.Exchange, "market-data": p.MarketData,
		"test-coordinator": p.TestCoordinator, "risk-monitor": p.RiskMonitor, "trading-engine": p.TradingEngine,
	}
	maps.DeleteFunc(addresses, func(_, address string) bool { return address == "" })
	return addresses
}

// Validate says all that is wrong with the settings, naming each setting and its value. It opens and asks nothing.
func (c Common) Validate() error {
	addresses, problems := c.Peers.Fallback(), []error{}
	addresses["GRPC"], addresses["HTTP"] = c.GRPCAddr, c.HTTPAddr
	for _, name := range slices.Sorted(maps.Keys(addresses)) {
		_, port, err := net.SplitHostPort(addresses[name])
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			variable := strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_ADDR"
			problems = append(problems, fmt.Errorf("%s is %q: want host:port, e.g. 127.0.0.1:50055: %w", variable, addresses[name], err))
		}
	}
	if strings.Contains(c.AdvertiseAddr, ":") && net.ParseIP(c.AdvertiseAddr) == nil {
		problems = append(problems, fmt.Errorf("ADVERTISE_ADDR is %q: want a host name or IP address without a port", c.AdvertiseAddr))
	}
	if parsed, err := url.Parse(c.ConfigURL); c.ConfigURL != "" && (err != nil || parsed.Host == "" || !slices.Contains([]string{"http", "https"}, parsed.Scheme)) {
		problems = append(problems, fmt.Errorf("CONFIG_URL is %q: want http://host:port", c.ConfigURL))
	}
	return errors.Join(problems...)
}

// SecretURL is a URL whose password never shows: printed or encoded, it is replaced by "xxxxx".
type SecretURL string

// String returns the URL without its password.
func (u SecretURL) String() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return "unreadable URL"
	}
	return parsed.Redacted()
}

// MarshalJSON implements json.Marshaler.
func (u SecretURL) MarshalJSON() ([]byte, error) { return json.Marshal(u.String()) }
