// Package launcher runs a whole fleet on one machine: configuration server, Redis and daemons, started together, kept alive,
// and stopped together.
package launcher

import (
	"io"
	"io/fs"
)

// Options say what is run, and where.
type Options struct {
	BinDir     string            // where the daemons' binaries are
	StateDir   string            // for state.json, data and logs
	ConfigDir  string            // documents that stand before the shipped ones; may be missing
	Defaults   fs.FS             // the shipped documents
	ConfigAddr string            // host:port of the configuration server; empty means the default
	RedisURL   string            // a Redis that runs already; empty: the launcher sees to one
	RedisAddr  string            // host:port of that one; port 0 takes a free one
	GRPC       map[string]string // host:port by logical name, before the other ways to choose
	HTTP       map[string]string // likewise
	FreePorts  bool              // every port that is not given takes a free one
	PortBase   int               // first of the ports that are not given; 0 means the default ports
	Replicas   map[string]int    // how many of a daemon, by logical name; one of those not named
	Seed       uint64
	LogLevel   string
	LogFormat  string
	Env        []string // environment that the daemons inherit
	JSON       bool     // print the state instead of the table
	Out        io.Writer
	Err        io.Writer
	Fleet      string // how people call the fleet command, for the commands that are shown
}
