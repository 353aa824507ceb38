// Package whereabouts finds the fleet: by the state of the one that runs here, else by the Redis at REDIS_URL, else at the addresses
// that are set or usual.
package whereabouts

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"

	"github.com/trading-ecosystem/fleet/internal/redisserver"
	"github.com/trading-ecosystem/fleet/internal/roster"
	"github.com/trading-ecosystem/fleet/internal/state"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/settings"
)

// Address is where one member is without anybody having registered it.
type Address struct {
	GRPC string // host:port; empty when it has none
	HTTP string // likewise
}

// Fleet is where a fleet is to be found.
type Fleet struct {
	Found    string // how it was found, for people
	RedisURL string // empty: there is no discovery
	Static   map[string][]Address
}

// Find looks in a state directory, then at a Redis URL, then in the environment.
func Find(stateDir, redisURL string, environment func(string) string) (Fleet, error) {
	current, err := state.Read(stateDir)
	switch {
	case err == nil:
		return ofState(stateDir, current), nil
	case !errors.Is(err, state.ErrNoFleet):
		return Fleet{}, err
	}
	fleet := Fleet{RedisURL: redisURL, Static: map[string][]Address{}}
	if redisURL != "" {
		fleet.Found = "by the Redis at " + settings.SecretURL(redisURL).String()
	} else {
		fleet.Found = fmt.Sprintf("at the usual addresses (%v, and REDIS_URL is not set)", err)
		fleet.Static[roster.Config.Name] = []Address{{HTTP: roster.Address(roster.Config.HTTPPort)}}
	}
	for _, member := range roster.Daemons() {
		given := environment(roster.AddressVariable(member.Name))
		switch {
		case given != "":
			fleet.Static[member.Name] = []Address{{GRPC: given}}
		case redisURL == "":
			fleet.Static[member.Name] = []Address{{GRPC: roster.Address(member.GRPCPort), HTTP: roster.Address(member.HTTPPort)}}
		}
	}
	return fleet, nil
}

func ofState(stateDir string, current state.State) Fleet {
	fleet := Fleet{Found: "by " + state.Path(stateDir), RedisURL: current.RedisURL, Static: map[string][]Address{}}
	for _, daemon := range current.Daemons {
		fleet.Static[daemon.Name] = append(fleet.Static[daemon.Name], Address{GRPC: daemon.GRPCAddr, HTTP: daemon.HTTPAddr})
	}
	if parsed, err := url.Parse(current.ConfigURL); err == nil {
		fleet.Static[roster.Config.Name] = []Address{{HTTP: parsed.Host}}
	}
	return fleet
}

// Fallback gives one gRPC address a name, for calls while discovery has no answer.
func (f Fleet) Fallback() map[string]string {
	addresses := map[string]string{}
	for name, static := range f.Static {
		if static[0].GRPC != "" {
			addresses[name] = static[0].GRPC
		}
	}
	return addresses
}

// Open makes the directory of this fleet, which knows nothing when there is no Redis. Close it in the end.
func (f Fleet) Open(log logrus.FieldLogger) (directory *discovery.Directory, closeRedis func(), err error) {
	if f.RedisURL == "" {
		return discovery.NewDirectory(nil, log, nil), func() {}, nil
	}
	client, err := redisserver.Connect(f.RedisURL)
	if err != nil {
		return nil, nil, err
	}
	return discovery.NewDirectory(redis.UniversalClient(client), log, nil), func() { _ = client.Close() }, nil
}

// Instances lists who is registered under a name; when nobody is, or Redis does not answer, those at the static addresses, whose
// InstanceID is then empty. The error is that of Redis, and comes beside them.
func (f Fleet) Instances(ctx context.Context, directory *discovery.Directory, name string) ([]discovery.Instance, error) {
	var failure error
	if f.RedisURL != "" {
		registered, err := directory.Lookup(ctx, name)
		if len(registered) > 0 {
			return registered, nil
		}
		failure = err
	}
	var static []discovery.Instance
	for _, address := range f.Static[name] {
		static = append(static, discovery.Instance{Name: name, GRPCAddr: address.GRPC, HTTPAddr: address.HTTP})
	}
	return static, failure
}
