// Package daemon is the chassis that the fleet's daemons stand on. A daemon brings its gRPC services; the chassis does what
// all have in common, in this order:
//
//	New ----> Run: bind -> serve -> probe health ----> SERVING -> announce ----.
//	 |                                    ^                |                  |
//	 | config, telemetry, clients         '-- NOT_SERVING <'  (health lost)   |
//	 |                                                                        v
//	 '-- Close <-- flush <-- Stop <-- GracefulStop (bounded) <-- drain <-- NOT_SERVING <-- withdraw
//
// Nothing is dialled before it is needed: daemons start in any order, and serve on when Redis, the configuration server or a
// peer is away. Listeners are bound first, so that a taken port fails at once; dependencies are closed last, when no
// call can need them any more.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/google/uuid"
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"
	"github.com/sirupsen/logrus"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc"

	"github.com/trading-ecosystem/service-kit-go/clients"
	"github.com/trading-ecosystem/service-kit-go/discovery"
	"github.com/trading-ecosystem/service-kit-go/fault"
	"github.com/trading-ecosystem/service-kit-go/health"
	"github.com/trading-ecosystem/service-kit-go/remoteconfig"
	"github.com/trading-ecosystem/service-kit-go/settings"
	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Options are what a daemon or a test may choose; the zero value is right for a real daemon.
type Options struct {
	Defaults  fs.FS     // configuration documents to run with when no server is configured or reachable
	Settings  any       // what /config shows; the common settings when nil
	LogOutput io.Writer // os.Stderr when nil
	Network   Network   // TCP when nil
	Stdin     io.Reader // os.Stdin when nil; read only with StopOnStdinEOF
}

// Service is what a daemon brings to its chassis.
type Service struct {
	// Register registers the daemon's gRPC services.
	Register func(grpc.ServiceRegistrar)
	// Gateway registers the JSON form of those services: the generated Register<Service>Handler functions.
	Gateway []func(context.Context, *runtime.ServeMux, *grpc.ClientConn) error
	// OpenAPI are the proto packages whose JSON form /openapi.json describes, e.g. "marketdata.v1".
	OpenAPI []string
	// Health says whether the daemon can do its job now; nil means always.
	Health func(context.Context) error
	// Run does the daemon's own work until its context ends; nil means none. An error ends the daemon. The context ends
	// after the last call has been answered.
	Run func(context.Context) error
	// Sources report further dependencies to /readyz.
	Sources []health.Source
	// ServerOptions are for the gRPC server, e.g. a codec.
	ServerOptions []grpc.ServerOption
}

// Chassis is one daemon's connections to the world. Make it with New, use its parts to build the daemon, then Run it
// once; Run closes it. A chassis that is never run must be closed.
type Chassis struct {
	Name       string // logical name, e.g. "market-data"
	InstanceID string
	Settings   settings.Common
	Log        *logrus.Logger
	Registry   *prometheus.Registry
	Config     *remoteconfig.Client
	Directory  *discovery.Directory
	Peers      *clients.Manager
	Faults     *fault.Injector

	options     Options
	redis       redis.UniversalClient // nil without discovery
	tracing     trace.TracerProvider
	stopTracing func(context.Context) error
	state       *lifecycle
	bound       chan struct{} // closed once the listeners are bound
	grpcAddr    string        // announced; valid once bound
	httpAddr    string        // announced; valid once bound
	closeOnce   sync.Once
}

// New makes the chassis of the daemon with this logical name. It checks the settings, binds nothing and waits for
// nothing.
func New(name string, common settings.Common, options Options) (*Chassis, error) {
	options = withDefaults(options, common)
	log, badLog := telemetry.NewLogger(options.LogOutput, name, common.LogLevel, common.LogFormat)
	rdb, badRedis := newRedis(common.RedisURL, options.Network)
	if err := errors.Join(common.Validate(), badLog, badRedis); err != nil {
		return nil, err
	}
	tracing, stopTracing, err := telemetry.StartTracing(context.Background(), name, settings.Version)
	if err != nil {
		return nil, err
	}
	c := &Chassis{
		Name: name, InstanceID: name + "-" + uuid.NewString()[:8], Settings: common, Log: log, Registry: newRegistry(name),
		options: options, redis: rdb, tracing: tracing, stopTracing: stopTracing, bound: make(chan struct{}),
	}
	c.state = newLifecycle(name, c.InstanceID, c.Registry)
	c.Faults = fault.NewInjector(log, c.Registry)
	c.Directory = discovery.NewDirectory(rdb, log, c.Registry)
	c.Config = remoteconfig.New(remoteconfig.Options{
		BaseURL: common.ConfigURL, HTTP: httpClient(options.Network), Redis: rdb, Defaults: options.Defaults,
		Log: log, Registerer: c.Registry,
	})
	c.Peers = clients.New(clients.Options{
		Self: name, Resolver: c.Directory.Resolver(common.Peers.Fallback()), Log: log, Registerer: c.Registry,
		Tracing: tracing, Dial: []grpc.DialOption{grpc.WithContextDialer(options.Network.Dial)},
	})
	return c, nil
}

func withDefaults(options Options, common settings.Common) Options {
	options.LogOutput, options.Stdin = cmp.Or[io.Writer](options.LogOutput, os.Stderr), cmp.Or[io.Reader](options.Stdin, os.Stdin)
	options.Network, options.Settings = cmp.Or[Network](options.Network, TCP{}), cmp.Or[any](options.Settings, common)
	return options
}

func newRegistry(name string) *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	telemetry.Metrics{Registerer: registry}.Gauge("daemon_info", "1, with the daemon's name and version as labels.", "name", "version").
		WithLabelValues(name, settings.Version).Set(1)
	return registry
}

// Close gives back what New has taken, flushing traces first, within two seconds. It is safe to call twice.
func (c *Chassis) Close() error {
	var err error
	c.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), flushLimit)
		defer cancel()
		c.Peers.Close()
		err = c.stopTracing(ctx)
		c.Faults.Close()
		if c.redis != nil {
			err = errors.Join(err, c.redis.Close())
		}
	})
	return err
}
