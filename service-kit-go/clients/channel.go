package clients

// How a channel is set up: balancing, health checks, retries, idling. All of it is gRPC's own machinery; this file
// only says with which numbers.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
	_ "google.golang.org/grpc/health" // client side of health checking
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/trading-ecosystem/service-kit-go/telemetry"
)

// Retries happen inside the channel (gRPC's retry policy), for reading methods that fail with UNAVAILABLE before anything was
// received. They wait RetryFirst, then RetryGrowth times longer each time (plus or minus a fifth), and never past the
// call's deadline.
const (
	RetryAttempts = 3                     // the first one included
	RetryFirst    = 50 * time.Millisecond // before the second attempt
	RetryMost     = time.Second           // longest wait
	RetryGrowth   = 2.0
)

// The retry budget of a channel is a bucket of tokens: an attempt that fails with UNAVAILABLE takes one, a call that succeeds
// gives back RetryShare, and only a bucket more than half full allows a retry. So a burst of RetryBurst/2 calls may
// move over at once when a replica dies, while in a long trouble retries add at most RetryShare to the load.
const (
	RetryBurst = 100
	RetryShare = 0.2
)

// ReconnectMost is the longest wait between two attempts to connect to one address. It is well below BreakerOpen, so that
// a peer which came back is connected by the time it is probed.
const ReconnectMost = 5 * time.Second

// reads matches the names of methods that only read, and so may be sent twice.
var reads = regexp.MustCompile("^(Get|List|Stream|Check)")

type object = map[string]any

// serviceConfig is written as grpc/service_config.proto says.
func serviceConfig(name string) object {
	return object{
		"loadBalancingConfig": []object{{"round_robin": object{}}},
		"healthCheckConfig":   object{"serviceName": name},
		"retryThrottling":     object{"maxTokens": RetryBurst, "tokenRatio": RetryShare},
		"methodConfig": []object{{"name": idempotent(), "retryPolicy": object{
			"maxAttempts": RetryAttempts, "backoffMultiplier": RetryGrowth, "retryableStatusCodes": []string{"UNAVAILABLE"},
			"initialBackoff": fmt.Sprintf("%gs", RetryFirst.Seconds()), "maxBackoff": fmt.Sprintf("%gs", RetryMost.Seconds()),
		}}},
	}
}

// idempotent lists the methods that may be retried, of all services that this program knows: those that read, by their names,
// and take one request.
func idempotent() (names []object) {
	for file := range protoregistry.GlobalFiles.RangeFiles {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				if method := service.Methods().Get(j); reads.MatchString(string(method.Name())) && !method.IsStreamingClient() {
					names = append(names, object{"service": service.FullName(), "method": method.Name()})
				}
			}
		}
	}
	return names
}

// dial makes the channel of a peer; it connects at the first call.
func dial(to *peer, options Options) *grpc.ClientConn {
	config, _ := json.Marshal(serviceConfig(to.name)) // strings and numbers always encode
	dialing := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithResolvers(options.Resolver),
		grpc.WithDisableServiceConfig(), // a resolver must not replace the one below
		grpc.WithDefaultServiceConfig(string(config)),
		grpc.WithIdleTimeout(IdleTimeout),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: ReconnectMost},
			MinConnectTimeout: ReconnectMost,
		}),
		grpc.WithChainUnaryInterceptor(to.unary), grpc.WithChainStreamInterceptor(to.stream),
	}
	if options.Tracing != nil {
		dialing = append(dialing, grpc.WithStatsHandler(otelgrpc.NewClientHandler(
			otelgrpc.WithTracerProvider(options.Tracing), otelgrpc.WithPropagators(telemetry.Propagator()),
			otelgrpc.WithMeterProvider(metricnoop.NewMeterProvider()))))
	}
	conn, err := grpc.NewClient("fleet:///"+to.name, append(dialing, options.Dial...)...)
	if err != nil {
		panic(fmt.Sprintf("the channel to %s is malformed: %v", to.name, err)) // a bug, found by its first test
	}
	return conn
}
