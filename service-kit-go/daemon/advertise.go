package daemon

import (
	"fmt"
	"net"
	"os"

	"github.com/sirupsen/logrus"
)

// advertised is the address that others reach a listener at: the host that was asked for, else the one that it is bound
// to; a daemon bound to all addresses announces its host name.
func advertised(bound net.Addr, host string) (string, error) {
	boundHost, port, err := net.SplitHostPort(bound.String())
	if err != nil {
		return "", fmt.Errorf("read the bound address %s: %w", bound, err)
	}
	if host == "" {
		host = boundHost
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		if host, err = os.Hostname(); err != nil {
			return "", fmt.Errorf("bound to all addresses and cannot tell the host name (set ADVERTISE_ADDR): %w", err)
		}
	}
	return net.JoinHostPort(host, port), nil
}

// warnUnreachable says so when others will be told an address that only this host can reach, although Redis, where
// they look it up, is on another.
func warnUnreachable(log logrus.FieldLogger, address, redisAddress string) {
	if isLoopback(address) && redisAddress != "" && !isLoopback(redisAddress) {
		log.WithFields(logrus.Fields{"announced": address, "redis": redisAddress}).Warn(
			"announcing a loopback address, which other hosts cannot reach: set ADVERTISE_ADDR, or bind GRPC_ADDR to 0.0.0.0")
	}
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
