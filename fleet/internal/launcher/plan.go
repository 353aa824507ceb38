package launcher

// Who is started with which addresses follows from the options alone.

import (
	"fmt"
	"net"
	"strconv"

	"github.com/trading-ecosystem/fleet/internal/port"
	"github.com/trading-ecosystem/fleet/internal/roster"
)

const anyPort = roster.Host + ":0"

// placement is one daemon process that is wanted.
type placement struct {
	member     roster.Member
	label      string // logical name, with a number from the second replica on
	grpc, http port.Want
}

// plan lists the daemons in the order of the roster, replicas after one another.
func plan(options Options) []placement {
	var placements []placement
	for index, member := range roster.Daemons() {
		for replica := 1; replica <= max(1, options.Replicas[member.Name]); replica++ {
			placements = append(placements, place(options, member, index, replica))
		}
	}
	return placements
}

func place(options Options, member roster.Member, index, replica int) placement {
	placed := placement{
		member: member, label: member.Name,
		grpc: port.Want{Address: anyPort, Setting: fmt.Sprintf("--grpc %s=HOST:PORT", member.Name)},
		http: port.Want{Address: anyPort, Setting: fmt.Sprintf("--http %s=HOST:PORT", member.Name)},
	}
	if replica == 1 { // further replicas take free ports
		placed.grpc.Address = address(options, options.GRPC[member.Name], member.GRPCPort, 1+2*index)
		placed.http.Address = address(options, options.HTTP[member.Name], member.HTTPPort, 2+2*index)
	} else {
		placed.label = fmt.Sprintf("%s-%d", member.Name, replica)
	}
	placed.grpc.Purpose = "gRPC of " + placed.label
	placed.http.Purpose = "HTTP of " + placed.label
	return placed
}

func planConfig(options Options) port.Want {
	return port.Want{
		Purpose: "HTTP of config", Setting: "--config-addr HOST:PORT",
		Address: address(options, options.ConfigAddr, roster.Config.HTTPPort, 0),
	}
}

func planRedis(options Options) port.Want {
	want := port.Want{Purpose: "Redis", Setting: "--redis-addr HOST:PORT", Address: options.RedisAddr}
	if want.Address == "" {
		want.Address = anyPort
	}
	return want
}

// address chooses: what is given stands before free ports, they before the port base, that before the default.
func address(options Options, given string, usual, offset int) string {
	switch {
	case given != "":
		return given
	case options.FreePorts:
		return anyPort
	case options.PortBase > 0:
		return net.JoinHostPort(roster.Host, strconv.Itoa(options.PortBase+offset))
	}
	return roster.Address(usual)
}

// isFree tells whether a want leaves the choice of the port to the launcher.
func isFree(want port.Want) bool {
	_, number, err := net.SplitHostPort(want.Address)
	return err == nil && number == "0"
}
