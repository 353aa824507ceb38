// Package roster is the table of who belongs to the fleet: logical names, binaries and default ports. Every other package
// takes them from here, so that a port or a name stands in one place.
package roster

import (
	"net"
	"strconv"
	"strings"
)

// Host is where everything binds unless told otherwise: this machine only.
const Host = "127.0.0.1"

// Member is one kind of process of the fleet.
type Member struct {
	Name     string // logical name, in discovery and for gRPC health
	Binary   string // file name of its binary, beside the fleet binary
	GRPCPort int    // default gRPC port; 0 when it serves no gRPC
	HTTPPort int    // default HTTP port
}

// Config is the configuration server, which `fleet` itself runs.
var Config = Member{Name: "config", Binary: "fleet", HTTPPort: 8090}

// Daemons lists the daemons that `fleet up` starts, in the order in which people read them.
func Daemons() []Member {
	return []Member{
		{Name: "market-data", Binary: "market-data-simulator", GRPCPort: 50055, HTTPPort: 8085},
		{Name: "exchange", Binary: "exchange-simulator", GRPCPort: 50054, HTTPPort: 8084},
		{Name: "custodian", Binary: "custodian-simulator", GRPCPort: 50053, HTTPPort: 8083},
		{Name: "audit", Binary: "audit-correlator", GRPCPort: 50052, HTTPPort: 8082},
	}
}

// Guests lists the names that may register but that `fleet up` does not start.
func Guests() []string { return []string{"test-coordinator", "risk-monitor", "trading-engine"} }

// Daemon returns the daemon of that logical name.
func Daemon(name string) (Member, bool) {
	for _, member := range Daemons() {
		if member.Name == name {
			return member, true
		}
	}
	return Member{}, false
}

// DaemonNames returns the logical names of the daemons, in the order of Daemons.
func DaemonNames() []string {
	var names []string
	for _, member := range Daemons() {
		names = append(names, member.Name)
	}
	return names
}

// AddressVariable is the environment variable that holds a static address of a name, e.g. MARKET_DATA_ADDR.
func AddressVariable(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_ADDR"
}

// Address joins Host and a port.
func Address(port int) string { return net.JoinHostPort(Host, strconv.Itoa(port)) }
