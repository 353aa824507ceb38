package launcher

// What people read, as pure functions of the state.

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"text/tabwriter"

	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/fleet/internal/supervisor"
)

// table tells where everything is: one line per daemon.
func table(current state.State) string {
	var text strings.Builder
	writer := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(writer, "NAME\tGRPC\tHTTP\tPID")
	for _, daemon := range current.Daemons {
		fmt.Fprintf(writer, "%s\t%s\t%s\t%d\n", daemon.Label, daemon.GRPCAddr, daemon.HTTPAddr, daemon.PID)
	}
	fmt.Fprintf(writer, "config\t-\t%s\t%d\n", strings.TrimPrefix(current.ConfigURL, "http://"), current.PID)
	_ = writer.Flush() // into memory
	return text.String()
}

// suggestions are commands to try, with the addresses of this fleet.
func suggestions(current state.State, fleet, stateDir string) []string {
	option := ""
	if stateDir != state.DefaultDir {
		option = " --state-dir " + stateDir
	}
	commands := []string{fleet + " status" + option, fleet + " prices" + option}
	beside := strings.TrimSuffix(fleet, "fleet")
	for _, daemon := range current.Daemons {
		switch daemon.Label {
		case "exchange":
			commands = append(commands,
				fleet+" account create alice --fund USD=100000,BTC=2"+option,
				fleet+" order buy 0.1 BTC/USD --account alice"+option,
				fleet+" book BTC/USD"+option)
		case "market-data":
			commands = append(commands,
				fmt.Sprintf("%sgrpc_health_probe -addr=%s -service=market-data", beside, spoken(daemon.GRPCAddr)),
				fmt.Sprintf(`%sgrpcurl -plaintext -d '{"symbols":["BTC/USD","ETH/USD"],"update_interval_ms":100}' %s marketdata.v1.MarketDataService/StreamPrices`,
					beside, spoken(daemon.GRPCAddr)),
				fmt.Sprintf("curl -s %s/v1/prices/BTC/USD", spoken(daemon.HTTPAddr)))
		}
	}
	return commands
}

// spoken writes an address of this machine as people do.
func spoken(address string) string {
	host, number, err := net.SplitHostPort(address)
	if err == nil && host == roster.Host {
		return net.JoinHostPort("localhost", number)
	}
	return address
}

// welcome is what `fleet up` prints once everything serves.
func welcome(current state.State, options Options) string {
	if options.JSON {
		text, _ := json.Marshal(current) // strings, numbers and a time: it cannot fail
		return string(text) + "\n"
	}
	var text strings.Builder
	text.WriteString(table(current))
	text.WriteString("\nTry, in another terminal:\n")
	for _, command := range suggestions(current, options.Fleet, options.StateDir) {
		text.WriteString("  " + command + "\n")
	}
	text.WriteString("\nCtrl-C stops the fleet.\n")
	return text.String()
}

// obituary tells of a daemon that died, with its last words.
func obituary(daemon state.Daemon, event supervisor.Event) string {
	var text strings.Builder
	if event.PID == 0 {
		fmt.Fprintf(&text, "%s could not be started: %s\n", daemon.Label, event.Exit)
	} else {
		fmt.Fprintf(&text, "%s (pid %d) died: %s; the end of %s:\n", daemon.Label, event.PID, event.Exit, daemon.Log)
	}
	for _, line := range event.LastLines {
		text.WriteString("    " + line + "\n")
	}
	fmt.Fprintf(&text, "%s is started again in %s", daemon.Label, event.RestartIn)
	return text.String()
}
