package launcher

// A daemon is told where it stands by its environment, and by nothing else.

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
)

// surroundings are the same for all daemons of a fleet.
type surroundings struct {
	stateDir  string // absolute
	redisURL  string
	configURL string
	seed      uint64
	logLevel  string
	logFormat string
	peers     map[string]string // gRPC address by logical name, for when discovery has no answer
}

// environment builds the environment of one daemon upon the one that the launcher was started in.
func environment(inherited []string, around surroundings, daemon state.Daemon) []string {
	own := map[string]string{
		"GRPC_ADDR": daemon.GRPCAddr, "HTTP_ADDR": daemon.HTTPAddr,
		"REDIS_URL": around.redisURL, "CONFIG_URL": around.configURL,
		"DATA_DIR": state.DataDir(filepath.Clean(around.stateDir), daemon.Label),
		"SEED":     strconv.FormatUint(around.seed, 10), "LOG_LEVEL": around.logLevel, "LOG_FORMAT": around.logFormat,
		"STOP_ON_STDIN_EOF": "true",
		"ADVERTISE_ADDR":    "", // of the user's shell it would be the same for all
	}
	for name, address := range around.peers {
		variable := roster.AddressVariable(name)
		if !slices.ContainsFunc(inherited, func(entry string) bool { return strings.HasPrefix(entry, variable+"=") }) {
			own[variable] = address
		}
	}
	var all []string
	for _, entry := range inherited {
		key, _, _ := strings.Cut(entry, "=")
		if _, replaced := own[key]; !replaced {
			all = append(all, entry)
		}
	}
	for key, value := range own {
		if value != "" {
			all = append(all, key+"="+value)
		}
	}
	slices.Sort(all)
	return all
}
