package discovery

import (
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/status"
)

// Scheme of the targets that Resolver answers: fleet:///<logical name>.
const Scheme = "fleet"

// Resolver returns a gRPC resolver for fleet:///<name>, to be passed per channel with grpc.WithResolvers. It gives the addresses
// of the serving instances, of all when none serves; keeps the last good ones when Redis is away or has lost its data; and
// gives the address in fallback (by name, host:port) while discovery has never known any. The directory must outlive the
// channels.
func (d *Directory) Resolver(fallback map[string]string) resolver.Builder {
	return builder{d, fallback}
}

type builder struct {
	directory *Directory
	fallback  map[string]string
}

// Scheme implements resolver.Builder.
func (builder) Scheme() string { return Scheme }

// Build implements resolver.Builder.
func (b builder) Build(target resolver.Target, channel resolver.ClientConn, _ resolver.BuildOptions) (resolver.Resolver, error) {
	name := target.Endpoint()
	if name == "" || target.URL.Host != "" {
		return nil, fmt.Errorf("target %q names no service: want %s:///<name>", target, Scheme)
	}
	stop := b.directory.Watch(name, func(_, lastSome []Instance) {
		addresses := callable(lastSome)
		if len(addresses) == 0 && b.fallback[name] != "" {
			addresses = []resolver.Address{{Addr: b.fallback[name]}}
		}
		if len(addresses) == 0 {
			channel.ReportError(status.Errorf(codes.Unavailable,
				"no instance of %s is registered and it has no fallback address: start it, or set its <NAME>_ADDR", name))
			return
		}
		// An error means that the balancer wants another answer; the next change brings it.
		_ = channel.UpdateState(resolver.State{Addresses: addresses})
	})
	return feed{b.directory, stop}, nil
}

// feed is what one channel holds on to. It has no goroutine: the directory calls.
type feed struct {
	directory *Directory
	stop      func()
}

// ResolveNow implements resolver.Resolver: a connection broke, so the directory reads again.
func (f feed) ResolveNow(resolver.ResolveNowOptions) { f.directory.loop.Poke() }

// Close implements resolver.Resolver.
func (f feed) Close() { f.stop() }

// callable picks the serving instances, or all when none serves: a stale health is better than no address.
func callable(instances []Instance) (addresses []resolver.Address) {
	anyServes := slices.ContainsFunc(instances, func(i Instance) bool { return i.GRPCAddr != "" && i.Health == Serving })
	for _, instance := range instances {
		if instance.GRPCAddr != "" && (instance.Health == Serving || !anyServes) {
			addresses = append(addresses, resolver.Address{Addr: instance.GRPCAddr})
		}
	}
	return addresses
}
