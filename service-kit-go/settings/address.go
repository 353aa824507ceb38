package settings

// Addresses as they look from here and from elsewhere.

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"os"
)

// Advertised is the address that others reach a listener at: the host that was asked for, else the one that it is bound to; what
// is bound to all addresses is reached at the name of this machine.
func Advertised(bound net.Addr, host string) string {
	boundHost, port, _ := net.SplitHostPort(bound.String()) // a bound address has both
	host = cmp.Or(host, boundHost)
	if net.ParseIP(host).IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return net.JoinHostPort(host, port)
}

// Local is the address at which this machine reaches what is bound to a host:port: loopback, where that is bound to all addresses.
func Local(bound string) string {
	host, port, err := net.SplitHostPort(bound)
	if err != nil || host != "" && !net.ParseIP(host).IsUnspecified() {
		return bound
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// OnlyLocal says what is wrong with an address that is announced on a Redis elsewhere although it means this machine to whoever
// reads it; "" when nothing is.
func OnlyLocal(announced string, redis SecretURL) string {
	elsewhere, err := url.Parse(string(redis))
	host, _, _ := net.SplitHostPort(announced)
	if redis == "" || err != nil || !loopback(host) || loopback(elsewhere.Hostname()) {
		return ""
	}
	return fmt.Sprintf("%s is announced on the Redis at %s, but other machines that read it there would call themselves: "+
		"bind to an address that they reach (e.g. 0.0.0.0), or set ADVERTISE_ADDR", announced, elsewhere.Host)
}

func loopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }
